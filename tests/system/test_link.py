"""Who opens which half of an edge."""

import pytest
import yaml
from harness import app, run

from scaffold.verify import verify

HTTP = {"http": {"port": 8080}}


def halves(made):
    return {(e.reason, e.egress, e.ingress) for e in made.system.edges if e.origin == "declared"}


def test_one_team_declares_once(catalog):
    made = run(catalog, app(ports=HTTP), app("web", to=[{"app": "api", "port": "http"}]))
    assert halves(made) == {("web calls api:http", "opened", "opened")}


def test_the_callee_may_declare_instead(catalog):
    made = run(catalog, app(ports=HTTP, **{"from": [{"app": "web", "port": "http"}]}), app("web"))
    assert halves(made) == {("web calls api:http", "opened", "opened")}


def test_declared_on_both_sides_is_one_edge_with_two_places(catalog):
    made = run(
        catalog,
        app(ports=HTTP, **{"from": [{"app": "web", "port": 8080}]}),
        app("web", to=[{"app": "api", "port": "http"}]),
    )
    [edge] = [edge for edge in made.system.edges if edge.origin == "declared"]
    assert [place.file for place in edge.places] == ["1.yaml", "2.yaml"]


TEAMS = {"by the caller only": (False, True), "by the callee only": (True, False), "by both": (True, True)}
HALVES = {
    "by the caller only": ("opened", "withheld"),
    "by the callee only": ("withheld", "opened"),
    "by both": ("opened", "opened"),
}


@pytest.mark.parametrize("declared", TEAMS)
def test_two_teams_have_to_agree(catalog, declared):
    """Apps of two namespaces without an answer on teams belong to two teams, too."""
    callee, caller = TEAMS[declared]
    made = run(
        catalog,
        app(ports=HTTP, **({"from": [{"app": "web", "namespace": "front", "port": "http"}]} if callee else {})),
        app("web", "front", **({"to": [{"app": "api", "namespace": "shop", "port": "http"}]} if caller else {})),
    )
    [(_, egress, ingress)] = halves(made)
    assert (egress, ingress) == HALVES[declared]
    agreed = declared == "by both"
    assert any("requests/" in file.path for file in made.bundle.files) != agreed
    found = verify(made.bundle, made.system).findings
    assert any(finding.check == "network/unagreed-flow" for finding in found) != agreed


def test_a_withheld_half_is_opened_by_nobody(catalog):
    made = run(catalog, app(ports=HTTP), app("web", "front", to=[{"app": "api", "namespace": "shop", "port": "http"}]))
    assert "ingress" not in made.object("apps/shop/api/base/network-policy.yaml")["spec"]


def test_peers_that_were_not_given_are_foreign_and_asked(catalog):
    made = run(
        catalog,
        app(ports=HTTP, to=[{"app": "stock", "port": 9000}, {"pods": {"a": "b"}, "namespace": "data", "port": 5432, "protocol": "udp"}],
            **{"from": [{"app": "web", "namespace": "front", "port": "http"}, {"cidr": "10.0.0.0/8", "port": "http"}]}),
    )  # fmt: skip
    assert halves(made) == {
        ("api calls stock:9000", "opened", "foreign"),
        ("api calls pods a=b in data:5432", "opened", "foreign"),
        ("front/web calls shop/api:http", "foreign", "opened"),
        ("10.0.0.0/8 calls api:http", "foreign", "opened"),
    }
    requests = {file.path for file in made.bundle.files if file.path.startswith("requests/")}
    assert requests == {
        "requests/shop/shop-api-to-shop-stock.yaml",
        "requests/data/shop-api-to-data-b.yaml",
        "requests/front/shop-api-from-front-web.yaml",
    }
    verify(made.bundle, made.system)


def test_every_app_resolves_names(catalog):
    made = run(catalog, app())
    assert {(e.port, e.protocol, e.egress, e.ingress) for e in made.system.edges} == {
        (53, p, "opened", "foreign") for p in ("TCP", "UDP")
    }


def test_an_app_may_call_its_own_replicas(catalog):
    made = run(catalog, app(ports=HTTP, to=[{"app": "api", "port": "http"}]))
    verify(made.bundle, made.system)
    assert halves(made) == {("api calls api:http", "opened", "opened")}


def test_edges_keep_the_place_of_their_answer(catalog):
    made = run(catalog, app(ports=HTTP), app("web", to=[{"app": "api", "port": "http"}]))
    [edge] = [edge for edge in made.system.edges if edge.origin == "declared"]
    lines = yaml.dump(app("web", to=[{"app": "api", "port": "http"}]), sort_keys=False).splitlines()
    assert (edge.places[0].file, edge.places[0].line) == ("2.yaml", lines.index("  - app: api") + 1)
