"""Where a value may stand: the lint lets every sound position pass and refuses each unsound one."""

import pytest

from scaffold.render.environment import FOLDER, environment
from scaffold.render.positions import lint

SOUND = {
    "a whole scalar": "a: {{ x }}\n",
    "a list item": "a:\n  - {{ x }}\n",
    "a key and its value": "{{ k }}: {{ v }}\n",
    "flow items": "a: [{{ x }}, {b: {{ y }}}]\n",
    "a comment": "# {{ x | comment }}\na: 1\n",
    "a comment that is computed": '# {{ (x ~ ": " ~ y) | comment }}\na: 1\n',
    "a block": "a:\n  b: {{ x | block(4) }}\n",
    "alternatives": "{% if x %}\na: {{ x }}\n{% else %}\na: 2\n{% endif %}\n",
    "a loop": "a:\n{% for x in y %}\n  - {{ x }}\n{% endfor %}\n",
    "a part": 'a:\n{% include "part.yaml" %}\n',
}
UNSOUND = {
    "inside double quotes": 'a: "{{ x }}"\n',
    "inside single quotes": "a: '{{ x }}'\n",
    "the end of a word": "a: b{{ x }}\n",
    "the start of a word": "a: {{ x }}b\n",
    "two values": "a: {{ x }}{{ y }}\n",
    "two words": "a: {{ x }} {{ y }}\n",
    "in a block scalar": "a: |\n  {{ x }}\n",
    "a line of a block scalar": "a: |\n  k: {{ x }}\n",
    "a comment in a block scalar": "a: |\n  # {{ x | comment }}\n",
    "in a folded scalar": "a: >-\n  {{ x }}\n",
    "a continued word": "a: b\n  {{ x }}\n",
    "a continued quote": "a: 'b\n  {{ x }}'\n",
    "a comment without its filter": "# {{ x }}\na: 1\n",
    "a comment behind a value": "a: 1 # {{ x | comment }}\n",
    "a comment of the last part": "# {{ x ~ y | comment }}\na: 1\n",
    "half a comment": "# see {{ x | comment }}\n",
    "a comment as a value": "a: {{ x | comment }}\n",
    "a comment in a list": "a: {{ [x | comment] }}\n",
    "a comment by a condition": "a: {{ x | comment if y else z }}\n",
    "a comment by a loop": "a:\n{% for x in [y | comment] %}\n  - {{ x }}\n{% endfor %}\n",
    "a block with another indent": "a:\n  b: {{ x | block(2) }}\n",
    "a block in a list": "a:\n  - {{ x | block(4) }}\n",
    "a comment by its name": 'a: {{ [x] | map("comment") | first }}\n',
    "a loop of comments by their name": 'a:\n{% for c in [x] | map("comment") %}\n  - {{ c }}\n{% endfor %}\n',
    "a quote that a condition opens": 'k: {a: "x\n{% if not f %}\n  ", b:\n{% endif %}\n  {{ x }}\n{% if not f %}\n  , c: "\n{% endif %}\n  "}\n',
    "a block scalar that a condition opens": "{% if f %}\na: |\n{% else %}\na:\n{% endif %}\n  b: {{ x }}\n",
    "a flow list over lines": "k: [\n{% for x in y %}\n  {{ x }}\n{% endfor %}\n  ]\n",
    "a line that is nothing but a value": "a:\n  {{ x }}\n",
    "an anchor": "a: &{{ x }} 1\n",
    "a tag": "a: !{{ x }} 1\n",
    "set": "{% set a = 1 %}\na: {{ a }}\n",
    "macro": "{% macro m() %}\na: 1\n{% endmacro %}\n",
    "raw": "{% raw %}\na: {{ x }}\n{% endraw %}\n",
    "import": '{% import "part.yaml" as p %}\na: 1\n',
    "a tag beside text": "a: {% if x %}1{% endif %}\n",
    "two tags": "{% if x %}{% endif %}\n",
    "whitespace control": "{%- if x %}\na: 1\n{% endif %}\n",
    "a template comment": "{# hidden #}\na: 1\n",
    "deep tags": "{% if a %}\n{% if b %}\n{% if c %}\na: 1\n{% endif %}\n{% endif %}\n{% endif %}\n",
    "a computed include": "{% include x %}\n",
    "an include of nothing": '{% include "missing.yaml" %}\n',
    "an include of another type": 'a:\n{% include "part.md" %}\n',
    "a part without a newline": 'a:\n{% for x in y %}\n{% include "open.yaml" %}\n{% endfor %}\n',
    "a filter of Markdown's": "a: {{ x | code }}\n",
    "an include of itself": '{% include "loop.yaml" %}\n',
    "an open tag": "{% if x %}\na: 1\n",
    "no YAML": "a: [\n",
    "an unknown filter": "a: {{ x | nothing }}\n",
}


@pytest.fixture
def complaints(tmp_path):
    def lint_source(source):
        (tmp_path / FOLDER).mkdir()
        (tmp_path / "templates").mkdir()
        (tmp_path / FOLDER / "t.yaml").write_text(source)
        (tmp_path / "templates" / "part.yaml").write_text("  b: {{ x }}\n")
        (tmp_path / "templates" / "part.md").write_text("- {{ x }}\n")
        (tmp_path / "templates" / "open.yaml").write_text("  b: {{ x }}")
        (tmp_path / "templates" / "loop.yaml").write_text('a: 1\n{% include "loop.yaml" %}\n')
        return list(lint("t.yaml", environment(tmp_path)))

    return lint_source


@pytest.mark.parametrize("source", SOUND.values(), ids=SOUND)
def test_a_sound_template_passes(complaints, source):
    assert complaints(source) == []


@pytest.mark.parametrize("source", UNSOUND.values(), ids=UNSOUND)
def test_an_unsound_template_is_refused(complaints, source):
    assert complaints(source)


def test_a_complaint_names_the_part_and_its_line(complaints, tmp_path):
    def part(source):
        (tmp_path / "templates" / "part.yaml").write_text(source)
        return list(lint("t.yaml", environment(tmp_path)))

    complaints('a:\n{% include "part.yaml" %}\n')
    assert [(name, line) for name, line, _ in part('  c: 1\n  b: "{{ x }}"\n')] == [("part.yaml", 2)]
