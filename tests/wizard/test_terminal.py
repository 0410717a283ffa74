"""Keys and screens: a real process in a pseudo-terminal, at 80 columns, without colour and without Unicode."""

import re

import pytest
from terminal import DOWN, ENTER, ESCAPE, INTERRUPT, TAB, Terminal

BARE = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "NO_COLOR": "1", "TERM": "xterm"}
COLOUR = re.compile(r"\x1b\[[0-9;]*(?:3[0-7]|4[0-7]|9[0-7]|10[0-7])m")


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "orders"
    made.mkdir()
    (made / "Dockerfile").write_text("FROM scratch\nEXPOSE 8080\nUSER 10001\n")
    return made


def wide(text):
    return max(map(len, text.splitlines()))


def test_one_sitting_with_a_mistake_a_question_back_and_a_break(folder, installed):
    """Validation as one types, `?`, Escape, Ctrl-C, going on with the draft, the review, and what is written."""
    one = Terminal(folder, {**installed, **BARE}, "new")
    one.until("What kind of service", "> web-api")
    one.send(ENTER)
    one.until("* Kind of service: web-api  (Dockerfile:2)", "What is it called?", "[orders] the folder's name")
    one.send("Orders")
    one.until("lower-case, digits and '-'")
    one.send(ENTER, "\x15", "?")
    one.until("https://kubernetes.io/docs", "others let in")
    one.send("?", "stock", ENTER)
    one.until("Which namespace", "[stock] its name")
    one.send(ESCAPE)
    one.until("What is it called?", "[stock] your answer")
    one.send(ENTER)
    one.until("Which namespace")
    one.send(TAB, "s", ENTER)
    one.until("* Namespace: stocks", "Which image")
    one.resize(40, 24)
    assert wide(one.until("[registry.example.com/stocks/stock:0.1.\n 0]")) <= 40
    one.resize(80, 24)
    one.send(INTERRUPT)
    one.until("A draft is kept")
    assert one.end() == 130
    assert not COLOUR.search(one.raw)
    assert one.raw.isascii()
    assert sorted(path.name for path in folder.iterdir()) == ["Dockerfile"]

    two = Terminal(folder, {**installed, **BARE}, "new", rows=50)
    two.until("There is a draft of this folder, with 3 answers.")
    two.send(ENTER)
    for question in ("Which image", "Where does it listen", "Which HTTP path", "Who calls", "What does it call"):
        two.until(question)
        two.send(ENTER)
    two.until("Which secrets")
    two.send(ENTER)
    shown = two.until("Is it right?", "> write", "verified")
    assert wide(shown) <= 80
    two.send(DOWN, ENTER)
    two.until("Which answer?")
    two.send(DOWN, ENTER)
    two.until("What is it called?", "[stock] your answer")
    two.send("shelf", ENTER)
    two.until("Is it right?", "shelf")
    two.send(ENTER)
    two.until("Next:", "kubectl apply")
    assert two.end() == 0
    assert "name: shelf\n" in (folder / "app.yaml").read_text()
    assert (folder / "deploy/apps/stocks/shelf/base/deployment.yaml").exists()
    assert list((folder.parent / "state/kubescaffold/drafts").iterdir()) == []


def test_what_is_pasted_is_text_and_a_terminal_that_is_closed_loses_nothing(folder, installed):
    one = Terminal(folder, {**installed, **BARE}, "new", "--preset", "worker", "--answer", "name=stock")
    one.until("Which namespace")
    one.send("\x1b[200~a\x1b]0;title\x07\nb" + "c" * 300 + "\x1b[201~", ENTER)
    one.until("expected a DNS-1123 label")
    one.send("\x15", "shop", ENTER)
    one.until("Which image")
    one.hang_up()
    assert "\x1b]0;title" not in one.raw
    [kept] = (folder.parent / "state/kubescaffold/drafts").iterdir()
    assert '"shop"' in kept.read_text()
    assert "title" not in kept.read_text()


def test_a_terminal_that_only_knows_lines_is_asked_line_by_line(folder, installed):
    env = {**installed, **BARE, "TERM": "dumb"}
    one = Terminal(folder, env, "new", "--preset", "worker", "--no-render", rows=200)
    one.send("?\n", "Stock\n")
    one.until("What is it called?", "others let in", "expected a DNS-1123 label")
    one.send("stock\n", "<\n", "\n", "\n", "\n", "\n", "\n")
    one.until("1. write")
    one.send("1\n")
    assert one.end() == 0
    assert "\x1b" not in one.raw
    assert "name: stock\n" in (folder / "app.yaml").read_text()
    assert not (folder / "deploy").exists()
