"""Bad answers: every problem of a file in one report, each with its place and what to write instead.

The file's name says what is refused; the report beside it is the expectation.
"""

from pathlib import Path

import pytest

from scaffold.answers.load import load
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
    assert len(load([tmp_path, tmp_path / "a.yaml"], catalog).apps) == 1
