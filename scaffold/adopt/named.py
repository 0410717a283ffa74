"""Which workloads become Apps, and what each is called: as its Service is, since that is how callers find it.

May import: draft, objects, part, names.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scaffold.adopt.draft import Draft, started
from scaffold.names import slug

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.adopt.objects import Found
    from scaffold.adopt.part import Part

KINDS = {
    "Deployment": "Deployment",
    "StatefulSet": "StatefulSet",
    "DaemonSet": "DaemonSet",
    "Job": "Job",
    "CronJob": "CronJob",
    "Pod": "Pod",
    "ReplicaSet": "Deployment",
    "ReplicationController": "Deployment",
}
"""The kinds that run pods, and what each is as an App."""

_APP = re.compile(r"[a-z](?:[-a-z0-9]*[a-z0-9])?")
_LONGEST = 63
# The objects of an App are called after it, with what they are behind a dot or a hash.
_HASHED = re.compile(r"-[0-9a-f]{8}\Z")


def drafts(found: Found) -> list[Draft]:
    """Return a draft for each workload, with the Services that lead to it; names are unique in a namespace."""
    made: list[Draft] = []
    taken: set[tuple[str, str]] = set()
    for whole in found.of(*KINDS):
        template = _template(whole)
        namespace = whole.one.key[1]
        containers = template["spec"]["containers"].items
        if not containers:
            whole.leave("it has no containers", "mend the source, or leave it out")
            continue
        services = _services(found, namespace, template)
        alone = [service for service in services if _behind(service, found) == 1]
        name = _free(_called(whole, alone), namespace, taken)
        draft = Draft(name, whole, template, _own(containers, whole, services), services)
        made.append(started(draft))
        _renamed(draft)
    return made


def _behind(service: Part, found: Found) -> int:
    """Return how many workloads a Service leads to."""
    chosen = service.at("spec", "selector").texts.items()
    others = (one for one in found.of(*KINDS) if one.one.key[1] == service.one.key[1])
    return sum(chosen <= _template(one).at("metadata", "labels").texts.items() for one in others)


def _renamed(draft: Draft) -> None:
    """Say by which names an App is not found any more."""
    original, names = draft.whole.one.key[2], [service.one.key[2] for service in draft.services]
    if draft.name != original:
        why = f"{draft.kind} {original} is the App {draft.name}"
        draft.note(draft.whole["metadata"]["name"], f"{why}{', as its Service is called' if names else ''}")
    for service in draft.services:
        kind, name = service.at("spec", "type").text, service.one.key[2]
        if name != draft.name and kind != "LoadBalancer":
            why = f"the Service {name} leads to it, too: callers find an App by its own name alone"
            draft.leave(
                service["metadata"]["name"], why, f"let them call {draft.name}, or keep {name} beside the bundle"
            )


def _template(whole: Part) -> Part:
    """Return the template of a workload's pods; a Pod is its own."""
    kind = whole.one.key[0]
    if kind == "Pod":
        return whole
    return whole.at("spec", "jobTemplate", "spec", "template") if kind == "CronJob" else whole.at("spec", "template")


def _services(found: Found, namespace: str, template: Part) -> list[Part]:
    """Return the Services of a namespace that select a pod; those without an address of their own come last."""
    labels = template.at("metadata", "labels").texts.items()
    leading = [
        service
        for service in found.of("Service")
        if service.one.key[1] == namespace
        and (chosen := service.at("spec", "selector").texts)
        and chosen.items() <= labels
    ]
    return sorted(leading, key=lambda service: service.at("spec", "clusterIP").text == "None")


def _called(whole: Part, services: list[Part]) -> str:
    """Return what an App is to be called: as a Service of the workload's own name, or as the first, or as itself."""
    name = whole.one.key[2]
    if whole.one.key[0] == "Job" and whole.at("metadata", "labels", "app.kubernetes.io/managed-by").text == "scaffold":
        name = _HASHED.sub("", name)
    names = [service.one.key[2] for service in services]
    return name if name in names or not names else names[0]


def _free(name: str, namespace: str, taken: set[tuple[str, str]]) -> str:
    """Return a name that an App may have, and no other one of the namespace has."""
    sound = name if _APP.fullmatch(name) else slug(name.lower())
    sound = (sound if sound[:1].isalpha() else f"app-{sound}")[:_LONGEST].rstrip("-")
    number = 2
    unique = sound
    while (namespace, unique) in taken:
        unique, number = f"{sound[: _LONGEST - 4]}-{number}", number + 1
    taken.add((namespace, unique))
    return unique


def _own(containers: list[Part], whole: Part, services: Iterable[Part]) -> Part:
    """Return the App's own container: of its name, or at which a Service ends, or the first."""
    if len(containers) == 1:
        return containers[0]
    names = {whole.one.key[2], *(service.one.key[2] for service in services)}
    targets = {port["targetPort"].text for service in services for port in service.at("spec", "ports").items} - {""}
    for one in containers:
        if one["name"].text in names:
            return one
    for one in containers:
        if any({port["name"].text, port["containerPort"].text} & targets for port in one["ports"].items):
            return one
    return containers[0]
