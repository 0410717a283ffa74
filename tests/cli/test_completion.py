"""Completion as shells ask for it; bash itself is asked, too."""

import os
import subprocess
import sys

import pytest
from harness import ROOT


@pytest.fixture
def environment(installed, tmp_path):
    """An environment in which `scaffold` is this program."""
    program = tmp_path / "bin/scaffold"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m scaffold "$@"\n')
    program.chmod(0o755)
    return {**installed, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}


def said(command, environment):
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        (["scaffold", "re"], ["render"]),
        (["scaffold", "render", "--dr"], ["--dry-run"]),
        (["scaffold", "render", "--scope", "n"], ["namespace"]),
        (["scaffold", "render", "--only", "network/de"], ["network/default-deny"]),
        (["scaffold", "render", "--format", ""], ["text", "json"]),
        (["scaffold", "completion", "f"], ["fish"]),
    ],
)
def test_bash_completes(environment, line, offered):
    """The script is sourced, and its function called, as bash does when the tab key is hit."""
    words = " ".join(f"'{word}'" for word in line)
    script = (
        'eval "$(scaffold completion bash)"\n'
        f"COMP_WORDS=({words}) COMP_CWORD={len(line) - 1}\n"
        '_scaffold_completion scaffold\nprintf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    assert said(["bash", "--norc", "-c", script], environment).split() == offered


@pytest.mark.parametrize(
    ("shell", "sets"),
    [("zsh", "compdef _scaffold_completion scaffold"), ("fish", "complete --no-files --command scaffold")],
)
def test_other_shells_get_their_script_and_their_answers(environment, shell, sets):
    assert sets in said(["scaffold", "completion", shell], environment)
    words = {"COMP_WORDS": "scaffold render --scope n", "COMP_CWORD": "n" if shell == "fish" else "3"}
    asked = environment | words | {"_SCAFFOLD_COMPLETE": f"{shell}_complete"}
    assert "namespace" in said(["scaffold"], asked)


@pytest.mark.parametrize(("option", "kind"), [("-f", "file"), ("--known", "file"), ("-o", "dir")])
def test_paths_are_left_to_the_shell(environment, option, kind):
    asked = {"COMP_WORDS": f"scaffold render {option} ex", "COMP_CWORD": "3", "_SCAFFOLD_COMPLETE": "bash_complete"}
    assert said(["scaffold"], environment | asked).strip() == f"{kind},ex"


def test_nothing_of_a_repository_is_needed(environment, tmp_path):
    assert str(ROOT) not in said(["scaffold", "completion", "bash"], environment)
