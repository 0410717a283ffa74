"""A Dockerfile: ports, user, health, and directories of the image that is built; its command is in the image itself.

Source: the Dockerfile reference.

May import: dockerfile, credentials, probes, model, files.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scaffold.documents.reading import quoted
from scaffold.errors import Problem
from scaffold.evidence.credentials import is_secret
from scaffold.evidence.dockerfile.lines import escape_of
from scaffold.evidence.dockerfile.stages import assignments, stage
from scaffold.evidence.dockerfile.words import exec_form
from scaffold.evidence.model import Fact, Hidden, Port, Said
from scaffold.evidence.probes import asked
from scaffold.evidence.users import account, numeric, root

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.evidence.dockerfile.stages import Stage, Step
    from scaffold.evidence.files import Text

FILES = ("Dockerfile", "Containerfile", "dockerfile")

_PORT = re.compile(r"(?P<first>[0-9]{1,5})(?:-(?P<last>[0-9]{1,5}))?(?:/(?P<protocol>tcp|udp|sctp))?", re.IGNORECASE)
_HIGHEST = 65535


def read(text: Text, target: str = "") -> Iterator[Fact]:
    """Yield what the last stage, or the one that is named, says of the image."""
    built = stage(text.text, target)
    if built is None:
        why = "no such stage to be built" if target else "no stage: no FROM"
        yield Problem(text.place(), why, "name the Dockerfile's last stage, or one of its others")
        return
    steps: dict[str, list[Step]] = {}
    for step in built.steps:
        steps.setdefault(step.name, []).append(step)
    for step in steps.get("EXPOSE", []):
        yield from _exposed(text, step)
    yield from _user(text, built, steps)
    for step in steps.get("HEALTHCHECK", [])[-1:]:
        yield from _health(text, step)
    for step in steps.get("VOLUME", []):
        yield from _volumes(text, step)
    escape = escape_of(text.text)
    for step in steps.get("ENV", []):
        for name, value in assignments(step.rest, escape):
            if is_secret(name, value) and value:
                yield Hidden(text.place(step.line), env=name)
                why = f"ENV {quoted(name)} looks like a secret: whoever pulls the image reads its value"
                remedy = "if it is one, take it out, and change the value: it is in every layer"
                yield Problem(text.place(step.line), why, remedy)


def _exposed(text: Text, step: Step) -> Iterator[Fact]:
    for word in step.words:
        found = _PORT.fullmatch(word or "")
        if found is None:
            why = "EXPOSE of a port that is known when the image is built, at the earliest"
            yield Problem(text.place(step.line), why, "declare it under spec.ports, or give its ARG a default")
            continue
        first, last = int(found["first"]), int(found["last"] or found["first"])
        if not 1 <= first <= last <= _HIGHEST:
            yield Problem(text.place(step.line), "EXPOSE of no port", "a number from 1 to 65535")
            continue
        protocol = (found["protocol"] or "tcp").lower()
        yield Port(text.place(step.line), first, last if last > first else 0, "" if protocol == "tcp" else protocol)


def _user(text: Text, built: Stage, steps: dict[str, list[Step]]) -> Iterator[Fact]:
    if not steps.get("USER"):
        if not re.search(r"nonroot|rootless|unprivileged", built.base):
            why = "no USER: the image may take it for granted that it is root, and root it is not here"
            yield root(text.place(built.line), why)
        return
    step = steps["USER"][-1]
    place = text.place(step.line)
    name = step.words[0] if step.words else None
    if name is None:
        yield Problem(place, "USER is known when the image is built, at the earliest", "declare spec.security.user")
        return
    made = [(one.words, text.place(one.line)) for one in steps.get("RUN", []) if "user" in one.rest]
    yield from numeric(name, place) or account(name, place, built.base, made)


def _health(text: Text, step: Step) -> Iterator[Fact]:
    words = [word or "" for word in step.words]
    while words and words[0].startswith("--"):
        words.pop(0)
    kind = words.pop(0).upper() if words else ""
    if kind != "CMD":
        return  # NONE, or nothing at all
    _, _, rest = re.split(r"(?<![\w-])(CMD)\s+", step.rest, maxsplit=1, flags=re.IGNORECASE)
    direct = exec_form(rest)
    yield from asked(direct or words, text.place(step.line), shell=None if direct else rest)


def _volumes(text: Text, step: Step) -> Iterator[Fact]:
    for path in exec_form(step.rest) or step.words:
        if path is None or not path.startswith("/"):
            why = "VOLUME of a directory that is known when the image is built, at the earliest"
            yield Problem(text.place(step.line), why, "declare it under spec.security.writable")
        else:
            yield Said(text.place(step.line), ("spec", "security", "writable", path.rstrip("/") or "/"), "64Mi")
