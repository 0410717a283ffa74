"""EKS's webhook gives the App's own container its role, by a token for STS alone, for an hour; its pod stays admitted

The token that the API server issues is the one that the trust policy asks for. The twins: a ServiceAccount without one
of its annotations, a pod that leaves no sidecar out, one that is privileged, and another App's token.
"""

import base64
import copy
import json

import pytest
from conformance.apiserver.conftest import apply_example
from conformance.eks.webhook import NOTHING, asking, given
from conformance.helpers import objects
from harness import EXAMPLES, put

from scaffold.reach.manifests import template_of

PROGRAM = "pod-identity-webhook"
pytestmark = pytest.mark.programs(PROGRAM)
POLICY, DOMAIN = "aws-trust-policy.json", "eks.amazonaws.com"
FOLDER = f"/var/run/secrets/{DOMAIN}/serviceaccount"
ROLED = [path for path in EXAMPLES if list((path / "bundle").rglob(POLICY))]


@pytest.fixture(params=ROLED, ids=[path.name for path in ROLED], scope="module")
def roled(request):
    """One example after the other in which an App has a role."""
    return request.param


@pytest.fixture(scope="module")
def rendered(roled):
    """The App with a role: its ServiceAccount, its workload's template, and whom its role is to trust."""
    [policy] = (roled / "bundle").rglob(POLICY)
    values = objects(path for path in policy.parent.glob("*.yaml") if path.name != "kustomization.yaml")
    [template] = [found[0] for value in values if (found := template_of(value))]
    name = template["spec"]["serviceAccountName"]
    [account] = [value for value in values if (value["kind"], value["metadata"]["name"]) == ("ServiceAccount", name)]
    return account, template, json.loads(policy.read_text("utf-8"))


@pytest.fixture(scope="module")
def ask(cluster, built, roled, rendered, tmp_path_factory):
    """Ask the webhook about the App's pod; the example is applied."""
    apply_example(cluster, roled)
    with asking(cluster, built(PROGRAM), tmp_path_factory.mktemp("webhook"), rendered[:2]) as asked:
        yield asked


@pytest.fixture(scope="module")
def expected(rendered):
    """What is to be added."""
    account, template, _ = rendered
    token = {"audience": "sts.amazonaws.com", "expirationSeconds": 3600, "path": "token"}
    env = {
        "AWS_STS_REGIONAL_ENDPOINTS": "regional",
        "AWS_ROLE_ARN": account["metadata"]["annotations"][f"{DOMAIN}/role-arn"],
        "AWS_WEB_IDENTITY_TOKEN_FILE": f"{FOLDER}/token",
    }
    role = {"env": env, "mounts": [{"name": "aws-iam-token", "mountPath": FOLDER, "readOnly": True}]}
    projected = {"defaultMode": 0o644, "sources": [{"serviceAccountToken": token}]}
    return given(template, role, {"name": "aws-iam-token", "projected": projected})


def test_the_own_container_has_the_role_and_no_other(ask, expected, roled, proof):
    assert NOTHING in expected["containers"].values()  # there is a sidecar
    assert ask() == expected
    proof(PROGRAM, roled, "accepted")


def but(expected, *path, to):
    """Return what is added where something of it is else, or is not."""
    value = copy.deepcopy(expected)
    put(*path, to=to)(value)
    return value


def without_a_role(expected):
    return {"containers": dict.fromkeys(expected["containers"], NOTHING), "volumes": []}


def for_a_day(expected):
    projection = ("volumes", 0, "projected", "sources", 0, "serviceAccountToken", "expirationSeconds")
    return but(expected, *projection, to=86400)


def at_the_global_endpoint(expected):
    [own] = [name for name, given in expected["containers"].items() if given != NOTHING]
    return but(expected, "containers", own, "env", "AWS_STS_REGIONAL_ENDPOINTS", to=...)


WITHOUT = {
    "role-arn": without_a_role,
    "token-expiration": for_a_day,
    "sts-regional-endpoints": at_the_global_endpoint,
}


@pytest.mark.parametrize("key", WITHOUT)
def test_without_an_annotation_it_is_not_as_declared(cluster, ask, expected, rendered, roled, key, proof):
    """Of an account that first is the same: what changes is what the annotation does."""
    account = copy.deepcopy(rendered[0])
    account["metadata"]["name"] = f"twin-{key}"
    cluster.kubectl("apply", "-f", "-", text=json.dumps(account))
    cluster.wait("the twin is the same", lambda: ask(account) == expected)
    put("metadata", "annotations", f"{DOMAIN}/{key}", to=...)(account)
    cluster.kubectl("apply", "-f", "-", text=json.dumps(account))
    cluster.wait(f"without {key} it is another", lambda: ask(account) != expected)
    assert ask(account) == WITHOUT[key](expected)
    cluster.kubectl("delete", "serviceaccount", "-n", account["metadata"]["namespace"], account["metadata"]["name"])
    proof(PROGRAM, roled, "twin_refused")


def test_a_sidecar_that_is_not_left_out_has_the_role(ask, expected, roled, proof):
    found = ask(change=put("metadata", "annotations", f"{DOMAIN}/skip-containers", to=...))
    [role] = [given for given in expected["containers"].values() if given != NOTHING]
    assert found == expected | {"containers": dict.fromkeys(expected["containers"], role)}
    proof(PROGRAM, roled, "twin_refused")


def test_a_pod_that_is_not_restricted_is_refused_all_the_same(ask, roled, proof):
    assert ask(change=put("spec", "hostNetwork", to=True)) is None
    proof("kube-apiserver", roled, "twin_refused")


@pytest.fixture
def trusted(cluster, ask, rendered):
    """Tell whether the trust policy asks for what a token says that the API server issues, as it does for a volume."""
    account, _, policy = rendered
    [statement] = policy["Statement"]
    wanted = {key.rpartition(":")[2]: value for key, value in statement["Condition"]["StringEquals"].items()}

    def is_trusted(name=account["metadata"]["name"], audience="sts.amazonaws.com"):
        given = ("create", "token", name, "-n", account["metadata"]["namespace"], f"--audience={audience}")
        payload = cluster.kubectl(*given).stdout.split(".")[1]
        token = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return [token["sub"], token["aud"]] == [wanted["sub"], [wanted["aud"]]]

    return is_trusted


def test_the_trust_policy_asks_for_its_token(trusted, roled, proof):
    assert trusted()
    proof("kube-apiserver", roled, "accepted")


@pytest.mark.parametrize("other", [{"name": "default"}, {"audience": "https://kubernetes.default.svc"}])
def test_it_asks_for_no_other(trusted, roled, other, proof):
    assert not trusted(**other)
    proof("kube-apiserver", roled, "twin_refused")
