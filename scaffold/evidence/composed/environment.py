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
from scaffold.evidence.dotenv import assignments, is_private
from scaffold.evidence.files import text_of
from scaffold.evidence.model import Hidden, Variable
from scaffold.evidence.variables import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from scaffold.errors import Place
    from scaffold.evidence.model import Fact
    from scaffold.evidence.nodes import Node


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
    facts: list[Fact] = []
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
    return facts, named


def _files(service: Node) -> list[Node]:
    given = service.get("env_file")
    return [] if given is None else [given] if isinstance(given.value, dict) else given.items()


def _of_file(
    path: Node, beside: Callable[[Node], Path], within: Path, facts: list[Fact]
) -> Iterator[tuple[str, str | None, Place]]:
    file = beside(path)
    if is_private(file.name):
        why = f"{quoted(file.name)} is not read: it may hold secrets"
        facts.append(Problem(path.place, why, "declare its variables, and of secrets their names"))
        return
    text, problems = text_of(file, within)
    facts += problems
    if text is None and not problems:
        facts.append(Problem(path.place, f"{quoted(file.name)} is not there", "declare its variables"))
    yield from assignments(text) if text else ()


def _variable(name: str, given: str | None, place: Place, named: list[Named]) -> Iterator[Fact]:
    """Yield what becomes of a variable; a secret's value ends here, but for the address in it."""
    value: str | None
    try:
        value = None if given is None else interpolated(given)
    except Unknown:
        value = None
    # What stands around a variable without a default names hosts and secrets all the same.
    written = given or "" if value is None else value
    named += [Named(name, address, place) for address in addresses(written)]
    if is_secret(name, written):
        yield Hidden(place, env=name)
    elif value is None:
        why = f"the variable {quoted(name)} is known when it is started, at the earliest"
        yield Problem(place, why, "declare it under spec.config.env, or as a secret")
    else:
        yield Variable(place, name, value)
