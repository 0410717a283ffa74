"""One service of a project: what it says of itself, what its image says, and whom it seems to reach.

May import: settings, ports, volumes, environment, readers.dockerfile, interpolation, nodes, files, model, errors.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from scaffold.documents.reading import quoted
from scaffold.errors import Place, Problem
from scaffold.evidence.composed.environment import environment
from scaffold.evidence.composed.interpolation import interpolated
from scaffold.evidence.composed.ports import ports
from scaffold.evidence.composed.settings import is_unasked, settings
from scaffold.evidence.composed.volumes import volumes
from scaffold.evidence.files import Text, text_of
from scaffold.evidence.model import Asked, Port, Proposal, Said
from scaffold.evidence.readers import dockerfile
from scaffold.evidence.servers import PORTS, server_of, user_of
from scaffold.evidence.variables import Unknown
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.evidence.composed.environment import Named
    from scaffold.evidence.model import Fact
    from scaffold.evidence.nodes import Node


class Service(Value, frozen=True):
    """A service: its facts, the addresses in its variables, those it waits for, and the folder it is built from."""

    name: str
    place: Place
    facts: tuple[Fact, ...]
    named: tuple[Named, ...] = ()
    waits: tuple[tuple[str, Place], ...] = ()
    context: Path | None = None

    @property
    def ports(self) -> list[Port]:
        """The ports that somebody says it has."""
        named = [fact for fact in self.facts if isinstance(fact, Port)]
        asked = [Port(fact.place, fact.port) for fact in self.facts if isinstance(fact, Asked) and fact.port]
        return [*named, *(port for port in asked if port.number not in {one.number for one in named})]


def service(name: str, node: Node, within: Path) -> Service:
    """Read one service.

    Args:
        name: what the project calls it.
        node: as it is put together from files.
        within: the folder that its files must lie in.
    """
    context = _context(node)
    facts: list[Fact] = [Said(node.begin, ("metadata", "name"), name)]
    facts += ports(node)
    facts += settings(node, name)
    facts += volumes(node)
    variables, named = environment(node, _beside, within)
    facts += variables
    waits = tuple(_waits(node))
    facts += _ends(node)
    facts += _profiles(node)
    if context is not None:
        facts += (fact for fact in _built(node, context, within) if not (isinstance(fact, Asked) and is_unasked(node)))
    image = node.get("image")
    if image is not None:
        facts += _known(image, has_ports=any(isinstance(fact, Port) for fact in facts))
    return Service(name, node.begin, tuple(facts), tuple(named), waits, context)


def _known(image: Node, *, has_ports: bool) -> Iterator[Fact]:
    """Yield what everybody knows of an image."""
    server = server_of(image.text)
    if server and not has_ports:
        yield Port(image.place, PORTS[server], name=server)
    user = user_of(image.text)
    if user:
        why = f"the image's own user is {user}"
        yield Proposal(("spec", "security", "user"), user, image.place, why)


def _beside(path: Node) -> Path:
    """Return where a path that a node names leads to: relative ones begin at the file that it stands in."""
    try:
        return Path(os.path.normpath(Path(path.place.file).parent / interpolated(path.text)))
    except Unknown:
        return Path(path.place.file).parent / path.text


def _context(node: Node) -> Path | None:
    given = node.get("build", "context") or node.get("build")
    if given is None or isinstance(given.value, list):
        return None
    if isinstance(given.value, dict):
        return Path(os.path.normpath(Path(given.place.file).parent))
    return None if "://" in given.text or given.text.startswith("git@") else _beside(given)


def _built(node: Node, context: Path, within: Path) -> Iterator[Fact]:
    """Yield what the Dockerfile says that the service's image is built by."""
    inline, target = node.get("build", "dockerfile_inline"), node.get("build", "target")
    stage = target.text if target else ""
    if inline is not None:
        # Where its lines stand depends on how it is written: all of them are where it begins.
        text = Text(inline.place.file, "\n" * (inline.place.line - 1) + inline.text)
        yield from dockerfile.read(text, stage)
        return
    given = node.get("build", "dockerfile")
    names = [given.text] if given else list(dockerfile.FILES)
    for name in names:
        text_found, problems = text_of(Path(os.path.normpath(context / name)), within)
        yield from problems
        if text_found is not None:
            yield from dockerfile.read(text_found, stage)
            return
    if given is not None:
        yield Problem(given.place, f"{quoted(given.text)} is not there, or not below the project", "check the path")


def _waits(node: Node) -> Iterator[tuple[str, Place]]:
    for key in ("depends_on", "links"):
        given = node.get(key)
        for name, part in given.parts() if given else ():
            condition = part.get("condition")
            if condition is None or condition.text != "service_completed_successfully":
                yield name, part.place
        for item in given.items() if given else ():
            yield item.text.partition(":")[0], item.place


def _ends(node: Node) -> Iterator[Fact]:
    given = node.get("depends_on")
    for name, part in given.parts() if given else ():
        condition = part.get("condition")
        if condition is not None and condition.text == "service_completed_successfully":
            why = f"waits until {quoted(name)} has ended, and an App waits for nobody"
            yield Problem(part.place, why, "declare that one under spec.init, or as a Job")


def _profiles(node: Node) -> Iterator[Fact]:
    given = node.get("profiles")
    if given is not None and given.items():
        names = ", ".join(quoted(item.text) for item in given.items()[:5])
        yield Problem(given.place, f"is started with the profile {names} only", "leave it out if it is for development")
