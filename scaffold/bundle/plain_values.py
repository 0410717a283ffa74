"""A file that people keep beside what is rendered holds the value of a secret.

What: in no folder of the bundle does a manifest, a patch or a kustomization of theirs hold a Secret's values, unless
    each is encrypted; nor does a file that a kustomization makes a Secret of.
Why: the folder is committed. base64 hides nothing, and history forgets nothing.
Fields: Secret data, stringData, the annotation of `kubectl apply`; Kustomization patches, secretGenerator.
Reference: CIS Kubernetes 5.4.2; OWASP K8S K08.

What cannot be read and says that it is a Secret is found, too. May import: documents.rereading, finding.
"""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from scaffold.documents.rereading import reread
from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_REMEDY = (
    "take it out, and change the value where it is used, since history keeps it; declare it under spec.secrets, in a "
    "store that is asked for it, or in which it lies encrypted"
)
_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_SUFFIXES = (".yaml", ".yml", ".json")
_LARGEST = 1 << 20
_SAYS_SO = re.compile(r"""["']?kind["']?\s*:\s*["']?Secret["']?\s*(?:[,}#]|$)""", re.MULTILINE)
_ENCRYPTED = re.compile(r"ENC\[[A-Z0-9_]+,data:[A-Za-z0-9+/=]*,iv:[A-Za-z0-9+/=]+,tag:[A-Za-z0-9+/=]+,type:[a-z]+\]")
_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def plain_values(out: Path, rendered: Collection[str]) -> tuple[Finding, ...]:
    """Return what is found in the bundle's folders, beside the files that were rendered; sorted.

    Args:
        out: the output, which need not exist; links in it are not followed.
        rendered: the paths of the bundle's generated files; all others are people's.
    """
    found: set[Finding] = set()
    for path in _beside(out, rendered):
        text = _text(out / path)
        # Most files are neither: what is not read costs nothing.
        if "Secret" in text or "secretGenerator" in text:
            found.update(_of_file(out, path, text))
    return tuple(sorted(found))


def _beside(out: Path, rendered: Collection[str]) -> Iterator[str]:
    """Yield the path of each file of people's that is a manifest or a kustomization, by its name."""
    for top in sorted({path.partition("/")[0] for path in rendered if "/" in path}):
        for folder, below, names in os.walk(out / top):
            below[:] = sorted(name for name in below if not name.startswith("."))
            for name in names:
                path = PurePosixPath(Path(folder, name).relative_to(out).as_posix())
                if (path.suffix in _SUFFIXES or name in _KUSTOMIZATIONS) and str(path) not in rendered:
                    yield str(path)


def _text(path: Path) -> str:
    """Return what is in an ordinary file; nothing of another one, or of one that is too large to be a manifest."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size > _LARGEST:
        return ""
    return path.read_text("utf-8", "replace")


def _of_file(out: Path, path: str, text: str) -> Iterator[Finding]:
    values, problems = reread(text, path)
    if problems and (_SAYS_SO.search(text) or "secretGenerator" in text):
        yield _finding(path, f"says that it makes a Secret, and cannot be read: {problems[0].message}")
    for value in values:
        if isinstance(value, dict):
            yield from _of_object(path, value)
        if isinstance(value, dict) and PurePosixPath(path).name in _KUSTOMIZATIONS:
            yield from _of_kustomization(out, path, value)


def _of_object(path: str, value: dict[str, Any]) -> Iterator[Finding]:
    for item in _list(value.get("items")):
        yield from _of_object(path, item) if isinstance(item, dict) else ()
    if value.get("kind") != "Secret":
        return
    for field in ("data", "stringData"):
        for key, held in _mapping(value.get(field)).items():
            if not _is_hidden(held):
                yield _finding(f"{path}#/{field}/{key}", "a Secret's value, as it is")
    annotations = _mapping(_mapping(value.get("metadata")).get("annotations"))
    if not _is_hidden(annotations.get(_APPLIED)):
        yield _finding(f"{path}#/metadata/annotations", "all of a Secret, as it was applied once")


def _of_kustomization(out: Path, path: str, value: dict[str, Any]) -> Iterator[Finding]:
    patches = [_mapping(patch).get("patch") for patch in _list(value.get("patches"))]
    for text in (*patches, *_list(value.get("patchesStrategicMerge"))):
        for patched in reread(text, path)[0] if isinstance(text, str) and "Secret" in text else ():
            yield from _of_object(path, patched) if isinstance(patched, dict) else ()
    for made in map(_mapping, _list(value.get("secretGenerator"))):
        for literal in _list(made.get("literals")):
            if not _is_hidden(str(literal).partition("=")[2]):
                yield _finding(f"{path}#/secretGenerator", f"a value of the Secret {made.get('name')}, as it is")
        files = [str(one).rpartition("=")[2] for one in _list(made.get("files"))]
        for name in (*files, *map(str, _list(made.get("envs"))), *([str(made["env"])] if "env" in made else [])):
            at = Path(os.path.normpath((out / path).parent / name))
            if at.is_relative_to(out) and at.is_file() and "ENC[" not in _text(at):
                yield _finding(
                    at.relative_to(out).as_posix(), f"what the Secret {made.get('name')} is made of, as it is"
                )


def _is_hidden(held: Any) -> bool:
    return held is None or held == "" or (isinstance(held, str) and _ENCRYPTED.fullmatch(held.strip()) is not None)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _finding(place: str, reason: str) -> Finding:
    return Finding("error", "secrets/plain-value", place, reason, _REMEDY)
