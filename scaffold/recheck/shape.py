"""Which objects have a shape that checks can read: theirs were written for what is rendered, and meet people's here.

What: a file can be read, and an object of people's, or one that they edited, has the fields of its kind, of their
    types.
Why: what no check can read is judged by none of them, and the API server may read it otherwise.
Fields: apiVersion, kind, metadata, spec, and what the kinds that rule flows have in it.
Reference: Kubernetes API conventions, objects.

May import: graph.kinds, answers.walker (spelling), documents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.answers.walker import dotted
from scaffold.graph.kinds import METADATA, SPECS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.graph.shapes import Steps


def misshapen(value: Any) -> Iterator[tuple[Steps, str]]:
    """Yield each part of a document that has another shape than its kind: its path, and what is wrong."""
    if not isinstance(value, dict) or not all(isinstance(value.get(key), str) for key in ("apiVersion", "kind")):
        yield (), "not an object with apiVersion and kind"
        return
    metadata = value.get("metadata")
    if not isinstance(metadata, dict) or not metadata.get("name"):
        yield ("metadata",), "an object without a name"
        return
    group = value["apiVersion"].rpartition("/")[0]
    wrong = [*METADATA(metadata, ("metadata",))]
    shape = SPECS.get((group, value["kind"]))
    spec = value.get("spec")
    if shape is not None:
        wrong += shape(spec if spec is not None else {}, ("spec",))
    elif spec is not None and not isinstance(spec, dict):
        wrong.append((("spec",), "a mapping is needed", ""))
    for path, message, _ in wrong:
        yield path, f"{dotted(path)}: {message}"
