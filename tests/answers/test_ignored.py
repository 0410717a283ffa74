"""No answer is silently ignored: each leaf of the exported schema changes the bundle, or what it says is refused."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import pytest
from answers.test_hostile import BASES, BESIDE, DAEMON, OTHER, SCALED
from harness import app, documents, platform, write_blueprint
from leaves import Leaves, replaced

from scaffold.answers.exported import json_schema
from scaffold.answers.load import from_documents
from scaffold.bundle.file import Bundle
from scaffold.catalog import Catalog
from scaffold.documents.reading import Document
from scaffold.errors import AnswersError
from scaffold.plan import Unit, plan
from scaffold.render.render import render
from scaffold.system.resolve import resolve

PORTS = {"ports": {"http": {"port": 8080}}}
STARTED = [
    {
        "ports": {"cache": {"port": 9121}},
        "sidecars": {
            "exporter": {"image": "registry.example.com/tools/exporter:1.2.3", "ports": ["cache"], "started": probe}
        },
    }
    for probe in ({"tcp": "cache"}, {"grpc": "cache"})
]
# What something has to look into in any mesh, and no more than every mesh can.
NARROWED = {
    "ports": {"http": {"port": 8080, "protocol": "http"}},
    "from": [{"app": "web", "port": "http", "methods": ["GET"]}],
}
# Pods that no App owns, as one mesh alone may know them.
FOREIGN = {"pods": {"kind": "database"}, "namespace": "data", "account": "orders", "port": 5432}
# The documents in which every field is filled, each with another one, and what no other document can say beside that.
SYSTEMS = [
    (BASES["Platform"], BASES["App"]),
    # The first in which another mesh is accepted is the one in which its answers are looked at.
    (BASES["Platform"], app(**NARROWED)),
    *((BASES[BESIDE.get(name, "Platform")], base) for name, base in BASES.items() if name not in {"App", "Platform"}),
    *((BASES["Platform"], app(**PORTS, **spec)) for spec in (OTHER, DAEMON, SCALED)),
    *((BASES["Platform"], app(**spec)) for spec in STARTED),
    (platform(mesh={"mode": "istio-ambient"}), app(to=[FOREIGN])),
]


@lru_cache(maxsize=64)
def read(text: str) -> Document:
    """Read a document: of a system, one is changed, and the others are as they were."""
    [document] = documents(json.loads(text))
    return document


@dataclass(frozen=True)
class Whole:
    """A system of documents, and what is rendered from it; `told` are the blueprints that showed what had changed."""

    catalog: Catalog
    values: tuple[Any, ...]
    rendered: dict[tuple, Bundle] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)

    @cached_property
    def units(self) -> dict[tuple, Unit]:
        """What is rendered, by all that it depends on."""
        [answers] = from_documents([read(json.dumps(value)) for value in self.values], self.catalog)
        units = plan(self.catalog, resolve(self.catalog, answers))
        return {(unit.blueprint.id, unit.folder, unit.shared, unit.own, unit.paths): unit for unit in units}

    def is_accepted(self) -> bool:
        try:
            return bool(self.units)
        except AnswersError:
            return False

    def without(self, other: "Whole") -> list[tuple[tuple, Unit]]:
        return [(key, unit) for key, unit in self.units.items() if key not in other.units]

    def renders_as(self, other: "Whole") -> bool:
        """Tell whether both are the same bundle: what is rendered of the same context is the same."""
        mine, theirs = (
            {(id_, folder, paths): unit for (id_, folder, _, _, paths), unit in made if any(paths)}
            for made in (self.without(other), other.without(self))
        )
        if mine.keys() != theirs.keys():
            return False
        # Those first that told most often, and are soon rendered: one that differs is enough.
        for key in sorted(mine, key=lambda key: (-self.told[key[0]], len(mine[key].shared) + len(mine[key].own))):
            if self.files(mine[key]) != render([theirs[key]]):
                self.told[key[0]] += 1
                return False
        return True

    def files(self, unit: Unit) -> Bundle:
        """Render a unit once: a system is compared with as many as it has leaves."""
        key = (unit.blueprint.id, unit.folder, unit.shared, unit.own)
        if key not in self.rendered:
            self.rendered[key] = render([unit])
        return self.rendered[key]

    def changed(self, number: int, path: tuple, new: Any) -> "Whole":
        values = [replaced(value, path, new) if at == number else value for at, value in enumerate(self.values)]
        return Whole(self.catalog, tuple(values))


class Property:
    """Looks for leaves that change nothing."""

    def __init__(self, catalog: Catalog, among: str = "") -> None:
        """Look at the leaves that begin like this: a twin adds a few, and the others are as they were."""
        self.among = among
        schemas = {kind: json_schema(catalog.kinds, kind) for kind in catalog.kinds}
        # What an environment says is the spec's again, merged into it before it is read: one of its leaves stands for all.
        change = schemas["App"]["$defs"]["AppSpecChange"]["properties"]
        for name in change.keys() - {"shutdown"}:
            del change[name]
        self.leaves = {kind: Leaves(schema, kind) for kind, schema in schemas.items()}
        self.wholes = [Whole(catalog, values) for values in SYSTEMS]

    def names(self) -> set[str]:
        return {name for leaves in self.leaves.values() for name in leaves.names()}

    def said(self, whole: Whole) -> Iterator[tuple[str, int, tuple, list[Any]]]:
        """Yield each leaf of a system: its name, whose it is, its path, and what might stand there instead."""
        for number, value in enumerate(whole.values):
            for name, path, others in self.leaves[value["kind"]].found(value):
                yield name, number, path, others

    def grow(self) -> None:
        """Let the systems say what none of them does, as far as that is accepted."""
        said = {name for whole in self.wholes for name, *_ in self.said(whole)}
        said |= {name for name in self.names() if not name.startswith(self.among)}
        for whole in self.wholes:  # which grows meanwhile
            for number, value in enumerate(whole.values):
                leaves = self.leaves[value["kind"]]
                for path, new, names in leaves.grown(value, said):
                    if names <= said:
                        continue
                    more = whole.changed(number, path, new)
                    if more.is_accepted():
                        said |= names
                        self.wholes.append(more)

    def problems(self) -> list[str]:
        """Return the leaves that change nothing, and those that no system may say."""
        self.grow()
        left = {name for name in self.names() if name.startswith(self.among)}
        tried: set[str] = set()
        for whole in self.wholes:
            for name, number, path, others in self.said(whole):
                if name in left:
                    tried.add(name)
                    if any(self.matters(whole, whole.changed(number, path, other)) for other in others):
                        left.remove(name)
        return [f"{name} " + ("changes nothing" if name in tried else "is accepted nowhere") for name in sorted(left)]

    def matters(self, whole: Whole, changed: Whole) -> bool:
        return not changed.is_accepted() or not whole.renders_as(changed)


def test_no_answer_is_silently_ignored(catalog):
    assert Property(catalog).problems() == []


SECTION = """\
title: Something with answers of its own
why: It shows which of them are read.
scope: control-plane
options:
  - at: platform.backup
    text: What keeps copies
    fields:
      period: {text: How long copies are kept, type: name, default: week}
      copies: {text: How many copies are kept, type: port, default: 3}
"""
CHOICE = """\
title: Another keeper of secrets
why: It shows which of its answers are read.
scope: app
each: =stores
when: =item.backend == "parameters"
options:
  - at: platform.secretStores
    choice: parameters
    text: Secrets lie in a store of parameters
    fields:
      region: {text: In which region it is, type: name}
      level: {text: How often it is asked, choices: [seldom, often], default: seldom}
      operator: {text: Who fetches the secrets, choices: [external-secrets], default: external-secrets}
"""
TEMPLATE = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata:\n"


@pytest.mark.parametrize(
    ("description", "at", "fields", "ignored"),
    [
        (SECTION, "Platform.spec.backup", ["platform.backup.period", "platform.backup.copies"], []),
        (SECTION, "Platform.spec.backup", ["platform.backup.period"], [".copies"]),
        (CHOICE, "Platform.spec.secretStores{}<parameters>", ["item.level", "item.region"], []),
        (CHOICE, "Platform.spec.secretStores{}<parameters>", ["item.region"], [".level"]),
    ],
    ids=["a section", "a section with an answer that nobody reads", "a choice", "a choice with one that nobody reads"],
)
def test_an_answer_that_no_template_reads_is_found(tmp_path, scan_with, description, at, fields, ignored):
    read = "".join(f"  {field.rpartition('.')[2]}: {{{{ cookiecutter.{field} }}}}\n" for field in fields)
    write_blueprint(tmp_path / "more" / "x" / "y", description, "thing.yaml", TEMPLATE + read)
    found = Property(scan_with(tmp_path / "more"), among=at).problems()
    assert found == [f"{at}{name} changes nothing" for name in ignored]


def test_an_answer_that_no_system_may_give_is_found(catalog, monkeypatch):
    """Nobody could say what it changes."""
    monkeypatch.setattr(Whole, "is_accepted", lambda whole: whole.values in SYSTEMS)
    assert Property(catalog, "App.spec.health.ready.g").problems() == ["App.spec.health.ready.grpc is accepted nowhere"]
