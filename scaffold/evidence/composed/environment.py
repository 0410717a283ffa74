"""A service's variables: names of secrets without their values, plain configuration, and the addresses in both.

Source: the Compose specification (environment, env_file).

May import: addresses, credentials, dotenv, interpolation, merging, nodes, files, model, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from scaffold.documents.reading import quoted
from scaffold.errors import Problem
from scaffold.evidence.addresses import Address, addresses
from scaffold.evidence.composed.interpolation import interpolated
from scaffold.evidence.composed.merging import as_mapping
from scaffold.evidence.credentials import is_secret
from scaffold.evidence.dotenv import assignments
from scaffold.evidence.files import text_of
from scaffold.evidence.model import Hidden, Variable
from scaffold.evidence.variables import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from scaffold.errors import Place
    from scaffold.evidence.model import Fact
    from scaffold.evidence.nodes import Node

_MOST_NAMED = 10


class Named(NamedTuple):
    """An address that a variable holds."""

    variable: str
    address: Address
    place: Place


def environment(service: Node, beside: Callable[[Node], Path], within: Path) -> tuple[list[Fact], list[Named]]:
    """Return a service's variables as facts, and the addresses in them.

    Args:
        service: as it is put together.
        beside: where the path that a node names leads to.
        within: the folder that files must lie in.
    """
    facts: list[Fact | _Unknown] = []
    named: list[Named] = []
    given: dict[str, tuple[str | None, Place]] = {}
    for entry in _files(service):
        path = entry.get("path") if isinstance(entry.value, dict) else entry
        for name, value, place in _of_file(path, beside, within, facts) if path else ():
            given[name] = value, place
    own = service.get("environment")
    for name, node in as_mapping(own).parts() if own else ():
        given[name] = None if node.value is None else node.text, node.place
    for name, (value, place) in given.items():
        facts += _variable(name, value, place, named)
    unknown = [fact for fact in facts if isinstance(fact, _Unknown)]
    return [*(fact for fact in facts if not isinstance(fact, _Unknown)), *_together(unknown)], named


class _Unknown(NamedTuple):
    """A variable without a value, and its place."""

    place: Place
    name: str


def _together(unknown: Sequence[_Unknown]) -> Iterator[Problem]:
    """Tell of all variables that are not known at once: some projects have little else."""
    if unknown:
        names = ", ".join(quoted(one.name) for one in unknown[:_MOST_NAMED])
        more = f" and {len(unknown) - _MOST_NAMED} more" if len(unknown) > _MOST_NAMED else ""
        why = f"variables that are known when it is started, at the earliest: {names}{more}"
        yield Problem(unknown[0].place, why, "declare them under spec.config.env, or as secrets")


def _files(service: Node) -> list[Node]:
    given = service.get("env_file")
    return [] if given is None else [given] if isinstance(given.value, dict) else given.items()


def _of_file(
    path: Node, beside: Callable[[Node], Path], within: Path, facts: list[Fact | _Unknown]
) -> Iterator[tuple[str, str | None, Place]]:
    file = beside(path)
    text, problems = text_of(file, within)
    # Where it is named is what somebody can change.
    facts += [Problem(path.place, f"{quoted(file.name)}: {one.message}", one.remedy) for one in problems]
    if text is None and not problems:
        facts.append(Problem(path.place, f"{quoted(file.name)} is not there", "declare its variables"))
    yield from assignments(text) if text else ()


def _variable(name: str, given: str | None, place: Place, named: list[Named]) -> Iterator[Fact | _Unknown]:
    """Yield what becomes of a variable; a secret's value ends here, but for the address in it."""
    value: str | None
    try:
        value = None if given is None else interpolated(given)
    except Unknown:
        value = None
    # What stands around a variable without a default names hosts and secrets all the same.
    written = given or "" if value is None else value
    secret = is_secret(name, written)
    # A secret that looks like a host by itself is none.
    named += [Named(name, one, place) for one in addresses(written) if one.scheme or not secret]
    if secret:
        yield Hidden(place, env=name)
    elif value is None:
        yield _Unknown(place, name)
    else:
        yield Variable(place, name, value)
