"""The services of a compose file become Apps whose flows both ends say."""

import pytest
from harness import ROOT

from scaffold.adopt.adopting import adopted
from scaffold.answers.load import from_documents
from scaffold.documents.reading import read
from scaffold.errors import ManifestsError
from scaffold.evidence.written import app_yaml

MARKET = ROOT / "tests/adopt/market"


@pytest.fixture(scope="module")
def made(catalog):
    return adopted([str(MARKET)], ROOT / "nowhere", "market", catalog)


def test_all_of_it_is_adopted_or_left(made, golden):
    kinds = (("adopted", map(app_yaml, made.documents)), ("left", map(str, made.left)), ("notes", map(str, made.notes)))
    text = "".join(f"## {name}\n\n" + "\n".join(said) + "\n\n" for name, said in kinds)
    assert "correcthorse" not in text
    golden(ROOT / "tests/adopt/goldens/market.txt", text.replace(f"{ROOT}/", ""))


def test_a_flow_is_said_at_both_ends_by_the_name_of_the_port(made):
    specs = {document.value["metadata"]["name"]: document.value["spec"] for document in made.documents}
    assert {"app": "queue", "port": "redis"} in specs["vote"]["to"]
    assert {"app": "vote", "port": "redis"} in specs["queue"]["from"]
    assert {"app": "vote", "port": "redis"} not in specs["ledger"].get("from", [])


def test_it_loads_but_for_the_image_that_has_no_version(catalog, made):
    again = [one for document in made.documents for one in read(app_yaml(document).encode(), "x")[0]]
    [result] = [one for one in again if one.value["metadata"]["name"] == "result"]
    result.value["spec"]["image"] = "registry.example.com/market/result:1.0.0"
    [answers] = from_documents(again, catalog)
    assert len(answers.apps) == 5
    assert [one for one in made.left if "no tag" in one.message]


def test_a_namespace_is_asked_for(catalog):
    with pytest.raises(ManifestsError, match="--namespace"):
        adopted([str(MARKET)], ROOT / "nowhere", "", catalog)


def test_one_of_its_files_is_known_by_what_it_says(catalog, tmp_path):
    """Whatever it is called; manifests beside it are read, too."""
    (tmp_path / "dev.yml").write_text((MARKET / "compose.yaml").read_text())
    (tmp_path / "k8s.yaml").write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: one}\nspec: {containers: [{name: one, image: 'a:1'}]}\n"
    )
    made = adopted([str(tmp_path / "dev.yml"), str(tmp_path / "k8s.yaml")], tmp_path / "out", "market", catalog)
    names = [document.value["metadata"]["name"] for document in made.documents]
    assert names == ["ledger", "one", "queue", "result", "tally", "vote", "production"]


def test_who_is_called_by_no_address_that_the_project_names_is_told(catalog, tmp_path):
    """The callers of most images know their callees by themselves; one service alone has nobody to be shut to."""
    front = "services:\n  front: {image: 'a:1', environment: {CARTS: 'carts:8080'}}\n"
    (tmp_path / "compose.yaml").write_text(
        f"{front}  carts: {{image: 'b:1', expose: ['8080']}}\n  stock: {{image: 'c:1'}}\n"
    )
    told = [one for one in adopted([str(tmp_path)], tmp_path, "shop", catalog).left if "now nobody does" in one.message]
    assert [one.message.partition(":")[0] for one in told] == ["Apps shop/front, shop/stock"]
    (tmp_path / "compose.yaml").write_text("services: {front: {image: 'a:1'}}\n")
    assert adopted([str(tmp_path)], tmp_path, "shop", catalog).left == []


def test_a_user_that_nobody_says_is_told(made):
    [told] = [one.message for one in made.notes if "10001" in one.message]
    assert "market/vote" in told
    assert "market/queue" not in told, "everybody knows the user of its image"
