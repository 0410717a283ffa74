"""The token of a pod is for its account and one audience, for an hour at most, and ends with the pod

Asked for as the kubelet does, from the fields of the projected volume. The twins: a token of another account or audience, one
that is bound to nothing, and the one that the API server mounts by itself, which lives for a year.
"""

import base64
import json

import pytest
from conformance.apiserver.conftest import apply_made
from harness import app, platform, run

ABOUT = "a pod with a token"
NAMESPACE = "tokens"
AUDIENCE = "https://kubernetes.default.svc.cluster.local"
SERVER = {"cidrs": ["10.0.0.1/32"], "audience": AUDIENCE}
HOUR = 3600
OTHERS = ("web", "default")


@pytest.fixture(scope="module")
def made(catalog):
    right = {"resources": ["configmaps"], "names": ["settings"], "verbs": ["get"]}
    return run(catalog, app("api", NAMESPACE, permissions=[right]), app("web", NAMESPACE), platform(apiServer=SERVER))


@pytest.fixture(scope="module")
def there(cluster, made):
    apply_made(cluster, made)
    cluster.wait("pods run", lambda: all(len(running(cluster, name)) for name in ("api", "web")))


def running(cluster, name):
    pods = cluster.get("pods", NAMESPACE, labelSelector=f"app.kubernetes.io/name={name}")
    return [pod for pod in pods if pod["status"]["phase"] == "Running" and "deletionTimestamp" not in pod["metadata"]]


@pytest.fixture
def pod(cluster, there):
    return running(cluster, "api")[0]


@pytest.fixture
def source(pod):
    """What the pod's one projected token is to be, as the API server has it."""
    sources = [one for volume in pod["spec"]["volumes"] for one in volume.get("projected", {}).get("sources", ())]
    [found] = [one["serviceAccountToken"] for one in sources if "serviceAccountToken" in one]
    return found


def claims(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def lifetime(token):
    """Return how long a token holds, in seconds."""
    return claims(token)["exp"] - claims(token)["iat"]


def ended(api, token):
    """Tell whether the API server takes a token no more; it remembers for ten seconds that it did."""
    return not api.reviewed(token, AUDIENCE).get("authenticated")


def test_a_token_is_for_its_account_and_audience_for_an_hour(api, pod, source, proof):
    token, refused = api.issue(pod, source, "api")
    assert refused == ""
    review = api.reviewed(token, AUDIENCE)
    assert (review["authenticated"], review["audiences"]) == (True, [AUDIENCE])
    assert review["user"]["username"] == f"system:serviceaccount:{NAMESPACE}:api"
    assert review["user"]["extra"]["authentication.kubernetes.io/pod-uid"] == [pod["metadata"]["uid"]]
    assert (claims(token)["aud"], lifetime(token)) == ([AUDIENCE], HOUR)
    assert not api.reviewed(token, "https://elsewhere.example.com").get("authenticated")
    proof("kube-apiserver", ABOUT, "accepted")


@pytest.mark.parametrize("other", OTHERS)
def test_another_account_has_none_for_this_pod(api, pod, source, other, proof):
    """Neither by its node nor by an administrator."""
    for user in ("", "admin"):
        token, refused = api.issue(pod, source, other, user)
        assert token == ""
        assert refused
    assert "different serviceaccount" in refused
    proof("kube-apiserver", ABOUT, "twin_refused")


def test_its_node_is_given_none_for_another_audience(api, pod, source, proof):
    token, refused = api.issue(pod, {**source, "audience": "vault"}, "api")
    assert (token, "audience" in refused) == ("", True), refused
    proof("kube-apiserver", ABOUT, "twin_refused")


def test_what_the_api_server_mounts_by_itself_lives_for_a_year(api, pod, source, proof):
    """Where neither the account nor the pod says no."""
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "twin", "namespace": NAMESPACE}}
    assert api.apply(json.dumps(account), keep=True) == ""
    spec = {"securityContext": pod["spec"]["securityContext"], "serviceAccountName": "twin"}
    keys = ("name", "image", "securityContext", "resources")
    spec["containers"] = [{key: pod["spec"]["containers"][0][key] for key in keys}]
    value = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "twin", "namespace": NAMESPACE}, "spec": spec}
    [volume] = api.made(value)["spec"]["volumes"]
    [mounted] = [one["serviceAccountToken"] for one in volume["projected"]["sources"] if "serviceAccountToken" in one]
    token, _ = api.issue(pod, mounted, "api", "admin")
    assert lifetime(token) > 300 * 24 * HOUR
    assert lifetime(token) > lifetime(api.issue(pod, source, "api")[0])
    proof("kube-apiserver", ABOUT, "twin_refused")


def test_it_ends_with_its_pod(cluster, api, pod, source, proof):
    """One that is bound to nothing does not."""
    token, _ = api.issue(pod, source, "api")
    unbound = cluster.kubectl("create", "token", "api", "-n", NAMESPACE, f"--audience={AUDIENCE}").stdout.strip()
    assert not ended(api, token)
    cluster.kubectl("delete", "pod", "-n", NAMESPACE, pod["metadata"]["name"], "--force", "--grace-period=0")
    cluster.wait("the token has ended", lambda: ended(api, token), seconds=30)
    assert not ended(api, unbound)
    proof("kube-apiserver", ABOUT, "twin_refused")
