"""A Secret that the team encrypts by the rendered command is opened by the controller's own code, under its own name alone

The command runs word by word, but that it is given a certificate of a throw-away key instead of asking a cluster for one. The
twins: another name, another namespace, another key of the cluster, another key in the Secret, and a scope that is not strict.
"""

import base64
import copy
import json
import shlex
import subprocess

import pytest
import yaml
from conformance.apiserver.conftest import apply_made
from harness import run
from stores import STORES, documents_of

pytestmark = pytest.mark.programs("kubeseal", "unseal", "kubectl")
ABOUT = "a throw-away key"
NAMESPACE, BACKEND = "shop-of-seals", "sealed-secrets"
VALUE = "x@y/ {{ .other }}'\"\\$(id)"


@pytest.fixture(scope="module")
def made(catalog, cluster):
    """What is rendered for an App with such a Secret; it is applied."""
    made = run(catalog, *documents_of(BACKEND, namespace=NAMESPACE))
    apply_made(cluster, made)
    yield made
    cluster.kubectl("delete", "namespace", NAMESPACE, "--wait=false")


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Two pairs of a private key and its certificate: the cluster's, and another one's."""
    folder = tmp_path_factory.mktemp("seals")
    for name in ("own", "other"):
        made = ("-keyout", f"{name}.key", "-out", f"{name}.crt", "-days", "30", "-subj", f"/CN={name}")
        command = ["openssl", "req", "-x509", "-newkey", "rsa:4096", "-nodes", *made]
        subprocess.run(command, cwd=folder, capture_output=True, check=True)
    return folder


def commands(made):
    """Return the rendered commands: what makes the Secret, and what encrypts it."""
    lines = made.object(f"apps/{NAMESPACE}/api/base/sealed-secrets-{BACKEND}.md")
    first, second = (shlex.split(line[3:-1]) for line in lines if line.startswith(("- `kubectl", "- `kubeseal")))
    return first, second


@pytest.fixture(scope="module")
def seal(made, keys, built):
    def sealed(scope="strict"):
        first, second = commands(made)
        assert (first[0], second[:3]) == ("kubectl", ["kubeseal", "--scope", "strict"])
        flags = {"--controller-name": "sealed-secrets-controller", "--controller-namespace": "kube-system"}
        assert dict(zip(second[5:9:2], second[6:9:2], strict=True)) == flags
        assert second[9:] == ["-w", f"sealed-secret-{STORES[BACKEND].key}.yaml"]
        second = ["kubeseal", "--scope", scope, *second[3:5], "--cert", str(keys / "own.crt")]
        text = VALUE
        for command in (first, second):
            done = subprocess.run(
                [str(built(command[0])), *command[1:]], input=text, capture_output=True, text=True, check=True
            )
            text = done.stdout
        assert VALUE not in text
        return yaml.safe_load(text)

    return sealed


@pytest.fixture(scope="module")
def sealed(seal):
    return seal()


@pytest.fixture
def unseal(talk, keys):
    def asked(value, key="own"):
        return json.loads(talk("unseal")(json.dumps({"Key": (keys / f"{key}.key").read_text(), "Sealed": value})))

    return asked


def test_the_controller_makes_the_secret_that_the_pod_reads(made, sealed, unseal, proof):
    answer = unseal(sealed)
    assert answer["Error"] == ""
    secret = answer["Secret"]
    assert (secret["metadata"]["name"], secret["metadata"]["namespace"]) == (STORES[BACKEND].key, NAMESPACE)
    assert {key: base64.b64decode(value).decode() for key, value in secret["data"].items()} == {"password": VALUE}
    pod = made.object(f"apps/{NAMESPACE}/api/base/deployment.yaml")["spec"]["template"]["spec"]
    [source] = [volume["projected"]["sources"] for volume in pod["volumes"] if "projected" in volume]
    assert source == [{"secret": {"name": STORES[BACKEND].key, "items": [{"key": "password", "path": "value"}]}}]
    proof("unseal", ABOUT, "accepted")
    proof("kubeseal", ABOUT, "accepted")


def elsewhere(value, **metadata):
    twin = copy.deepcopy(value)
    for holder in (twin["metadata"], twin["spec"]["template"]["metadata"]):
        holder.update(metadata)
    return twin


def test_it_is_opened_nowhere_else(sealed, seal, unseal, proof):
    moved = {"name": {"name": "other"}, "namespace": {"namespace": "other"}}
    for metadata in moved.values():
        assert "no key could decrypt" in unseal(elsewhere(sealed, **metadata))["Error"]
    assert "no key could decrypt" in unseal(sealed, "other")["Error"]
    loose = seal("cluster-wide")
    assert unseal(elsewhere(loose, name="other", namespace="other"))["Error"] == ""
    proof("unseal", ABOUT, "twin_refused")
    proof("kubeseal", ABOUT, "twin_refused")


def test_the_api_server_takes_it_strictly(cluster, sealed, proof):
    asked = ("apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-")
    assert cluster.kubectl(*asked, text=json.dumps(sealed)).stderr == ""
    twin = copy.deepcopy(sealed)
    twin["spec"]["scope"] = "cluster-wide"
    assert "field not declared in schema" in cluster.kubectl(*asked, text=json.dumps(twin), check=False).stderr
    del twin["spec"]["scope"], twin["spec"]["encryptedData"]
    assert "encryptedData: Required value" in cluster.kubectl(*asked, text=json.dumps(twin), check=False).stderr
    proof("kube-apiserver", ABOUT, "accepted")
    proof("kube-apiserver", ABOUT, "twin_refused")
