"""What a kustomization changes in every object: namespace, names, labels, annotations, counts and images.

As kustomize's built-in transformers of these names (api/internal/builtins, api/filters).

May import: fields, files, kustomization, node, resource, documents, errors.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from scaffold.documents.reading import quoted
from scaffold.kustomize.fields import (
    Field,
    annotation_fields,
    change,
    claim_fields,
    image_fields,
    merged,
    metadata_fields,
    namespace_fields,
    replica_fields,
    selector_fields,
    steps,
    template_fields,
)
from scaffold.kustomize.files import Folder
from scaffold.kustomize.kustomization import Image, Kustomization, Labels
from scaffold.kustomize.node import Node, Stop, copy_of, missing, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from scaffold.kustomize.resource import Resource

_TAGGED = re.compile(r"(?::[a-zA-Z0-9_.{}-]*)?(?:@[a-zA-Z0-9]+(?:[.+_-][a-zA-Z0-9]+)*:[a-zA-Z0-9_.{}-]*)?")
_LITERAL = re.compile(r"[A-Za-z0-9_./:@-]*")


class Layer(Struct):
    """One kustomization: its folder, what it says, and where it says it."""

    folder: Folder
    said: Kustomization
    node: Node

    def part(self, *path: str | int) -> Node:
        """Return a part of the kustomization; what is not written lies where the whole lies."""
        at = self.node
        for step in path:
            inside = at.value
            if isinstance(inside, dict):
                at = inside.get(step) or at
            elif isinstance(inside, list) and isinstance(step, int):
                at = inside[step]
        return at


def each(resources: Iterable[Resource], fields: Iterable[Field], act: Callable[[Node], None], made: Any = None) -> None:
    """Do something with fields of objects.

    Raises:
        Stop: a field lies in something that is neither a mapping nor a list.
    """
    paths = [(field, steps(field.path)) for field in fields]
    for one in resources:
        now = one.id
        for field, path in paths:
            if field.selects(now.group, now.version, now.kind):
                change(one.node, path, act, made if field.create else None)


def put_namespace(resources: list[Resource], layer: Layer) -> None:
    """Put everything that lies in a namespace into one.

    Raises:
        Stop: two objects have one name then.
    """
    given = layer.part("namespace")
    if not layer.said.namespace:
        return
    setting = partial(_become, given)
    for one in resources:
        one.remember()
        known = one.id
        if known.lies_in != "_non_namespaceable_":
            change(one.node, ["metadata", "namespace"], setting, "")
        if known.kind in {"RoleBinding", "ClusterRoleBinding"}:
            _put_subjects(one.node, given)
        named = not known.group and known.version == "v1"
        each([one], [field for field in namespace_fields if named or field.path != "metadata/name"], setting, "")
    seen = set()
    for one in resources:
        unique = one.id.unique
        if unique in seen:
            raise Stop(given.place, f"two objects are called {one.id} in this namespace", "rename one of them")
        seen.add(unique)


def _put_subjects(node: Node, given: Node) -> None:
    subjects = node.get("subjects")
    if subjects is None or missing(subjects):
        return
    if not isinstance(subjects.value, list):
        raise Stop(subjects.place, "a list is needed", "write the subjects as a list")
    for subject in subjects.value:
        if subject.written("name") == "default":
            subject.put("namespace", copy_of(given))


def _become(given: Node, node: Node) -> None:
    """Take a value that a person gave elsewhere."""
    if isinstance(node.value, (dict, list)):
        raise Stop(node.place, "a single value is needed here")
    node.become(copy_of(given))


def put_affixes(resources: list[Resource], layer: Layer) -> None:
    """Put a prefix before each name, then a suffix behind it."""
    for key, affix in (("namePrefix", layer.said.name_prefix), ("nameSuffix", layer.said.name_suffix)):
        given = layer.part(key)
        for one in resources if affix else ():
            first = one.first
            if first.kind in {"CustomResourceDefinition", "Namespace"}:
                continue
            if (first.kind, first.group) == ("APIService", "apiregistration.k8s.io"):
                continue
            (one.prefixes if key == "namePrefix" else one.suffixes).append(affix)
            one.remember()
            name = one.id.name
            metadata = one.node.value["metadata"]
            metadata.put("name", given.like(affix + name if key == "namePrefix" else name + affix))


def put_labels(resources: list[Resource], layer: Layer) -> None:
    """Put labels into metadata, and where it is asked for into templates and selectors.

    Raises:
        Stop: a field is to be created in one way and in another.
    """
    for index, one in enumerate(layer.said.labels):
        try:
            fields = _label_fields(one)
        except ValueError as error:
            place = layer.part("labels", index, "fields").place
            raise Stop(
                place, f"`create` of {quoted(str(error))} is not what kustomize has", "leave the field out"
            ) from error
        _put_pairs(resources, fields, layer.part("labels", index, "pairs"), one.pairs)
    _put_pairs(resources, selector_fields, layer.part("commonLabels"), layer.said.common_labels)
    _put_pairs(resources, annotation_fields, layer.part("commonAnnotations"), layer.said.common_annotations)


def _label_fields(one: Labels) -> list[Field]:
    fields = [Field(own.path, own.kind, own.group, own.version, own.create) for own in one.fields]
    if one.include_selectors:
        return merged(fields, selector_fields)
    if one.include_templates:
        fields = merged(fields, template_fields)
    if one.include_volume_claim_templates:
        fields = merged(fields, claim_fields)
    return merged(fields, metadata_fields)


def _put_pairs(resources: list[Resource], fields: Iterable[Field], given: Node, pairs: dict[str, str]) -> None:
    fields = list(fields)
    for name in sorted(pairs):
        for one in resources:
            each([one], fields, partial(_put_pair, name, copy_of(given.value[name])), {})


def _put_pair(name: str, given: Node, node: Node) -> None:
    if node.value is None:
        node.value = {}
    if not isinstance(node.value, dict):
        raise Stop(node.place, "a mapping is needed here", "write `name: value`")
    before = node.value.get(name)
    if before is None:
        node.put(name, given)
    else:
        # As in kustomize, what one step wrote into several fields of an object stays one value: a later step that
        # changes it in one of them changes it in all.
        before.become(given)
        node.keys.pop(name, None)


def put_replicas(resources: list[Resource], layer: Layer) -> None:
    """Set how many pods a workload has.

    Raises:
        Stop: there is no such workload.
    """
    for index, one in enumerate(layer.said.replicas):
        count = layer.part("replicas", index, "count").like(one.count)
        found = False
        for field in replica_fields:
            named = [
                resource
                for resource in resources
                if any(
                    told.name == one.name and field.selects(told.group, told.version, told.kind)
                    for told in (*resource.previous, resource.id)
                )
            ]
            found = found or bool(named)
            each(named, [field], partial(_become, count), "")
        if not found:
            kinds = ", ".join(field.kind for field in replica_fields)
            place = layer.part("replicas", index, "name").place
            raise Stop(place, f"there is no {quoted(one.name)} whose replicas could be set", f"name one of: {kinds}")


def put_images(resources: list[Resource], layer: Layer) -> None:
    """Set names, tags and digests of images.

    Raises:
        Stop: an image is no single value, or is named by a pattern.
    """
    for key, images in (("images", layer.said.images), ("imageTags", layer.said.image_tags)):
        for index, one in enumerate(images):
            given = layer.part(key, index)
            if not _LITERAL.fullmatch(one.name):
                why = f"{quoted(one.name)} is a pattern, which is not evaluated here"
                raise Stop(given.place, why, "name one image", unread=True)
            name = re.compile(one.name, re.ASCII)  # a dot stands for any character, as it does for kustomize
            setting = partial(_put_image, one, given, name)
            changed = [resource for resource in resources if resource.id.kind != "CustomResourceDefinition"]
            for resource in changed:
                _anywhere(resource.node, setting)
            each(changed, image_fields, setting)


def _anywhere(node: Node, setting: Callable[[Node], None]) -> None:
    """Set images of whatever stands in a list called containers or initContainers."""
    if isinstance(node.value, list):
        for item in node.value:
            _anywhere(item, setting)
    elif isinstance(node.value, dict):
        for key, part in node.value.items():
            _anywhere(part, setting)
            if key in {"containers", "initContainers"} and isinstance(part.value, list):
                for item in part.value:
                    image = item.get("image")
                    if image is not None:
                        setting(image)


def _put_image(one: Image, given: Node, name: re.Pattern[str], node: Node) -> None:
    if isinstance(node.value, (dict, list)):
        raise Stop(node.place, "an image is a single value")
    written = text(node)
    start = name.match(written)
    if start is None or not _TAGGED.fullmatch(written, start.end()):
        return
    found, tag, digest = _split(written)
    if one.new_tag or one.digest:
        tag, digest = one.new_tag, one.digest
    elif one.tag_suffix:
        tag, digest = tag + one.tag_suffix, ""
    made = (one.new_name or found) + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
    if made != written:
        by = next((part for key in ("digest", "newTag", "tagSuffix", "newName") if (part := given.get(key))), given)
        node.become(by.like(made))


def _split(image: str) -> tuple[str, str, str]:
    """Return an image's name, tag and digest; a colon before the first slash is a port's."""
    slash = max(image.find("/"), 0)
    name, at, digest = image[slash:].partition("@")
    name, colon, tag = name.partition(":")
    return image[:slash] + name, tag if colon else "", digest if at else ""
