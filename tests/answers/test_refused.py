"""Bad answers: every problem of a file in one report, each with its place and what to write instead.

The file's name says what is refused; the report beside it is the expectation.
"""

import time
from pathlib import Path

import msgspec
import pytest

from scaffold.answers import secrets
from scaffold.answers.load import load
from scaffold.answers.schema import App
from scaffold.answers.walker import shown
from scaffold.errors import AnswersError

FOLDER = Path(__file__).parent / "refused"
FILES = sorted(FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_refused(path, golden, catalog):
    with pytest.raises(AnswersError) as caught:
        load([path], catalog)
    assert caught.value.exit_code == 2
    golden(path.with_suffix(".txt"), str(caught.value).replace(f"{path}:", "") + "\n")


def test_there_is_no_report_without_its_file():
    assert {path.stem for path in FOLDER.glob("*.txt")} == {path.stem for path in FILES}


def test_problems_of_several_files_come_in_one_report(tmp_path, catalog):
    (tmp_path / "a.yaml").write_text("kind: [\n")
    (tmp_path / "b.yaml").write_text("apiVersion: scaffold/v1\nkind: App\n")
    with pytest.raises(AnswersError) as caught:
        load([tmp_path, tmp_path / "missing.yaml"], catalog)
    assert {Path(problem.place.file).name for problem in caught.value.problems} == {"a.yaml", "b.yaml", "missing.yaml"}


def test_an_empty_folder_is_refused(tmp_path, catalog):
    with pytest.raises(AnswersError, match=r"no \*.yaml file in the folder"):
        load([tmp_path], catalog)


def test_a_file_given_twice_is_read_once(tmp_path, catalog):
    (tmp_path / "a.yaml").write_text(
        "apiVersion: scaffold/v1\nkind: App\nmetadata: {name: a, namespace: b}\nspec: {image: 'r.example.com/a:1'}\n"
    )
    assert len(load([tmp_path, tmp_path / "a.yaml"], catalog)[0].apps) == 1


def test_looking_for_secrets_takes_time_in_proportion():
    """A long text in which every place could begin a secret: nothing is looked at twice as often as it is long."""
    begun = time.process_time()
    for text in ("x" * 500_000, "a:" * 250_000, "//" * 250_000, "password" * 60_000):
        spec = {"image": "registry.example.com/a:1.0.0", "config": {"files": {"/etc/api/a": text}}}
        value = {"apiVersion": "scaffold/v1", "kind": "App", "metadata": {"name": "a", "namespace": "b"}, "spec": spec}
        list(secrets.check(msgspec.convert(value, App)))
        shown(text)
    assert time.process_time() - begun < 20, "quadratic: it would take minutes"
