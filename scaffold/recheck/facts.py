"""What a reviewer asks of a tree: who reaches whom, who may do what, which secrets are read, which images run.

Each fact is a line of text in a set of its kind, so that two trees can be compared; nothing in it is a secret's value.
What an object of people's says wrongly is no fact: it is found by the check of its shape.

May import: lenient, rights_of, unanswered, tree, manifests.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec

from scaffold.manifests import Rendered
from scaffold.recheck.lenient import mapping, mappings
from scaffold.recheck.rights_of import rights
from scaffold.recheck.unanswered import UNANSWERED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import PodTemplate
    from scaffold.recheck.tree import Tree

_LEVEL = "pod-security.kubernetes.io/enforce"
_REASON = re.compile(r"^ *# (\S.* calls \S.*)$", re.MULTILINE)
REPORT = "controls.json"


class _Exception(msgspec.Struct):
    control: str
    app: str
    container: str
    until: str
    reason: str


class _Risk(msgspec.Struct):
    id: str
    reason: str


class _Control(msgspec.Struct):
    id: str


class _Blueprint(msgspec.Struct):
    controls: list[_Control]


class _Report(msgspec.Struct):
    """What controls.json says, as far as it is compared."""

    exceptions: list[_Exception] = []
    risks: list[_Risk] = []
    blueprints: list[_Blueprint] = []


def facts(tree: Tree) -> dict[str, set[str]]:
    """Return the facts of a tree by their kinds; flows are apart."""
    held: dict[str, set[str]] = defaultdict(set)
    applied = Rendered(UNANSWERED, tree.applied)
    held["right"] = set(rights(tree.applied))
    for pod in applied.pods:
        key = f"{pod.manifest.namespace}/{pod.manifest.name}"
        held["workload"].add(f"{pod.manifest.kind} {key}")
        held["secret"] |= {f"{key} reads the Secret {name}" for name in _secrets(pod)}
    report = _report(tree)
    for one in report.exceptions:
        where = f"{one.control} does not hold for {one.container} of {one.app}"
        held["exception"].add(f"{where} until {one.until}: {one.reason}")
    held["risk"] = {one.reason for one in report.risks}
    held["control"] = {control.id for blueprint in report.blueprints for control in blueprint.controls}
    return held


def values(tree: Tree) -> dict[tuple[str, str], str]:
    """Return what has one value each, by its kind and name: the image of a container, the level of a namespace."""
    found: dict[tuple[str, str], str] = {}
    for pod in Rendered(UNANSWERED, tree.applied).pods:
        key = f"{pod.manifest.namespace}/{pod.manifest.name}"
        for _, container in pod.containers():
            found["image", f"{key} {container.get('name')}"] = str(container.get("image"))
    for manifest in tree.applied:
        if manifest.kind == "Namespace" and not manifest.group:
            labels = manifest.metadata.get("labels") or {}
            found["level", f"namespace {manifest.name}"] = str(labels.get(_LEVEL, "privileged"))
    return found


def reasons(tree: Tree) -> dict[str, set[str]]:
    """Return why flows are open, by the App whose generated files say so in a comment above the rule."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in tree.files:
        if file.scope == "app" and file.ownership == "generated":
            found[file.subject] |= set(_REASON.findall(file.text))
    return found


def unread(tree: Tree) -> bool:
    """Tell whether the tree's own report of its controls cannot be read."""
    return _decoded(tree) is None


def _report(tree: Tree) -> _Report:
    return _decoded(tree) or _Report()


def _decoded(tree: Tree) -> _Report | None:
    text = next((file.text for file in tree.files if file.path == REPORT), "{}")
    try:
        return msgspec.json.decode(text, type=_Report)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None


def _secrets(pod: PodTemplate) -> Iterator[str]:
    """Yield the names of the Secrets that a pod reads, with the key where it names one."""
    for volume in mappings(pod.spec.get("volumes")):
        if name := mapping(volume.get("secret")).get("secretName"):
            yield str(name)
        for source in mappings(mapping(volume.get("projected")).get("sources")):
            yield from _named(mapping(source.get("secret")))
    for _, container in pod.containers():
        for entry in mappings(container.get("env")):
            yield from _named(mapping(mapping(entry.get("valueFrom")).get("secretKeyRef")))
        for entry in mappings(container.get("envFrom")):
            yield from _named(mapping(entry.get("secretRef")))


def _named(reference: dict[str, Any]) -> Iterator[str]:
    if name := reference.get("name"):
        yield f"{name} ({reference['key']})" if "key" in reference else str(name)
