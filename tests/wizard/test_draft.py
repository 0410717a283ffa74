"""A draft is found again, is never lost, and is nobody else's; what is on disk is not written over unseen."""

import json

import pytest

from scaffold.errors import OutputError
from scaffold.wizard import draft
from scaffold.wizard.saved import check_folder, compared, save, set_aside
from scaffold.wizard.state import Given, State

STATE = State((Given("name", "stock"), Given("ports", "8080/http", "Dockerfile:2")), (Given("image", "a:1"),))


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def test_it_comes_back_as_it_was_for_the_same_folder_alone(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    path = draft.keep(tmp_path, STATE)
    assert draft.find(tmp_path / "link").state == STATE
    assert draft.find(tmp_path / "other").state is None
    assert path.stat().st_mode & 0o077 == 0
    draft.forget(tmp_path)
    assert draft.find(tmp_path) == draft.Kept()


@pytest.mark.parametrize(
    "text",
    ['{"version":0,"folder":"","given":[],"aside":[]}', '{"version":', "", "\x00\xff", "[" * 100_000, '{"version":1}',
     '{"version":1,"folder":"","given":[["name","x"]],"aside":[]}', '{"version":1,"folder":1,"given":{},"aside":[]}'],
)  # fmt: skip
def test_one_of_another_version_or_a_damaged_one_is_said_and_kept(tmp_path, text):
    path = draft.keep(tmp_path, STATE)
    path.write_text(text)
    found = draft.find(tmp_path)
    assert (found.state, bool(found.why), found.aside.read_text()) == (None, True, text)
    draft.keep(tmp_path, STATE)
    assert draft.find(tmp_path).state == STATE


def test_one_that_cannot_be_written_is_an_error_of_the_system(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with pytest.raises(OSError, match="Not a directory"):
        draft.keep(tmp_path, STATE)


def test_it_holds_answers_and_nothing_else(tmp_path):
    assert json.loads(draft.keep(tmp_path, STATE).read_text()).keys() == {"version", "folder", "given", "aside"}


def test_a_file_that_says_the_same_stays_as_it_is(tmp_path):
    path = tmp_path / "app.yaml"
    path.write_text("# mine\nkind: App\n")
    same, other = compared(path, "kind: App\n"), compared(path, "kind: Platform\n")
    assert same.after == same.before
    save([same])
    assert path.read_text() == "# mine\nkind: App\n"
    save([other])
    assert path.read_text() == "kind: Platform\n"
    assert [one.name for one in tmp_path.iterdir()] == ["app.yaml"]


def test_nothing_is_written_through_a_link_or_into_what_is_no_folder(tmp_path):
    (tmp_path / "app.yaml").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="not an ordinary file"):
        compared(tmp_path / "app.yaml", "x")
    with pytest.raises(OutputError, match="no such folder"):
        check_folder(tmp_path / "nowhere")


def test_what_is_written_anew_is_kept_beside_it(tmp_path):
    for number, text in enumerate(("one", "two"), 1):
        (tmp_path / "a.yaml").write_text(text)
        assert set_aside(tmp_path / "a.yaml") == tmp_path / f"a.yaml.orig-{number}"
    assert (tmp_path / "a.yaml.orig-1").read_text() == "one"
