"""What else a service says of how it runs: what an answer says, too, what is so here anyway, and what is left.

Source: the Compose specification (services, deploy).

May import: credentials, probes, users, quantities, interpolation, nodes, model, errors.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from scaffold.documents.reading import quoted
from scaffold.errors import Problem
from scaffold.evidence.composed.interpolation import interpolated
from scaffold.evidence.composed.left import HERE_ANYWAY, LEFT
from scaffold.evidence.composed.quantities import mebibytes, millicores, seconds
from scaffold.evidence.credentials import are_secret_words
from scaffold.evidence.model import Hidden, Said
from scaffold.evidence.probes import asked
from scaffold.evidence.users import account, numeric
from scaffold.evidence.variables import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.evidence.model import Fact
    from scaffold.evidence.nodes import Node

_STARTED = "is known when it is started, at the earliest"
_MOST = 10  # of capabilities that are named
_WITHOUT = (
    "let it do without: ports from 1024 need no NET_BIND_SERVICE, an image built for a numeric user none to become it"
)


def settings(service: Node, name: str) -> Iterator[Fact]:
    """Yield what a service of a name says of its image, user, health, command and resources, and what besides."""
    try:
        image = interpolated(given.text) if (given := service.get("image")) else ""
    except Unknown:
        image = ""
        yield Problem(service.value["image"].place, f"the image {_STARTED}", "declare it as spec.image")
    if image:
        yield Said(service.value["image"].place, ("spec", "image"), image)
    yield from _user(service, image)
    yield from _health(service, name)
    yield from _commands(service)
    yield from _resources(service)
    yield from _secrets(service)
    for key, part in service.parts():
        yield from _rest(key, part)


def _user(service: Node, image: str) -> Iterator[Fact]:
    given = service.get("user")
    if given is None:
        return
    try:
        name = interpolated(given.text)
    except Unknown:
        yield Problem(given.place, f"the user {_STARTED}", "declare spec.security.user")
        return
    yield from numeric(name, given.place) or account(name, given.place, image)


def is_unasked(service: Node) -> bool:
    """Tell whether a service is not to be asked whether it is well, whatever its image says."""
    test, off = service.get("healthcheck", "test"), service.get("healthcheck", "disable")
    return (off is not None and off.value is True) or (
        test is not None and [one.text for one in test.items()] == ["NONE"]
    )


def _health(service: Node, name: str) -> Iterator[Fact]:
    test = service.get("healthcheck", "test")
    if test is None or is_unasked(service):
        return
    try:
        words = [interpolated(item.text) for item in test.items()]
    except Unknown:
        yield Problem(test.place, f"the health check {_STARTED}", "declare spec.health")
        return
    if isinstance(test.value, list) and words[:1] == ["CMD"]:
        yield from asked(words[1:], test.place, own=name)
    else:
        shell = " ".join(words[1:] if isinstance(test.value, list) else words)
        yield from asked(shell.split(), test.place, shell, name)


def _commands(service: Node) -> Iterator[Fact]:
    for key, path in (("entrypoint", "command"), ("command", "args")):
        given = service.get(key)
        if given is None:
            continue
        try:
            words = [interpolated(item.text) for item in given.items()]
            words = words if isinstance(given.value, list) else shlex.split(words[0]) if words else []
        except (Unknown, ValueError):
            yield Problem(given.place, f"the {key} {_STARTED}, or has no end", f"declare it as spec.{path}")
            continue
        if are_secret_words(words):
            why = f"the {key} has a secret in it, which everybody on the node could see"
            yield Problem(given.place, why, f"let the process read it from a file, and declare spec.{path}")
        elif words:
            yield Said(given.place, ("spec", path), words)


def _resources(service: Node) -> Iterator[Fact]:
    limits = ("deploy", "resources", "limits")
    for path, keys, spelled in (
        (("resources", "cpu"), ((*limits, "cpus"), ("cpus",)), millicores),
        (("resources", "memory"), ((*limits, "memory"), ("mem_limit",)), mebibytes),
        (("shutdown",), (("stop_grace_period",),), seconds),
        (("workload", "replicas"), (("deploy", "replicas"), ("scale",)), _count),
    ):
        given = next((found for key in keys if (found := service.get(*key))), None)
        if given is None:
            continue
        try:
            value = spelled(interpolated(given.text))
        except Unknown:
            value = ""
        if value:
            yield Said(given.place, ("spec", *path), value)
        else:
            why = f"{'.'.join(keys[0])}: {quoted(given.text)} {_STARTED}, or none"
            yield Problem(given.place, why, f"declare spec.{'.'.join(path)}")


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0  # noqa: PLR2004  1000 at most


def _secrets(service: Node) -> Iterator[Fact]:
    given = service.get("secrets")
    for entry in given.items() if given else ():
        source = entry.get("source") if isinstance(entry.value, dict) else entry
        target = entry.get("target") if isinstance(entry.value, dict) else None
        name = (target or source or entry).text
        if name:
            # The process reads it there, and goes on to.
            yield Hidden(entry.place, file=name if name.startswith("/") else f"/run/secrets/{name}")


def _rest(key: str, part: Node) -> Iterator[Problem]:
    if key.startswith("x-") or key in HERE_ANYWAY or part.value in (None, False, "", [], {}):
        return
    if key == "cap_add":
        names = ", ".join(quoted(item.text) for item in part.items()[:_MOST])
        yield Problem(part.place, f'"cap_add" {names}: no process of an App has a capability', _WITHOUT)
        return
    why, remedy = LEFT.get(key, ("is not carried over", "see whether the service needs it"))
    if key != "network_mode" or part.text == "host" or ":" in part.text:
        yield Problem(part.place, f"{quoted(key)} {why}", remedy)
