"""The types of files: each has an escape, positions and a reader; stock cookiecutter writes the same bytes of each."""

import json
import shutil
from pathlib import Path

import pytest
from cookiecutter.generate import generate_files
from harness import app, run

from scaffold.bundle.file import Bundle, File
from scaffold.catalog import builtin
from scaffold.errors import FindingsError
from scaffold.render.environment import COOKIECUTTER, FOLDER, environment
from scaffold.render.escape import ESCAPES
from scaffold.render.positions import POSITIONS, lint
from scaffold.verify import READERS, verify

VALUE = "a|b `c` <d> {{ e }} \u202e[f](https://g) \n- h: \"i\" \\ 'j' @k"
TEMPLATES = {
    "all.json": "{{ cookiecutter.all }}\n",
    "some.json": '{"a": {{ cookiecutter.value }}, "b": {{ cookiecutter.all }}}\n',
    "t.md": '# {{ cookiecutter.value }}\n\n{% include "part.md" %}\n| {{ cookiecutter.value | code }} |\n| a |\n',
    "t.yaml": "# {{ cookiecutter.value | comment }}\na: {{ cookiecutter.value }}\n",
    "{{cookiecutter.name}}.md": "- {{ cookiecutter.value }}\n",
}  # fmt: skip


def test_each_type_has_all_three():
    assert sorted(ESCAPES) == sorted(POSITIONS) == sorted(READERS)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_stock_cookiecutter_renders_the_same_bytes(tmp_path):
    blueprint = tmp_path / "blueprint"
    (blueprint / FOLDER).mkdir(parents=True)
    (blueprint / "templates").mkdir()
    (blueprint / "cookiecutter.json").write_text(json.dumps(COOKIECUTTER))
    (blueprint / "templates" / "part.md").write_text("- {{ cookiecutter.value }}\n")
    for name, text in TEMPLATES.items():
        (blueprint / FOLDER / name).write_text(text)
    context = {"cookiecutter": {**COOKIECUTTER, "name": "unit", "value": VALUE, "all": {"a": [VALUE, 1]}}}
    made = environment(blueprint)
    assert [complaint for name in TEMPLATES for complaint in lint(name, made)] == []
    top = generate_files(str(blueprint), context, str(tmp_path / "out"), accept_hooks=False)
    ours = {
        name.replace("{{cookiecutter.name}}", "unit"): made.get_template(name).render(context) for name in TEMPLATES
    }
    assert {path.name: path.read_text("utf-8") for path in Path(top).iterdir()} == ours
    for name, text in ours.items():
        assert READERS[Path(name).suffix](text, name)[1] == []


UNREADABLE = {
    "text that is not JSON": ("a.json", "{a: 1}\n", "a.json:1:2: not JSON"),
    "a key that is repeated": ("a.json", '{"a": 1, "a": 2}\n', "duplicate key 'a'"),
    "a number that is none": ("a.json", "[Infinity]\n", "not a number"),
    "an empty file of JSON": ("a.json", "", "not JSON"),
    "an empty file of Markdown": ("a.md", "\n", "holds no text"),
    "raw HTML": ("a.md", "# a\n<script>\n", "a.md:2:1: raw HTML"),
    "the end of a tag": ("a.md", "a </b>\n", "raw HTML"),
    "a comment in HTML": ("a.md", "a <!-- b -->\n", "raw HTML"),
    "a control character": ("a.md", "a \x1b[0m\n", "U+001B"),
    "a byte order mark": ("a.md", "\ufeffa\n", "U+FEFF"),
    "half a character": ("a.md", "a \ud800\n", "U+D800"),
    "code without an end": ("a.md", "a `b\nc` d\n", "ends on its line"),
    "a block without an end": ("a.md", "```\na\n", "does not end"),
    "a tag in Markdown": ("a.md", "a {{ b }}\n", "not rendered: a {{ b }}"),
    "a tag in a block of code": ("a.md", "```\n{% b %}\n```\n", "not rendered: {% b %}"),
}
READABLE = {
    "JSON": ("a.json", '{"a": "{{ b }}"}\n'),
    "text": ("a.md", "# a\n\n1 < 2, `<b> {{ c }}`, \\<d> and \\{\\{ e }}\n\n```html\n<f>\n```\n"),
}


def bundle(orders, path, text):
    return Bundle(tuple(sorted([*orders.bundle.files, File(path, text, "a/b", "c", "generated", "control-plane")])))


@pytest.mark.parametrize(("path", "text", "message"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_back_is_found(orders, path, text, message):
    with pytest.raises(FindingsError) as caught:
        verify(bundle(orders, path, text), orders.system)
    assert message in " ".join(f"{finding.place}: {finding.reason}" for finding in caught.value.findings)


@pytest.mark.parametrize(("path", "text"), READABLE.values(), ids=READABLE)
def test_what_can_be_read_back_passes_and_gives_no_object(orders, path, text):
    assert verify(bundle(orders, path, text), orders.system)


@pytest.fixture(scope="module")
def orders(catalog):
    return run(catalog, app())


def test_only_objects_are_listed_for_kustomize(tmp_path, scan_with):
    folder = tmp_path / "catalog" / "notes" / "thing"
    shutil.copytree(builtin() / "pod-security" / "disruption", folder)
    shutil.rmtree(folder / FOLDER)
    (folder / FOLDER).mkdir()
    (folder / FOLDER / "notes.md").write_text("# {{ cookiecutter.app.name }}\n")
    (folder / FOLDER / "data.json").write_text('{"name": {{ cookiecutter.app.name }}}\n')
    (folder / "blueprint.yaml").write_text(
        "title: Notes\nwhy: To be read.\nscope: app\ncontrols:\n  - {id: notes, text: It has notes., references: [X 1]}\n"
    )
    made = run(scan_with(tmp_path / "catalog"), app())
    assert made.object("apps/shop/api/base/notes.md") == ["# api"]
    assert made.object("apps/shop/api/base/data.json") == {"name": "api"}
    listed = made.object("apps/shop/api/base/kustomization.yaml")["resources"]
    assert all(name.endswith(".yaml") for name in listed)
    assert verify(made.bundle, made.system)
