"""Strategic merge: put a patch into an object, lists by the keys that their kind has.

It follows kyaml's walker and its merger (yaml/walk, yaml/merge2), which put what a patch adds to a list before what is
there; a list whose kind is not known is replaced, and a null takes away.

May import: node, schemas, documents.
"""

from __future__ import annotations

from scaffold.documents.reading import scalar
from scaffold.kustomize.node import Node, Stop, copy_of, missing, text
from scaffold.kustomize.schemas import Merged, Schema, schema_of

_DIRECTIVE = "$patch"
_MOST_ITEMS = 1_000
Known = Schema | Merged | None


def merge(there: Node | None, patch: Node | None, known: Known = None) -> Node | None:
    """Return what a patch makes of a part, and nothing where it takes the part away.

    Both are used up: what is returned is made of them.

    Raises:
        Stop: the patch has another shape than what is there, or a directive that is not known.
    """
    kinds = [_shape(one) for one in (there, patch) if one is not None and not missing(one)]
    if len(set(kinds)) > 1:
        assert patch is not None  # noqa: S101  two shapes are of two parts
        is_, has = (_WORDS[kind] for kind in reversed(kinds))
        raise Stop(
            patch.place, f"the patch has {is_} where the object has {has}", "write the same shape, or replace it"
        )
    if kinds and kinds[0] is list:
        return _list(there, patch, known)
    if kinds and kinds[0] is not dict:
        return patch if patch is not None else there
    return _mapping(there, patch, _schema(there, patch, known))


_WORDS: dict[type, str] = {dict: "a mapping", list: "a list", str: "a single value"}


def _shape(node: Node) -> type:
    return type(node.value) if isinstance(node.value, (dict, list)) else str


def _schema(there: Node | None, patch: Node | None, known: Known) -> Schema | None:
    """Return what is known of a mapping: what its place says, else what it says of itself."""
    if known is not None:
        return known if isinstance(known, dict) else None
    for one in (there, patch):
        if one is not None and one.written("kind") and one.written("apiVersion"):
            found = schema_of(one.written("apiVersion"), one.written("kind"))
            if found is not None:
                return found
    return None


def _mapping(there: Node | None, patch: Node | None, known: Schema | None) -> Node | None:
    directive = _directive(patch)
    if directive == "delete":
        return None
    if patch is None or there is None or missing(there):
        result = there if patch is None else patch
    elif missing(patch):
        return None
    else:
        result = patch if directive == "replace" else there
    if result is None or result.value is None:
        return result
    old = result if result is patch else there
    names = {*result.value, *(patch.value if patch is not None and patch.value else ())}
    for name in sorted(names):
        before = old.value.get(name) if old is not None and old.value else None
        after = patch.value.get(name) if patch is not None and patch.value else None
        made = merge(before, after, (known or {}).get(name))
        if made is None or (made.value is None and after is not None):
            result.drop(name)
        elif (part := result.value.get(name)) is None:
            result.put(name, made)
        elif part is not made:
            part.become(made)  # in place: a label that one step wrote into several fields is one to kustomize
            result.keys.pop(name, None)
    return result


def _directive(patch: Node | None) -> str:
    """Take a directive out of a patch's mapping, or out of its list, and return it."""
    if patch is None or missing(patch):
        return "merge"
    if isinstance(patch.value, dict):
        said = patch.value.get(_DIRECTIVE)
        if said is not None:
            patch.drop(_DIRECTIVE)
    else:
        alone = [item for item in patch.value if isinstance(item.value, dict) and _DIRECTIVE in item.value]
        if not alone or len(alone[0].value) > 1:
            return "merge"
        said = alone[0].value[_DIRECTIVE]
        patch.value = [item for item in patch.value if item.written(_DIRECTIVE) != text(said)]
    if said is None:
        return "merge"
    if said.value not in {"delete", "replace", "merge"}:
        raise Stop(said.place, "a directive that is not known", "write `$patch: delete`, `replace` or `merge`")
    return str(said.value)


def _list(there: Node | None, patch: Node | None, known: Known) -> Node | None:
    if not isinstance(known, Merged):
        return patch if patch is not None else there
    if there is None or missing(there):
        result = patch
    elif patch is not None and missing(patch):
        return None
    else:
        directive = _directive(patch)
        if directive == "delete":
            return None
        result = patch if directive == "replace" else there
    assert result is not None  # noqa: S101  one of them is a list
    sources = [result, patch]
    if not known.keys:
        return _words(result, [one for one in reversed(sources) if one is not None])
    return _items(result, sources, known)


def _words(result: Node, sources: list[Node]) -> Node:
    """Join lists of words, what the patch says first."""
    found: dict[str, Node] = {}
    for one in sources:
        for item in one.value:
            found.setdefault(text(item), item)
    result.value = list(found.values())
    return result


def _items(result: Node, sources: list[Node | None], known: Merged) -> Node:
    """Join lists of mappings by their keys (setAssociativeSequenceElements)."""
    if sum(len(one.value) for one in sources if one is not None) > 2 * _MOST_ITEMS:
        raise Stop(result.place, f"lists of more than {_MOST_ITEMS} items are not merged here", unread=True)
    values: list[list[str]] = []
    for one in reversed(sources):
        for item in [] if one is None else one.value:
            said = [item.written(key) for key in known.keys]
            if said not in values:
                values.append(said)
    if len(known.keys) > 1:
        _agree(values)
    added: list[Node] = []
    keys: list[str] = []
    lists = [one.value if one is not None else None for one in sources]
    for said in values:
        keys, words = _valid(values, said, known.keys)
        valid = _valid([words], words, tuple(keys))
        found = [None if one is None else _find(one, *valid) for one in lists]
        made = merge(found[0], found[1], known.items)
        if made is None or missing(made) or made.value == {}:
            lists[0] = _set(lists[0] or [], keys, words, None)
            continue
        for key, word in zip(keys, words, strict=False):
            if made.get(key) is None and word:
                made.put(key, made.like(scalar(word)))
        added = _set(added, keys, words, made)
    result.value = _joined(added, lists[0] or [], keys) if values else lists[0]
    return result


def _agree(values: list[list[str]]) -> None:
    """Take items whose keys differ only where one says nothing for the same item (mergeValues)."""
    for first, one in enumerate(values):
        for second, other in enumerate(values):
            differ = [a for a, b in zip(one, other, strict=True) if a != b and a and b]
            if not differ and any(a == b for a, b in zip(one, other, strict=True)):
                values[first] = values[second] = [a or b for a, b in zip(one, other, strict=True)]


def _valid(values: list[list[str]], said: list[str], keys: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return the keys that any item has, and what this one says for them (validateKeys)."""
    used = {keys[index] for one in values for index, word in enumerate(one) if word}
    if not used:
        return list(keys), said
    return [key for key in keys if key in used], [
        word for key, word in zip(keys, said, strict=False) if word or key in used
    ]


def _find(items: list[Node], keys: list[str], words: list[str]) -> Node | None:
    """Return the first mapping that says all of it."""
    for item in items:
        said = [item.value.get(key) if isinstance(item.value, dict) else None for key in keys]
        if all(part is not None and _text(part) == word for part, word in zip(said, words, strict=True)):
            return item
    return None


def _text(part: Node) -> str:
    return "" if isinstance(part.value, (dict, list)) else text(part)


def _set(items: list[Node], keys: list[str], words: list[str], new: Node | None) -> list[Node]:
    """Put an item in the place of what says the same, else behind the others; without words, of all (ElementSetter)."""
    if not words:
        return [] if new is None else [new]
    result: list[Node] = []
    met = False
    for item in items:
        if missing(item) or item.value == {}:
            continue
        same = isinstance(item.value, dict) and all(_says(item, *pair) for pair in zip(keys, words, strict=False))
        if not same:
            result.append(item)
        elif new is not None:
            result.append(new)
        met = met or same
    return result if met or new is None else [*result, new]


def _says(item: Node, key: str, word: str) -> bool:
    """Tell whether an item says a word for a key; for an empty word, whether it has the key."""
    part = item.value.get(key)
    return part is not None and (not word or _text(part) == word)


def _joined(added: list[Node], there: list[Node], keys: list[str]) -> list[Node]:
    """Put what is there behind what was added (appendListNode)."""
    result = added
    for item in there:
        parts = [item.get(key) for key in keys]
        words = [_text(part) for part in parts if part is not None]
        result = [*result, *(item for part in parts if part is None)]
        if len(keys) > 1:
            result = _set(result, keys, words, None)
        result = _set(result, keys, words, item)
    return result


def patched(there: Node, patch: Node) -> Node | None:
    """Return an object with a patch in it; the patch may be used again."""
    return merge(there, copy_of(patch))
