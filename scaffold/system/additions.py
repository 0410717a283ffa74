"""What blueprints add to one App's pods, or to a namespace: gathered by kind, each thing by one blueprint.

May import: contributions, select, model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from scaffold.contributions import (
    AccountAnnotationEntry,
    AnnotationEntry,
    EnvEntry,
    EnvFromEntry,
    FileEntry,
    GivenSecretEntry,
    LabelEntry,
    NodeEntry,
    ProxyEntry,
    ReadEntry,
    RenewalEntry,
    ServiceLabelEntry,
    SidecarEntry,
    StoreAnnotationEntry,
    StoreObjectEntry,
    StoreTokenEntry,
    VolumeEntry,
)
from scaffold.system.model import Additions, Space
from scaffold.system.select import broken

if TYPE_CHECKING:
    from scaffold.answers.schema import App
    from scaffold.blueprint import Blueprint

    _Owned = tuple[Any, Blueprint]


def additions(app: App, entries: list[_Owned]) -> Additions:
    """Return what was contributed to an App's pods.

    Raises:
        BlueprintError: two blueprints collide.
    """
    _collide(app.key, entries)
    kinds: dict[type, list[tuple[Any, str]]] = {}
    for entry, blueprint in entries:
        kinds.setdefault(type(entry), []).append((entry, blueprint.id))
    sidecars = [*app.spec.sidecars, *(entry.name for entry, _ in kinds.get(SidecarEntry, ()))]
    kinds[AnnotationEntry] = [
        (replace(entry, value=entry.sidecars.join(sidecars) if entry.sidecars else entry.value), owner)
        for entry, owner in kinds.get(AnnotationEntry, ())
        if sidecars or not entry.sidecars
    ]
    return Additions(**{name: tuple(kinds.get(kind, ())) for name, kind in _POD.items()})


def space(namespace: str, entries: list[_Owned]) -> Space:
    """Return what was contributed to a namespace.

    Raises:
        BlueprintError: two blueprints collide.
    """
    _collide(namespace, entries)
    labels, annotations = (
        tuple(sorted((entry.key, entry.value) for entry, _ in entries if isinstance(entry, kind)))
        for kind in (LabelEntry, AnnotationEntry)
    )
    reads = tuple(entry for entry, _ in entries if isinstance(entry, ReadEntry))
    return Space(namespace, labels, annotations, reads)


def _collide(subject: str, entries: list[_Owned]) -> None:
    owners: dict[tuple[str, str], str] = {}
    for entry, blueprint in entries:
        if isinstance(entry, _TWICE):
            continue
        what = _identity(entry)
        owner = owners.setdefault(what, blueprint.id)
        if owner != blueprint.id:
            raise broken(blueprint, f"{subject}: {what[0]} {what[1]} is already contributed by {owner}")


# To read the same twice is no contradiction; whether an App is one and the same to its stores follows from answers.
_TWICE = (GivenSecretEntry, ReadEntry, StoreAnnotationEntry, StoreObjectEntry)
_POD: dict[str, Any] = {
    "account": AccountAnnotationEntry,
    "annotations": AnnotationEntry,
    "env": EnvEntry,
    "env_from": EnvFromEntry,
    "files": FileEntry,
    "given_secrets": GivenSecretEntry,
    "labels": LabelEntry,
    "nodes": NodeEntry,
    "proxies": ProxyEntry,
    "reads": ReadEntry,
    "renewals": RenewalEntry,
    "service_labels": ServiceLabelEntry,
    "sidecars": SidecarEntry,
    "store_annotations": StoreAnnotationEntry,
    "store_objects": StoreObjectEntry,
    "store_tokens": StoreTokenEntry,
    "volumes": VolumeEntry,
}
_IDENTITIES: dict[Any, tuple[str, str]] = {
    FileEntry: ("the file", "path"),
    VolumeEntry: ("the volume at", "mountPath"),
    EnvEntry: ("the variable", "name"),
    EnvFromEntry: ("the environment of", "configMap"),
    AccountAnnotationEntry: ("the ServiceAccount's annotation", "key"),
    AnnotationEntry: ("the annotation", "key"),
    LabelEntry: ("the label", "key"),
    NodeEntry: ("the label of nodes", "key"),
    ProxyEntry: ("the proxy", "name"),
    RenewalEntry: ("the renewal of the secret", "secret"),
    ServiceLabelEntry: ("the Service's label", "key"),
    SidecarEntry: ("the sidecar", "name"),
    StoreTokenEntry: ("the token for the store", "store"),
}


def _identity(entry: Any) -> tuple[str, str]:
    what, field = _IDENTITIES[type(entry)]
    return what, getattr(entry, field)
