"""What a bundle says about itself: risks that remain, what others have to open, and every control in force.

No places of answers stand in it, which would change with every line that is added above.

May import: risks, rotation, system, blueprint.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from msgspec import to_builtins

from scaffold.answers.numbers import numbered
from scaffold.networks import INTERNET
from scaffold.rights import matrix
from scaffold.risks import risks
from scaffold.rotation import rotations
from scaffold.system.model import API_SERVER, NODE, NODES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scaffold.blueprint import Blueprint, Control
    from scaffold.finding import Finding
    from scaffold.system.model import Edge, Endpoint, System

_OF_AN_APP = re.compile(r"apps/[^/]+/[^/]+/")
_OF_A_NAMESPACE = re.compile(r"(namespaces|on-demand|requests)/[^/]+/")
_PARTS = "parts of other blueprints' files"
# How many names a line holds before it only counts them.
_MOST = 8
_ALL = "all that the answers say"
_ENTITIES = {API_SERVER: "the API server", NODES: "the nodes", NODE: "the pod's own node"}


def report(
    blueprints: Iterable[Blueprint], system: System, files: Mapping[str, list[str]], part: str
) -> dict[str, Any]:
    """Return a bundle's report.

    Args:
        blueprints: those that may be in force here, with their controls.
        system: what is rendered.
        files: the paths that each blueprint renders, by its id.
        part: the options that chose a part of the bundle; empty for all of it.

    Returns:
        JSON: `covers`, `exceptions`, `risks`, `foreign`, `requirements`, `prerequisites`, `requests`, `rights`,
        `rotations` (of secrets), `blueprints` (in force, with their controls) and `not_in_force`.
    """
    in_force, unused = _controls(blueprints, system, files)
    # Exceptions stand in a list of their own, before all risks.
    taken = [finding for finding in risks(system) if not finding.check.startswith("exceptions/")]
    found = {(f.severity, f.check, _reason(f), f.remedy): None for f in taken}
    return {
        "covers": f"the part {part} of what the answers say, verified with the rest" if part else _ALL,
        "exceptions": list(_exceptions(system)),
        "risks": [dict(zip(("severity", "id", "reason", "remedy"), risk, strict=True)) for risk in found],
        "foreign": list(_foreign(system.edges)),
        "requirements": [{"who": who, "what": what} for who, what in system.requirements],
        "prerequisites": list(_prerequisites(system.edges)),
        "requests": sorted(path for own in files.values() for path in own if path.startswith("requests/")),
        "rights": list(matrix(system)),
        "rotations": [to_builtins(one) for one in rotations(system)],
        "blueprints": in_force,
        "not_in_force": unused,
    }


def _controls(
    blueprints: Iterable[Blueprint], system: System, files: Mapping[str, list[str]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the blueprints that are in force, and those that are not, of all that have controls."""
    in_force: list[dict[str, Any]] = []
    unused: list[dict[str, Any]] = []
    for blueprint in blueprints:
        own = sorted(files.get(blueprint.id, []))
        controls = [_control(control, system) for control in blueprint.controls]
        why = f"{blueprint.why} (Not a part of scaffold: {blueprint.source}.)" if blueprint.source else blueprint.why
        entry = {"id": blueprint.id, "title": blueprint.title, "why": why, "controls": controls}
        entry |= {"source": blueprint.source} if blueprint.source else {}
        contributing = not blueprint.templates and blueprint.id in files
        if not own and not contributing:
            unused += [{**entry, "otherwise": blueprint.otherwise or "nothing is rendered for it."}] if controls else []
        elif controls:
            in_force.append({**entry, "files": own, "patterns": patterns(own) or [_PARTS]})
    return in_force, unused


def _control(control: Control, system: System) -> dict[str, Any]:
    relaxed = [
        f"{one.container} of {member.app.key}"
        for member in system.members
        for one in member.relaxed
        if one.control == control.id
    ]
    text = f"{control.text} Not for {', '.join(relaxed)}: see the exceptions." if relaxed else control.text
    unproven = {"unproven": control.unproven} if control.unproven else {}
    return {"id": control.id, "text": text, "references": control.references, "proof": control.proof, **unproven}


def _exceptions(system: System) -> Iterator[dict[str, str]]:
    levels = {space.name: space.level for space in system.spaces}
    for member in system.members:
        for one in member.relaxed:
            yield {
                "control": one.control, "app": member.app.key, "container": one.container, "until": one.until,
                "reason": one.reason, "approvedBy": one.approved_by, "text": one.text,
                "level": levels[member.app.namespace],
            }  # fmt: skip


def _reason(risk: Finding) -> str:
    """Return a risk with the App that it is about; where its place is a line of an answer, its reason says enough."""
    return f"{risk.place}: {risk.reason}" if risk.place.startswith("App ") else risk.reason


def _foreign(edges: Iterable[Edge]) -> Iterator[dict[str, Any]]:
    """Yield the halves that lie with others: who has to let what in or out, and for whom."""
    halves: dict[tuple[str, str, str], tuple[set[str], set[str]]] = {}
    for edge in edges:
        if edge.of_the_node:
            continue
        for half, end, peer, verb in (
            (edge.ingress, edge.target, edge.source, "let in"),
            (edge.egress, edge.source, edge.target, "let out"),
        ):
            if half in {"foreign", "agreed"} and peer.app:
                origin = "declared" if edge.origin == "declared" else "derived"
                does = f"{verb}, as its own answers say" if half == "agreed" else verb
                ports, apps = halves.setdefault((_spelled(end), does, origin), (set(), set()))
                ports.add(f"{numbered(*edge.wire)}/{edge.protocol}")
                apps.add(peer.app)
    for (who, verb, origin), (ports, apps) in sorted(halves.items()):
        named = ", ".join(sorted(apps)) if len(apps) <= _MOST else f"{len(apps)} Apps"
        yield {"who": who, "verb": verb, "ports": ", ".join(sorted(ports)), "apps": named, "origin": origin}


def _prerequisites(edges: Iterable[Edge]) -> Iterator[dict[str, str]]:
    """Yield the flows between others, each once, on which something depends."""
    found = {
        (_spelled(e.source), _spelled(e.target), f"{numbered(e.port, e.last)}/{e.protocol}", e.reason)
        for e in edges
        if not e.is_ours
    }
    for flow in sorted(found):
        yield dict(zip(("source", "target", "port", "reason"), flow, strict=True))


def _spelled(end: Endpoint) -> str:
    if end.host:
        return f"the host {end.host}"
    if end.entities:
        return _ENTITIES[end.entities]
    if end.cidr:
        return f"every public address ({end.cidr})" if end.cidr in INTERNET else f"the network {end.cidr}"
    return f"pods {', '.join(f'{key}={value}' for key, value in end.labels)} in {end.namespace}"


def patterns(paths: Iterable[str]) -> list[str]:
    """Return paths with what differs between Apps and namespaces left open, and how many each stands for."""
    counts: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        counts[_OF_A_NAMESPACE.sub(r"\1/*/", _OF_AN_APP.sub("apps/*/*/", path))].append(path)
    return [own[0] if len(own) == 1 else f"{pattern} ({len(own)})" for pattern, own in sorted(counts.items())]
