"""No store is opened with what somebody has stored, whichever its backend; and each twin of it is found."""

import json
import re

import pytest
from harness import app, edited, put, run
from stores import AUDIENCE, DRIVEN, FETCHED, STORES, backends, documents_of

from scaffold.errors import FindingsError
from scaffold.verify import verify

ACCOUNT = "apps/shop/api/base/service-account-secrets.yaml"
STATIC = [
    pytest.param(name, path, value, id=f"{name}:{'.'.join(path)}-{number}")
    for name, store in FETCHED.items()
    for number, (path, value) in enumerate(store.static)
]


@pytest.fixture(scope="module")
def made(catalog):
    return run(catalog, *documents_of(*STORES))


def path_of(name):
    return f"apps/shop/api/base/secret-store-{name}.yaml"


def found(made, path, change):
    with pytest.raises(FindingsError) as caught:
        verify(edited(made.bundle, path, change), made.system)
    return {finding.check for finding in caught.value.findings if finding.severity == "error"}


def reference(name, change):
    """Change the ServiceAccount under which a store is asked."""

    def of_provider(value):
        [holder] = [part for part in parts(value["spec"]["provider"]) if "name" in part and "type" not in part]
        change(holder)

    return of_provider


def parts(value):
    for item in value.values() if isinstance(value, dict) else ():
        if isinstance(item, dict):
            yield item
            yield from parts(item)


def test_a_store_of_every_backend_is_sound(catalog, made):
    """So that no backend is left out here, or by the claim that asks the API server."""
    assert backends(catalog) == STORES.keys()
    assert [one for one in verify(made.bundle, made.system).findings if one.severity == "error"] == []
    for name, store in FETCHED.items():
        assert [*made.object(path_of(name))["spec"]["provider"]] == [store.provider]


@pytest.mark.parametrize(("name", "path", "value"), STATIC)
def test_a_static_credential_is_found(made, name, path, value):
    change = put("spec", "provider", FETCHED[name].provider, *path, to=value)
    assert "secrets/static-credential" in found(made, path_of(name), change)


@pytest.mark.parametrize("name", FETCHED)
def test_another_identity_is_found(made, name):
    for change in (put("name", to="external-secrets"), put("namespace", to="shop"), put("name", to="api")):
        assert {"secrets/static-credential", "secrets/shared-identity"} & found(
            made, path_of(name), reference(name, change)
        )
    gone = put("spec", "provider", FETCHED[name].provider, to={"auth": {}})
    assert "secrets/static-credential" in found(made, path_of(name), gone)


@pytest.mark.parametrize("name", FETCHED)
def test_a_token_for_others_is_found(made, name):
    """Where the operator chooses the audience, what a store names is added to it."""
    change = put("audiences", to=[AUDIENCE, "https://elsewhere.example.com"])
    checks = found(made, path_of(name), reference(name, change))
    assert {"secrets/static-credential", "secrets/other-secret"} & checks


@pytest.mark.parametrize("key", ["role", "additionalRoles", "identityId", "tenantId"])
@pytest.mark.parametrize("name", FETCHED)
def test_another_role_that_a_store_takes_on_is_found(made, name, key):
    change = put("spec", "provider", FETCHED[name].provider, key, to="arn:aws:iam::999999999999:role/other")
    assert "secrets/static-credential" in found(made, path_of(name), change)


def test_a_cluster_elsewhere_shows_a_token_for_its_pool_alone(catalog):
    own, platform = documents_of("gcp-secret-manager")
    store = platform["spec"]["secretStores"]["gcp-secret-manager"]
    del store["cluster"], store["location"]
    store["pool"] = "projects/123456789012/locations/global/workloadIdentityPools/clusters/providers/production"
    made = run(catalog, own, platform)
    path, reference = path_of("gcp-secret-manager"), ("workloadIdentityFederation", "serviceAccountRef")
    provider = made.object(path)["spec"]["provider"]["gcpsm"]
    assert provider["auth"]["workloadIdentityFederation"]["audience"] == f"//iam.googleapis.com/{store['pool']}"
    where = ("spec", "provider", "gcpsm", "auth", *reference)
    for to in ([AUDIENCE], [f"https://iam.googleapis.com/{store['pool']}", AUDIENCE], ...):
        assert {"secrets/other-secret", "secrets/static-credential"} & found(
            made, path, put(*where, "audiences", to=to)
        )
    config = put(*where[:-1], "credConfig", to={"name": "config", "key": "json"})
    assert "secrets/static-credential" in found(made, path, config)


@pytest.mark.parametrize("address", ["server", "vaultUrl"])
def test_plain_text_is_found(made, address):
    name = {"server": "vault", "vaultUrl": "azure-key-vault"}[address]
    change = put("spec", "provider", FETCHED[name].provider, address, to="http://secrets.example.com")
    assert "secrets/other-secret" in found(made, path_of(name), change)


@pytest.mark.parametrize("key", ["eks.amazonaws.com/role-arn", "azure.workload.identity/client-id", "other"])
def test_another_role_is_found(made, key):
    assert "pod-security/unasked-pod" in found(made, ACCOUNT, put("metadata", "annotations", key, to="arn:other"))


def test_a_secret_that_nobody_declared_is_found(made):
    def another(value):
        [volume] = [v for v in value["spec"]["template"]["spec"]["volumes"] if "api-db" in str(v)]
        [source] = [one for one in volume["projected"]["sources"] if one["secret"]["name"] == "api-db"]
        source["secret"]["items"][0]["key"] = "other"

    assert "secrets/unfetched-secret" in found(made, "apps/shop/api/base/deployment.yaml", another)


def test_who_fetches_nothing_has_no_identity_for_it(catalog):
    made = run(catalog, *documents_of("existing-secret"))
    assert ACCOUNT not in {file.path for file in made.bundle.files}


def test_who_reads_no_secret_has_nothing_of_one(catalog):
    """Whatever stores the Platform has."""
    platform = documents_of(*STORES)[1]
    made = run(catalog, app(), platform)
    assert [unit for unit in made.units if unit.blueprint.id.startswith("secrets/") and unit.paths] == []
    assert [edge for edge in made.system.edges if "reads from" in edge.reason] == []


JOINED = "apps/shop/api/base/external-secret-dsn.yaml"
PARTS = [{"text": "postgres://api:"}, {"property": "password"}, {"text": "@db/{{ .part1 }}"}]
SAID = "postgres://api:{{ .part1 }}@db/"


@pytest.fixture(scope="module")
def joined(catalog):
    own, platform = documents_of("vault")
    own["spec"]["secrets"] = {
        "dsn": {"store": "vault", "key": "shop/api/db", "join": PARTS, "env": "DSN"},
        "other": {
            "store": "vault",
            "key": "shop/api/db",
            "join": [{"text": "a"}, {"property": "root"}],
            "env": "OTHER",
        },
    }
    return run(catalog, own, platform)


@pytest.mark.parametrize(
    "change",
    [
        put("spec", "target", "template", "data", "dsn", to=SAID),
        put("spec", "target", "template", "data", "dsn", to="{{ env }}"),
        put("spec", "target", "template", "data", to=...),
        put("spec", "target", "template", "data", "more", to="{{ .part1 }}"),
        put("spec", "target", "template", "mergePolicy", to="Merge"),
        put("spec", "target", "template", "templateFrom", to=[{"target": "Data", "literal": "x"}]),
        put("spec", "data", 0, "remoteRef", "property", to="root"),
        put("spec", "data", 0, "secretKey", to="part0"),
    ],
)
def test_a_secret_that_is_put_together_otherwise_is_found(joined, change):
    assert [one for one in verify(joined.bundle, joined.system).findings if one.severity == "error"] == []
    assert "secrets/other-secret" in found(joined, JOINED, change)


CLASS, PODS = "apps/shop/api/base/secret-provider-class-vault-csi.yaml", "apps/shop/api/base/deployment.yaml"


def objects(change):
    """Change what a class asks for."""

    def of_text(value):
        found = json.loads(value["spec"]["parameters"]["objects"])
        change(found)
        value["spec"]["parameters"]["objects"] = json.dumps(found)

    return of_text


@pytest.mark.parametrize(
    "change",
    [
        put("apiVersion", to="secrets-store.csi.x-k8s.io/v1alpha1"),
        put("spec", "secretObjects", to=[{"secretName": "api", "type": "Opaque", "data": []}]),
        put("spec", "parameters", "vaultSkipTLSVerify", to="true"),
        put("spec", "parameters", "vaultTLSClientKeyPath", to="/key"),
        put("spec", "parameters", "vaultAddress", to="http://vault.example.com"),
        put("spec", "parameters", "audience", to=AUDIENCE),
        put("spec", "parameters", "objects", to="array: []"),
        put("metadata", "name", to="api.other"),
        objects(lambda found: found.append({"objectName": "root", "secretPath": "secret/data/root"})),
        objects(put(0, "secretPath", to="secret/data/shop/api/root")),
        objects(put(0, "secretKey", to=...)),
        objects(put(0, "objectName", to="../value")),
        objects(lambda found: found.clear()),
    ],
)
def test_a_class_that_asks_for_something_else_is_found(made, change):
    assert "secrets/other-object" in found(made, CLASS, change)


def parameter(name, to):
    return put("spec", "parameters", name, to=to)


def said(made, name):
    """Return the parameter in which a class lists what it asks for, and what that says."""
    parameters = made.object(f"apps/shop/api/base/secret-provider-class-{name}.yaml")["spec"]["parameters"]
    return next((key, value) for key, value in parameters.items() if value[:1] in {"[", "{"})


@pytest.mark.parametrize("name", DRIVEN)
def test_more_than_was_declared_is_found_in_a_class_of_every_provider(made, name):
    """Wherever it stands, however it is written, and beside what was declared."""
    path = f"apps/shop/api/base/secret-provider-class-{name}.yaml"
    key, value = said(made, name)
    words = [word for word in re.findall(r"[A-Za-z0-9-]+", value) if word in {"db", "api-db", "password", "value"}]
    twins = [(key, value.replace(word, "root")) for word in words]
    twins += [(key, "[]"), (key, ""), (key, "array:\n- objectName: root\n"), (key, "- &a {}\n- *a\n")]
    twins += [("more", value), ("more", "- objectName: root\n"), ("more", "array: [x]"), ("more", "a: &b c")]
    for to in twins:
        assert "secrets/other-object" in found(made, path, parameter(*to)), to


def test_a_class_is_asked_by_nobody_else(made):
    azure, google = (f"apps/shop/api/base/secret-provider-class-{name}.yaml" for name in (DRIVEN[3], DRIVEN[2]))
    assert "secrets/other-object" in found(made, azure, parameter("useVMManagedIdentity", "true"))
    assert "secrets/other-object" in found(made, google, parameter("auth", "provider-adc"))


@pytest.mark.parametrize(
    "change",
    [
        put("csi", "readOnly", to=False),
        put("csi", "driver", to="other.example.com"),
        put("csi", "volumeAttributes", "secretProviderClass", to="other.vault-csi"),
        put("csi", "nodePublishSecretRef", to={"name": "credential"}),
    ],
)
def test_another_volume_of_a_driver_is_found(made, change):
    def of_pod(value):
        change(next(volume for volume in value["spec"]["template"]["spec"]["volumes"] if "csi" in volume))

    assert "pod-security/unasked-mount" in found(made, PODS, of_pod)
