"""Every text comes back as text from a Markdown reader: no link, tag, emphasis, cell or block of its own."""

import re
import unicodedata
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from scaffold.documents.rereading_markdown import reread
from scaffold.render.environment import FOLDER, environment
from scaffold.render.escape_markdown import code, inline
from scaffold.render.positions import lint

# Addresses without `www.` or a scheme are left alone: GitHub makes no links of them, and they are what people write.
READER = MarkdownIt("commonmark", {"linkify": True}).enable(["table", "strikethrough", "linkify"])
READER.linkify.set({"fuzzy_link": False})

SYNTAX = [
    "[", "]", "(", ")", "![", "](", "`", "``", "```", "*", "**", "_", "__", "~", "~~~", "<", "</", "<!--", "-->", "<b>", "<script>", "&amp;",
    "&#60;", "&", "\\", "|", "---", "===", "-", "=", "+", " ", "    ", "\n", "\n\n", "\t", "#", " ##", "1.", "12)", ">", "http://", "https://",
    "ftp://", "www.", "WWW.", "a.com", "@", "a@b.com", "mailto:", ":", "//", "[^1]", "[x] ", ":--", "{{", "{%", "$", "é", "x", "a_b", "_a", "!",
    "\u200b", "\u202e", "\x00", "\x85", "\u2028", "\ufeff", "\U000e0041", "javascript:", "1", "\U0001f600",
]  # fmt: skip
HOSTILE = st.lists(st.sampled_from(SYNTAX), max_size=8).map("".join) | st.text(max_size=40)
INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u0600-\u0605\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\U000e0001-\U000e01ef]"
)
LINES = {
    "an item": "- {}\n",
    "an item behind a paragraph": "above\n- {}\n",
    "an item of an item": "- above\n  - {}\n",
    "a numbered item": "1. {}\n",
    "a heading": "# {}\n",
    "a quote": "> above\n> {}\n",
    "a sentence": "above\nword ({}): word\nbelow\n",
    "a row": "| a |\n| --- |\n| {} |\n",
    "no row yet": "| a |\n| {} |\n",
}


def shape(tokens):
    """Return the tokens without their text, which is returned beside it."""
    kinds, words = [], []
    for token in tokens:
        if token.type == "inline":
            inner, text = shape(token.children)
            kinds.append(inner)
            words.append(text)
        elif token.type in {"text", "code_inline"}:
            kinds += [] if token.type == "text" and kinds[-1:] == ["text"] else [token.type]
            words.append(token.content)
        elif token.type == "softbreak":
            kinds.append("softbreak")
            words.append(" ")
        else:
            kinds.append((token.type, token.tag, tuple(sorted(token.attrs.items()))))
    return kinds, "".join(words)


def normal(text):
    return " ".join(text.split())


@settings(max_examples=300)
@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
@given(value=HOSTILE)
def test_a_value_is_text_of_its_line(line, value):
    text = line.replace("{}", inline(value))
    kinds, words = shape(READER.parse(text))
    wanted_kinds, wanted_words = with_a_word(line)
    assert kinds == wanted_kinds
    assert normal(words) == normal(wanted_words.replace("W", literal(value) or " "))
    assert reread(text, "t.md") == ([], [])


@cache
def with_a_word(line):
    return shape(READER.parse(line.replace("{}", "W")))


def literal(value):
    """Return what a value says, without what cannot be seen."""
    spaced = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", value)
    return normal("".join(char for char in spaced if not is_hidden(char)))


def is_hidden(char):
    return (
        unicodedata.category(char) == "Cf"
        or char in "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"
        or "\U000e0100" <= char <= "\U000e01ef"
    )


@settings(max_examples=400)
@given(HOSTILE, HOSTILE)
def test_a_row_has_the_cells_it_was_given(one, two):
    text = f"| a | b |\n| --- | --- |\n| {inline(one)} | {code(two)} |\n"
    tokens = READER.parse(text)
    assert [token.type for token in tokens].count("td_open") == 2
    cells = [shape([token]) for token in tokens if token.type == "inline"][2:]
    assert [normal(words) for _, words in cells] == [literal(one), literal(two)]
    kind = "code_inline" if literal(two) and "|" not in two else "text"
    assert [kinds for kinds, _ in cells] == [[["text"]], [[kind]]]
    assert reread(text, "t.md") == ([], [])


@given(HOSTILE)
def test_code_is_exact_outside_of_tables_too(value):
    assert normal(inlines(f"- {code(value)}\n")) == literal(value)


def inlines(text):
    return "".join(shape([token])[1] for token in READER.parse(text) if token.type == "inline")


@given(HOSTILE)
def test_nothing_invisible_is_left(value):
    assert not INVISIBLE.search(inline(value) + code(value))


@given(HOSTILE)
def test_github_finds_no_address_and_jekyll_no_tag(value):
    written = inline(value)
    assert not re.search(r"www\.|[a-z]://|\{\{|\{%", written, re.IGNORECASE)


READABLE = ["orders calls api.stripe.com:443", "shop/orders", "a-b - c -> d", "10.20.0.0/16", "1.5 GiB, or more.", "snake_case (see below)",
            "registry.example.com:5000/shop/api:1.0.0", "R&D", "50%", "half + half = 1", "why?!", "it's \"it\""]  # fmt: skip


@pytest.mark.parametrize("text", READABLE)
def test_ordinary_text_stays_as_it_is(text):
    assert inline(text) == text.replace("R&D", "R\\&D")


SPELT = {
    "": "&nbsp;", "\u200b": "&nbsp;", "a\nb": "a b", "1. a": "1\\. a", "- a": "\\- a", "https://a": "https:\\//a", "www.a.b": "www\\.a.b",
    "a@b": "a\\@b", "<b>": "\\<b>", "a|b": "a&#124;b", "#1": "\\#1", 8080: "8080", True: "true",
}  # fmt: skip


@pytest.mark.parametrize(("value", "text"), SPELT.items())
def test_what_could_be_read_as_syntax_gets_a_backslash(value, text):
    assert inline(value) == text


@pytest.mark.parametrize(
    ("value", "text"), {"a": "`a`", "a`b": "``a`b``", "`": "`` ` ``", "a|b": "a&#124;b", "": "&nbsp;", 1: "`1`"}.items()
)
def test_code_has_a_fence_that_is_longer_than_any_inside(value, text):
    assert code(value) == text


@pytest.mark.parametrize("wrong", [None, [], {}, object()])
@pytest.mark.parametrize("escape", [inline, code])
def test_what_is_no_text_is_refused(escape, wrong):
    with pytest.raises(TypeError, match="cannot stand in Markdown"):
        escape(wrong)


STARTS = [
    "- ",
    "  - ",
    "1. ",
    "# ",
    "> ",
    "| ",
    "a ",
    "- - ",
    "word (",
    "  a ",
    "   b: ",
    "**a** ",
    "*a ",
    "~a ",
    "-   ",
    "=== ",
    "http: ",
    "[ ] ",
]
HOLES = [
    "{{ x }}",
    "{{ x | code }}",
    "{{ x }} {{ x | code }}",
    "{{ x }} | {{ x | code }} |",
    "{{ x }}) b",
    "{{ x }}: b",
    "{{ x }} b* c",
    "{{ x }} ~",
]
OTHERS = [
    "", "a", "- a", "---", "===", "***", "| a | b |", "| --- | --- |", "| - |", "| a |", "```", "~~~", "  ```", "[a](b)", "`a`", "    a", "> a",
    "{% if c %}", "{% else %}", "{% endif %}", "a*", "*a", "<b>", "`a", "1. a", "a  ", "-", "a&amp", "www.", "a http://",
]  # fmt: skip
TEMPLATE = st.lists(
    st.tuples(st.sampled_from(STARTS), st.sampled_from(HOLES)).map("".join) | st.sampled_from(OTHERS),
    min_size=1,
    max_size=6,
).map(lambda lines: "\n".join(lines) + "\n")


@settings(max_examples=400)
@given(source=TEMPLATE, value=HOSTILE, c=st.booleans())
def test_in_every_template_that_passes_a_value_is_text(tmp_path, source, value, c):
    """What the lint lets pass, the escape makes exact: the lines mean the same with any value."""
    folder = tmp_path / str(len(list(tmp_path.iterdir())))
    (folder / FOLDER).mkdir(parents=True)
    (folder / FOLDER / "t.md").write_text(source)
    made = environment(folder)
    if list(lint("t.md", made)):
        return
    harmless = "W" if literal(value) and "|" not in value else "W|"  # the same kind of code
    template = made.get_template("t.md")
    text, expected = template.render(x=value, c=c), template.render(x=harmless, c=c)
    (kinds, words), (wanted_kinds, wanted_words) = shape(READER.parse(text)), shape(READER.parse(expected))
    assert kinds == wanted_kinds
    assert normal(words) == normal(wanted_words.replace(harmless, literal(value) or " "))
    assert not text.strip() or reread(text, "t.md") == ([], [])
