"""The catalog: the shipped one is sound as a whole, and each way to break a blueprint is refused."""

import json
import shutil

import pytest

from scaffold.cache import Cache
from scaffold.catalog import builtin, scan
from scaffold.errors import BlueprintError
from scaffold.render.environment import COOKIECUTTER, FOLDER

GOOD = """\
title: A thing
why: Because it is needed.
scope: app
controls:
  - {id: some-control, text: It holds., references: [X 1]}
"""
CASE = """\
title: It is there
answers:
  - {apiVersion: scaffold/v1, kind: App, metadata: {name: api, namespace: shop}, spec: {image: "r.example.com/api:1"}}
absent: [nothing.yaml]
"""


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "section" / "thing"
    (made / FOLDER).mkdir(parents=True)
    (made / "cases").mkdir()
    (made / "blueprint.yaml").write_text(GOOD)
    (made / "cookiecutter.json").write_text(json.dumps(COOKIECUTTER))
    (made / FOLDER / "thing.yaml").write_text("kind: {{ cookiecutter.name }}\n")
    (made / "cases" / "one.yaml").write_text(CASE)
    return made


def test_the_shipped_catalog_is_sound(catalog):
    assert len(catalog.blueprints) >= 12
    assert all(blueprint.why.strip().endswith(".") for blueprint in catalog.blueprints)


def test_a_minimal_blueprint_passes(folder, tmp_path):
    assert [blueprint.id for blueprint in scan(tmp_path).blueprints] == ["section/thing"]


def describe(text):
    return lambda folder: (folder / "blueprint.yaml").write_text(GOOD + text)


def template(text, name="thing.yaml"):
    return lambda folder: (folder / FOLDER / name).write_text(text)


BROKEN = {
    "an unknown key": (describe("optoins: {}\n"), "unknown key"),
    "a proof that is no claim": (
        lambda f: (f / "blueprint.yaml").write_text(GOOD.replace("[X 1]", "[X 1], proof: [pods]")),
        "<consumer>/<claim>",
    ),
    "a proof, and a reason for none": (
        lambda f: (f / "blueprint.yaml").write_text(
            GOOD.replace("[X 1]", "[X 1], proof: [apiserver/pods], unproven: Nobody has it")
        ),
        "has a proof, and says that it has none",
    ),
    "an unknown scope": (lambda f: (f / "blueprint.yaml").write_text(GOOD.replace("app", "ap")), 'did you mean "app"?'),
    "a missing title": (lambda f: (f / "blueprint.yaml").write_text(GOOD[15:]), '"title" is missing'),
    "an expression without =": (describe("when: app.ports\n"), "starts with '='"),
    "an expression that does not compile": (describe("when: =app.\n"), "app."),
    "a long expression": (describe(f"when: ={'a' * 80}\n"), "at most 80 characters"),
    "an unknown contribution": (describe("contributes: {volums: []}\n"), "unknown key"),
    "an unknown field of a contribution": (describe("contributes: {envFrom: [{configMap: a, x: 1}]}\n"), "x"),
    "a missing field of a contribution": (describe("contributes: {envFrom: [{}]}\n"), "configMap"),
    "a contribution's each that is no expression": (
        describe("contributes: {envFrom: [{configMap: a, each: b}]}\n"),
        "starts with '='",
    ),
    "an index that selects": (
        lambda f: (f / "blueprint.yaml").write_text(GOOD.replace("app", "index") + "when: =true\n"),
        "has no when",
    ),
    "no case": (lambda f: (f / "cases" / "one.yaml").unlink(), "no case"),
    "a case that expects nothing": (
        lambda f: (f / "cases" / "one.yaml").write_text(CASE.replace("absent", "abse")),
        "unknown key",
    ),
    "a case that both passes and is refused": (
        lambda f: (f / "cases" / "one.yaml").write_text(CASE + "refused: x\n"),
        "expects a bundle or is refused",
    ),
    "another cookiecutter.json": (lambda f: (f / "cookiecutter.json").write_text("{}"), "not the static lines"),
    "hooks": (lambda f: (f / "hooks").mkdir(), "not a part of a blueprint"),
    "a symbolic link": (lambda f: (f / FOLDER / "link.yaml").symlink_to("/etc/passwd"), "a symbolic link"),
    "an unsound position": (template('kind: "{{ cookiecutter.name }}"\n'), "thing.yaml:1:1: a value stands only"),
    "an unsound position in JSON": (
        template('{"a": "{{ cookiecutter.name }}"}', "thing.json"),
        "thing.json:1:1: not JSON",
    ),
    "an unsound position in Markdown": (
        template("a\n{{ cookiecutter.name }}\n", "thing.md"),
        "thing.md:2:1: a value does not begin a line",
    ),
    "another file type": (template("x\n", "thing.sh"), "one of: .json, .md, .yaml"),
    "mostly tags": (template("{% if cookiecutter.a %}\na: 1\n{% endif %}\n"), "of the templates' lines are tags"),
    "no templates, and nothing else": (lambda f: shutil.rmtree(f / FOLDER), "is missing, and it contributes nothing"),
    "a repeated key": (describe("title: Another\n"), "is given twice"),
    "text that is not UTF-8": (lambda f: (f / FOLDER / "thing.yaml").write_bytes(b"a: \xff\n"), "not UTF-8"),
}


@pytest.mark.parametrize(("change", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_blueprint_is_refused(folder, tmp_path, change, message):
    change(folder)
    with pytest.raises(BlueprintError) as caught:
        scan(tmp_path)
    assert message in str(caught.value)
    assert caught.value.exit_code == 4


def test_an_id_is_given_once(folder, tmp_path):
    shutil.copytree(tmp_path / "section", tmp_path / "other" / "section")
    with pytest.raises(BlueprintError, match="is already at"):
        scan(tmp_path, tmp_path / "other")


def test_a_control_has_one_owner(folder, tmp_path):
    shutil.copytree(folder, folder.parent / "twin")
    with pytest.raises(BlueprintError, match="the control some-control belongs to section/thing"):
        scan(tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BlueprintError, match="no such folder"):
        scan(tmp_path / "missing")


def test_what_the_cache_knows_is_not_checked_again_and_a_changed_file_is(folder, tmp_path):
    cache = Cache(tmp_path / "cache")
    scan(tmp_path, cache=cache)
    before = {path.name for path in (tmp_path / "cache").iterdir()}
    assert scan(tmp_path, cache=cache).blueprints[0].id == "section/thing"
    assert {path.name for path in (tmp_path / "cache").iterdir()} == before


def test_what_was_read_comes_back_from_the_cache_as_it_was(folder, tmp_path):
    odd = "{key: a, value: [1, 1.0, 1e999, -0.0, true, null, '1']}"
    describe(f"contributes: {{annotations: [{odd}]}}\n")(folder)
    cache = Cache(tmp_path / "cache")
    read = [scan(tmp_path, cache=cache).blueprints[0].contributions for _ in range(2)]
    assert repr(read[0]) == repr(read[1])
    assert "inf" in repr(read[0])


def test_a_number_that_the_cache_cannot_keep_only_costs_time(folder, tmp_path):
    describe("contributes: {annotations: [{key: a, value: 99999999999999999999}]}\n")(folder)
    cache = Cache(tmp_path / "cache")
    read = [scan(tmp_path, cache=cache).blueprints[0].contributions for _ in range(2)]
    assert repr(read[0]) == repr(read[1])


def test_a_file_that_changed_is_checked_again(folder, tmp_path):
    cache = Cache(tmp_path / "cache")
    scan(tmp_path, cache=cache)
    template('kind: "{{ cookiecutter.name }}"\n')(folder)
    with pytest.raises(BlueprintError, match="a value stands only"):
        scan(tmp_path, cache=cache)


def test_a_cache_that_others_can_write_to_is_not_used(tmp_path):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache").chmod(0o777)
    cache = Cache(tmp_path / "cache")
    cache.remember("digest", b"data")
    (tmp_path / "cache" / "digest").write_bytes(b"somebody's")
    assert cache.recall("digest") is None
    assert cache.bytecode() is None


def test_every_shipped_blueprint_lies_in_a_known_section():
    sections = {
        "pod-security",
        "control-plane",
        "rbac",
        "network",
        "secrets",
        "images",
        "runtime",
        "mesh",
        "audit",
        "monitoring",
        "incident",
        "kustomize",
    }
    assert {path.name for path in builtin().iterdir()} <= sections
