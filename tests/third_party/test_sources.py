"""A source is a folder, a zip or a repository; what is not to be trusted is refused before anything is written."""

import os
import shutil
import subprocess
import sys
from zipfile import ZipFile

import pytest
from click.testing import CliRunner
from harness import app, dump
from third_party.write import TEMPLATE, contributing, write_owner

from scaffold.bundle.disk import pins
from scaffold.cli.main import cli
from scaffold.errors import BlueprintError, FindingsError, QuestionError, SourceError
from scaffold.sources import fetch
from scaffold.third_party import Fetched, blueprints_in


@pytest.fixture
def source(tmp_path):
    write_owner(tmp_path / "source")
    return tmp_path / "source"


@pytest.fixture
def call(installed, tmp_path):
    """Call the command line on one App; errors come as they are raised."""
    (tmp_path / "app.yaml").write_text(dump(app()))

    def invoke(*arguments, command=("render", "-o", str(tmp_path / "out"))):
        words = [*command, *(["-f", str(tmp_path / "app.yaml")] if command[0] == "render" else []), *arguments]
        made = CliRunner().invoke(cli, words, env=installed, standalone_mode=False)
        if made.exception:
            raise made.exception
        return made

    return invoke


def git(folder, *arguments):
    who = {
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b.c",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@b.c",
    }
    done = subprocess.run(
        ["git", "-C", folder, *arguments], check=True, capture_output=True, text=True, env={**os.environ, **who}
    )
    return done.stdout.strip()


def committed(folder):
    """Make a repository of a folder, or commit what changed in it; return the commit."""
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "one")
    return git(folder, "rev-parse", "HEAD")


def test_a_folder_is_pinned_by_its_content(call, source, tmp_path):
    """And stays so until somebody says otherwise."""
    made = call("--blueprints", str(source))
    assert "apps/shop/api/base/owner.yaml" in made.stdout
    assert "warning: blueprint governance/owner" in made.stderr
    [pin] = pins(tmp_path / "out")
    assert (pin.source, pin.commit) == (str(source), "")
    assert call("--blueprints", str(source)).stdout == ""
    (source / "governance/owner/{{cookiecutter.name}}/owner.yaml").write_text(TEMPLATE + "  more: words\n")
    before = (tmp_path / "out/apps/shop/api/base/owner.yaml").read_text()
    with pytest.raises(SourceError, match="not what this output was rendered with") as caught:
        call("--blueprints", str(source))
    assert caught.value.exit_code == 4
    assert (tmp_path / "out/apps/shop/api/base/owner.yaml").read_text() == before
    with pytest.raises(QuestionError, match="name them, too: --blueprints"):
        call()
    assert "updated" in call("--blueprints", str(source), "--update-blueprints").stdout
    assert pins(tmp_path / "out") != (pin,)
    assert "removed  apps/shop/api/base/owner.yaml" in call("--update-blueprints").stdout


def test_other_commands_know_them_too(call, source):
    assert "governance/owner" in call("--blueprints", str(source), command=("blueprints", "governance/owner")).stdout
    with pytest.raises(Exception, match="no blueprint governance/owner"):
        call(command=("blueprints", "governance/owner"))


def test_a_flow_of_theirs_is_opened_verified_and_reported(call, source, tmp_path):
    edge = {"source": "=pod", "target": {"cidr": "203.0.113.0/24"}, "port": 9000, "reason": '=app.key ~ " tells"'}
    shutil.rmtree(source / "governance")
    write_owner(source, contributing(edge))
    call("--blueprints", str(source))
    assert "203.0.113.0/24" in (tmp_path / "out/apps/shop/api/base/network-policy.yaml").read_text()
    assert "opens flows: shop/api tells" in (tmp_path / "out/SECURITY.md").read_text()


def test_a_repository_stays_at_its_commit(call, source, tmp_path):
    """Whatever its branch says later, and without asking it again."""
    first = committed(source)
    address = f"git+file://{source}"
    call("--blueprints", address)
    assert [pin.commit for pin in pins(tmp_path / "out")] == [first]
    assert f"at {first[:12]}" in (tmp_path / "out/SECURITY.md").read_text()
    (source / "governance/owner/{{cookiecutter.name}}/owner.yaml").write_text(TEMPLATE + "  more: words\n")
    second = committed(source)
    away = source.rename(tmp_path / "away")
    assert call("--blueprints", address).stdout == ""
    away.rename(source)
    call("--blueprints", address, "--update-blueprints")
    assert [pin.commit for pin in pins(tmp_path / "out")] == [second]
    assert "more: words" in (tmp_path / "out/apps/shop/api/base/owner.yaml").read_text()


def test_a_ref_is_a_branch_a_tag_or_a_commit(source, tmp_path):
    first = committed(source)
    git(source, "tag", "v1")
    (source / "README.md").write_text("more\n")
    second = committed(source)
    into = tmp_path / "into"
    into.mkdir()
    address = f"git+file://{source}"
    assert fetch(address, into).commit == second
    assert fetch(f"{address}@v1", into).commit == first
    assert fetch(f"{address}@{second}", into).commit == second
    assert fetch(address, into, commit=first).commit == first
    with pytest.raises(SourceError, match="could not found"):
        fetch(f"{address}@v2", into)
    assert {path.name.partition("-")[2] for path in into.iterdir()} == {first, second}


def zipped(path, **files):
    with ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return str(path)


def test_a_zip_is_a_source(source, tmp_path):
    path = shutil.make_archive(str(tmp_path / "them"), "zip", tmp_path, "source")
    into = tmp_path / "into"
    into.mkdir()
    for _ in range(2):  # it is unpacked once
        [found] = blueprints_in(fetch(path, into))[0]
        assert found.id_ == "governance/owner"
    assert len([*into.iterdir()]) == 1


NO_SOURCE = {
    "a name that is too long": ("a" * 5000, "no such folder, and no repository"),
    "nothing": ("there-is-none", "no such folder, and no repository"),
    "a missing zip": ("none.zip", "No such file"),
    "a token in the address": ("https://x:s3cr3t@git.example.com/a.git", "a token or a password in it"),
    "a token as a user": ("https://s3cr3t@git.example.com/a.git", "a token or a password in it"),
    "a token in the query": ("https://git.example.com/a.git?token=s3cr3t", "a token or a password in it"),
    "a token in a zip's query": ("https://example.com/a.zip?sig=s3cr3t", "a token or a password in it"),
    "plain text": ("http://git.example.com/a.git", "can be changed on its way"),
    "plain text of git's own": ("git://git.example.com/a.git", "can be changed on its way"),
    "Mercurial": ("hg+https://example.com/a", "Mercurial is not fetched"),
    "an option of git": ("git+file:///tmp/none@--upload-pack=x", "git"),
    "a command of git's transport": ("git+ext::sh -c x% git", "no such folder, and no repository"),
    "a command to the terminal": ("\x1b[2J", "no source"),
}


@pytest.mark.parametrize(("words", "message"), NO_SOURCE.values(), ids=NO_SOURCE)
def test_what_is_no_source_is_refused(tmp_path, words, message):
    with pytest.raises(SourceError) as caught:
        fetch(words, tmp_path)
    assert message in str(caught.value)
    assert "s3cr3t" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_what_a_lock_names_is_no_option_of_git(source, tmp_path):
    committed(source)
    with pytest.raises(SourceError, match="a commit that is none"):
        fetch(f"git+file://{source}", tmp_path, commit="--force")


ZIPS = {
    "a path out": {"a/": "", "../x": "x"},
    "a folder that is another one": {"../": "", "x": "x"},
    "a path from the top": {"a/": "", "/etc/x": "x"},
    "no folder first": {"a": "x"},
    "nothing": {},
}


@pytest.mark.parametrize("files", ZIPS.values(), ids=ZIPS)
def test_a_zip_that_leaves_its_folder_is_refused(tmp_path, files):
    with pytest.raises(SourceError):
        fetch(zipped(tmp_path / "a.zip", **files), tmp_path)
    assert not (tmp_path.parent / "x").exists()


def test_a_zip_that_grows_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("scaffold.sources.MAX_ZIP", 1000)
    with pytest.raises(SourceError, match="more than 1000 bytes"):
        fetch(zipped(tmp_path / "a.zip", **{"a/": "", "a/x": "x" * 2000}), tmp_path)


def link(source):
    (source / "governance/owner/cases/link.yaml").symlink_to("/etc/passwd")


def linked_folder(source):
    (source / "governance/other").symlink_to("/etc")


def pipe(source):
    os.mkfifo(source / "governance/owner/cases/pipe.yaml")


def large(source):
    (source / "governance/owner/cases/large.yaml").write_bytes(b"#" * ((1 << 20) + 1))


def many(source):
    for number in range(30):
        (source / f"governance/{number}").touch()


def another_case(source):
    write_owner(source, id_="Governance/owner")


def hooks(source):
    (source / "governance/owner/hooks").mkdir()
    (source / "governance/owner/hooks/pre_gen_project.py").write_text("raise SystemExit")


def crowd(source):
    for number in range(10):
        (source / f"governance/b{number}").mkdir()
        (source / f"governance/b{number}/blueprint.yaml").touch()


def binary(source):
    (source / "governance/owner/{{cookiecutter.name}}/a.png").write_bytes(b"\x89PNG\xff")


def imports(source):
    """Four lines, one of which would import code of theirs."""
    path = source / "governance/owner/cookiecutter.json"
    path.write_text(path.read_text().replace("scaffold.render.escape.Escaping", "theirs.Extension"))


def ours(source):
    write_owner(source, id_="network/policy")


def control_of_ours(source):
    path = source / "governance/owner/blueprint.yaml"
    path.write_text(path.read_text().replace("owner-is-known", "default-deny"))


def to_the_terminal(source):
    path = source / "governance/owner/blueprint.yaml"
    path.write_text(path.read_text().replace("A word to everybody", '"A word\\e[2J"'))


HOSTILE = {
    "a link": (link, "a symbolic link"),
    "a folder that is a link": (linked_folder, "a symbolic link"),
    "a pipe": (pipe, "not an ordinary file"),
    "a large file": (large, "more than 1048576 bytes"),
    "many files": (many, "more than 20 files"),
    "many blueprints": (crowd, "more than 10 blueprints"),
    "an id of another case": (another_case, "Governance/owner is no id"),
    "hooks in a blueprint": (hooks, "not a part of a blueprint"),
    "a binary file": (binary, "values could not be escaped in this type of file"),
    "an extension that is imported": (imports, "not the static lines"),
    "an id of ours": (ours, "network/policy is already at"),
    "a control of ours": (control_of_ours, "belongs to network/default-deny"),
    "a command to the terminal": (to_the_terminal, "a character that no terminal shows"),
    "nothing": (lambda source: shutil.rmtree(source / "governance"), "holds no <section>/<name>/blueprint.yaml"),
}


@pytest.mark.parametrize(("change", "message"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_folder_is_refused(scan_apart, source, monkeypatch, change, message):
    monkeypatch.setattr("scaffold.contained.folder.MAX_FILES", 20)
    monkeypatch.setattr("scaffold.third_party.MAX_BLUEPRINTS", 10)
    change(source)
    with pytest.raises(BlueprintError) as caught:
        scan_apart(source)
    assert message in str(caught.value)
    assert caught.value.exit_code == 4


def test_nothing_is_written_of_what_is_refused(call, source, tmp_path):
    link(source)
    with pytest.raises(BlueprintError, match="a symbolic link"):
        call("--blueprints", str(source))
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_read_is_refused(source):
    (source / "governance").chmod(0)
    assert "cannot be read" in str(blueprints_in(Fetched("x", source))[1][0])
    (source / "governance").chmod(0o700)


def test_a_private_key_is_not_rendered(call, source, tmp_path):
    path = source / "governance/owner/{{cookiecutter.name}}/owner.yaml"
    path.write_text(TEMPLATE + '  key: "-----BEGIN RSA PRIVATE KEY-----"\n')
    with pytest.raises(FindingsError, match="a key or a token"):
        call("--blueprints", str(source))
    assert not (tmp_path / "out").exists()


def test_what_else_lies_in_a_source_is_left_alone(call, source, tmp_path):
    """Hooks are never run, and that is said; blueprints may lie below `blueprints/`."""
    (source / "hooks").mkdir()
    (source / "hooks/pre_gen_project.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    (source / "README.md").write_text("Read me.\n")
    (source / ".git").mkdir()
    (source / "blueprints").mkdir()
    (source / "governance").rename(source / "blueprints/governance")
    made = call("--blueprints", str(source))
    assert f"note: {source}: its hooks are never run" in made.stderr
    assert (tmp_path / "out/apps/shop/api/base/owner.yaml").exists()
    assert not (tmp_path / "ran").exists()


def test_a_folder_needs_no_cookiecutter(source, tmp_path):
    """Only what has to be fetched does."""
    code = (
        f"from pathlib import Path; import sys; from scaffold.sources import fetch; fetch({str(source)!r}, Path('.'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; print([name for name in sys.modules if 'cookiecutter' in name])"],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert done.stdout == "[]\n"


def test_every_command_that_knows_blueprints_takes_others():
    commands = {name: cli.get_command(None, name) for name in cli.list_commands(None)}
    without = {name for name, one in commands.items() if not any(p.name == "third_party" for p in one.params)}
    assert without == {"completion"}
