"""The token that the API server issues for an App is the one that Azure is told to trust: issuer, account and audience

The twins: another account's, one for another audience, one of a cluster that says another issuer.
"""

import base64
import json

import pytest
from conformance.apiserver.conftest import apply_made
from harness import app, platform, run

ABOUT = "an App with a federated credential"
ISSUER = "https://kubernetes.default.svc.cluster.local"  # of the tier's own API server
CREDENTIAL = "apps/federated/{}/base/azure-federated-credential.json"
AUDIENCE = "api://AzureADTokenExchange"


def made_with(catalog, issuer):
    tenant = "00000000-0000-0000-0000-000000000001"
    identity = {"cloud": "azure", "client": "11111111-2222-3333-4444-555555555555"}
    known = {"mode": "azure-workload-identity", "issuer": issuer, "tenant": tenant, "cidrs": ["20.190.128.0/18"]}
    own = app("reader", "federated", identity=identity)
    return run(catalog, own, app("other", "federated"), platform(cloudIdentity=known))


@pytest.fixture(scope="module")
def made(cluster, catalog):
    """What is rendered for two Apps, of which one has an identity; it is applied."""
    made = made_with(catalog, ISSUER)
    apply_made(cluster, made)
    return made


def is_trusted(cluster, made, name="reader", audience=AUDIENCE):
    """Compare a token as Entra does: each of the three has to be the same."""
    given = ("create", "token", name, "-n", "federated", f"--audience={audience}")
    payload = cluster.kubectl(*given).stdout.split(".")[1]
    token = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    trusted = made.object(CREDENTIAL.format("reader"))
    return [token["iss"], token["sub"], token["aud"]] == [trusted[key] for key in ("issuer", "subject", "audiences")]


def test_its_token_is_trusted(cluster, made, proof):
    assert is_trusted(cluster, made)
    proof("kube-apiserver", ABOUT, "accepted")


@pytest.mark.parametrize("other", [{"name": "other"}, {"name": "default"}, {"audience": ISSUER}])
def test_no_other_is(cluster, made, other, proof):
    assert not is_trusted(cluster, made, **other)
    proof("kube-apiserver", ABOUT, "twin_refused")


def test_none_of_another_cluster_is(cluster, made, catalog, proof):
    """A slash at the end is another issuer: AKS has one."""
    assert not is_trusted(cluster, made_with(catalog, f"{ISSUER}/"))
    proof("kube-apiserver", ABOUT, "twin_refused")
