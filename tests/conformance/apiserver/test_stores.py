"""Stores of every backend are accepted strictly; their identity's token is for one audience, and reads what is granted."""

import base64
import copy
import json
import re
import shlex

import pytest
from conformance.apiserver.conftest import apply, refused
from harness import put, run
from stores import AUDIENCE, DRIVEN, FETCHED, STORES, documents_of

ABOUT = "stores of every backend"
NAMESPACE, SOURCE = "shop-of-stores", "secrets"
AS = "system:serviceaccount:{}:{}.secrets"


@pytest.fixture(scope="module")
def made(catalog):
    values = documents_of(*(name for name in STORES if name not in DRIVEN), namespace=NAMESPACE)
    stores = values[1]["spec"]["secretStores"]
    [client] = stores["azure-key-vault"]["clients"].values()
    stores["azure-key-vault"]["clients"] = {f"{NAMESPACE}/api": client}
    return run(catalog, *values)


def path_of(name):
    return f"apps/{NAMESPACE}/api/base/secret-store-{name}.yaml"


def settings(made, name):
    """Return a store, and what its provider is told."""
    store = made.object(path_of(name))
    return store, store["spec"]["provider"][FETCHED[name].provider]


def test_each_store_is_accepted(cluster, applied_made, proof):
    answer = cluster.kubectl("get", "secretstores.external-secrets.io", "-n", NAMESPACE, "-o", "json").stdout
    found = {one["metadata"]["name"]: one["spec"] for one in json.loads(answer)["items"]}
    assert found.keys() == {f"api.{name}" for name in FETCHED}
    for name in FETCHED:
        store, _ = settings(applied_made, name)
        assert stated(store["spec"], found[f"api.{name}"])
    proof("kube-apiserver", ABOUT, "accepted")


def stated(value, found):
    """Tell whether all that was rendered is there; the API server adds defaults."""
    if isinstance(value, dict):
        return all(key in found and stated(item, found[key]) for key, item in value.items())
    return value == found


REQUIRED = {
    "vault": put("auth", "kubernetes", "role", to=...),
    "aws-secrets-manager": put("region", to=...),
    "aws-parameter-store": put("service", to="ParameterStores"),
    "gcp-secret-manager": put("auth", "workloadIdentity", "serviceAccountRef", to=...),
    "azure-key-vault": put("vaultUrl", to=...),
    "kubernetes-secret": put("server", "caProvider", "type", to="Configmap"),
}


@pytest.mark.parametrize("name", FETCHED)
def test_a_broken_store_is_refused(cluster, applied_made, name, proof):
    """A misspelt field, wherever it stands, and one that is missing or says what nobody knows."""
    store, _ = settings(applied_made, name)
    assert refused(cluster, store) == ""
    for number in range(len(list(mappings(store["spec"]["provider"])))):
        twin = copy.deepcopy(store)
        list(mappings(twin["spec"]["provider"]))[number]["misspelt"] = "x"
        assert "misspelt" in refused(cluster, twin)
    twin = copy.deepcopy(store)
    REQUIRED[name](twin["spec"]["provider"][FETCHED[name].provider])
    assert "invalid" in refused(cluster, twin)
    proof("kube-apiserver", ABOUT, "twin_refused")


def test_a_store_of_a_cluster_elsewhere_is_accepted(cluster, applied_made, catalog, proof):
    """Known by a pool of workload identities, instead of as a cluster of Google's."""
    own, platform = documents_of("gcp-secret-manager", namespace=NAMESPACE)
    [declared] = platform["spec"]["secretStores"].values()
    del declared["cluster"], declared["location"]
    declared["pool"] = "projects/123456789012/locations/global/workloadIdentityPools/clusters/providers/production"
    store = run(catalog, own, platform).object(path_of("gcp-secret-manager"))
    assert refused(cluster, store) == ""
    for number in range(len(list(mappings(store["spec"]["provider"])))):
        twin = copy.deepcopy(store)
        list(mappings(twin["spec"]["provider"]))[number]["misspelt"] = "x"
        assert "misspelt" in refused(cluster, twin)
    proof("kube-apiserver", ABOUT, "twin_refused")


def mappings(value):
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from mappings(item)


def audiences(cluster, asked):
    """Return whom a token of the identity is for, and whether the API server takes it for one of its own."""
    flags = [f"--audience={one}" for one in asked]
    token = cluster.kubectl("create", "token", "api.secrets", "-n", NAMESPACE, *flags).stdout.strip()
    claims = token.split(".")[1]
    said = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
    answer = json.loads(cluster.kubectl("create", "-o", "json", "-f", "-", text=json.dumps(review)).stdout)
    return said["aud"], answer["status"].get("authenticated", False)


@pytest.mark.parametrize("name", FETCHED)
def test_a_token_for_a_store_is_no_token_for_the_cluster(cluster, applied_made, name, proof):
    """As External Secrets asks for it: its own audience, which every cloud's provider has, and what the store names."""
    [identity] = [one for one in mappings(settings(applied_made, name)[1]) if one.get("name") == "api.secrets"]
    own, named = FETCHED[name].audience, identity.get("audiences", [])
    is_own = name not in {"vault", "kubernetes-secret"}
    assert named == ([] if is_own else [own])
    assert audiences(cluster, [own]) == ([own], own == AUDIENCE)
    if is_own:  # what a store names is added, and with the API server's the token would be good for the cluster
        assert audiences(cluster, [own, AUDIENCE]) == ([own, AUDIENCE], True)
    proof("kube-apiserver", ABOUT, "twin_refused")


def test_the_commands_grant_what_is_read_alone(cluster, applied_made, made, proof):
    """The comment in the store of another namespace, word by word."""
    apply(cluster, [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SOURCE}}])
    [file] = [file for file in made.bundle.files if file.path == path_of("kubernetes-secret")]
    commands = re.findall(r"^# kubectl (.*)$", file.text, re.MULTILINE)
    assert len(commands) == 2

    def may(verb, what, who="api", namespace=NAMESPACE, where=SOURCE):
        args = ("auth", "can-i", verb, what, "-n", where, f"--as={AS.format(namespace, who)}")
        return cluster.kubectl(*args, check=False).stdout.strip() == "yes"

    read = f"secrets/{STORES['kubernetes-secret'].key}"
    assert not may("get", read)
    for command in commands:
        cluster.kubectl(*shlex.split(command))
    assert may("get", read)
    twins = [("get", "secrets/other"), ("list", "secrets"), ("watch", read), ("update", read)]
    assert not any(may(verb, what) for verb, what in twins)
    assert not may("get", read, who="other")
    assert not may("get", read, namespace="other")
    assert not may("get", read, where=NAMESPACE)
    proof("kube-apiserver", ABOUT, "twin_refused")
    cluster.kubectl("delete", "namespace", SOURCE, "--wait=false")
