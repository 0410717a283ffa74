"""A container stays beside the App that nobody declared, or is another one than was declared.

What: the init containers that stay are the sidecars of the App's answers, before all that end, in their order, each
    with its image, command, variables, ports and startup probe, and no other probe or hook.
Why: a sidecar shares the pod's network and identity, and may do whatever the App's flows let it do. One that starts
    late is not there for what needs it, a database's proxy for a migration.
Fields: initContainers[*].restartPolicy, .image, .command, .args, .env, .envFrom, .ports, .startupProbe, .lifecycle.
Reference: Kubernetes, sidecar containers; NSA/CISA Kubernetes Hardening Guide: Pod security.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.checks.pod_security.unasked_command import command_of, expanded
from scaffold.finding import Finding
from scaffold.manifests import PROBES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.answers.schema import App, Sidecar
    from scaffold.manifests import PodTemplate, Rendered

_ACTIONS = ("exec", "grpc", "httpGet", "tcpSocket")


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each difference from what the App declares."""
    for pod, member in rendered.owned:
        for what in _differences(pod, member.app):
            yield Finding("error", "pod-security/unasked-sidecar", pod.place(), f"{what} not as declared")


def _differences(pod: PodTemplate, app: App) -> Iterator[str]:
    init = pod.spec.get("initContainers") or []
    stays = [one for one in init if "restartPolicy" in one]
    if [one.get("name") for one in stays] != list(app.spec.sidecars) or init[: len(stays)] != stays:
        yield "sidecars, or their order,"
    for one in stays:
        sidecar = app.spec.sidecars.get(str(one.get("name")))
        for what in _of_one(one, sidecar, app) if sidecar else ():
            yield f"{what} of the sidecar {one['name']}"


def _of_one(one: dict[str, Any], sidecar: Sidecar, app: App) -> Iterator[str]:
    listed = [(name, app.spec.ports[name]) for name in sidecar.ports if app.spec.ports[name].endPort is None]
    ports = [(name, port.port, port.l4) for name, port in listed]
    compared: dict[str, tuple[Any, Any]] = {
        "the restart policy": (one["restartPolicy"], "Always"),
        "the image": (one.get("image"), sidecar.image),
        "what is run": (command_of(one), [*(sidecar.command or ()), None, *sidecar.args]),
        "variables": ([list(_variables(one)), one.get("envFrom") or []], [list(sidecar.env.items()), []]),
        "ports": (
            [(port.get("name"), port["containerPort"], port.get("protocol", "TCP")) for port in one.get("ports") or ()],
            ports,
        ),
        "what is asked, or run by hooks,": (
            [(name, _action(one[name])) for name in (*PROBES, "lifecycle") if one.get(name)],
            [("startupProbe", _declared(sidecar, app))] if sidecar.started else [],
        ),
    }
    yield from (what for what, (have, want) in compared.items() if have != want)


def _variables(one: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Yield variables as the process sees them: one whose value comes from elsewhere has none of its own."""
    for entry in one.get("env") or ():
        yield entry["name"], None if "valueFrom" in entry else expanded(str(entry.get("value", "")))


def _action(probe: dict[str, Any]) -> dict[str, Any]:
    return {key: probe[key] for key in _ACTIONS if key in probe}


def _declared(sidecar: Sidecar, app: App) -> dict[str, Any]:
    asked = sidecar.started
    if asked is None:
        return {}
    if asked.exec is not None:
        return {"exec": {"command": asked.exec}}
    if asked.grpc is not None:
        return {"grpc": {"port": app.spec.ports[asked.grpc].port}}
    if asked.tcp is not None:
        return {"tcpSocket": {"port": asked.tcp}}
    first = next((name for name in sidecar.ports if app.spec.ports[name].can_be_asked), None)
    return {"httpGet": {"path": asked.http, "port": asked.port or first}}
