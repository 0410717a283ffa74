"""Put facts together to an App: what is said first holds, whoever says it.

May import: ports, names, model, documents, errors.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from scaffold.answers.schema import API_VERSION
from scaffold.documents.editing import holds, put
from scaffold.documents.reading import Document, Mark, quoted
from scaffold.errors import Place, Problem, printable
from scaffold.evidence.model import Asked, Call, Gathered, Hidden, Port, Proposal, Said, Variable
from scaffold.evidence.naming import label
from scaffold.evidence.ports import named
from scaffold.evidence.servers import PORTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.documents.editing import Path
    from scaffold.evidence.model import Fact

_NAME = ("metadata", "name")
_WRITABLE = ("spec", "security", "writable")
MOST_FACTS = 5000
"""How many facts an App is put together from; what is beyond is told."""
_MOST_PORTS = 100
_MOST_PROPOSALS = 200
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,252}")


def assemble(facts: Iterable[Fact], origin: Place) -> Gathered:
    """Put facts together.

    Args:
        facts: the ones that count more first.
        origin: what all of them are about: a folder (line 0), or a service of a compose file.
    """
    app = _App(origin)
    kept = list(islice(facts, MOST_FACTS + 1))
    # Whoever is asked at a port listens there.
    listening = [Port(fact.place, fact.port) for fact in kept if isinstance(fact, Asked) and fact.port]
    app.ports([*(fact for fact in kept if isinstance(fact, Port)), *listening])
    # A secret's variable is none of the configuration, wherever either of them stands.
    for kind in (Said, Asked, Call, Hidden, Variable, Proposal, Problem):
        for fact in kept[:MOST_FACTS]:
            if isinstance(fact, kind):
                app.take(fact)
    if len(kept) > MOST_FACTS:
        app.left.append(Problem(origin, f"more than {MOST_FACTS} things were found", "declare the rest yourself"))
    app.conventions()
    return Gathered(app.document, tuple(dict.fromkeys(app.left)), tuple(app.proposals))


class _App:
    """The document as far as it is put together."""

    def __init__(self, origin: Place) -> None:
        whole = Mark(origin.line, origin.column)
        self.document = Document(origin.file, {}, whole)
        self.left: list[Problem] = []
        self.proposals: list[Proposal] = []
        for path, value in ((("apiVersion",), API_VERSION), (("kind",), "App"), (("metadata",), {}), (("spec",), {})):
            put(self.document, path, value, Mark(origin.line if not isinstance(value, str) else 0, origin.column))

    def take(self, fact: Fact) -> None:
        """Take one fact in."""
        match fact:
            case Said():
                self.said(fact)
            case Asked():
                self.asked(fact)
            case Call():
                self.call(fact)
            case Hidden():
                self.hidden(fact)
            case Variable():
                self.variable(fact)
            case Proposal():
                self.propose(fact)
            case Problem():
                # Some of what is told was named by files.
                self.left.append(Problem(fact.place, printable(fact.message), printable(fact.remedy)))

    def put(self, path: Path, value: Any, place: Place) -> None:
        put(self.document, path, value, Mark(place.line, place.column, file=place.file))

    def at(self, path: Path) -> Any:
        """Return what stands at a path of names, if anything does."""
        found = self.document.value
        for step in path:
            found = found.get(step) if isinstance(found, dict) else None
        return found

    def said(self, fact: Said) -> None:
        value = fact.value
        if not _sound(value) or not _sound(list(fact.path)):
            why = f"a value of {'.'.join(map(str, fact.path[:3]))} with characters that a terminal obeys"
            self.left.append(Problem(fact.place, _shown(why), "declare it yourself"))
            return
        if fact.path == _NAME:
            value = label(value)
            if value != fact.value and not holds(self.document, _NAME):
                why = f"{quoted(fact.value)} is no name of an App: made {quoted(value)}"
                self.left.append(Problem(fact.place, why, "lower-case letters, digits and '-'; or declare another one"))
            if not value:
                return
        if not holds(self.document, fact.path):
            self.put(fact.path, value, fact.place)
        elif self.at(fact.path) != value:
            self.propose(Proposal(fact.path, value, fact.place, "said there, too"))

    def propose(self, one: Proposal) -> None:
        at = self.at(one.path)
        known = len(self.proposals) >= _MOST_PROPOSALS or at == one.value
        known = known or any(other.path == one.path and other.value == one.value for other in self.proposals)
        if isinstance(one.value, dict) and one.value.get("app") in PORTS:
            # What it reaches at that port is known, or known better: this name for it is a guess.
            others = [*(at or ()), *(other.value for other in self.proposals if other.path == one.path)]
            known = known or any(other.get("port") == one.value["port"] for other in others)
        if not known and _sound(one.value):
            self.proposals.append(replace(one, why=printable(one.why)))

    def ports(self, given: list[Port]) -> None:
        """Put the ports first: others name them."""
        if len(given) > _MOST_PORTS:
            why = f"more than {_MOST_PORTS} ports"
            self.left.append(Problem(given[_MOST_PORTS].place, why, "a range of them is one entry"))
        for name, port in named(given[:_MOST_PORTS]).items():
            path = ("spec", "ports", name)
            self.put((*path, "port"), port.number, port.place)
            if port.last:
                self.put((*path, "endPort"), port.last, port.place)
            if port.protocol:
                self.put((*path, "protocol"), port.protocol, port.place)

    def conventions(self) -> None:
        """Keep the default of what is written to, and propose what ports usually speak, where nothing says it."""
        temporary = (*_WRITABLE, "/tmp")  # noqa: S108  in the container
        if holds(self.document, _WRITABLE) and not holds(self.document, temporary):
            # What is declared takes the place of the default, which is meant, too.
            self.put(temporary, "64Mi", Place(self.document.file, 0, 0))
        for name, port in (self.at(("spec", "ports")) or {}).items():
            if name.startswith(("http", "grpc")) and not {"protocol", "endPort"} & set(port):
                path = ("spec", "ports", name, "protocol")
                spoken = "grpc" if name.startswith("grpc") else "http"
                why = f"{port['port']} is a usual port of {spoken}"
                if not name.startswith("https"):
                    self.propose(Proposal(path, spoken, self.document.place(path), why))

    def asked(self, fact: Asked) -> None:
        path = ("spec", "health", "ready")
        if holds(self.document, path):
            return
        if not _sound([fact.path, *fact.words]):
            self.left.append(Problem(fact.place, "a health check with characters that a terminal obeys", "declare it"))
            return
        if fact.words:
            self.put((*path, "exec"), list(fact.words), fact.place)
            return
        ports = self.at(("spec", "ports")) or {}
        name = next((name for name, port in ports.items() if port["port"] == fact.port), None)
        if name is None:
            return  # one of too many
        self.put((*path, "http"), fact.path, fact.place)
        if name != next(iter(ports)):
            self.put((*path, "port"), name, fact.place)
        if "protocol" not in ports[name]:
            self.put(("spec", "ports", name, "protocol"), "http", fact.place)

    def call(self, fact: Call) -> None:
        if not fact.port:
            why = f"reaches {quoted(fact.target)}, and its port stands nowhere"
            self.left.append(Problem(fact.place, why, "declare it under spec.to, with its port"))
            return
        entry: dict[str, Any] = {fact.peer: fact.target, "port": fact.port}
        if fact.protocol:
            entry["protocol"] = fact.protocol
        calls = self.at(("spec", "to")) or []
        if _sound(fact.target) and entry not in calls:
            at: Path = ("spec", "to", len(calls))
            self.put(at, {}, fact.place)
            for key, value in entry.items():
                self.put((*at, key), value, fact.place)

    def hidden(self, fact: Hidden) -> None:
        given = fact.env or fact.file.rpartition("/")[2]
        name = label(given, digits=True)
        if not name or (fact.env and not _ENV_NAME.fullmatch(fact.env)):
            why = f"{quoted(given)} is a secret's name, and cannot be a variable's"
            self.left.append(Problem(fact.place, why, "let the process read it from another variable, or a file"))
            return
        path = ("spec", "secrets", name)
        known = self.at(path)
        if known == ({"env": fact.env} if fact.env else {"file": fact.file}):
            return
        if known:
            path = ("spec", "secrets", f"{name[:56]}-{'variable' if fact.env else 'file'}"[:63])
        self.put((*path, "env" if fact.env else "file"), fact.env or fact.file, fact.place)

    def variable(self, fact: Variable) -> None:
        secrets = (self.at(("spec", "secrets")) or {}).values()
        path = ("spec", "config", "env", fact.name)
        if holds(self.document, path) or any(secret.get("env") == fact.name for secret in secrets):
            return
        if not _ENV_NAME.fullmatch(fact.name) or not _sound(fact.value):
            why = f"the variable {quoted(fact.name)} cannot be one of a pod's, by its name or its value"
            self.left.append(Problem(fact.place, why, "letters, digits and '_'; text without control characters"))
            return
        self.put(path, fact.value, fact.place)


def _sound(value: Any) -> bool:
    """Tell whether nothing in a value is obeyed by a terminal; lines may end."""
    if isinstance(value, str):
        return all(char.isprintable() or char in "\n\t" for char in value)
    if isinstance(value, dict):
        return all(_sound(key) and _sound(part) for key, part in value.items())
    return all(map(_sound, value)) if isinstance(value, list) else True


def _shown(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)
