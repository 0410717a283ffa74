"""What a CSI driver mounts is accepted with its pod at restricted, and is asked for by a token for the store alone

The driver's own definition of its classes is in no package index, nor are its providers: so the API server judges them by a
definition of ours, after the documentation, strictly. The token is asked for as the provider does: by the App's own
ServiceAccount, for the store's audience, bound to the pod. The twins: misspelt fields, values that are no text, a class of
another version, a volume that is written, one of another field, and a token for no audience, which is the API server's.
"""

import base64
import copy
import json

import pytest
import yaml
from conformance.apiserver.conftest import refused
from harness import pointer, put, run
from stores import DRIVEN, documents_of

ABOUT = "classes of a CSI driver, by a definition of ours: its own is in no package index"
NAMESPACE = "shop-of-classes"
BASE = f"apps/{NAMESPACE}/api/base"


@pytest.fixture(scope="module")
def made(catalog):
    return run(catalog, *documents_of(*DRIVEN, namespace=NAMESPACE))


def class_of(made, name):
    return made.object(f"{BASE}/secret-provider-class-{name}.yaml")


def pod_of(made):
    template = copy.deepcopy(made.object(f"{BASE}/deployment.yaml")["spec"]["template"])
    return {"apiVersion": "v1", "kind": "Pod", **template, "metadata": {"name": "one", "namespace": NAMESPACE}}


def read(text):
    return yaml.safe_load(text)


def volume(change):
    return lambda pod: [change(one) for one in pod["spec"]["volumes"] if "csi" in one]


# Whom the provider, or the driver for it, asks a token of the App's ServiceAccount for.
AUDIENCES = {
    "vault-csi": "vault", "aws-csi": "sts.amazonaws.com", "gcp-secret-manager-csi": "acme-secrets.svc.id.goog",
    "azure-key-vault-csi": "api://AzureADTokenExchange",
}  # fmt: skip


@pytest.mark.parametrize("name", DRIVEN)
def test_a_class_is_accepted_as_it_is(cluster, applied_made, name, proof):
    asked = ("get", f"secretproviderclasses.secrets-store.csi.x-k8s.io/api.{name}", "-n", NAMESPACE, "-o", "json")
    found = json.loads(cluster.kubectl(*asked).stdout)
    assert found["spec"] == class_of(applied_made, name)["spec"]
    assert all(isinstance(value, str) for value in found["spec"]["parameters"].values())
    assert any(isinstance(read(value), (list, dict)) for value in found["spec"]["parameters"].values())
    proof("kube-apiserver", ABOUT, "accepted")


@pytest.mark.parametrize("name", DRIVEN)
@pytest.mark.parametrize(
    "change",
    [
        put("spec", "provider", to=["vault"]),
        put("spec", "parameter", to={}),
        put("spec", "parameters", "objects", to=[{"objectName": "x"}]),
        put("apiVersion", to="secrets-store.csi.x-k8s.io/v1beta1"),
    ],
)
def test_a_broken_class_is_refused(cluster, applied_made, name, change, proof):
    twin = copy.deepcopy(class_of(applied_made, name))
    assert refused(cluster, twin) == ""
    change(twin)
    assert refused(cluster, twin)
    proof("kube-apiserver", ABOUT, "twin_refused")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (volume(put("csi", "readonly", to=True)), "field not declared in schema"),
        (volume(put("csi", "driver", to=...)), "Required value"),
        (volume(put("hostPath", to={"path": "/"})), "may not specify more than 1 volume type"),
        (volume(lambda one: (put("csi", to=...)(one), put("hostPath", to={"path": "/"})(one))), "restricted"),
    ],
)
def test_a_pod_with_a_volume_of_the_driver_is_restricted(cluster, applied_made, change, says, proof):
    pod = pod_of(applied_made)
    assert pointer(pod, "/spec/volumes/1/csi/readOnly") is True
    assert refused(cluster, pod) == ""
    change(pod)
    assert says in refused(cluster, pod)
    proof("kube-apiserver", ABOUT, "twin_refused")


@pytest.mark.parametrize("name", DRIVEN)
def test_a_token_for_the_store_is_no_token_for_the_cluster(cluster, applied_made, name, proof):
    audience = AUDIENCES[name]
    assert class_of(applied_made, name)["spec"]["parameters"].get("audience", audience) == audience

    def known(*flags):
        made = cluster.kubectl("create", "token", "api", "-n", NAMESPACE, "--duration=15m", *flags).stdout.strip()
        part = made.split(".")[1]
        said = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": made}}
        answer = cluster.kubectl("create", "-o", "json", "-f", "-", text=json.dumps(review)).stdout
        return said["sub"], said["aud"], json.loads(answer)["status"].get("authenticated", False)

    subject = f"system:serviceaccount:{NAMESPACE}:api"
    assert known(f"--audience={audience}") == (subject, [audience], False)
    assert known()[2] is True
    proof("kube-apiserver", ABOUT, "twin_refused")
