"""Documents of an older version become today's, with a report, and problems still point to what was written.

There is one version so far: the steps here lead from one that never was.
"""

import pytest

from scaffold.answers.load import from_documents, load
from scaffold.answers.migrate import STEPS, Change, Step
from scaffold.answers.schema import API_VERSION
from scaffold.documents.reading import read
from scaffold.errors import AnswersError

OLD = """\
apiVersion: scaffold/v0
kind: App
metadata: {name: api, namespace: shop}
spec:
  image: r.example.com/api:1.0.0
  listen: http/8080
  callers:
    - app: web
      port: http
"""


def changes(value):
    """What a version before the first would have written otherwise: one field by another name, one in two parts."""
    spec = value.get("spec")
    if value.get("kind") != "App" or not isinstance(spec, dict):
        return
    if "callers" in spec:
        yield Change(("spec", "callers"), ((("spec", "from"), spec["callers"]),), "rename it to `from`")
    if isinstance(spec.get("listen"), str):
        protocol, _, port = spec["listen"].partition("/")
        number = int(port) if port.isdecimal() else port
        today = "write `ports: {NAME: {port: …, protocol: …}}`"
        yield Change(("spec", "listen"), ((("spec", "ports", "http"), {"port": number, "protocol": protocol}),), today)


ZERO = {"scaffold/v0": Step("scaffold/v1", changes)}


def migrated(catalog, text, steps=ZERO, sets=()):
    found, problems = read(text.encode(), "app.yaml")
    return from_documents(found, catalog, problems, sets, steps)[0]


def refusal(catalog, text, steps=ZERO, sets=()):
    with pytest.raises(AnswersError) as caught:
        migrated(catalog, text, steps, sets)
    return str(caught.value)


def test_an_old_document_is_read_as_todays(catalog):
    spec = migrated(catalog, OLD).apps[0].spec
    assert (spec.ports["http"].port, spec.ports["http"].protocol, spec.callers[0].app) == (8080, "http", "web")


def test_the_report_says_what_and_where_and_how_to_write_it(catalog):
    assert [str(note) for note in migrated(catalog, OLD).notes] == [
        "app.yaml:1:13: apiVersion: scaffold/v0 was read as scaffold/v1\n    write `apiVersion: scaffold/v1`",
        "app.yaml:6:11: spec.listen: written for scaffold/v0\n    write `ports: {NAME: {port: …, protocol: …}}`",
        "app.yaml:8:5: spec.callers: written for scaffold/v0\n    rename it to `from`",
    ]


def test_the_report_repeats_no_value(catalog):
    report = "\n".join(map(str, migrated(catalog, OLD).notes))
    assert "8080" not in report


def test_problems_point_to_what_was_written(catalog):
    wrong = OLD.replace("http/8080", "http/80").replace("port: http", "porrt: http")
    said = refusal(catalog, wrong)
    assert "app.yaml:6:11: spec.ports.http.port: expected a port that the process listens on" in said
    assert 'app.yaml:9:7: spec.from[0].porrt: unknown key (did you mean "port"?)' in said


def test_a_refusal_says_too_what_was_read_otherwise(catalog):
    """Its problems name fields that the document does not have."""
    said = refusal(catalog, OLD.replace("http/8080", "http/80"))
    assert said.endswith("\n".join(map(str, migrated(catalog, OLD).notes)))


def test_the_old_and_the_new_word_do_not_go_together(catalog):
    said = refusal(catalog, OLD + "  from: []\n")
    assert "app.yaml:8:5: spec.callers: spec.from is given, too\n    rename it to `from`" in said


def test_a_place_that_cannot_be_made_is_a_problem(catalog):
    assert "app.yaml:6:11: spec.listen: spec.ports is a string: nothing is below it" in refusal(
        catalog, OLD + "  ports: x\n"
    )


def test_steps_follow_each_other(catalog):
    def moved(value):
        yield Change(("spec", "from"), ((("spec", "callers"), value["spec"]["from"]),), "…")

    text = OLD.replace("callers", "from").replace("v0", "v0alpha1")
    made = migrated(catalog, text, {**ZERO, "scaffold/v0alpha1": Step("scaffold/v0", moved)})
    assert made.apps[0].spec.callers[0].app == "web"
    assert str(made.notes[0]).startswith("app.yaml:1:13: apiVersion: scaffold/v0alpha1 was read as scaffold/v1")
    assert len(made.notes) == 4


@pytest.mark.parametrize("version", ["scaffold/v2", "scaffold/v", "[]", "1", "null"])
def test_an_unknown_version_is_refused_as_ever(catalog, version):
    text = OLD.replace("scaffold/v0", version)
    assert f"is not {API_VERSION}" in refusal(catalog, text)
    assert refusal(catalog, text) == refusal(catalog, text, {})


def test_without_its_step_an_old_document_is_refused(catalog):
    assert 'app.yaml:1:13: apiVersion: "scaffold/v0" is not scaffold/v1' in refusal(catalog, OLD, STEPS)


@pytest.mark.parametrize(
    "text", ["apiVersion: scaffold/v0\nkind: App\n", "apiVersion: scaffold/v0\nkind: App\nspec: 1\n"]
)
def test_any_shape_may_come(catalog, text):
    assert '"metadata" is missing' in refusal(catalog, text)


def test_a_document_of_today_is_left_alone(catalog, tmp_path):
    (tmp_path / "a.yaml").write_text(
        OLD.replace("v0", "v1").replace("listen: http/8080", "").replace("callers", "to").replace("http", "8080")
    )
    assert load([tmp_path], catalog, steps=ZERO)[0].notes == ()


def test_what_is_set_is_written_in_todays_words(catalog):
    spec = migrated(catalog, OLD, sets=["spec.from[0].app=batch", "spec.ports.http.port=9090"]).apps[0].spec
    assert (spec.callers[0].app, spec.ports["http"].port, spec.ports["http"].protocol) == ("batch", 9090, "http")


def leads(steps, version):
    """Follow steps to the version at which they end; None where they never do."""
    for _ in range(len(steps) + 1):
        if version not in steps:
            return version
        version = steps[version].to
    return None


@pytest.mark.parametrize("steps", [STEPS, ZERO], ids=["shipped", "here"])
def test_every_step_leads_to_today(steps):
    assert {leads(steps, version) for version in steps} <= {API_VERSION}


def test_a_circle_of_steps_is_noticed():
    assert leads({"a": Step("b", changes), "b": Step("a", changes)}, "a") is None
