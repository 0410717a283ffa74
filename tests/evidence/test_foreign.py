"""Foreign YAML: anchors, aliases and merge keys, and what they may not be used for."""

import pytest

from scaffold.documents.foreign import MAX_NODES, read_foreign


def test_aliases_and_merge_keys_mean_what_they_stand_for():
    text = "a: &a {x: 1, y: &y [2]}\nb: {<<: *a, x: 3}\nc: {<<: [{z: 4, x: 5}, *a], w: *y}\n'<<': 6\nd: {'<<': 7}\n&k e: *k\n"
    [document], problems = read_foreign(text, "f.yaml")
    assert problems == []
    assert document.value == {
        "a": {"x": 1, "y": [2]},
        "b": {"x": 3, "y": [2]},
        "c": {"z": 4, "x": 5, "y": [2], "w": [2]},
        "<<": 6,
        "d": {"<<": 7},
        "e": "e",
    }
    assert str(document.place(("b", "y", 0))) == "f.yaml:1:21"  # where it was written
    assert str(document.key_place(("c", "z"))) == "f.yaml:3:11"


def test_local_tags_are_kept_and_others_mean_nothing():
    [document], problems = read_foreign("a: !reset null\nb: !!str 1\nc: !override [2]\n", "f.yaml")
    assert problems == []
    assert document.value == {"a": None, "b": "1", "c": [2]}
    assert [document.mark.children[key].tag for key in "abc"] == ["!reset", "", "!override"]


_LAUGHS = "a: &a [1, 2, 3, 4, 5, 6, 7, 8, 9]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
REFUSED = {
    "a billion laughs": (_LAUGHS, f"more than {MAX_NODES} values"),
    "laughs by merging": ("a: &a {" + ", ".join(f"k{n}: 1" for n in range(999)) + "}\n" + "".join(f"b{n}: {{<<: *a}}\n" for n in range(999)), "more than"),
    "an alias of itself": ("a: &a [*a]\n", 'no anchor "a" ends before it'),
    "an alias of nothing": ("a: *b\n", 'no anchor "b" ends before it'),
    "depth": ("[" * 100, "nested more than 64 deep"),
    "depth by aliases": ("a: &a " + "[" * 40 + "]" * 40 + "\nb: " + "[" * 30 + "*a" + "]" * 30 + "\n", "nested more than 64 deep"),
    "depth by aliases of aliases": ("".join(f"x{n}: &x{n} [{f'*x{n - 1}' if n else ''}]\n" for n in range(70)), "nested more than 64 deep"),
    "a merge of no mapping": ("a: {<<: 1}\n", "`<<` merges mappings only"),
    "a complex key": ("? [a]\n: 1\n", "a key must be a word"),
    "an open bracket": ("[", "not YAML"),
    "a control character": ("a: \x01", "U+0001"),
    "a lone surrogate": ("a: \ud800", "not UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "why"), REFUSED.values(), ids=REFUSED)
def test_what_is_too_much_is_refused_with_its_place(text, why):
    _, problems = read_foreign(text, "f.yaml")
    assert why in problems[0].message
    assert problems[0].place.line >= 1
