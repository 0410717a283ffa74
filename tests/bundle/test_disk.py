"""Writing: all or nothing, never over a person's edit, never outside the output."""

import fcntl
import json
import os
from pathlib import Path

import pytest
from harness import app, run

from scaffold.bundle import disk
from scaffold.bundle.disk import changes, write
from scaffold.bundle.lock import JOURNAL, LOCK
from scaffold.catalog import digests
from scaffold.errors import EditedError, OutputError
from scaffold.verify import verify

SERVICE = "apps/shop/api/base/service.yaml"
SEEDED = "apps/shop/api/kustomization.yaml"
PORTS = {"http": {"port": 8080}}


@pytest.fixture
def put(catalog, tmp_path):
    """Return a function that renders documents and writes them to one output."""

    def write_all(*docs, out=tmp_path / "out"):
        made = run(catalog, *(docs or [app(ports=PORTS)]))
        return {
            change.path: change.kind for change in write(verify(made.bundle, made.system), out, "1", digests(catalog))
        }

    return write_all


@pytest.fixture
def out(tmp_path) -> Path:
    return tmp_path / "out"


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_everything_is_created_and_nothing_else(put, out):
    kinds = put()
    assert set(kinds.values()) == {"created"}
    assert set(tree(out)) == {*kinds, LOCK}


def test_a_second_run_changes_nothing(put, out):
    put()
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    assert set(put().values()) == {"unchanged", "kept"}
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


def test_same_answers_give_the_same_bytes_anywhere(put, tmp_path):
    put(out=tmp_path / "one")
    put(out=tmp_path / "two")
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_changed_answers_update_their_files_only(put):
    put()
    kinds = put(app(ports={"http": {"port": 8080, "service": 80}}))
    assert {path for path, kind in kinds.items() if kind == "updated"} == {SERVICE}


def test_an_edited_file_stops_the_run_before_anything_is_written(put, out):
    put()
    (out / SERVICE).write_text("mine: true\n")
    before = tree(out)
    with pytest.raises(EditedError) as caught:
        put(app(ports=PORTS, workload={"replicas": 5}))
    assert caught.value.paths == (SERVICE,)
    assert caught.value.exit_code == 3
    assert tree(out) == before


def test_a_file_that_was_there_before_is_somebodys(put, out):
    (out / SERVICE).parent.mkdir(parents=True)
    (out / SERVICE).write_text("mine: true\n")
    with pytest.raises(EditedError):
        put()
    assert tree(out) == {SERVICE: b"mine: true\n"}


def test_an_edit_that_the_answers_caught_up_with_is_no_edit(put, out):
    put()
    wanted = (out / SERVICE).read_bytes()
    put(app(ports={"http": {"port": 8080, "service": 80}}))
    (out / SERVICE).write_bytes(wanted)
    assert put()[SERVICE] == "unchanged"


def test_a_seeded_file_is_written_once(put, out):
    put()
    (out / SEEDED).write_text("mine: true\n")
    assert put(app(ports=PORTS, image="registry.example.com/shop/api:2.0.0"))[SEEDED] == "kept"
    assert (out / SEEDED).read_text() == "mine: true\n"


def test_a_deleted_file_comes_back(put, out):
    put()
    (out / SERVICE).unlink()
    (out / SEEDED).unlink()
    kinds = put()
    assert (kinds[SERVICE], kinds[SEEDED]) == ("created", "created")


def test_what_is_not_rendered_any_more_is_removed_with_its_folders(put, out):
    put(app(ports=PORTS), app("web", "front"))
    kinds = put()
    assert {path.split("/")[0] for path, kind in kinds.items() if kind == "removed"} == {
        "apps", "namespaces", "on-demand",
    }  # fmt: skip
    assert not (out / "namespaces/front").exists()
    assert (out / "apps/front/web/kustomization.yaml").exists(), "a seeded file is its team's"


def test_an_edited_file_is_not_removed(put, out):
    put(app(ports=PORTS), app("web", "front"))
    path = out / "apps/front/web/base/deployment.yaml"
    path.write_text("mine: true\n")
    with pytest.raises(EditedError):
        put()
    assert path.read_text() == "mine: true\n"


@pytest.mark.parametrize("link", ["apps", "apps/shop/api/base", SERVICE, ".scaffold"])
def test_nothing_is_written_through_a_symbolic_link(put, out, tmp_path, link):
    put()
    outside = tmp_path / "outside"
    (out / link).rename(outside)
    (out / link).symlink_to(outside)
    before = tree(outside) if outside.is_dir() else outside.read_bytes()
    with pytest.raises(OutputError, match="a symbolic link"):
        put(app(ports={"http": {"port": 8080, "service": 80}}))
    assert (tree(outside) if outside.is_dir() else outside.read_bytes()) == before


LOCKS = {
    "no JSON": "{",
    "another shape": '{"files": 1}',
    "a path outside": json.dumps(
        {
            "tool": "1",
            "blueprints": {},
            "files": {"../victim": {"sha256": "0", "ownership": "generated", "blueprint": "a/b"}},
        }
    ),
}


@pytest.mark.parametrize("text", LOCKS.values(), ids=LOCKS)
def test_a_lock_is_not_trusted(put, out, tmp_path, text):
    put()
    (tmp_path / "victim").write_text("x")
    (out / LOCK).write_text(text)
    with pytest.raises(OutputError, match="not a lock that scaffold wrote"):
        put()
    assert (tmp_path / "victim").exists()


def test_an_output_that_is_a_file_is_refused(put, out):
    out.write_text("x")
    with pytest.raises(OutputError, match="not a folder"):
        put()


def test_a_folder_in_the_place_of_a_file_is_refused(put, out):
    (out / SERVICE).mkdir(parents=True)
    with pytest.raises(OutputError, match=r"service\.yaml"):
        put()


def test_an_output_that_cannot_be_made_is_refused(put, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="Not a directory"):
        put(out=tmp_path / "file" / "out")


class InterruptedError_(Exception):  # noqa: N801, N818  stands for SIGKILL, which no handler sees
    pass


@pytest.mark.parametrize("survivors", [0, 1, 4])
def test_an_interrupted_run_is_finished_by_the_next(put, out, monkeypatch, survivors):
    """Killed after some files were replaced: the next run, with yet other answers, takes none of them for an edit."""
    put()
    real, done = Path.replace, []

    def replace(self, target):
        if str(target).endswith(".yaml"):
            if len(done) == survivors:
                raise InterruptedError_
            done.append(target)
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(InterruptedError_):
        put(app(ports=PORTS, image="registry.example.com/shop/api:2.0.0", team="a", workload={"replicas": 7}))
    monkeypatch.undo()
    assert (out / JOURNAL).exists()
    kinds = put(app(ports=PORTS, image="registry.example.com/shop/api:3.0.0", team="b"))
    assert "edited" not in kinds.values()
    assert not (out / JOURNAL).exists()
    assert not (out / disk._STAGING).exists()
    assert b"api:3.0.0" in (out / "apps/shop/api/base/deployment.yaml").read_bytes()


def test_runs_that_are_interrupted_one_after_the_other_leave_no_edits(put, out, monkeypatch):
    """Each with other answers, each killed at another point; what the first added is gone in the end."""
    put()
    real = Path.replace
    for image, survivors in (("2.0.0", 9), ("3.0.0", 1), ("4.0.0", 0)):
        left = [survivors]

        def replace(self, target, left=left):
            if str(target).endswith(".yaml"):
                left[0] -= 1
                if left[0] < 0:
                    raise InterruptedError_
            return real(self, target)

        monkeypatch.setattr(Path, "replace", replace)
        extra = [app("extra", "other")] if image == "2.0.0" else []
        with pytest.raises(InterruptedError_):
            put(app(ports=PORTS, image=f"registry.example.com/shop/api:{image}", team=f"t{image[0]}"), *extra)
        monkeypatch.setattr(Path, "replace", real)
    put()
    put(out=out.parent / "fresh")
    seeded = {path for path in tree(out) if path.endswith("kustomization.yaml") and "base" not in path}
    assert {p: t for p, t in tree(out).items() if "extra" not in p} == tree(out.parent / "fresh")
    assert {path for path in tree(out) if "extra" in path} <= seeded


def test_one_run_at_a_time(put, out):
    out.mkdir()
    handle = os.open(out, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(OutputError, match="another run is writing here"):
        put()
    os.close(handle)
    put()


@pytest.mark.parametrize("path", ["namespaces", "apps/shop", ".scaffold"])
def test_a_file_in_the_place_of_a_folder_is_refused_before_anything_is_written(put, out, path):
    (out / path).parent.mkdir(parents=True, exist_ok=True)
    (out / path).write_text("mine")
    with pytest.raises(OutputError, match="where a folder has to be"):
        put()
    assert tree(out) == {path: b"mine"}


@pytest.mark.parametrize("path", [SERVICE, LOCK])
def test_a_pipe_is_refused_and_not_waited_for(put, out, path):
    (out / path).parent.mkdir(parents=True)
    os.mkfifo(out / path)
    with pytest.raises(OutputError, match="not an ordinary file"):
        put()


def test_comparing_writes_nothing(catalog, out):
    made = run(catalog, app())
    assert {change.kind for change in changes(verify(made.bundle, made.system), out)} == {"created"}
    assert not out.exists()
