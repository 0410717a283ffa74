"""How an App is asked whether it is ready and alive.

May import: draft, ports (types), part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.adopt.draft import Draft
    from scaffold.adopt.part import Part
    from scaffold.adopt.ports import Opened

# What Kubernetes takes where nothing is said.
_TIMES = {
    "initialDelaySeconds": 0,
    "periodSeconds": 10,
    "timeoutSeconds": 1,
    "successThreshold": 1,
    "failureThreshold": 3,
    "terminationGracePeriodSeconds": None,
}
_PROBES = ("readinessProbe", "livenessProbe")
_SHORTEST, _LONGEST = 5, 3600
_PERIOD, _FAILURES = 10, 3  # of Kubernetes, where nothing is said


def health(draft: Draft, opened: Iterable[Opened]) -> None:
    """Read the probes of an App's own container."""
    own, ports = draft.own, [*opened]
    first = next((one.name for one in ports if one.container == own["name"].text), "")
    for key, name in (("readinessProbe", "ready"), ("livenessProbe", "live")):
        if own[key] and (made := probe(own[key], own, ports, first)):
            draft.put(("health", name), made, own[key])
    rendered = draft.labels.get("app.kubernetes.io/managed-by") == "scaffold"
    if not rendered and any(
        own[key][time].number not in {None, usual} for key in _PROBES for time, usual in _TIMES.items()
    ):
        draft.note(own, "its probes are asked at the bundle's own times", "it may take health.startup seconds to start")
    startup = own["startupProbe"]
    if not startup:
        return
    asked = probe(startup, own, ports, first)
    seconds = _seconds(startup)
    if asked and "live" not in draft.spec.get("health", {}):
        draft.put(("health", "live"), asked, startup)
        draft.note(startup, "what asks whether it started asks from then on whether it lives")
    if "live" in draft.spec.get("health", {}):
        draft.put(("health", "startup"), seconds, startup)


def _seconds(startup: Part) -> int:
    """Return how long a process may take to start."""
    period, failures = startup["periodSeconds"].number or _PERIOD, startup["failureThreshold"].number or _FAILURES
    return max(_SHORTEST, min(_LONGEST, period * failures))


def probe(asked: Part, container: Part, ports: Iterable[Opened], first: str) -> dict[str, Any]:
    """Return how a container is asked, as an answer; nothing, with what is left, where it cannot be said.

    Args:
        asked: the probe.
        container: whose it is.
        ports: the App's.
        first: the port that `http` asks where nothing is said.
    """
    for key in _TIMES:
        asked[key].take()  # the bundle has its own
    name = container["name"].text
    own = [one for one in ports if one.container == name]
    if asked["exec"]:
        words = [word.text for word in asked.at("exec", "command").items]
        return {"exec": words} if words else {}
    for kind in ("httpGet", "tcpSocket", "grpc"):
        if not asked[kind]:
            continue
        port = _port(asked[kind]["port"], own)
        if port is None:
            asked.leave("it asks a port that is not listed", "list the port in the container, or mend the probe")
            return {}
        return _asked(asked[kind], kind, port, first)
    asked.leave("it says no way to ask", "mend the source")
    return {}


def _asked(part: Part, kind: str, port: Opened, first: str) -> dict[str, Any]:
    if kind == "grpc":
        if part["service"].text:
            part["service"].leave("an App is asked as a whole, by the empty service's name", "answer for that, too")
        return {"grpc": port.name}
    if kind == "tcpSocket":
        return {"tcp": port.name}
    if part["scheme"].text == "HTTPS":
        part["scheme"].leave("an App is asked over HTTP", "a port of its own for probes; or ask by tcp")
        return {"tcp": port.name}
    if part["httpHeaders"]:
        part["httpHeaders"].leave("a probe of an App sends no headers", "answer without them")
    if part["host"]:
        part["host"].leave("a probe asks the pod itself", "remove it")
    made = {"http": part["path"].text or "/"}
    return made if port.name == first else {**made, "port": port.name}


def _port(part: Part, own: Iterable[Opened]) -> Opened | None:
    text = part.text
    return next((one for one in own if text in {one.listed, str(one.number)}), None)
