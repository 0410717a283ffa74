"""What tests share: documents from Python values, and the whole pipeline in one call."""

from __future__ import annotations

import json
import pickle
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml

from scaffold import checks
from scaffold.answers.load import Answers, from_documents
from scaffold.bundle.file import Bundle, File
from scaffold.catalog import Catalog
from scaffold.documents.reading import Document, Mark, read
from scaffold.exempted import exempted
from scaffold.manifests import Manifest, Rendered
from scaffold.plan import Unit, plan
from scaffold.registry import registry
from scaffold.render.environment import COOKIECUTTER, FOLDER
from scaffold.render.render import render
from scaffold.system.model import System
from scaffold.system.resolve import resolve
from scaffold.verify import verify

ROOT = Path(__file__).parent.parent
# Answers with their bundle; without examples/wizard, which is a recorded sitting (tests/wizard, the claim apiserver/wizard),
# and without examples/pipelines, which is what to do with a bundle (tests/pipelines).
EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/README.md") if path.parent.name != "pipelines")


def app(name: str = "api", namespace: str = "shop", **spec: Any) -> dict[str, Any]:
    """Return a minimal App document, with some fields of its spec."""
    image = f"registry.example.com/{namespace}/{name}:1.0.0"
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "scaffold/v1", "kind": "App", "metadata": metadata, "spec": {"image": image, **spec}}


def platform(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "scaffold/v1", "kind": "Platform", "metadata": {"name": "production"}, "spec": spec}


def in_a_month() -> str:
    """Return a day until which an exception may hold, whenever the tests run."""
    return str(date.today() + timedelta(days=30))  # noqa: DTZ011  a month is more than any time zone


def exception(control: str = "read-only-root", **fields: str) -> dict[str, str]:
    """Return an exception from a control that holds for a month, or what else its fields say."""
    reason = {"reason": "Unpacks itself into /", "approvedBy": "security", "until": in_a_month()}
    return {"control": control, **reason, **fields}


class _Quoting(yaml.CSafeDumper):
    """Quotes every string: which words need quotes depends on the version of YAML."""


_Quoting.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


def dump(value: Any) -> str:
    """Return YAML that every reader takes for the same."""
    return yaml.dump(value, Dumper=_Quoting, sort_keys=False)


def loaded(text: str) -> Any:
    """Read the one document of a YAML text, with libyaml: the stock `safe_load` takes ten times as long."""
    return yaml.load(text, yaml.CSafeLoader)


def loaded_all(text: str) -> list[Any]:
    """Read every document of a YAML text."""
    return list(yaml.load_all(text, yaml.CSafeLoader))


def answers(example: Path) -> list[dict[str, Any]]:
    """Return the documents of an example."""
    return [value for path in sorted(example.glob("*.yaml")) for value in loaded_all(path.read_text("utf-8"))]


def documents(*values: Any) -> list[Document]:
    """Read values as if they had been written as YAML, one file each."""
    return [_document(pickle.dumps(value), f"{number}.yaml") for number, value in enumerate(values, 1)]


@lru_cache(maxsize=256)
def _read(value: bytes, file: str) -> tuple[bytes, Mark]:
    """Write a value and read it, once: a test changes one document, and the others are as they were."""
    [made], problems = read(dump(pickle.loads(value)).encode(), file)  # noqa: S301  our own
    assert problems == []
    return pickle.dumps(made.value), made.mark


def _document(value: bytes, file: str) -> Document:
    """Return what is read of a value: a document of its own, which may be changed."""
    found, mark = _read(value, file)
    return Document(file, pickle.loads(found), mark)  # noqa: S301  our own


@dataclass(frozen=True)
class Run:
    answers: Answers
    system: System
    units: tuple[Unit, ...]
    bundle: Bundle

    def objects(self, part: str = "") -> list[dict[str, Any]]:
        """Return the parsed objects of the YAML files whose path contains `part`."""
        return [loaded(file.text) for file in self.bundle.files if part in file.path and file.path.endswith(".yaml")]

    def object(self, path: str) -> Any:
        """Return what a file holds; of Markdown, its lines."""
        [file] = [file for file in self.bundle.files if file.path == path]
        return file.text.splitlines() if path.endswith(".md") else loaded(file.text)

    @cached_property
    def sound(self) -> tuple[Manifest, ...]:
        """Its objects, once no check found an error in them."""
        verify(self.bundle, self.system)
        return tuple(Manifest(file, loaded(file.text)) for file in self.bundle.files if file.path.endswith(".yaml"))

    def finds(self, check: str, path: str, change: Any, system: System | None = None) -> list[str]:
        """Return why one check refuses the sound bundle with one object changed: the other checks need not be asked."""
        others = [one for one in self.sound if one.path != path]
        [file] = [file for file in edited(self.bundle, path, change).files if file.path == path]
        files = tuple(file if one.path == path else one for one in self.bundle.files)
        rendered = Rendered(system or self.system, (*others, Manifest(file, loaded(file.text))), files)
        left = exempted(registry(checks.__name__)[check](rendered), rendered)
        return [one.reason for one in left if (one.severity, one.check) == ("error", check)]


def write_blueprint(folder: Path, description: str, template: str, text: str) -> None:
    """Write the least that is a blueprint: its description, one template, and a case that is refused."""
    (folder / FOLDER).mkdir(parents=True)
    (folder / "cases").mkdir()
    (folder / "cases" / "one.yaml").write_text("title: It is refused\nanswers: [{}]\nrefused: x\n")
    (folder / "cookiecutter.json").write_text(json.dumps(COOKIECUTTER))
    (folder / "blueprint.yaml").write_text(description)
    (folder / FOLDER / template).write_text(text)


def run(catalog: Catalog, *values: Any) -> Run:
    return run_answers(catalog, *from_documents(documents(*values), catalog))


def run_answers(catalog: Catalog, answers: Answers) -> Run:
    system = resolve(catalog, answers)
    units = plan(catalog, system)
    return Run(answers, system, units, render(units))


def edited(bundle: Bundle, path: str, change: Any) -> Bundle:
    """Return the bundle with one file's object changed in place by a function."""
    files = []
    for file in bundle.files:
        if file.path == path:
            value = loaded(file.text)
            change(value)
            files.append(
                File(
                    file.path,
                    yaml.dump(value, Dumper=yaml.CSafeDumper, sort_keys=False),
                    file.blueprint,
                    file.subject,
                    file.ownership,
                    file.scope,
                )
            )
        else:
            files.append(file)
    assert files != list(bundle.files), f"{path} is not in the bundle, or was not changed"
    return Bundle(tuple(files))


def put(*path: Any, to: Any) -> Any:
    """Return a change that sets the value at a path, creating mappings on the way; `...` takes it away."""

    def change(value):
        for step in path[:-1]:
            value = value.setdefault(step, {}) if isinstance(value, dict) else value[step]
        if to is ...:
            del value[path[-1]]
        else:
            value[path[-1]] = to

    return change


def pointer(value: Any, path: str) -> Any:
    """Resolve a JSON pointer (RFC 6901)."""
    for part in path.split("/")[1:]:
        step = part.replace("~1", "/").replace("~0", "~")
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value
