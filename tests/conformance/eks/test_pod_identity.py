"""EKS's webhook gives the App's own container a token for the node's agent, by the association handed over, for an hour

The twins: an App without an association, a ServiceAccount that does not say how long, and a pod that leaves no sidecar out.
"""

import copy
import json

import pytest
from conformance.apiserver.conftest import apply_made
from conformance.eks.webhook import NOTHING, asking, given
from harness import app, platform, put, run

from scaffold.reach.manifests import template_of

PROGRAM, ABOUT = "pod-identity-webhook", "an App with an association"
pytestmark = pytest.mark.programs(PROGRAM)
BASE, OTHER = ("apps/associated/reader/base", "apps/associated/other/base")
DOMAIN, NAME = "eks.amazonaws.com", "eks-pod-identity-token"
FOLDER = f"/var/run/secrets/pods.{DOMAIN}/serviceaccount"
SIDECARS = {"proxy": {"image": "registry.example.com/tools/proxy:1.0.0"}}
CLOUD = {"mode": "eks-pod-identity", "cluster": "arn:aws:eks:eu-central-1:111122223333:cluster/production"}


@pytest.fixture(scope="module")
def made(catalog):
    identity = {"cloud": "aws", "role": "arn:aws:iam::111122223333:role/reader"}
    own = app("reader", "associated", identity=identity, sidecars=SIDECARS)
    return run(catalog, own, app("other", "associated", sidecars=SIDECARS), platform(cloudIdentity=CLOUD))


def rendered(made, base):
    [template, _] = template_of(made.object(f"{base}/deployment.yaml"))
    return made.object(f"{base}/service-account.yaml"), template


@pytest.fixture(scope="module")
def ask(cluster, built, made, tmp_path_factory):
    """Ask the webhook about the App's pod; it knows the association that AWS was given, and no other."""
    apply_made(cluster, made)
    folder = tmp_path_factory.mktemp("webhook")
    association = made.object(f"{BASE}/aws-pod-identity-association.json")
    known = {key: association[key] for key in ("namespace", "serviceAccount")}
    (folder / "associations.json").write_text(json.dumps({"identities": [known]}), "utf-8")
    flag = f"--watch-container-credentials-config={folder / 'associations.json'}"
    with asking(cluster, built(PROGRAM), folder, rendered(made, BASE), flag) as asked:
        yield asked


def expected(template, seconds=3600):
    env = {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": f"{FOLDER}/{NAME}",
    }
    token = {"audience": f"pods.{DOMAIN}", "expirationSeconds": seconds, "path": NAME}
    identity = {"env": env, "mounts": [{"name": NAME, "mountPath": FOLDER, "readOnly": True}]}
    projected = {"defaultMode": 0o644, "sources": [{"serviceAccountToken": token}]}
    return given(template, identity, {"name": NAME, "projected": projected})


def test_the_own_container_has_the_token_and_no_other(ask, made, proof):
    assert ask() == expected(rendered(made, BASE)[1])
    proof(PROGRAM, ABOUT, "accepted")


def test_the_agent_is_where_the_policy_says(ask, made):
    """And nothing else of the node is."""
    [own] = [one["env"] for one in ask()["containers"].values() if one != NOTHING]
    host = own["AWS_CONTAINER_CREDENTIALS_FULL_URI"].removeprefix("http://").partition("/")[0]
    rules = made.object(f"{BASE}/network-policy.yaml")["spec"]["egress"]
    blocks = [(peer["ipBlock"], rule["ports"]) for rule in rules for peer in rule["to"] if "ipBlock" in peer]
    assert blocks == [({"cidr": f"{host}/32"}, [{"port": 80, "protocol": "TCP"}])]


def test_without_an_association_there_is_none(ask, made, proof):
    other, _ = rendered(made, OTHER)
    containers = expected(rendered(made, BASE)[1])["containers"]
    assert ask(other) == {"containers": dict.fromkeys(containers, NOTHING), "volumes": []}
    proof(PROGRAM, ABOUT, "twin_refused")


def test_without_an_annotation_it_lives_for_a_day(cluster, ask, made, proof):
    """Or nearly so: the webhook takes away a few minutes by chance."""
    account, template = rendered(made, BASE)
    account = copy.deepcopy(account)
    put("metadata", "annotations", to=...)(account)

    def apply():
        cluster.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", text=json.dumps(account))

    apply()
    cluster.wait("it lives for longer", lambda: ask() != expected(template))
    [volume] = ask()["volumes"]
    [source] = volume["projected"]["sources"]
    seconds = source["serviceAccountToken"]["expirationSeconds"]
    assert 22 * 3600 <= seconds <= 24 * 3600
    account |= rendered(made, BASE)[0]
    apply()
    cluster.wait("it lives for an hour again", lambda: ask() == expected(template))
    proof(PROGRAM, ABOUT, "twin_refused")


def test_a_sidecar_that_is_not_left_out_has_it(ask, made, proof):
    found = ask(change=put("metadata", "annotations", to=...))
    assert NOTHING not in found["containers"].values()
    proof(PROGRAM, ABOUT, "twin_refused")
