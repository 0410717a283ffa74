"""An application of more than a dozen services: everything that is adopted of it, and everything that is left."""

import pytest
from harness import ROOT

from scaffold.adopt.adopting import adopted
from scaffold.answers.load import from_documents
from scaffold.documents.editing import put
from scaffold.documents.reading import Mark, read
from scaffold.evidence.written import app_yaml
from scaffold.system.resolve import resolve

BAZAAR = ROOT / "tests/adopt/bazaar"


@pytest.fixture(scope="module")
def made(catalog):
    return adopted([str(BAZAAR)], ROOT / "nowhere", "bazaar", catalog)


def test_all_of_it_is_adopted_or_left(made, golden):
    kinds = (("adopted", map(app_yaml, made.documents)), ("left", map(str, made.left)), ("notes", map(str, made.notes)))
    text = "".join(f"## {name}\n\n" + "\n".join(said) + "\n\n" for name, said in kinds)
    golden(ROOT / "tests/adopt/goldens/bazaar.txt", text.replace(f"{ROOT}/", ""))


def test_no_value_of_a_secret_is_in_any_of_it(made):
    """They stand in the source: as a Secret, in a variable, in an address."""
    source = "".join(path.read_text() for path in BAZAAR.iterdir())
    values = ["never-read-by-anything", "never-read-either", "default_password", "changeme"]
    assert all(value in source for value in values)
    said = "".join(map(str, [*map(app_yaml, made.documents), *made.left, *made.notes]))
    assert [value for value in values if value in said] == []


def test_it_is_rendered_once_people_have_said_what_no_manifest_says(catalog, made):
    """Which version of two images, where the API server is, and where the store: nothing else keeps it from that."""
    again = [one for document in made.documents for one in read(app_yaml(document).encode(), "x")[0]]
    said = {"users": ("image", "users:1.0.0"), "search": ("image", "search:1.0.0")}
    for document in again:
        name, at = document.value["metadata"]["name"], Mark(1, 1)
        if name in said:
            put(document, ("spec", said[name][0]), f"registry.example.com/bazaar/{said[name][1]}", at)
        if document.kind == "Platform":
            put(
                document,
                ("spec", "apiServer"),
                {"cidrs": ["10.0.0.1/32"], "audience": "https://kubernetes.default.svc"},
                at,
            )
            put(document, ("spec", "secretStores", "vault", "cidrs"), ["10.30.0.5/32"], at)
    [answers] = from_documents(again, catalog)
    assert len(resolve(catalog, answers).members) == 15
