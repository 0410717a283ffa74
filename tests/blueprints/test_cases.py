"""Each blueprint's cases: the bundle says what they expect, or the answers are refused as they say."""

import msgspec
import pytest
import yaml
from harness import pointer, run

from scaffold.blueprint import Case
from scaffold.catalog import builtin
from scaffold.documents import read
from scaffold.errors import AnswersError
from scaffold.verify import verify

CASES = sorted(builtin().glob("*/*/cases/*.yaml"))


@pytest.mark.parametrize("path", CASES, ids=["/".join(path.parts[-4:-2]) + ":" + path.stem for path in CASES])
def test_case(path, catalog):
    [document], _ = read(path.read_bytes(), path.name)
    case = msgspec.convert(document.value, Case)
    if case.refused:
        with pytest.raises(AnswersError) as caught:
            run(catalog, *case.answers)
        assert case.refused in str(caught.value)
        return
    made = run(catalog, *case.answers)
    verify(made.bundle, made.system)
    for file, expectations in case.expect.items():
        value = made.object(file)
        assert {where: pointer(value, where) for where in expectations} == expectations
    assert set(case.absent) & {file.path for file in made.bundle.files} == set()


def test_every_blueprint_for_apps_has_a_case_that_looks_at_its_own_output(catalog):
    for blueprint in catalog.blueprints:
        cases = [yaml.safe_load(path.read_text()) for path in (blueprint.folder / "cases").glob("*.yaml")]
        assert any(case.get("expect") for case in cases), f"{blueprint.id}: no case expects anything"
