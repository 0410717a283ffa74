"""Reading untrusted YAML: places, the core schema, and everything that is refused."""

import pytest

from scaffold.documents.editing import merge
from scaffold.documents.reading import MAX_BYTES, read, scalar
from scaffold.documents.rereading import reread

PLAIN = {
    "yes": "yes", "no": "no", "on": "on", "0440": 440, "0o440": 288, "0x1F": 31, "~": None, "": None, "null": None,
    "true": True, "False": False, "1.35": 1.35, "1e3": 1000.0, "12:30": "12:30", "1_000": "1_000", "2026-01-01": "2026-01-01",
    "-7": -7, "+7": 7, ".5": 0.5, "=": "=", "<<": "<<", "9" * 21: float("9" * 21),
}  # fmt: skip


@pytest.mark.parametrize(("text", "value"), PLAIN.items())
def test_a_plain_scalar_follows_the_core_schema(text, value):
    assert scalar(text) == value


def test_every_value_keeps_its_place():
    [document], problems = read(b"a: 1\nb:\n  - c: [x, {d: no}]\n", "f.yaml")
    assert problems == []
    assert document.value == {"a": 1, "b": [{"c": ["x", {"d": "no"}]}]}
    assert str(document.place(("b", 0, "c", 1, "d"))) == "f.yaml:3:16"
    assert str(document.key_place(("b", 0, "c"))) == "f.yaml:3:5"
    assert str(document.place(("b", 0, "missing"))) == "f.yaml:3:5"


REFUSED = {
    "a repeated key": (b"a: 1\na: 2\n", '2:1: "a" is given twice (first on line 1)'),
    "an anchor": (b"a: &x 1\n", "1:4: anchors and aliases are not read"),
    "an alias bomb": (b"a: &a [x]\nb: [*a, *a]\n", "1:4: anchors and aliases are not read"),
    "a tag": (b"a: !!python/object:os.system x\n", "1:4: the tag"),
    "deep nesting": (b"[" * 300_000, "1:65: nested more than 64 deep"),
    "deep mappings": (b"{a: " * 100_000, "nested more than 64 deep"),
    "a complex key": (b"? [a]\n: 1\n", "1:3: a key must be a word"),
    "a control character": (b"a: 1\nb: \x01\n", "2:4: the character U+0001"),
    "a control character behind wide ones": ("é\n\n  ü: \x01\n".encode(), "3:6: the character U+0001"),
    "a next line": ("a: x\x85y\n".encode(), "1:5: the character U+0085"),
    "a line separator": ("a: |\n  x\u2028y\n".encode(), "2:4: the character U+2028"),
    "UTF-16": ("a: 1\n".encode("utf-16-le"), "1:2: the character U+0000"),
    "wide text before bytes that are not UTF-8": ("éé: ".encode() + b"\xff", "1:5: not UTF-8 text"),
    "a terminal's command in a tag": (b"a: !foo%1b%5b31m x\n", "the tag"),
    "bytes that are not UTF-8": (b"a: 1\nb: \xff\n", "2:4: not UTF-8 text"),
    "an open bracket": (b"a: [1\nb: 2\n", "not YAML"),
    "a large file": (b"a: " + b"x" * MAX_BYTES, "1:1: the file has"),
    "an escaped surrogate": (b'a: "\\ud800"\n', "not YAML"),
}


@pytest.mark.parametrize(("data", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_plain_data_is_refused_with_its_place(data, message):
    _, problems = read(data, "f.yaml")
    assert message in str(problems[0])
    assert problems[0].place.file == "f.yaml"


def test_problems_after_a_repeated_key_are_still_found():
    documents, problems = read(b"a: 1\na: 2\n---\nb: 1\nb: 1\n", "f.yaml")
    assert [problem.place.line for problem in problems] == [2, 5]
    assert [document.value for document in documents] == [{"a": 2}, {"b": 1}]


def test_rereading_refuses_what_the_stock_loader_hides():
    assert reread("a: 1\na: 2\n", "f.yaml")[1][0].message == 'duplicate key "a"'
    assert reread("a: 2026-01-01\n", "f.yaml")[0] == [{"a": "2026-01-01"}]
    assert reread("a: yes\n", "f.yaml")[0] == [{"a": True}]


def test_nothing_in_a_message_commands_a_terminal():
    _, problems = read(b'"x\\e[31m\\nfake": 1\n"x\\e[31m\\nfake": 1\n', "a\nb\x1b.yaml")
    assert all(character.isprintable() or character == "\n" for character in str(problems[0]))
    assert str(problems[0]).count("\n") == 1


def test_a_document_that_says_null_is_not_an_empty_one():
    documents, _ = read(b"---\n---\nnull\n---\n~\n", "f.yaml")
    assert [document.value for document in documents] == ["null", "~"]


# RFC 7396, appendix A, as far as documents are mappings: what stands, what is merged into it, what stands then.
MERGES = [
    ("{a: b}", "{a: c}", {"a": "c"}),
    ("{a: b}", "{b: c}", {"a": "b", "b": "c"}),
    ("{a: b}", "{a: null}", {}),
    ("{a: b, b: c}", "{a: null}", {"b": "c"}),
    ("{a: [b]}", "{a: c}", {"a": "c"}),
    ("{a: c}", "{a: [b]}", {"a": ["b"]}),
    ("{a: {b: c}}", "{a: {b: d, c: null}}", {"a": {"b": "d"}}),
    ("{a: [{b: c}]}", "{a: [1]}", {"a": [1]}),
    ("{e: null}", "{a: 1}", {"e": None, "a": 1}),
    ("{a: [1, 2]}", "{a: {b: c, c: null}}", {"a": {"b": "c"}}),
    ("{}", "{a: {bb: {ccc: null}}}", {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("text", "change", "merged"), MERGES)
def test_a_change_is_merged_as_rfc_7396_says(text, change, merged):
    [document], _ = read(text.encode(), "a.yaml")
    [given], _ = read(change.encode(), "b.yaml")
    merge(document, (), given.value, given.mark)
    assert document.value == merged


def test_what_was_merged_keeps_its_place():
    [document], _ = read(b"a: {b: 1}\nchange:\n  a:\n    c: 2\n    b: 3\n", "a.yaml")
    merge(document, ("a",), document.value["change"]["a"], document.mark.children["change"].children["a"])
    assert [str(document.place(path)) for path in (("a", "c"), ("a", "b"), ("a",))] == [
        "a.yaml:4:8",
        "a.yaml:5:8",
        "a.yaml:1:4",
    ]
