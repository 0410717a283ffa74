"""Each blueprint's cases: the bundle says what they expect, or the answers are refused as they say."""

from functools import cache

import msgspec
import pytest
from harness import pointer, run

from scaffold.blueprint import Case
from scaffold.catalog import builtin
from scaffold.documents.reading import read
from scaffold.errors import AnswersError
from scaffold.verify import verify

CASES = sorted(builtin().glob("*/*/cases/*.yaml"))


@cache
def case_of(path):
    [document], _ = read(path.read_bytes(), path.name)
    return msgspec.convert(document.value, Case)


@pytest.fixture(scope="module")
def ran(catalog):
    """Render a case once, whoever asks for it."""
    return cache(lambda path: run(catalog, *case_of(path).answers))


@pytest.mark.parametrize("path", CASES, ids=["/".join(path.parts[-4:-2]) + ":" + path.stem for path in CASES])
def test_case(path, catalog, ran):
    case = case_of(path)
    if case.refused:
        with pytest.raises(AnswersError) as caught:
            run(catalog, *case.answers)
        assert case.refused in str(caught.value)
        return
    made = ran(path)
    verify(made.bundle, made.system)
    for file, expectations in case.expect.items():
        value = made.object(file)
        assert {where: pointer(value, where) for where in expectations} == expectations
    assert set(case.absent) & {file.path for file in made.bundle.files} == set()


def test_what_a_case_misses_is_there_in_another_one(ran):
    """A path that no case ever renders would be absent for no reason."""
    rendered, absent = set(), set()
    for path in CASES:
        case = case_of(path)
        absent |= set(case.absent)
        if not case.refused:
            rendered |= {file.path for file in ran(path).bundle.files}
    assert absent <= rendered


def test_every_blueprint_has_a_case_that_looks_at_its_output(catalog, ran):
    for blueprint in catalog.blueprints:
        looked_at, made = set(), set()
        for path in (blueprint.folder / "cases").glob("*.yaml"):
            case = case_of(path)
            looked_at |= set(case.expect)
            if not case.refused:
                made |= {  # what only contributes has a part in others' files
                    file.path
                    for file in ran(path).bundle.files
                    if file.blueprint == blueprint.id or not blueprint.templates
                }
        assert looked_at & made, blueprint.id


def test_every_blueprint_has_a_case_that_is_refused(catalog):
    for blueprint in catalog.blueprints:
        texts = [path.read_text() for path in (blueprint.folder / "cases").glob("*.yaml")]
        assert any("\nrefused:" in text for text in texts), blueprint.id
