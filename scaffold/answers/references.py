"""Rules between documents: each App is known once, and every port that is called exists where its App is known.

May import: schema, rules, walker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.answers.rules import find_port
from scaffold.answers.walker import nearest, shown
from scaffold.labels import pod_labels

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scaffold.answers.schema import App, Callee, Peer
    from scaffold.answers.walker import Path

    Complaint = tuple[Path, str, str]


def check(app: App, apps: Mapping[str, App], unreadable: frozenset[str] | None) -> Iterator[Complaint]:
    """Yield what is wrong with how one App refers to the others.

    Args:
        app: the App that refers.
        apps: every App that was read, by `namespace/name`.
        unreadable: the keys of Apps that have problems of their own, which would make a complaint about them
            misleading; None where not even their names could be read.
    """
    for index, callee in enumerate(app.spec.callees):
        at: Path = ("spec", "to", index)
        if callee.app is not None:
            yield from _callee(app, callee, apps, unreadable, at)
        yield from _pods(app, callee, apps, at)
    for index, caller in enumerate(app.spec.callers):
        yield from _pods(app, caller, apps, ("spec", "from", index))


def _callee(
    app: App, callee: Callee, apps: Mapping[str, App], unreadable: frozenset[str] | None, at: Path
) -> Iterator[Complaint]:
    key = f"{callee.namespace or app.namespace}/{callee.app}"
    peer = apps.get(key)
    if peer is None:
        if isinstance(callee.port, str) and unreadable is not None and key not in unreadable:
            why = f'the App {key} was not given, so its port "{callee.port}" is not known'
            remedy = "write the pod port's number, or give the file of that App with -f"
            yield (*at, "port"), why + nearest(key, apps), remedy
        return
    if callee.protocol is not None:
        yield (*at, "protocol"), f"{key} already declares it", "remove `protocol`"
    if find_port(peer, callee.port) is not None:
        return
    near = nearest(callee.port, peer.spec.ports) if isinstance(callee.port, str) else ""
    names = ", ".join(f"{name} ({port.port})" for name, port in peer.spec.ports.items()) or "none"
    mapped = next((name for name, port in peer.spec.ports.items() if port.service == callee.port), None)
    remedy = f'{callee.port} is its Service port: write "{mapped}"' if mapped else f"it declares: {names}"
    yield (*at, "port"), f"{key} has no port {shown(callee.port)}{near}", remedy


def _pods(app: App, peer: Peer, apps: Mapping[str, App], at: Path) -> Iterator[Complaint]:
    """A known App addressed by labels would get no half of the flow: nobody would open its own side."""
    if not peer.pods:
        return
    namespace = peer.namespace or app.namespace
    for other in apps.values():
        if other.namespace == namespace and peer.pods.items() <= pod_labels(other).items():
            yield (*at, "pods"), f"these labels select the App {other.key}", f"write `app: {other.name}`"
