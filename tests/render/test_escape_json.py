"""Every JSON value comes back exactly, wherever the lint lets it stand, and reads as it is: nothing invisible."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader
from jinja2.sandbox import ImmutableSandboxedEnvironment

from scaffold.documents.rereading_json import reread
from scaffold.render.escape import Escaping
from scaffold.render.escape_json import value

TEXT = st.text(max_size=30) | st.sampled_from(
    ["\u2028", "\u2029", "\u202e", "\ufeff", "\U000e0041", "\x7f", "\x00", '"', "\\", "{{ x }}", "</script>"]
)
JSON = st.recursive(
    TEXT | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
TEMPLATE = '{"a": {{ x }}, "b": [{{ x }}, 1]}\n'


def render(source, **values):
    environment = ImmutableSandboxedEnvironment(loader=DictLoader({"t.json": source}), extensions=[Escaping])
    return environment.get_template("t.json").render(values)


@given(JSON)
def test_a_value_is_exactly_itself(given_value):
    text = render(TEMPLATE, x=given_value)
    assert reread(text, "t.json") == ([{"a": given_value, "b": [given_value, 1]}], [])
    assert reread(render("{{ x }}\n", x=given_value), "t.json") == ([given_value], [])


@given(TEXT)
def test_what_a_reader_does_not_see_is_spelt_out(text):
    written = value(text, alone=False)
    assert {unicodedata.category(char) for char in written} & {"Cc", "Zl", "Zp", "Cs"} == set()
    assert not set("\u202e\u2066\u200b\ufeff\U000e0041") & set(written)


def test_a_surrogate_without_its_half_can_be_written():
    assert json.loads(value("\ud800", alone=False).encode()) == "\ud800"


def test_a_file_that_is_one_value_is_laid_out_over_lines():
    assert render("{{ x }}", x={"a": [1]}) == '{\n  "a": [\n    1\n  ]\n}'
    assert render('{"b": {{ x }}}', x={"a": [1]}) == '{"b": {"a": [1]}}'


@pytest.mark.parametrize("wrong", [object(), float("nan"), float("inf"), {1: object()}])
def test_what_is_not_json_is_refused(wrong):
    with pytest.raises(TypeError, match="cannot stand in JSON"):
        value(wrong, alone=False)
