"""The services of compose files as Apps that are being adopted: what one of them says is what its evidence says.

What is likely and nobody said (a volume's size, an image's user) is taken, and told. A secret has no value here: it is
one of a Secret of the service's name that somebody has yet to make.

May import: draft, matching, site, part, ports (numbers), security (words), evidence.compose, documents, errors.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scaffold.adopt.draft import Draft, mark_of, named
from scaffold.adopt.matching import completed
from scaffold.adopt.part import root
from scaffold.adopt.ports import unprivileged
from scaffold.adopt.security import UNSAID_USER
from scaffold.answers.platform import enforces_names
from scaffold.answers.walker import dotted
from scaffold.documents.editing import Blocked, holds, put
from scaffold.errors import Problem
from scaffold.evidence.compose import NAMES, default_files, services
from scaffold.graph.objects import Object

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scaffold.adopt.site import Site
    from scaffold.evidence.model import Gathered

_POINT = "platform.secretStores"
_STORE = "existing"
_FIRST = 1024
_ENDS = ("Job", "CronJob")
_SNIFFED = 1 << 16
_SERVICES = re.compile(rb"^services:\s*(?:#.*)?$", re.MULTILINE)
_KIND = re.compile(rb"^kind:", re.MULTILINE)


def projects(paths: Iterable[str]) -> tuple[list[str], list[tuple[Path, ...]]]:
    """Tell compose files from manifests: a folder's own is a project, and those that are named together are one."""
    others: list[str] = []
    found: list[tuple[Path, ...]] = []
    together: list[Path] = []
    for text in paths:
        path = Path(text)
        if path.is_dir() and default_files(path):
            found.append(default_files(path))
        elif path.is_file() and _is_compose(path):
            together.append(path)
        else:
            others.append(text)
    return others, [*found, *([tuple(together)] if together else [])]


def _is_compose(path: Path) -> bool:
    if path.name in NAMES:
        return True
    try:
        with path.open("rb") as file:
            start = file.read(_SNIFFED)
    except OSError:
        return False
    return path.suffix in {".yaml", ".yml"} and bool(_SERVICES.search(start)) and not _KIND.search(start)


def composed(files: Sequence[Path], namespace: str, site: Site) -> list[Draft]:
    """Return the services of a project as drafts, whose flows both ends say."""
    made = {one.name: (_draft(one, namespace), one) for one in services(*files) if one.name}
    for draft, one in made.values():
        draft.left += [problem.behind(f"App {draft.key}: ") for problem in one.left]
        _likely(draft, one, names=site.given is not None and enforces_names(site.given.spec))
        _secrets(draft, site)
        _ports(draft)
    drafts = {name: draft for name, (draft, _) in made.items()}
    for draft in drafts.values():
        _callees(draft, drafts)
    _uncalled([*drafts.values()])
    return [*drafts.values()]


def _uncalled(drafts: list[Draft]) -> None:
    """Tell which services nobody calls any more: in compose all reach each other, and often by no address it names."""
    shut = [one for one in drafts if not one.spec.get("from") and one.spec.get("workload", {}).get("kind") not in _ENDS]
    if len(drafts) > 1 and shut:
        why = "every other service could reach it, and nothing that was read tells of a caller: now nobody does"
        remedy = "where one is called: its port under spec.ports, who calls under spec.from, and it under their spec.to"
        place = shut[0].document.place(("metadata", "name"))
        shut[0].left.append(Problem(place, f"{named([one.key for one in shut])}: {why}", remedy))


def _draft(one: Gathered, namespace: str) -> Draft:
    document = one.document
    name = document.place(("metadata", "name"))
    put(document, ("metadata", "namespace"), namespace, mark_of(name, ""))
    document.value.setdefault("spec", {})
    value = {"kind": "service", "apiVersion": "compose", "metadata": {"name": one.name, "namespace": namespace}}
    whole = root(Object(value, document))
    return Draft(one.name, whole, whole, whole, document=document)


def _likely(draft: Draft, one: Gathered, *, names: bool) -> None:
    """Take what is likely where nothing is said, and tell it; one pod runs unless somebody says more.

    `names` says that hosts outside are opened by their names.
    """
    for proposal in one.proposals:
        path, value = proposal.path, proposal.value
        if path == ("spec", "to"):
            outside = "host" in value and "cidrs" not in value and not names
            path, value = (*path, len(draft.spec.get("to", ()))), {**value, **({"internet": True} if outside else {})}
        try:
            if not holds(draft.document, path):
                put(draft.document, path, value, mark_of(proposal.place, value))
        except Blocked:
            continue
        draft.note(proposal.place, f"{dotted(proposal.path[1:])}: {proposal.why}", "check it")
    if not holds(draft.document, ("spec", "security", "user")):
        draft.note(draft.document.place(("metadata", "name")), *UNSAID_USER)
    kind = draft.spec.get("workload", {}).get("kind", "Deployment")
    if kind in {"Deployment", "StatefulSet"} and not holds(draft.document, ("spec", "workload", "replicas")):
        draft.put(("workload", "replicas"), 1, draft.document.place(("metadata", "name")))


def _secrets(draft: Draft, site: Site) -> None:
    """Say where each secret lies: under a key of its own in one Secret of the service's name."""
    secrets: dict[str, dict[str, Any]] = draft.spec.get("secrets", {})
    missing = [name for name, one in secrets.items() if "store" not in one]
    if not missing:
        return
    choice = next((one for one in site.known if (one.point, one.adopts.kind) == (_POINT, "Secret")), None)
    for name in missing:
        place = draft.document.place(("spec", "secrets", name))
        for key, value in (("store", _STORE), ("key", draft.name), ("property", name)):
            draft.put(("secrets", name, key), value, place)
        if choice is not None and not site.says("secretStores", _STORE):
            site.need(("secretStores", _STORE), completed(choice, {}), place)
    why = f"its secrets are told by their names alone: {', '.join(missing)}"
    remedy = f"make the Secret {draft.namespace}/{draft.name} with these keys, or keep them in a store: spec.secrets"
    draft.leave(draft.document.place(("spec", "secrets", missing[0])), why, remedy)


def _ports(draft: Draft) -> None:
    """Have no port that a process without privileges cannot listen on."""
    ports: dict[str, dict[str, Any]] = draft.spec.get("ports", {})
    for name, port in ports.items():
        number = port.get("port")
        if isinstance(number, int) and number < _FIRST:
            taken = {one["port"] for one in ports.values() if isinstance(one.get("port"), int)}
            place = draft.document.place(("spec", "ports", name))
            high = unprivileged(number, taken)
            draft.put(("ports", name, "port"), high, place)
            draft.put(("ports", name, "service"), number, place)
            why = f"port {number}: a process without privileges cannot listen below {_FIRST}"
            draft.leave(place, why, f"make it listen on {high}, as the App now says; its Service keeps {number}")


def _callees(draft: Draft, drafts: dict[str, Draft]) -> None:
    """Name the ports of the services that one calls, and say there who calls."""
    for index, entry in enumerate(draft.spec.get("to", ())):
        other = drafts.get(entry.get("app", ""))
        if other is None:
            continue
        ports = other.spec.get("ports", {}).items()
        wanted = entry["port"]
        name = next((name for name, port in ports if wanted in (port.get("service", port["port"]), port["port"])), None)
        if name is not None:
            place = draft.document.place(("spec", "to", index))
            draft.put(("to", index, "port"), name, place)
            other.add("from", {"app": draft.name, "port": name}, place)
