"""Where a value may stand in JSON: the lint lets every sound position pass and refuses each unsound one."""

import pytest

from scaffold.render.environment import FOLDER, environment
from scaffold.render.positions import lint

SOUND = {
    "the whole file": "{{ x }}\n",
    "a value": '{"a": {{ x }}}\n',
    "an item": '[{{ x }}, {{ y }}, "z"]\n',
    "deep": '{"a": [{"b": {{ x }}}]}\n',
    "many": "[" + ", ".join(["{{ x }}"] * 12) + "]\n",
    "no value": "{}\n",
    "a part": '[\n{% include "part.json" %}\n]\n',
}
UNSOUND = {
    "in a string": '{"a": "b {{ x }}"}\n',
    "a whole string": '{"a": "{{ x }}"}\n',
    "a key": "{{{ x }}: 1}\n",
    "a key with a space": "{ {{ x }}: 1}\n",
    "a key in quotes": '{"{{ x }}": 1}\n',
    "the end of a number": '{"a": 1{{ x }}}\n',
    "the start of a number": '{"a": {{ x }}1}\n',
    "two values": '{"a": {{ x }} {{ y }}}\n',
    "a minus before it": '{"a": -{{ x }}}\n',
    "a tag": "[\n{% if x %}\n1\n{% endif %}\n]\n",
    "a loop": "[\n{% for y in x %}\n{{ y }}\n{% endfor %}\n]\n",
    "a template comment": "{# x #}\n{}\n",
    "a comment": "// x\n{}\n",
    "a filter of YAML's": '{"a": {{ x | comment }}}\n',
    "a filter of Markdown's": '{"a": {{ x | code }}}\n',
    "a repeated key": '{"a": 1, "a": {{ x }}}\n',
    "not a number": '{"a": NaN}\n',
    "two documents": "{}\n{}\n",
    "nothing": "",
    "no JSON": "a: {{ x }}\n",
    "deep nesting": "[" * 100_000,
}


@pytest.fixture
def complaints(tmp_path):
    def lint_source(source):
        (tmp_path / FOLDER).mkdir()
        (tmp_path / "templates").mkdir()
        (tmp_path / FOLDER / "t.json").write_text(source)
        (tmp_path / "templates" / "part.json").write_text("1\n")
        return list(lint("t.json", environment(tmp_path)))

    return lint_source


@pytest.mark.parametrize("source", SOUND.values(), ids=SOUND)
def test_a_sound_template_passes(complaints, source):
    assert complaints(source) == []


@pytest.mark.parametrize("source", UNSOUND.values(), ids=UNSOUND)
def test_an_unsound_template_is_refused(complaints, source):
    assert complaints(source)
