"""What the kubelet hands to an init container, once it has put variables in, is word by word the declared command"""

import json
from itertools import product

import pytest
from harness import app
from harness import run as render

pytestmark = pytest.mark.programs("kubelet-commands")

PROGRAM = "kubelet-commands"
SHORT = ["".join(word) for length in range(5) for word in product("$()Aé", repeat=length)]
WORDS = [*SHORT, "$(HOME)", "$$(A)", "a $(A) b", "${A}", "`id`", "; $(A)\n", '"$A"', "$\u2028(A)", "\U0001f600$"]
ENV = {"A": "a secret", "": "nothing", "é": "accent"}


def parts(items, size):
    return [items[at : at + size] for at in range(0, len(items), size)]


@pytest.fixture(scope="module")
def handed(run):
    """Return what the kubelet hands to each of some containers: its command, and its arguments."""

    def ask(containers):
        cases = [{"container": one, "env": ENV} for one in containers]
        done = run(PROGRAM, text=json.dumps(cases))
        assert done.returncode == 0, done.stderr
        return [(one["command"], one["args"]) for one in json.loads(done.stdout)]

    return ask


@pytest.fixture(scope="module")
def declared():
    """Return init containers, ten for each App, that are given every word as a part of the command and as an argument."""
    steps = [{"command": ["/run", *words[:49]], "args": words} for words in parts(WORDS, 50)]
    return [{f"step-{number}": step for number, step in enumerate(some)} for some in parts(steps, 10)]


def test_each_word_is_handed_over_as_it_was_declared(catalog, handed, declared, proof):
    for init in declared:
        [deployment] = render(catalog, app(init=init)).objects("deployment.yaml")
        found = handed(deployment["spec"]["template"]["spec"]["initContainers"])
        assert found == [(step["command"], step["args"]) for step in init.values()]
    proof(PROGRAM, "hostile words", "accepted")


def test_unescaped_words_are_not(handed, declared, proof):
    for init in declared:
        found = handed(init.values())
        assert found != [(step["command"], step["args"]) for step in init.values()]
    [(_, args)] = handed([{"args": ["$(A)", "$$", "$$(A)", "$(B)"]}])
    assert args == ["a secret", "$", "$(A)", "$(B)"]
    proof(PROGRAM, "hostile words", "twin_refused")
