"""The code keeps the shape that lets a newcomer find the room for a change."""

import ast
import re

import pytest
from harness import ROOT
from stores import backends

MODULES = sorted((ROOT / "scaffold").rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=[path.relative_to(ROOT).as_posix() for path in MODULES])
def test_modules_and_functions_stay_small(path):
    text = path.read_text("utf-8")
    assert text.count("\n") <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno + 1 <= 40, node.name
            assert len(node.args.posonlyargs + node.args.args) <= 6, node.name  # `self` and five more


@pytest.mark.parametrize("path", MODULES, ids=[path.relative_to(ROOT).as_posix() for path in MODULES])
def test_every_module_says_what_it_is_for(path):
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


def test_the_core_names_no_backend(catalog):
    """Not in an example, a comment or a name either: whoever adds one looks nowhere else."""
    names = backends(catalog)
    assert {path.name for path in (ROOT / "blueprints/secrets").iterdir()} >= names
    word = re.compile(rf"\b({'|'.join(map(re.escape, sorted(names)))})\b", re.IGNORECASE)
    assert {path: found for path in MODULES if (found := word.findall(path.read_text()))} == {}
    assert word.search("a Vault, or aws-parameter-store")


def test_the_core_names_no_blueprint(catalog):
    """Adding a backend is one new folder under blueprints/ and nothing else."""
    ids = {blueprint.id for blueprint in catalog.blueprints}
    for path in MODULES:
        words = {
            node.value
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        assert not ids & words, path
