"""What claims share: the objects of a bundle, and its twin with one tweak."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from harness import EXAMPLES, answers, documents, loaded, platform, run_answers

from scaffold.answers.load import from_documents
from scaffold.reach.intent import compare

if TYPE_CHECKING:
    from scaffold.catalog import Catalog
    from scaffold.system.model import System

APPLIED = ("namespaces", "apps")  # in this order, as a run of `scaffold render` says

# What is no object of a cluster, so that nobody publishes a schema of it and no scanner knows it; each has a stricter
# reader in another claim.
EXCLUDED = {
    "kustomization.yaml": "kustomize refuses unknown fields itself: kustomize/trees",
    "audit-policy.yaml": "a file of the API server, which refuses unknown fields of it as it starts: apiserver/*",
    "admission.yaml": "a file of the API server, which refuses unknown fields of it as it starts: apiserver/admission",
    "encryption.yaml": "a file of the API server, which refuses unknown fields of it as it starts: apiserver/encryption",
}


def manifests(folder: Path) -> list[Path]:
    """Return every file below a folder that holds an object, with those that others have to apply."""
    return sorted(path for path in folder.rglob("*.yaml") if path.name not in EXCLUDED)


def paths(folder: Path) -> list[Path]:
    """Return the files below a folder that hold an object to be applied."""
    found = sorted(path for path in folder.rglob("*.yaml") if path.name != "kustomization.yaml")
    # By the part of the bundle, not by where the bundle lies.
    found = [
        path for path in found if path.relative_to(folder).parts[0] not in {"requests", "control-plane", "on-demand"}
    ]
    assert found, f"nothing to apply in {folder}"
    return found


def objects(files: Iterable[Path]) -> list[dict[str, Any]]:
    """Return the objects of some files, one each."""
    return [loaded(path.read_text("utf-8")) for path in files]


def rendered(catalog: Catalog, example: Path, target: Path, **cluster: Any) -> Path:
    """Write the bundle of an example's Apps on another Platform, and return its folder."""
    values = answers(example)
    declared = next((value["spec"] for value in values if value["kind"] == "Platform"), {})
    apps = [value for value in values if value["kind"] == "App"]
    [given] = from_documents(documents(*apps, platform(**{**declared, **cluster})), catalog)
    for file in run_answers(catalog, given).bundle.files:
        (target / file.path).parent.mkdir(parents=True, exist_ok=True)
        (target / file.path).write_text(file.text, "utf-8")
    return target


def ordered(values: Iterable[dict[str, Any]]) -> list[str]:
    """Return objects so that two lists are equal if they hold the same in any order."""
    return sorted(json.dumps(value, sort_keys=True) for value in values)


def differences(system: System, values: Iterable[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Return where the flows of some objects are not the edges that are meant: what is too much, what is missing."""
    return [
        (one.where, one.unexpected, one.missing) for one in compare(system, values) if one.unexpected or one.missing
    ]


def audit_policy() -> Path:
    """Return an audit policy of ours: of the first example that has a control plane of its own."""
    policies = (example / "bundle/control-plane/audit-policy.yaml" for example in EXAMPLES)
    return next(path for path in policies if path.exists())


def self_managed(catalog: Catalog, example: Path, path: str) -> str:
    """Return the text of a file of an example's control plane; where the example leaves that to others, as if it did not."""
    file = example / "bundle" / path
    if not file.exists():
        values = answers(example)
        apps = [value for value in values if value["kind"] == "App"]
        [cluster] = [value for value in values if value["kind"] == "Platform"] or [platform()]
        cluster["spec"]["controlPlane"] = "self-managed"
        [given] = from_documents(documents(*apps, cluster), catalog)
        return next(file.text for file in run_answers(catalog, given).bundle.files if file.path == path)
    return file.read_text("utf-8")


def twin(bundle: Path, target: Path) -> Path:
    """Return a copy of a bundle, to be broken."""
    return Path(shutil.copytree(bundle, target / "twin"))


def tweak_each(files: Iterable[Path], change: Callable[[dict[str, Any]], Any]) -> None:
    """Change each of some files that has what is changed; one of them has."""
    changed = 0
    for file in files:
        try:
            tweak(file, change)
            changed += 1
        except (KeyError, UnchangedError):
            continue  # a worker has no probe
    assert changed, "nothing was changed"


class UnchangedError(AssertionError):
    """A twin that is no other than what it was made from."""


def tweak(file: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change the object of a file in place."""
    value = loaded(file.read_text("utf-8"))
    before = json.dumps(value)
    change(value)
    if json.dumps(value) == before:
        raise UnchangedError(f"{file} was not changed")
    file.write_text(yaml.dump(value, Dumper=yaml.CSafeDumper, sort_keys=False), "utf-8")


def with_init(pod: dict[str, Any], change: Callable[[dict[str, Any]], Any]) -> None:
    """Give a pod one more init container, which has what its own has and no more, but for a change."""
    shared = ("image", "imagePullPolicy", "securityContext", "resources")
    added = copy.deepcopy({key: pod["containers"][0][key] for key in shared}) | {"name": "twin"}
    change(added)
    pod.setdefault("initContainers", []).append(added)
