"""A container runs what nobody declared.

What: a pod has the init containers of the App's answers, in their order, each with its name, image and command, with
    the files and variables of the App's container, and each ends (of those that stay, see `unasked_sidecar`). The App's
    container runs its image as it is. The commands of probes are the declared ones; no other hook runs one.
Why: an init container holds the App's secrets before the App does; a probe's command runs every few seconds. Of what
    the API server expands in a command, `$(NAME)`, secrets show in the list of processes.
Fields: initContainers[*].name, .image, .command, .args, .restartPolicy, .env, .envFrom, .volumeMounts;
    containers[*].command, .args; .livenessProbe, .readinessProbe, .startupProbe, .lifecycle.
Reference: Kubernetes, init containers, command and arguments; NSA/CISA Kubernetes Hardening Guide: Pod security.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding
from scaffold.manifests import PROBES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.answers.schema import App
    from scaffold.manifests import PodTemplate, Rendered

_SHARED = ("env", "envFrom", "volumeMounts")


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each difference from what the App declares."""
    for pod, member in rendered.owned:
        for what in _differences(pod, member.app):
            yield Finding("error", "pod-security/unasked-command", pod.place(), f"{what} not as declared")


def _differences(pod: PodTemplate, app: App) -> Iterator[str]:
    own = pod.spec.get("containers") or []
    init = [one for one in pod.spec.get("initContainers") or () if "restartPolicy" not in one]
    compared: dict[str, tuple[Any, Any]] = {
        "init containers": (
            [(one.get("name"), one.get("image"), command_of(one)) for one in init],
            [
                (name, step.image or app.spec.image, [*step.command, None, *step.args])
                for name, step in app.spec.init.items()
            ],
        ),
        "files and variables of init containers": (
            [{key: one.get(key) for key in _SHARED} for one in init],
            [{key: own[0].get(key) if own else None for key in _SHARED}] * len(init),
        ),
        "what the container runs": (
            [command_of(one) for one in own],
            [[*(app.spec.command or []), None, *app.spec.args]] * len(own),
        ),
        "what probes run": ([probe for one in own for probe in _probes(one)], list(_declared(app))),
        "what hooks run": (
            [hook for one in own for hook in (one.get("lifecycle") or {}).values() if set(hook) != {"sleep"}],
            [],
        ),
    }
    yield from (what for what, (have, want) in compared.items() if have != want)


def command_of(container: dict[str, Any]) -> list[str | None]:
    """Return a container's command as it is run, then None, then its arguments."""
    command, words = (list(map(expanded, container.get(key) or ())) for key in ("command", "args"))
    return [*command, None, *words]


def expanded(word: str) -> str | None:
    """Return a word as Kubernetes hands it over: `$$` is one dollar. A single one may refer: nobody declared that."""
    parts = word.split("$$")
    return None if any("$" in part for part in parts) else "$".join(parts)


def _probes(container: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for name in PROBES:
        run = (container.get(name) or {}).get("exec")
        if run is not None:
            yield name, run.get("command")


def _declared(app: App) -> Iterator[tuple[str, list[str]]]:
    """Yield the probes that run a command, in the order of `PROBES`: until it has started, liveness is startup's."""
    health = app.spec.health
    asked = {"livenessProbe": health.live, "readinessProbe": health.ready, "startupProbe": health.live}
    for name in PROBES:
        probe = asked[name]
        if probe is not None and probe.exec is not None and not app.spec.workload.ends:
            yield name, probe.exec
