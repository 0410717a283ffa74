"""What runs in the containers of an App: images, commands, variables and sizes of its own, before it and beside it.

May import: draft, objects, part, ports (types), probes, amounts, variables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.adopt.amounts import cpu, size
from scaffold.adopt.probes import probe
from scaffold.adopt.variables import Variables, variables, words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.adopt.draft import Draft
    from scaffold.adopt.objects import Found
    from scaffold.adopt.part import Part
    from scaffold.adopt.ports import Opened
    from scaffold.documents.editing import Path

_PROBES = ("readinessProbe", "livenessProbe", "startupProbe")


def containers(draft: Draft, found: Found, opened: Iterable[Opened]) -> Variables:
    """Read every container of a pod, and return the variables of the App's own."""
    ports = [*opened]
    own = draft.own
    draft.put(("image",), own["image"].text, own["image"])
    known = variables(own, draft.namespace, found)
    _command(draft, own, (), known)
    _sized(draft, own, ("resources",))
    for name, (value, place) in known.plain.items():
        draft.put(("config", "env", name), value, place)
    for one in draft.pod["initContainers"].items:
        if one["restartPolicy"].text == "Always":
            _sidecar(draft, one, found, ports)
        else:
            _first(draft, one, found, known)
    for one in draft.pod["containers"].items:
        if one.steps != own.steps:
            _sidecar(draft, one, found, ports)
            draft.note(
                one, f"the container {one['name'].text} is a sidecar: it starts before the App, and ends after it"
            )
    return known


def _command(draft: Draft, one: Part, at: Path, known: Variables) -> None:
    for key in ("command", "args"):
        said = words(one[key], known)
        if said:
            draft.put((*at, key), said, one[key])
    draft.hidden += known.hidden


def _sized(draft: Draft, one: Part, at: Path) -> None:
    """Read what a container takes: its limits, else its requests, for both are the same then."""
    limits, requests = one.at("resources", "limits"), one.at("resources", "requests")
    for key, spelled in (("cpu", cpu), ("memory", size)):
        given = limits[key] or requests[key]
        text = spelled(given.text)
        if text:
            draft.put((*at, key), text, given)
        elif given:
            given.leave("no quantity that can be read", "write one, such as 250m or 256Mi")
        requests[key].take()
        if limits[key] and requests[key] and spelled(requests[key].text) != text:
            why = f"it asked for less {key} than its limit: an App asks for all that it may take"
            draft.note(requests[key], why, f"see that the nodes have as much, or lower spec.resources.{key}")
    for part in (limits, requests):
        part["ephemeral-storage"].take()  # computed from what may be written


def _first(draft: Draft, one: Part, found: Found, own: Variables) -> None:
    """Read what runs before the App, with its rights, files and variables."""
    name, at = one["name"].text, ("init", one["name"].text)
    if not one["command"]:
        why = "an init container says what it runs, and this one leaves that to its image"
        one.leave(why, f"look the image's entry point up, and write spec.init.{name}.command")
        return
    draft.put((*at, "command"), [], one["command"])
    known = variables(one, draft.namespace, found)
    _command(draft, one, at, known)
    if one["image"].text != draft.own["image"].text:
        draft.put((*at, "image"), one["image"].text, one["image"])
    _sized(draft, one, (*at, "resources"))
    for key, (value, place) in known.plain.items():
        if own.plain.get(key, (None,))[0] != value:
            place.leave(f"{key}: an init container has the App's variables, and none of its own", "give it to the App")
    for key, secret in known.secret.items():
        if key not in own.secret:
            secret.part.leave(
                f"{key}: an init container has the App's secrets, and none of its own", "give it to the App"
            )
    one["restartPolicy"].take()


def _sidecar(draft: Draft, one: Part, found: Found, ports: list[Opened]) -> None:
    """Read what runs beside the App, with its own image and variables."""
    at = ("sidecars", one["name"].text)
    draft.put((*at, "image"), one["image"].text, one["image"])
    known = variables(one, draft.namespace, found)
    _command(draft, one, at, known)
    _sized(draft, one, (*at, "resources"))
    for key, (value, place) in known.plain.items():
        draft.put((*at, "env", key), value, place)
    for key, secret in known.secret.items():
        secret.part.leave(
            f"{key}: a sidecar has no secrets", "let the App read it; or an App of its own for the sidecar"
        )
    own = [port for port in ports if port.container == one["name"].text]
    if own:
        draft.put((*at, "ports"), [port.name for port in own], one["ports"] or one)
    one["restartPolicy"].take()
    _started(draft, one, at, own)


def _started(draft: Draft, one: Part, at: Path, own: list[Opened]) -> None:
    """A sidecar is asked until it has started, and never again."""
    asked = next((one[key] for key in ("startupProbe", *_PROBES) if one[key]), None)
    if asked is None:
        return
    made: dict[str, Any] = probe(asked, one, own, own[0].name if own else "")
    if made:
        draft.put((*at, "started"), made, asked)
    for key in _PROBES:
        if one[key] and one[key].steps != asked.steps:
            one[key].leave("a sidecar is asked until it has started, and not after that", "an App of its own for it")
