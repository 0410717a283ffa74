"""Every value comes back exactly, in YAML 1.1 and 1.2, in block, flow and key position; and the dumper agrees."""

import io

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from scaffold.render.escape_yaml import block, comment, scalar

NASTY = [
    "", " ", "yes", "No", "on", "y", "null", "~", "true", "0440", "0o17", "0x1F", "1e3", "1_000", "12:30:45", ".inf", "=", "<<", "-", "- a",
    "a: b", "a #b", "#", "{{ x }}", "{% raw %}", "'", '"', "\\", "\\n", "a\nb", "\n", "a\r\nb", "\t", "&a", "*a", "!a", "|", ">", "%",
    "@", "`", "? a", ",", "[", "]{", "\x85", "\xa0", "\u2028", "\u2029", "\ufeff", "\ufffe", "\uffff", "\x7f", "\U0001f600", "é", "2026-01-01",
    "64Mi", "250m", "10.20.0.0/16", "1.2.3.4", "/", "/readyz", "a:b", "a:", ":a", "registry.example.com:5000/a/b:1", "x" * 70000,
]  # fmt: skip
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60) | st.sampled_from(
    NASTY
)


def both(text):
    """Read with a YAML 1.1 reader, as kubectl does, and with a YAML 1.2 one."""
    return yaml.load(text, Loader=yaml.CSafeLoader), YAML(typ="safe", pure=True).load(text)


@given(TEXT)
def test_a_scalar_is_exactly_itself(value):
    for text, wanted in (
        (f"k: {scalar(value)}\n", {"k": value}),
        (f"k: [{scalar(value)}, x]\n", {"k": [value, "x"]}),
        (f"k: {{a: {scalar(value)}}}\n", {"k": {"a": value}}),
        (f"k:\n  - {scalar(value)}\n", {"k": [value]}),
    ):
        assert both(text) == (wanted, wanted)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40) | st.sampled_from(NASTY[:-1]))
def test_a_key_is_exactly_itself(key):
    text = f"{scalar(key)}: 1\nother: 2\n"
    if len(scalar(key)) < 1000:
        assert both(text) == ({key: 1, "other": 2},) * 2


@settings(max_examples=1000)
@given(
    st.text(" \n\ta#:-|", max_size=8) | st.lists(TEXT, max_size=4).map("\n".join) | TEXT, st.sampled_from(["", "\n"])
)
def test_a_block_is_exactly_itself(value, end):
    text = f"a:\n  k: {block(value + end, 4)}\n  other: 1\n"
    wanted = {"a": {"k": value + end, "other": 1}}
    assert both(text) == (wanted, wanted)


def test_a_block_of_lines_is_readable():
    assert block("[limits]\n\nopen = 500\n", 4) == "|\n    [limits]\n\n    open = 500"


@given(TEXT)
def test_the_dumper_spells_a_scalar_the_same_way(value):
    text = f"k: {scalar(value)}\n"
    yaml_ = YAML()
    yaml_.preserve_quotes, yaml_.width = True, 1 << 20
    out = io.StringIO()
    yaml_.dump(yaml_.load(text), out)
    assert out.getvalue() == text


@given(st.text(max_size=80))
def test_a_comment_stays_one_line(value):
    text = f"# {comment(value)}\nk: 1\n"
    assert text.count("\n") == 2
    assert yaml.safe_load(text) == {"k": 1}


@given(
    st.recursive(
        TEXT | st.integers() | st.booleans() | st.none(),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(TEXT.filter(lambda t: len(t) < 100), inner, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_json_values_are_exactly_themselves(value):
    text = f"k: {scalar(value)}\n"
    assert both(text) == ({"k": value},) * 2


def test_what_is_not_json_is_refused():
    with pytest.raises(TypeError, match="cannot stand in YAML"):
        scalar(object())


def test_values_marked_as_safe_lose_the_mark_inside_other_values():
    assert scalar([comment("a: b")]) == '["a: b"]'
