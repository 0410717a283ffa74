"""Where a value may stand in Markdown: each refused template beside one that differs in nothing else and passes."""

import pytest

from scaffold.render.environment import FOLDER, environment
from scaffold.render.positions import lint

TWINS = {
    "a value in code": ("- `{{ x }}`\n", "- {{ x | code }}\n"),
    "a value beside code": ("- `a` {{ x }}\n", "- a {{ x }}\n"),
    "a value in code of several lines": ("- `a\n- {{ x }}\n- b`\n", "- `a`\n- {{ x }}\n- `b`\n"),
    "a value in a fenced block": ("```\n- {{ x }}\n```\n", "```\na\n```\n- {{ x }}\n"),
    "a value in a block of tildes": ("~~~\n- {{ x }}\n~~~\n", "~~~\na\n~~~\n- {{ x }}\n"),
    "a value in a fence's first line": ("~~~ {{ x }}\n~~~\n", "~~~ a\n~~~\n"),
    "a fenced block in a list": ("- ```\n  a\n  ```\n- {{ x }}\n", "- a\n\n```\na\n```\n- {{ x }}\n"),
    "an indented fence": ("  ~~~\n  a\n  ~~~\n", "~~~\n  a\n~~~\n"),
    "an open fence": ("```\na\n", "```\na\n```\n"),
    "a fence that a condition opens": (
        "{% if x %}\n```\n{% endif %}\na\n```\nb\n",
        "{% if x %}\n```\na\n```\n{% endif %}\nb\nc\n",
    ),
    "a value in indented code": ("a\n\n    b {{ x }}\n", "a\n\n   b {{ x }}\n"),
    "a value in an item's indented code": ("-     {{ x }}\n", "-   {{ x }}\n"),
    "a fence that CommonMark ends earlier": ("```\na\n  ```\n```\n- {{ x }}\n", "```\na\n  ```\n- {{ x }}\n"),
    "a fence that a shorter one does not end": ("````\na\n```\n- {{ x }}\n````\n", "````\na\n```\n````\n- {{ x }}\n"),
    "a value in front matter": ("---\ntitle: {{ x }}\n---\n", "***\ntitle: {{ x }}\n***\n"),
    "a value in a formula": ("$ {{ x }} $\n", "\\$ {{ x }} \\$\n"),
    "a value in a block of a formula": ("$$\na {{ x }}\n$$\n", "`$$`\na {{ x }}\n`$$`\n"),
    "a tab": ("-\t{{ x }}\n", "- {{ x }}\n"),
    "a value in a tag": ('a <b id="{{ x }}">\n', 'a "b" {{ x }}\n'),
    "a value beside a tag": ("- <b> {{ x }}\n", "- b {{ x }}\n"),
    "a comment": ("<!-- {{ x }} -->\n", "-- {{ x }} --\n"),
    "a comment without a value": ("<!-- a -->\n", "`<!-- a -->`\n"),
    "a comment of several lines": ("<!--\n- {{ x }}\n-->\n", "a\n- {{ x }}\n\nb\n"),
    "an address in brackets": ("a <https://b>\n", "a https://b\n"),
    "a value as a link's address": ("[a]({{ x }})\n", "(a) ({{ x }})\n"),
    "a value as a link's text": ("- [ {{ x }} ](a)\n", "- ( {{ x }} ) (a)\n"),
    "a value beside a link": ("- [a](b) {{ x }}\n", "- [a](b)\n- {{ x }}\n"),
    "a link with a title": ("[a](b 'c')\n", "[a](b)\n"),
    "a title of several lines": ("[a](b 'c\n- {{ x }}\n')\n", "[a](b)\n- {{ x }}\n"),
    "a text of several lines": ("[a\nb {{ x }}\n](b)\n", "a\nb {{ x }}\n"),
    "a definition": ("[a]: b\n", "\\[a\\]: b\n"),
    "a value as an image's address": ("![a]({{ x }})\n", "![a](b.png)\n"),
    "a value as an item to tick off": ("- [ ] {{ x }}\n", "- [ ] a\n- {{ x }}\n"),
    "a value at the start of a line": ("{{ x }}\n", "a {{ x }}\n"),
    "an indented value": ("a\n  {{ x }}\n", "a\n  b {{ x }}\n"),
    "the end of a word": ("a{{ x }}\n", "a {{ x }}\n"),
    "the start of a word": ("- {{ x }}b\n", "- {{ x }} b\n"),
    "a digit behind a value": ("a {{ x }}0\n", "a {{ x }} 0\n"),
    "two values": ("- {{ x }}{{ y }}\n", "- {{ x }} {{ y }}\n"),
    "two values around a stop": ("- {{ x }}.{{ y }}\n", "- a {{ x }}. {{ y }}\n"),
    "a backslash before a value": ("- \\{{ x }}\n", "- \\# {{ x }}\n"),
    "an ampersand before a value": ("- &{{ x }}\n", "- & {{ x }}\n"),
    "an exclamation mark before a value": ("- !{{ x }}\n", "- ! {{ x }}\n"),
    "a bracket before a value": ("- [{{ x }}\n", "- ({{ x }}\n"),
    "emphasis of a value": ("- *{{ x }}*\n", "- *a* {{ x }}\n"),
    "an underline of a value": ("- __{{ x }}__\n", "- __a:__ {{ x }}\n"),
    "a number that begins a list": ("- {{ x }}. a\n", "- a {{ x }}. a\n"),
    "a number in brackets that begins a list": ("> {{ x }}) a\n", "> ({{ x }}) a\n"),
    "a value of several lines": ("- {{ x\n  }}\n", "- {{ x }}\n"),
    "a filter of YAML's": ("# {{ x | comment }}\n", "# {{ x }}\n"),
    "a block": ("- {{ x | block(2) }}\n", "- {{ x | string }}\n"),
    "code that is not last": ("- {{ x | code | string }}\n", "- {{ x | string | code }}\n"),
    "code in a list": ("- {{ [x | code] | join }}\n", "- {{ [x] | join | code }}\n"),
    "a part of another type": ('- a\n{% include "part.yaml" %}\n', '- a\n{% include "part.md" %}\n'),
    "a part without a newline": ('a\nb\n{% include "open.md" %}\n', 'a\nb\n{% include "part.md" %}\n'),
    "a tag beside text": ("- a {% if x %}b{% endif %}\n", "- a\n{% if x %}\n- b\n{% endif %}\n"),
    "a template comment": ("{# a #}\n", "a\n"),
}
SOUND = {
    "a heading": "# {{ x }}\n",
    "a table": "| a | b |\n| --- | --- |\n{% for y in x %}\n| {{ y.a }} | {{ y.b | code }} |\n{% endfor %}\n",
    "many values": "| " + " | ".join(["{{ x }}"] * 12) + " |\n",
    "a sentence": "It is {{ x }}, ({{ y }}); and {{ z }}.\n",
    "braces": 'An empty one is `{"a": {"b": {}}}`.\n',
    "code of the template's": "Run `kubectl apply -k .`, or ``a ` b``.\n",
    "a fenced block with everything": "```sh\ncat <a> [b] ~~~ `c`\n``\n```\n",
}


@pytest.fixture
def complaints(tmp_path):
    (tmp_path / FOLDER).mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "part.md").write_text("- {{ x }}\n")
    (tmp_path / "templates" / "open.md").write_text("- {{ x }}")
    (tmp_path / "templates" / "part.yaml").write_text("- {{ x }}\n")

    def lint_source(source):
        (tmp_path / FOLDER / "t.md").write_text(source)
        return list(lint("t.md", environment(tmp_path)))

    return lint_source


@pytest.mark.parametrize(("refused", "_allowed"), TWINS.values(), ids=TWINS)
def test_an_unsound_template_is_refused(complaints, refused, _allowed):
    assert complaints(refused)


@pytest.mark.parametrize("source", [*(allowed for _, allowed in TWINS.values()), *SOUND.values()])
def test_a_sound_template_passes(complaints, source):
    assert complaints(source) == []


def test_a_complaint_names_its_line(complaints):
    source = "# a\n{% if x %}\n- {{ x }}\n{% endif %}\n- `{{ x }}`\nb\nc\n"
    assert [(name, line) for name, line, _ in complaints(source)] == [("t.md", 5), ("t.md", 5)]
