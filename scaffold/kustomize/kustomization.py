"""What a kustomization.yaml says, and what of it is not evaluated here.

May import: node, answers.walker, documents, errors.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from scaffold.answers.walker import convert
from scaffold.documents.editing import copy_of, take
from scaffold.documents.reading import quoted
from scaffold.errors import Problem, printable

if TYPE_CHECKING:
    from scaffold.documents.reading import Document

FILES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_VERSIONS = {"Kustomization": "kustomize.config.k8s.io/v1beta1", "Component": "kustomize.config.k8s.io/v1alpha1"}
_UNREAD = (
    "configurations", "crds", "generators", "helmChartInflationGenerator", "helmCharts", "openapi", "transformers",
    "validators", "vars",
)  # fmt: skip


class _Closed(Struct, forbid_unknown_fields=True, rename="camel", frozen=True):
    """Keys are closed, as kustomize's are."""


class Selector(_Closed, frozen=True):
    """Which objects are meant; words are patterns, empty words mean any."""

    group: str = ""
    version: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""
    label_selector: str = ""
    annotation_selector: str = ""


class PatchOptions(_Closed, frozen=True):
    """What a patch may change besides."""

    allow_name_change: bool = False
    allow_kind_change: bool = False


class Patch(_Closed, frozen=True):
    """One entry of `patches` or `patchesJson6902`."""

    path: str = ""
    patch: str = ""
    target: Selector | None = None
    options: PatchOptions | None = None


class LabelField(_Closed, frozen=True):
    """A field that labels are put into besides."""

    path: str = ""
    kind: str = ""
    group: str = ""
    version: str = ""
    create: bool = False


class Labels(_Closed, frozen=True):
    """One entry of `labels`."""

    pairs: dict[str, str] = field(default_factory=dict)
    include_selectors: bool = False
    include_templates: bool = False
    include_volume_claim_templates: bool = False
    fields: list[LabelField] = field(default_factory=list)


class Image(_Closed, frozen=True):
    """One entry of `images`."""

    name: str = ""
    new_name: str = ""
    new_tag: str = ""
    tag_suffix: str = ""
    digest: str = ""


class Replicas(_Closed, frozen=True):
    """One entry of `replicas`."""

    name: str = ""
    count: int = 0


class GeneratorOptions(_Closed, frozen=True):
    """What generated objects have besides their data."""

    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    disable_name_suffix_hash: bool = False
    immutable: bool = False


class Generated(_Closed, frozen=True):
    """One entry of `configMapGenerator` or `secretGenerator`; what may hold values is looked at where it is used."""

    name: str = ""
    namespace: str = ""
    behavior: str = ""
    type: str = ""
    literals: Any = None
    files: list[str] = field(default_factory=list)
    envs: list[str] = field(default_factory=list)
    env: str = ""
    options: GeneratorOptions | None = None


class FieldOptions(_Closed, frozen=True):
    """Which part of a field is meant."""

    delimiter: str = ""
    index: int = 0
    encoding: str = ""
    create: bool = False


class Source(_Closed, frozen=True):
    """Where a replacement's value comes from."""

    group: str = ""
    version: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""
    field_path: str = ""
    options: FieldOptions | None = None


class Target(_Closed, frozen=True):
    """Where a replacement's value goes."""

    select: Selector | None = None
    reject: list[Selector] = field(default_factory=list)
    field_paths: list[str] = field(default_factory=list)
    options: FieldOptions | None = None


class Replacement(_Closed, frozen=True):
    """One entry of `replacements`."""

    source: Source | None = None
    source_value: str | None = None
    targets: list[Target] | None = None
    path: str = ""


class LegacyOrder(_Closed, frozen=True):
    """Which kinds come first and last."""

    order_first: list[str] = field(default_factory=list)
    order_last: list[str] = field(default_factory=list)


class SortOptions(_Closed, frozen=True):
    """How what is built is ordered."""

    order: str = ""
    legacy_sort_options: LegacyOrder | None = None


class Kustomization(_Closed, frozen=True):
    """A kustomization.yaml; lists that are not evaluated are only looked at for being there."""

    api_version: str = ""
    kind: str = "Kustomization"
    metadata: Any = None
    openapi: Any = None
    name_prefix: str = ""
    name_suffix: str = ""
    namespace: str = ""
    common_labels: dict[str, str] = field(default_factory=dict)
    labels: list[Labels] = field(default_factory=list)
    common_annotations: dict[str, str] = field(default_factory=dict)
    patches_strategic_merge: list[str] = field(default_factory=list)
    patches_json6902: list[Patch] = field(default_factory=list)
    patches: list[Patch] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    image_tags: list[Image] = field(default_factory=list)
    replacements: list[Replacement] = field(default_factory=list)
    replicas: list[Replicas] = field(default_factory=list)
    vars: Any = None
    sort_options: SortOptions | None = None
    resources: list[str] = field(default_factory=list)
    components: list[str] = field(default_factory=list)
    crds: Any = None
    bases: list[str] = field(default_factory=list)
    config_map_generator: list[Generated] = field(default_factory=list)
    secret_generator: list[Generated] = field(default_factory=list)
    helm_globals: Any = None
    helm_charts: Any = None
    helm_chart_inflation_generator: Any = None
    generator_options: GeneratorOptions | None = None
    configurations: Any = None
    generators: Any = None
    transformers: Any = None
    validators: Any = None
    build_metadata: list[str] = field(default_factory=list)


def understood(document: Document) -> tuple[Kustomization | None, list[Problem], list[Problem]]:
    """Return what a document says; what is wrong with it; and what of it is not evaluated here."""
    said = _without_nulls(document)
    made, problems = convert(said, Kustomization)
    if made is not None:
        problems = [*problems, *_identity(made, said)]
    given = said.value if isinstance(said.value, dict) else {}
    if not problems and not (given.keys() - {"apiVersion", "kind"}):
        problems = [Problem(said.place(), "the kustomization says nothing", "list what it builds under `resources`")]
    unread = [
        Problem(said.key_place((key,)), f"{key} is not evaluated here", remedy(said.file))
        for key in _UNREAD
        if given.get(key)
    ]
    return made, problems, unread


def remedy(file: str) -> str:
    """Return what to do where something is not evaluated here."""
    folder = shlex.quote(printable(file.rpartition("/")[0] or "."))
    return f"`kustomize build {folder} | scaffold … -` reads what kustomize makes of it"


def _identity(made: Kustomization, said: Document) -> list[Problem]:
    if made.kind not in _VERSIONS:
        return [
            Problem(
                said.place(("kind",)), f"{quoted(made.kind)} is no kustomization", "write Kustomization or Component"
            )
        ]
    version = _VERSIONS[made.kind]
    if made.api_version not in {"", version}:
        return [Problem(said.place(("apiVersion",)), f"{quoted(made.api_version)} is not known", f"write {version}")]
    return []


def _without_nulls(document: Document) -> Document:
    """Return a copy in which an entry that is null is not written."""
    copy = copy_of(document)
    open_: list[tuple[Any, tuple[str | int, ...]]] = [(copy.value, ())]
    while open_:
        value, path = open_.pop()
        inside = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
        for step, part in inside:
            if part is None and isinstance(value, dict):
                take(copy, (*path, step))
            elif isinstance(part, (dict, list)):
                open_.append((part, (*path, step)))
    return copy
