"""One Platform's bundle as it lies on disk: its files, and the objects that would be applied, whoever wrote them.

Generated files are read as they are. What a team makes of its App's base is built as Kustomize would build it: the
base's objects with the team's patches, and the team's own.

May import: owned, verify, manifests, bundle, documents, finding, errors, value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from scaffold.bundle.file import File
from scaffold.bundle.folder import text_of
from scaffold.documents.rereading import reread
from scaffold.finding import Finding
from scaffold.kustomize.kustomization import FILES
from scaffold.manifests import Manifest
from scaffold.recheck.blame import in_file
from scaffold.recheck.found import Found
from scaffold.recheck.owned import REVIEW, owned
from scaffold.recheck.shape import misshapen
from scaffold.value import Value
from scaffold.verify import objects

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from scaffold.bundle.lock import Lock
    from scaffold.catalog import Catalog
    from scaffold.documents.reading import Document

_OWN = re.compile(r"apps/[^/]+/[^/]+/kustomization\.yaml")
_OBJECTS = ("app", "egress", "namespace", "on-demand", "request")
_SCOPES = {"apps": "app", "namespaces": "namespace", "on-demand": "on-demand", "requests": "request"}
_AS_WRITTEN = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": ["base"]}


class Tree(Value, frozen=True):
    """What lies in one Platform's folder.

    `files` are those of the rendering, as they are on disk, and `written` their objects. `applied` are those that would
    be applied, each with the file that it began in. `findings` say what files cannot be read, `found` what cannot be
    built. `built` are the documents of objects that a team changed or added, by the path of their manifest: they know
    where each part was written.
    """

    files: tuple[File, ...]
    written: tuple[Manifest, ...]
    applied: tuple[Manifest, ...]
    findings: tuple[Finding, ...]
    found: tuple[Found, ...]
    built: Mapping[str, Document]


def read_tree(root: Path, folder: str, files: Iterable[File], beside: Iterable[File] = ()) -> Tree:
    """Read what lies in one Platform's folder of an output.

    Args:
        root: the output.
        folder: the Platform's, with `/` at its end, or nothing.
        files: those of the rendering that the output holds; their paths are below the Platform's folder.
        beside: those that it does not hold, since it is a part; they are taken as they are given.

    Raises:
        OutputError: a path leads elsewhere, or cannot be read.
    """
    on_disk = [replace(file, text=text) for file in files if (text := text_of(root, folder + file.path)) is not None]
    have = tuple(sorted({file.path: file for file in (*beside, *on_disk)}.values()))
    read, findings = objects(file for file in have if file.ownership != "seeded")
    sound, found = _sound(read, root / folder)
    changed = [file for file in have if file.ownership == "seeded" and _is_changed(file, root / folder)]
    bases: dict[str, list[Manifest]] = {_folder(file.path): [] for file in changed}
    rest: list[Manifest] = []
    for one in sound:
        top, _, _ = one.path.rpartition("/base/")
        (bases[top] if top in bases and one.kind != "Kustomization" else rest).append(one)
    own = [owned(root / folder, file, bases[_folder(file.path)]) for file in changed]
    applied = (*rest, *(manifest for one in own for manifest in one.manifests))
    # A team's own kustomization is legal as such: what comes of it is judged.
    written = (*sound, *(Manifest(file, _AS_WRITTEN) for file in have if file.ownership == "seeded"))
    built = {path: document for one in own for path, document in one.documents.items()}
    return Tree(have, written, applied, findings, (*found, *(each for one in own for each in one.found)), built)


def _sound(read: Iterable[Manifest], root: Path) -> tuple[list[Manifest], list[Found]]:
    """Return the objects that checks can read, and what is wrong with the others: people may have edited them."""
    sound: list[Manifest] = []
    found: list[Found] = []
    for manifest in read:
        if manifest.scope not in _OBJECTS or manifest.kind == "Kustomization":
            sound.append(manifest)
            continue
        wrong = [
            Found(Finding("error", "documents/misshapen", manifest.path, message, REVIEW), in_file(root, place))
            for steps, message in misshapen(manifest.value)
            for place in ("/".join((f"{manifest.path}#", *map(str, steps))),)
        ]
        found += wrong
        sound += [] if wrong else [manifest]
    return sound, found


def of_lock(lock: Lock, folder: str, catalog: Catalog) -> Iterator[File]:
    """Yield the files that a lock names in a Platform's folder, without their texts, as a rendering would.

    Of a blueprint that is not known any more the file's folder tells the scope.
    """
    scopes = {blueprint.id: blueprint.scope for blueprint in catalog.blueprints}
    for path, entry in lock.files.items():
        if path.startswith(folder):
            own = path.removeprefix(folder)
            scope = scopes.get(entry.blueprint) or _SCOPES.get(own.partition("/")[0], "index")
            ownership = "seeded" if entry.ownership == "seeded" and _OWN.fullmatch(own) else "generated"
            yield File(own, "", entry.blueprint, _subject(own), ownership, scope)


def folders_of(lock: Lock) -> tuple[str, ...]:
    """Return the folders of the Platforms that an output is for: one of nothing where it is for one alone."""
    if any("/" not in path for path in lock.files):
        return ("",)
    return tuple(sorted({f"{path.partition('/')[0]}/" for path in lock.files}))


def _subject(path: str) -> str:
    top, *rest = path.split("/")
    if top == "apps" and len(rest) > 2:  # noqa: PLR2004  a namespace, a name, and a file
        return "/".join(rest[:2])
    return rest[0] if top in {"namespaces", "on-demand"} and len(rest) > 1 else "bundle"


def _is_changed(file: File, root: Path) -> bool:
    """Tell whether a team's kustomization builds anything else than its base, as it was written."""
    values, problems = reread(file.text, file.path)
    beside = sum((root / file.path).with_name(name).exists() for name in FILES)
    return bool(problems) or values != [_AS_WRITTEN] or beside > 1


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
