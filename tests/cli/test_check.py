"""`scaffold check` on the command line: what is printed where, and exit codes."""

import json
import shlex
import shutil
import subprocess
import sys

import pytest
import yaml
from click.testing import CliRunner
from harness import ROOT

from scaffold.cli.main import cli
from scaffold.errors import AnswersError, OutputError

MINIMAL = ROOT / "examples/minimal"


@pytest.fixture
def out(tmp_path):
    return shutil.copytree(MINIMAL / "bundle", tmp_path / "out")


@pytest.fixture
def check(installed):
    def call(*arguments):
        return CliRunner().invoke(cli, ["check", *map(str, arguments)], env=installed, standalone_mode=False)

    return call


def edit(out):
    path = out / "apps/demo/hello/base/service.yaml"
    path.write_text(path.read_text().replace("port: 8080", "port: 8081"))


def test_what_is_sound_passes_with_its_risks(check, out):
    made = check(out, "-f", MINIMAL / "app.yaml")
    assert made.return_value == 0
    assert "error" not in made.stdout
    assert made.stderr.endswith("out: 1 note\n")


def test_an_edit_is_told_with_its_line(check, out):
    edit(out)
    made = check(out, "-f", MINIMAL / "app.yaml")
    assert made.return_value == 1
    assert f"error: {out}/apps/demo/hello/base/service.yaml:" in made.stdout
    assert "[drift/edited]" in made.stdout
    assert " error" in made.stderr


def test_json_has_the_place(check, out):
    edit(out)
    made = check(out, "--format", "json")
    value = json.loads(made.stdout)
    assert made.return_value == 1
    assert not value["passed"]
    assert {one["check"] for one in value["findings"]} == {"drift/edited"}
    assert value["notes"][0].startswith("note: without answers")


def test_places_are_relative_to_the_working_folder(check):
    """Whichever way the folder was named: pipelines give absolute paths, code scanning takes relative ones."""
    made = check(MINIMAL / "bundle", "-f", MINIMAL / "app.yaml", "--format", "github")
    assert "file=examples/minimal/app.yaml," in made.stdout


@pytest.mark.parametrize("option", ["--known", "--set"])
def test_what_says_something_of_answers_needs_them(check, out, option):
    assert "-f" in str(check(out, option, "x").exception)


def test_blueprints_of_others_are_not_fetched_because_a_lock_says_so(check, out):
    lock = out / ".scaffold/lock.json"
    pin = {"source": "https://example.com/x", "commit": "", "digest": "0"}
    lock.write_text(json.dumps({**json.loads(lock.read_text()), "sources": [pin]}))
    assert "--blueprints https://example.com/x" in str(check(out).exception)


def test_changes_go_with_formats_that_know_them(check, out):
    assert "base" in str(check(out, "--base", out, "--format", "sarif").exception)
    made = check(out, "--base", out, "--format", "markdown")
    assert "No flow, right" in made.stdout
    assert json.loads(check(out, "--base", out, "--format", "json").stdout)["changes"] == []


@pytest.mark.parametrize("form", ["sarif", "github"])
def test_other_formats_tell_the_same(check, out, form):
    edit(out)
    made = check(out, "--format", form)
    assert made.return_value == 1
    assert "drift/edited" in made.stdout


def test_what_cannot_be_used_is_refused(check, out, tmp_path):
    assert isinstance(check(tmp_path / "nowhere").exception, OutputError)
    (tmp_path / "app.yaml").write_text("kind: App\n")
    assert isinstance(check(out, "-f", tmp_path / "app.yaml").exception, AnswersError)


def test_the_hook_for_others_runs(out, installed):
    """pre-commit calls the entry with the user's arguments."""
    [hook] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    program, *words = shlex.split(hook["entry"])
    assert (program, hook["language"], hook["pass_filenames"]) == ("scaffold", "python", False)
    command = [sys.executable, "-m", program, *words, str(out)]
    done = subprocess.run(command, env=installed, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "nothing was found" in done.stderr
