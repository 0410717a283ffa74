"""What happens to generated systems: no two are alike, and only a claim that does not hold is a finding about one."""

import pytest
from conformance import generation
from conformance.generation import Systems, each_of, each_system
from harness import app, platform


@pytest.fixture
def found(tmp_path, monkeypatch):
    """A folder of the test's own for systems that failed."""
    monkeypatch.setattr(generation, "FOUND", tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def systems(catalog):
    names = ("api", "api", "web")
    return Systems(catalog, lambda number: [platform(), app(names[number % len(names)])])


@pytest.fixture(scope="module")
def made(systems):
    return list(systems.distinct(2))


def name_of(run):
    return run.answers.apps[0].metadata.name


def refute(name):
    def check(run):
        assert name_of(run) != name

    return check


def test_no_two_systems_are_alike(made):
    assert sorted(app["metadata"]["name"] for (_, app), _ in made) == ["api", "web"]


def test_a_second_claim_is_about_the_same_systems(systems, made):
    """Which nobody makes again."""
    assert [run for _, run in systems.distinct(2)] == [run for _, run in made]
    assert all(first is again for (_, first), (_, again) in zip(made, systems.distinct(2), strict=True))


def test_what_does_not_settle_is_no_system(catalog):
    """The next number is taken instead."""
    values = [[platform()], [platform(), app("api")], [platform(), app("web")]]
    found = Systems(catalog, values.__getitem__).distinct(2)
    assert [name_of(run) for _, run in found] == ["api", "web"]


def test_too_few_distinct_systems_fail(systems):
    with pytest.raises(AssertionError, match="only 2 of 3 systems are distinct, of 9 drawn"):
        list(systems.distinct(3))


def test_a_system_that_failed_is_asked_about_first(catalog, found, systems, made):
    with pytest.raises(AssertionError) as first:
        each_of(catalog, made, "a/b", refute("web"))
    [path] = found.iterdir()
    assert first.value.__notes__ == [f"the answers were cut down and written to {path}"]
    with pytest.raises(AssertionError) as again:
        each_system(systems, 1, "a/b", refute("web"))
    assert again.value.__notes__ == [f"the answers are {path}"]


def test_a_second_failure_does_not_overwrite_the_first(catalog, found, made):
    with pytest.raises(AssertionError):
        each_of(catalog, made, "a/b", refute("api"))
    [first] = found.iterdir()
    text = first.read_text()
    with pytest.raises(AssertionError):
        each_of(catalog, made, "a/b", refute("web"))
    assert len(list(found.iterdir())) == 2
    assert first.read_text() == text


@pytest.mark.parametrize("error", [ConnectionResetError("gone"), KeyError("x")], ids=repr)
def test_a_server_that_died_is_no_finding(catalog, found, made, error):
    def broken(run):
        raise error

    with pytest.raises(type(error)) as caught:
        each_of(catalog, made, "a/b", broken)
    assert caught.value is error
    assert list(found.iterdir()) == []


def test_a_server_that_dies_while_a_system_is_cut_down_is_no_finding(catalog, found, made):
    asked = []

    def check(run):
        asked.append(run)
        if len(asked) > 1:
            raise ConnectionResetError
        raise AssertionError

    with pytest.raises(ConnectionResetError):
        each_of(catalog, made, "a/b", check)
    assert list(found.iterdir()) == []
