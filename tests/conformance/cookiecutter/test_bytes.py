"""Stock cookiecutter, replaying each unit's context from the blueprints' folders, writes the same bytes.

By its own entry, which its command line calls with the same arguments: template, replay file, output. What differs is who
says which contexts there are, and where each output lies below the bundle: cookiecutter renders one unit, the plan has many.
"""

import json
import shutil

import pytest
from cookiecutter.main import cookiecutter
from harness import run, run_answers
from stores import STORES, documents_of

from scaffold.answers.load import load

LOCK = ".scaffold/lock.json"  # what was written, by which blueprints: no template's


@pytest.fixture(scope="module")
def units(catalog, example):
    return run_answers(catalog, *load([example], catalog)).units


@pytest.fixture
def replay(tmp_path):
    """Render one unit; return its files' bytes by their paths in the bundle."""
    config = tmp_path / "config.yaml"  # a replay is kept in the home folder, unless it is told otherwise
    config.write_text(
        json.dumps({"replay_dir": f"{tmp_path}/replay", "cookiecutters_dir": f"{tmp_path}/cookiecutters"})
    )

    def render(unit, blueprint=None, context=None):
        file, out = tmp_path / "context.json", tmp_path / "out"
        file.write_text(json.dumps({"cookiecutter": context or json.loads(unit.context)}))
        template = str(blueprint or unit.blueprint.folder)
        cookiecutter(template, replay=str(file), output_dir=str(out), config_file=str(config), accept_hooks=False)
        [top] = out.iterdir()
        files = [path for path in top.rglob("*") if path.is_file()]
        found = {unit.folder + path.relative_to(top).as_posix(): path.read_bytes() for path in files}
        shutil.rmtree(out)
        return found

    return render


def committed(example):
    """Return the bytes of a bundle as it lies in the repository."""
    bundle = example / "bundle"
    paths = {path.relative_to(bundle).as_posix(): path for path in bundle.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in paths.items() if name != LOCK}


def test_every_file_has_the_same_bytes(units, example, replay, proof):
    theirs = {}
    for unit in units:
        files = replay(unit)
        assert not theirs.keys() & files.keys()
        theirs |= files
    ours = committed(example)
    assert sorted(theirs) == sorted(ours)
    assert [path for path in ours if ours[path] != theirs[path]] == []
    proof("cookiecutter", example, "accepted")


def test_a_store_of_every_backend_has_the_same_bytes(catalog, replay):
    """No example reads from all of them."""
    made = run(catalog, *documents_of(*STORES))
    ours = {file.path: file.text.encode() for file in made.bundle.files}
    units = [unit for unit in made.units if unit.blueprint.id.startswith("secrets/")]
    # What is asked by somebody else has an account and a secret beside it; what the pod reads itself has not.
    assert {unit.blueprint.id for unit in units} >= {f"secrets/{backend}" for backend in STORES}
    assert len(units) > len(STORES)
    for unit in units:
        assert replay(unit).items() <= ours.items()


def test_one_more_character_in_a_template_is_seen(units, example, replay, proof, tmp_path):
    """In every template, by every unit."""
    ours = committed(example)
    for unit in units:
        broken = tmp_path / "blueprint"
        shutil.copytree(unit.blueprint.folder, broken)
        for name in unit.blueprint.templates:
            template = broken / "{{cookiecutter.name}}" / name
            template.write_text("\n" + template.read_text("utf-8"), "utf-8")
        files = replay(unit, blueprint=broken)
        assert [path for path, data in files.items() if data == ours[path]] == []
        assert files.keys() <= ours.keys()
        shutil.rmtree(broken)
    proof("cookiecutter", example, "twin_refused")


def test_another_value_in_a_context_is_seen(units, example, replay):
    ours = committed(example)
    for unit in units:
        if unit.blueprint.id == "pod-security/workload":
            context = json.loads(unit.context)
            context["pod"]["containers"][0]["image"] += "-twin"
            [(path, data)] = replay(unit, context=context).items()
            assert data != ours[path]
            assert data.replace(b"-twin", b"") == ours[path]
