"""What kind of service it is, and what it is called.

May import: around, question, seen, spelling.
"""

from __future__ import annotations

import re
from pathlib import Path as Folder
from typing import TYPE_CHECKING, Any, NamedTuple

from scaffold.wizard.question import APP, Choice, Default, Patch, Question, or_yaml, value_at
from scaffold.wizard.spelling.entries import NONE, Misspelt, entries, spelled
from scaffold.wizard.spelling.plain import read as read_plain
from scaffold.wizard.spelling.plain import spell as spell_plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scaffold.wizard.questions.seen import Seen

_WORKLOADS = "https://kubernetes.io/docs/concepts/workloads/"


DEPLOYMENT = "Deployment"


class Preset(NamedTuple):
    """A kind of service: the controller that runs it, whether it listens, and what it speaks where nothing says it."""

    text: str
    kind: str = DEPLOYMENT
    listens: bool = True
    protocol: str = "http"
    port: int = 8080


WEB, GATEWAY, STATEFUL = "web-api", "gateway", "stateful"
PRESETS: Mapping[str, Preset] = {
    WEB: Preset("a web API, called inside the cluster"),
    GATEWAY: Preset("a web API behind a gateway, called from outside"),
    "worker": Preset("a worker: it calls, and nobody calls it", listens=False),
    "cron": Preset("a cron job: it runs at its times, and ends", "CronJob", listens=False),
    STATEFUL: Preset("a stateful service, such as a database: it keeps a volume", "StatefulSet", protocol="tcp"),
}
_KINDS = {"CronJob": "cron", "StatefulSet": STATEFUL}


def questions(seen: Seen) -> Iterator[Question]:
    """Yield the questions of the section."""
    yield _preset(seen)
    yield _name(seen)
    yield _namespace(seen)
    if (seen.around.platform or {}).get("teams"):
        yield _team(seen)
    yield _image(seen)
    kind = PRESETS[seen.text("preset")].kind if seen.text("preset") in PRESETS else ""
    if kind == "CronJob":
        yield _schedule(seen)
    if kind == "StatefulSet":
        yield _volumes(seen)
    if kind in {DEPLOYMENT, "StatefulSet"}:
        yield _replicas(seen)


def _preset(seen: Seen) -> Question:
    found = seen.around.read(("spec", "workload", "kind"))
    ports, source = seen.around.read(("spec", "ports")), seen.around.first(("spec", "ports"), {})
    if found in _KINDS:
        default = Default(_KINDS[found], seen.around.source(("spec", "workload", "kind")))
    elif ports:
        default = Default(WEB, source or seen.around.first(("spec", "ports"), ports))
    else:
        default = Default("worker", "no port was found") if seen.around.found.value.get("spec") else Default(WEB)
    return Question(
        "preset",
        "Service",
        "Kind of service",
        "What kind of service is it?",
        "It decides which questions follow, and what they propose. Kubernetes runs a web API and a worker as a "
        "Deployment, a cron job as a CronJob, and what keeps data as a StatefulSet.",
        _read_preset,
        ((APP, ("spec", "workload")),),
        default,
        tuple(Choice(word, preset.text) for word, preset in PRESETS.items()),
        _WORKLOADS,
    )


def _read_preset(text: str) -> list[Patch]:
    if text not in PRESETS:
        raise Misspelt("no such kind of service", f"one of: {', '.join(PRESETS)}")
    preset = PRESETS[text]
    made = [Patch(APP, ("spec", "workload", "kind"), preset.kind)] if preset.kind != DEPLOYMENT else []
    return made if preset.listens else [*made, *(Patch(APP, ("spec", name), None) for name in ("ports", "health"))]


def _name(seen: Seen) -> Question:
    path = ("metadata", "name")
    found, own = seen.around.default(path), "the folder's name"
    folder = re.sub("[^a-z0-9]+", "-", Folder(seen.around.folder).resolve().name.lower()).strip("-0123456789")
    return Question(
        "name",
        "Service",
        "Name",
        "What is it called?",
        "The App's name: also that of its Deployment, its Service and its ServiceAccount, and so of the identity that "
        "others let in. It cannot be changed later without a new identity.",
        value_at(path),
        ((APP, path),),
        Default(found.text, found.source or own) if found else Default(folder[:63].strip("-") or "app", own),
        link="https://kubernetes.io/docs/concepts/overview/working-with-objects/names/",
    )


def _namespace(seen: Seen) -> Question:
    path = ("metadata", "namespace")
    near = next((app.value["metadata"]["namespace"] for app in seen.around.apps), "")
    return Question(
        "namespace",
        "Service",
        "Namespace",
        "Which namespace does it live in?",
        "What is rendered for a namespace holds for all pods in it: Pod Security at `restricted`, and no flow that was "
        "not declared. A right to read Secrets is one to those of the whole namespace: one for each team, or each "
        "system, is usual.",
        value_at(path),
        ((APP, path),),
        seen.around.default(path)
        or (Default(near, "the Apps beside it") if near else Default(seen.text("name"), "its name")),
        known=tuple(dict.fromkeys(str(app.value["metadata"]["namespace"]) for app in seen.around.apps)),
        link="https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/",
    )


def _team(seen: Seen) -> Question:
    path = ("spec", "team")
    teams = seen.around.platform["teams"] if seen.around.platform else {}
    beside = [app for app in seen.around.apps if app.value["metadata"]["namespace"] == seen.text("namespace")]
    near = next((app.value["spec"].get("team") for app in beside if app.value["spec"].get("team") in teams), None)
    return Question(
        "team",
        "Service",
        "Team",
        "Which team owns it?",
        "One of the teams that the Platform declares: who reads its logs, and who is let in for an incident. A flow to "
        "another team's App is declared on both sides.",
        value_at(path),
        ((APP, path),),
        seen.around.default(path) or (Default(near, "the Apps beside it") if near else None),
        tuple(Choice(name, f"the group {one.get('group')}") for name, one in teams.items()),
        example=next(iter(teams), ""),
    )


def _image(seen: Seen) -> Question:
    path = ("spec", "image")
    registry = next(iter((seen.around.platform or {}).get("registries") or ["registry.example.com/"]))
    placeholder = f"{registry.rstrip('/')}/{seen.text('namespace')}/{seen.text('name')}:0.1.0"
    return Question(
        "image",
        "Service",
        "Image",
        "Which image runs?",
        "With its registry and a tag other than `latest`: the same answers have to give the same pods. The pipeline "
        "pins the digest behind the tag later, in a file of your own.",
        value_at(path),
        ((APP, path),),
        seen.around.default(path) or Default(placeholder, "a placeholder: nothing names one"),
        link="https://kubernetes.io/docs/concepts/containers/images/#image-names",
    )


def _schedule(seen: Seen) -> Question:
    path = ("spec", "workload", "schedule")
    return Question(
        "schedule",
        "Service",
        "Schedule",
        "When does it run?",
        "Minute, hour, day of month, month, day of week; or @hourly, @daily, @weekly, @monthly. In UTC, unless a time "
        "zone is named in app.yaml (spec.workload.timeZone).",
        value_at(path),
        (),
        seen.around.default(path) or Default("30 3 * * *", "at half past three each night"),
        link="https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax",
    )


def _volumes(seen: Seen) -> Question:
    path = ("spec", "workload", "volumes")
    return Question(
        "volumes",
        "Service",
        "Volumes",
        "What does it keep, and how much?",
        "Directories with their size, such as `/data 10Gi`; each pod has volumes of its own, made by the cluster's "
        "default StorageClass. Everything else that it writes is gone when the pod is.",
        or_yaml(path, _read_volumes),
        (),
        seen.around.default(path, _spell_volumes) or Default("/data 10Gi"),
        link="https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#volume-claim-templates",
    )


def _read_volumes(text: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for entry in entries(text):
        directory, _, size = entry.partition(" ")
        if not size:
            raise Misspelt("no directory with its size", "for example /data 10Gi; several between commas")
        made[directory] = {"size": size.strip()}
    return made


def _spell_volumes(found: Mapping[str, Any]) -> str | None:
    if any(set(volume) != {"size"} for volume in found.values()):
        return None
    return spelled([f"{directory} {volume['size']}" for directory, volume in found.items()])


def _replicas(seen: Seen) -> Question:
    path = ("spec", "workload", "replicas")
    return Question(
        "replicas",
        "Service",
        "Pods",
        "How many pods?",
        "A number, or bounds between which they follow the load: {min: 3, max: 10}. Three survive the loss of a node "
        "while another is drained.",
        lambda text: [Patch(APP, path, read_plain(text))],
        (),
        seen.around.default(path, spell_plain) or Default(NONE, "three"),
        quiet=True,
        link="https://kubernetes.io/docs/concepts/workloads/pods/disruptions/",
    )
