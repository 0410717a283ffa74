"""`scaffold new` without a terminal: bad folders and files are said, and what is there is not written over."""

import os

import pytest
from script import Script

from scaffold.cli.new import command
from scaffold.cli.new_files import Files
from scaffold.errors import AnswersError, EditedError, OutputError
from scaffold.wizard.headless import completed
from scaffold.wizard.looked import around as looked
from scaffold.wizard.state import Given, State


@pytest.fixture
def folder(tmp_path, monkeypatch, installed):
    monkeypatch.setenv("SCAFFOLD_CACHE", installed["SCAFFOLD_CACHE"])
    made = tmp_path / "orders"
    made.mkdir()
    return made


def new(folder, *arguments):
    return command.main([str(folder), *arguments], standalone_mode=False)


def test_a_file_that_cannot_be_read_is_said_and_costs_nothing_else(folder):
    (folder / "Dockerfile").write_bytes(b"FROM scratch\nEXPOSE 8080\n\xff\xfe")
    (folder / "compose.yaml").write_text("services: [\n")
    (folder / "package.json").write_text("{" * 100_000)
    assert new(folder, "--defaults", "--no-render") == 0
    assert "name: orders" in (folder / "app.yaml").read_text()
    assert not (folder / "deploy").exists()


def test_a_proposal_that_does_not_hold_is_missing_with_the_reason(folder):
    (folder / "Dockerfile").write_text("FROM scratch\nEXPOSE 80\n")
    with pytest.raises(AnswersError, match="listen high and map the Service"):
        new(folder, "--defaults")
    assert sorted(path.name for path in folder.iterdir()) == ["Dockerfile"]
    assert new(folder, "--defaults", "--answer", "ports=80:8080/http", "--no-render") == 0


def test_without_a_terminal_it_says_what_is_missing_and_ends(folder):
    (folder / "Dockerfile").write_text("FROM scratch\nEXPOSE 8080\n")
    with pytest.raises(AnswersError) as error:
        new(folder)
    assert "question name: What is it called?" in str(error.value)
    assert "proposed: 8080/http" in str(error.value)
    assert "Dockerfile:2, which --defaults accepts" in str(error.value)


def test_what_is_there_is_kept_unless_it_says_the_same(folder):
    assert new(folder, "--defaults", "--no-render") == 0
    mine = "# my own words\n" + (folder / "app.yaml").read_text()
    (folder / "app.yaml").write_text(mine)
    assert new(folder, "--defaults", "--no-render") == 0
    with pytest.raises(OutputError, match="is there already, with other answers"):
        new(folder, "--defaults", "--answer", "callees=db:5432")
    assert (folder / "app.yaml").read_text() == mine


def test_an_edited_bundle_is_left_alone(folder):
    out = folder / "out"
    assert new(folder, "--defaults", "-o", str(out)) == 0
    edited = out / "apps/orders/orders/base/deployment.yaml"
    edited.write_text(edited.read_text() + "# mine\n")
    with pytest.raises((OutputError, EditedError)):
        new(folder, "--defaults", "-o", str(out))
    assert edited.read_text().endswith("# mine\n")


def test_answers_that_only_rendering_refuses_are_said_before_anything_is_written(folder):
    with pytest.raises(AnswersError, match="one of both, under spec"):
        new(folder, "--defaults", "--answer", "secrets=DB_PASSWORD", "--answer", "store=aws-secrets-manager",
            "--answer", "store.region=eu-central-1", "--answer", "store.cidrs=10.0.0.0/24",
            "--answer", "store.sts=10.0.1.0/24")  # fmt: skip
    assert list(folder.iterdir()) == []


def test_each_file_that_is_there_is_asked_about_and_nothing_is_lost(folder, catalog):
    """Keep leads back to the review; the difference is shown; what is written over in a bundle is kept beside it."""
    out = folder / "out"
    assert new(folder, "--defaults", "-o", str(out)) == 0
    edited = out / "apps/orders/orders/base/deployment.yaml"
    edited.write_text(edited.read_text() + "# mine\n")
    around = looked(catalog, folder)
    state = completed(around, State((Given("callees", "db:5432"),)), defaults=True)
    files = Files(around, folder, out)
    kept = Script(keep=["keep"])
    assert files.write(state, kept) is None
    assert "db" not in (folder / "app.yaml").read_text()
    script = Script(keep=["difference", "overwrite", "difference", "overwrite"])
    assert files.write(state, script) == 0
    assert "+    - {app: db, port: 5432}" in script.said
    assert "-# mine" in script.said
    assert "app: db" in (folder / "app.yaml").read_text()
    assert edited.with_name("deployment.yaml.orig-1").read_text().endswith("# mine\n")
    assert "# mine" not in edited.read_text()


@pytest.mark.parametrize("named", ["nowhere", "file", "."])
def test_a_folder_that_is_none_or_takes_nothing_is_refused_before_any_question(folder, named):
    (folder / "file").write_text("")
    if named == ".":
        folder.chmod(0o500)
        if os.access(folder, os.W_OK):
            pytest.skip("whoever runs this may write anywhere")
    with pytest.raises(OutputError, match=r"no such folder|cannot be written to"):
        new(folder / named, "--defaults")
