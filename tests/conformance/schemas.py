"""Strict JSON schemas for kubeconform, made from what the API server itself publishes.

A field that is not known is refused, wherever the fields are known; versions that are not served have no schema.
Rules in CEL are not among them: those are asked of the API server.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

# Filled in by kubeconform, which has kinds in lower case, and of a group only what stands before its first dot.
LOCATION = "{{.NormalizedKubernetesVersion}}/{{.ResourceKind}}{{.KindSuffix}}.json"

Schema = dict[str, Any]
_DRAFT = "http://json-schema.org/draft-04/schema#"  # the one that OpenAPI's first versions build on
_REFS = "#/definitions/"
_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_NUMBER_OR_TEXT = {"type": ["integer", "number", "string"]}
_OPEN = {  # what the API server's own document calls text, and reads from more than that
    "io.k8s.apimachinery.pkg.api.resource.Quantity": _NUMBER_OR_TEXT,
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {"type": ["integer", "string"]},
}
_KEPT = (
    "$ref", "type", "enum", "pattern", "required", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
    "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "uniqueItems",
)  # fmt: skip
_OF_MANY = ("allOf", "anyOf", "oneOf")


def _value(schema: Schema) -> Schema:
    """Return what a schema says of a value itself, without its fields."""
    made: Schema = {key: schema[key] for key in _KEPT if key in schema}
    if schema.get("x-kubernetes-int-or-string"):
        made["type"] = ["integer", "string"]
    if "type" in made and schema.get("nullable"):
        made["type"] = [*([made["type"]] if isinstance(made["type"], str) else made["type"]), "null"]
    return made


def strict(schema: Schema, *, closed: bool = True) -> Schema:
    """Return a schema that refuses unknown fields.

    Args:
        schema: a part of an OpenAPI document, version 2 or 3.
        closed: False below `allOf` and the like, which say more of fields that are declared beside them.
    """
    made = _value(schema)
    properties = schema.get("properties", {})
    if schema.get("x-kubernetes-embedded-resource"):
        properties = {"apiVersion": {}, "kind": {}, "metadata": {}} | properties
    if properties:
        made["properties"] = {name: strict(value, closed=closed) for name, value in properties.items()}
    if isinstance(schema.get("additionalProperties"), dict):
        made["additionalProperties"] = strict(schema["additionalProperties"], closed=closed)
    elif closed and properties and not schema.get("x-kubernetes-preserve-unknown-fields"):
        made["additionalProperties"] = False
    if "items" in schema:
        made["items"] = strict(schema["items"], closed=closed)
    for key in _OF_MANY:
        if key in schema:
            made[key] = [strict(value, closed=False) for value in schema[key]]
    if "not" in schema:
        made["not"] = strict(schema["not"], closed=False)
    return made


def _references(value: Any) -> Iterator[str]:
    """Yield the definitions that a schema refers to; a property may have the name `$ref`, too."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"].removeprefix(_REFS)
        for part in value.values():
            yield from _references(part)
    elif isinstance(value, list):
        for part in value:
            yield from _references(part)


class _Kinds:
    """Writes one file for each version of a kind, complete in itself."""

    def __init__(self, swagger: Path, folder: Path) -> None:
        self.folder = folder
        self.source = json.loads(swagger.read_text("utf-8"))["definitions"]
        self.made = {name: strict(value) for name, value in self.source.items()} | _OPEN
        self.folder.mkdir(parents=True)

    def write(self, api_version: str, kind: str, schema: Schema) -> None:
        group, _, version = api_version.rpartition("/")
        name = "-".join(filter(None, (kind, group.partition(".")[0], version))).lower()
        required = sorted({"apiVersion", "kind", *schema.get("required", ())})
        properties = schema["properties"] | {"apiVersion": {"enum": [api_version]}, "kind": {"enum": [kind]}}
        whole = schema | {"properties": properties, "required": required}
        wanted, found = list(_references(whole)), {}
        while wanted:
            if (used := wanted.pop()) not in found:
                found[used] = self.made[used]
                wanted += _references(found[used])
        path = self.folder / f"{name}.json"
        assert not path.exists(), f"two kinds in {path}"
        path.write_text(json.dumps({"$schema": _DRAFT} | whole | {"definitions": found}), "utf-8")

    def core(self) -> None:
        """Write what the API server knows by itself."""
        for name, value in self.source.items():
            kinds = value.get("x-kubernetes-group-version-kind", ())
            if len(kinds) == 1 and "metadata" in value.get("properties", {}):  # what has several is no object: options
                [of] = kinds
                self.write("/".join(filter(None, (of["group"], of["version"]))), of["kind"], self.made[name])

    def custom(self, crd: Schema) -> None:
        """Write what a CustomResourceDefinition adds, in the versions that are served."""
        spec = crd["spec"]
        for version in spec["versions"]:
            if version["served"]:
                schema = strict(version["schema"]["openAPIV3Schema"])
                schema["properties"]["metadata"] = {"$ref": _REFS + _META}
                self.write(f"{spec['group']}/{version['name']}", spec["names"]["kind"], schema)


def write(folder: Path, swagger: Path, crds: Iterable[Path]) -> None:
    """Write a schema for every kind into a folder, which is made.

    Args:
        folder: the folder of one version of Kubernetes, as `LOCATION` names it.
        swagger: the API server's document, `api/openapi-spec/swagger.json`.
        crds: files with CustomResourceDefinitions, and perhaps other objects.
    """
    kinds = _Kinds(swagger, folder)
    kinds.core()
    for path in crds:
        for value in yaml.load_all(path.read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if value and value["kind"] == "CustomResourceDefinition":
                kinds.custom(value)
