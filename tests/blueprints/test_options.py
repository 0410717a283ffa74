"""A secrets backend is one folder: its store, its choices in the schema, and its files, without a change to the core."""

import pytest
from harness import app, platform, run, write_blueprint

from scaffold.errors import AnswersError, BlueprintError
from scaffold.verify import verify

DESCRIPTION = """\
title: A store of the App's own in the parameters service
why: It shows that a backend is a folder.
scope: app
each: =stores
when: =item.backend == "parameters"
options:
  - at: platform.secretStores
    choice: parameters
    text: The parameters service
    fields:
      region: {text: Where the service runs, type: name}
      cidrs: {text: Its networks, type: cidrs, default: [198.51.100.0/24]}
      kind: {text: Which of its services, choices: [plain, sealed], default: plain}
      operator: {text: Who fetches the secrets, choices: [external-secrets], default: external-secrets}
contributes:
  edges:
    - each: =item.cidrs
      source: =platform.externalSecrets
      target: {cidr: =item}
      port: 443
      reason: ="External Secrets reads from " ~ unit.key
"""
STORE = """\
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata:
  name: {{ cookiecutter.name ~ "." ~ cookiecutter.key }}
  namespace: {{ cookiecutter.namespace }}
  labels:
{% for key, value in cookiecutter.labels.items() %}
    {{ key }}: {{ value }}
{% endfor %}
spec:
  provider:
    parameters:
      region: {{ cookiecutter.item.region }}
      service: {{ cookiecutter.item.kind }}
      auth:
        serviceAccountRef:
          name: {{ cookiecutter.name ~ ".secrets" }}
          audiences: [parameters.example.com]
"""


@pytest.fixture
def catalog_with(tmp_path, scan_with):
    """Return the shipped catalog with one more backend, from a folder of its own."""

    def add(description, name="parameters"):
        folder = tmp_path / "more" / "secrets" / name
        write_blueprint(folder, description, "secret-store-{{cookiecutter.key}}.yaml", STORE)
        return scan_with(tmp_path / "more")

    return add


def secret(store):
    return {"store": store, "key": "shop/api/db", "property": "password"}


VAULT = {"backend": "vault", "server": "https://vault.example.com:8200", "cidrs": ["10.30.0.5/32"]}


def test_a_second_backend_is_one_folder(catalog_with):
    stores = {"vault": VAULT, "main": {"backend": "parameters", "region": "eu-1"}}
    secrets = {
        "db": {**secret("main"), "file": "/etc/api/db"},
        "old": {**secret("vault"), "file": "/etc/api/old"},
        "key": {**secret("main"), "env": "KEY"},
    }
    made = run(catalog_with(DESCRIPTION), app(secrets=secrets), platform(secretStores=stores))
    verify(made.bundle, made.system)
    store = made.object("apps/shop/api/base/secret-store-main.yaml")
    assert store["spec"]["provider"]["parameters"]["region"] == "eu-1"
    assert "vault" in made.object("apps/shop/api/base/secret-store-vault.yaml")["spec"]["provider"]
    asked = {
        made["metadata"]["name"]: made["spec"]["secretStoreRef"]["name"] for made in made.objects("external-secret-")
    }
    assert asked == {"api.db": "api.main", "api.old": "api.vault", "api.key": "api.main"}
    reasons = {(edge.reason, edge.target.cidr, edge.source.namespace) for edge in made.system.edges if not edge.is_ours}
    assert reasons == {
        ("External Secrets reads from main", "198.51.100.0/24", "external-secrets"),
        ("External Secrets reads from vault", "10.30.0.5/32", "external-secrets"),
    }


REFUSED = {
    "a choice that nobody offers": ({"backend": "paramters", "region": "eu-1"}, 'vault-csi (did you mean "parameters"?)'),
    "no choice": ({"region": "eu-1"}, ", parameters, sealed-secrets,"),
    "a field of another choice": ({"backend": "parameters", "region": "eu-1", "server": "https://x.y"}, "server: unknown key"),
    "a missing field": ({"backend": "parameters"}, '"region" is missing'),
    "another value": ({"backend": "parameters", "region": "eu-1", "kind": "seald"}, 'is not one of: plain, sealed (did you mean "sealed"?)'),
    "a network that may not be opened": ({"backend": "parameters", "region": "eu-1", "cidrs": ["127.0.0.0/8"]}, "loopback"),
}  # fmt: skip


@pytest.mark.parametrize(("store", "message"), REFUSED.values(), ids=REFUSED)
def test_its_answers_are_checked_like_all_others(catalog_with, store, message):
    with pytest.raises(AnswersError) as caught:
        run(catalog_with(DESCRIPTION), app(), platform(secretStores={"main": store}))
    assert message in str(caught.value)


BROKEN = {
    "a choice that exists": ("choice: parameters", "choice: vault", "belongs to secrets/"),
    "a field of the schema": (
        "at: platform.secretStores\n    choice: parameters",
        "at: platform.dns",
        "belongs to the schema",
    ),
    "a section where there are choices": ("    choice: parameters\n", "", "takes a choice"),
    "a choice where there are none": ("at: platform.secretStores", "at: platform.other", "takes no choice"),
    "a default that does not fit": ("default: plain", "default: other", "other"),
    "neither type nor choices": ("type: name", "default: x", "either a type or choices"),
    "an unknown type": ("type: name", "type: nme", '"nme" is not one of'),
    "a section with a field that has no default": (
        "at: platform.secretStores\n    choice: parameters",
        "at: platform.other",
        "Missing required argument 'region'",
    ),
}


@pytest.mark.parametrize(("old", "new", "message"), BROKEN.values(), ids=BROKEN)
def test_options_that_cannot_hold_are_refused(catalog_with, old, new, message):
    assert old in DESCRIPTION
    with pytest.raises(BlueprintError) as caught:
        catalog_with(DESCRIPTION.replace(old, new))
    assert message in str(caught.value)


GATEWAY = """\
title: Routes of a gateway of another kind
why: It shows that a kind of gateway is a folder.
scope: app
each: =app.routes
when: =platform.gateways[item.gateway].kind == "other"
options:
  - at: platform.gateways
    choice: other
    text: A gateway of another kind
    fields:
      weight: {text: How much it takes, type: port, default: 10}
"""
ROUTE = STORE.replace("external-secrets.io/v1", "example.com/v1").partition("spec:")[0].replace("SecretStore", "Route")
PUBLIC = {"kind": "other", "namespace": "gateways", "labels": {"a": "b"}}


@pytest.fixture
def gateways_with(tmp_path, scan_with):
    """Return the shipped catalog with one more kind of gateway, from a folder of its own."""

    def add(description):
        write_blueprint(tmp_path / "more/network/other", description, "route-{{cookiecutter.key}}.yaml", ROUTE)
        return scan_with(tmp_path / "more")

    return add


def routed(catalog, **gateway):
    caller = {"gateway": "public", "port": "http", "host": "api.example.com"}
    api = app(ports={"http": {"port": 8080, "protocol": "http"}}, **{"from": [caller]})
    return run(catalog, api, platform(gateways={"public": PUBLIC | gateway}))


def test_a_kind_of_gateway_is_one_folder(gateways_with):
    made = routed(gateways_with(GATEWAY), weight=20)
    found = {file.path for file in made.bundle.files if "route" in file.path}
    assert found == {"apps/shop/api/base/route-public.api.example.com.yaml"}


def test_a_gateway_has_the_fields_of_its_kind_alone(gateways_with):
    catalog = gateways_with(GATEWAY)
    with pytest.raises(AnswersError, match="a gateway of kind gateway-api has no weight"):
        routed(catalog, kind="gateway-api", weight=20)
    with pytest.raises(AnswersError, match="a gateway of kind other has no https"):
        routed(catalog, https="web")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("weight", "https", "https is there already"),
        ("weight", "labels", "labels is there already"),
        (", default: 10", "", "weight needs a default: others lack it"),
    ],
)
def test_a_kind_of_gateway_that_cannot_be_is_refused(gateways_with, old, new, message):
    with pytest.raises(BlueprintError, match=message):
        gateways_with(GATEWAY.replace(old, new))
