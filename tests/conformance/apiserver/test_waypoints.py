"""The pods that istiod makes of an App's waypoint are admitted at restricted, fit the quota, and run without a token."""

import copy
import json

import pytest
from conformance.apiserver.conftest import apply, apply_made, refused
from harness import app, platform, put, run

pytestmark = pytest.mark.programs("waypoint")

ABOUT = "an App with a waypoint"
NAMESPACE = "behind"
NAME = {"gateway.networking.k8s.io/gateway-name": "api-waypoint"}
POD = ("spec", "template", "spec")
LIMIT = {"requests": 10, "per": "second"}
LARGE = {"cpu": "90", "memory": "90Gi", "ephemeral-storage": "256Mi"}


@pytest.fixture(scope="module")
def made(catalog):
    own = app(
        namespace=NAMESPACE,
        ports={"http": {"port": 8080, "service": 80, "protocol": "http", "limits": {"each": LIMIT}}},
        **{"from": [{"app": "web", "port": "http", "methods": ["GET"]}]},
    )
    return run(catalog, own, platform(mesh={"mode": "istio-ambient"}))


@pytest.fixture(scope="module")
def applied(cluster, made):
    apply_made(cluster, made)


@pytest.fixture
def istiod(talk, cluster, applied, made):
    """Return what istiod applies for the Gateway that is there, by kind; told something else than we tell it, if asked."""

    def asked(change=lambda _: None):
        told = made.object("apps/behind/api/base/config-map-waypoint.yaml")
        deployment = json.loads(told["data"]["deployment"])
        change(deployment)
        told["data"]["deployment"] = json.dumps(deployment)
        [space] = [value for value in cluster.get("namespaces") if value["metadata"]["name"] == NAMESPACE]
        found = cluster.kubectl("get", "gateways.gateway.networking.k8s.io", "-n", NAMESPACE, "-o", "json").stdout
        [gateway] = json.loads(found)["items"]
        said = json.loads(talk("waypoint")(json.dumps({"Namespace": space, "Gateway": gateway, "Parameter": told})))
        assert said["Error"] == ""
        return {value["kind"]: value for value in said["Objects"]}

    return asked


def pod_of(deployment):
    """Return a pod of a Deployment by itself."""
    template = copy.deepcopy(deployment["spec"]["template"])
    metadata = template["metadata"] | {"name": "one", "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


def test_they_run_as_they_are_made(cluster, istiod, proof):
    found = istiod()
    assert {"Deployment", "Service", "ServiceAccount", "PodDisruptionBudget"} == {*found}
    apply(cluster, [*found.values()])
    deployment = json.loads(cluster.kubectl("get", "deployment", "api-waypoint", "-n", NAMESPACE, "-o", "json").stdout)
    # A limit of each pod is shared out among two of them: a rollout adds no third one.
    assert deployment["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": 1}

    def pods():
        return cluster.get("pods", NAMESPACE, labelSelector=",".join("=".join(one) for one in NAME.items()))

    cluster.wait("two waypoints run", lambda: [pod["status"]["phase"] for pod in pods()] == ["Running"] * 2)
    for pod in pods():
        spec = pod["spec"]
        assert spec["serviceAccountName"] == "api.waypoint"
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert "kube-api-access" not in json.dumps(spec["volumes"])
        [container] = spec["containers"]
        assert container["resources"]["requests"] == container["resources"]["limits"]
        # No selector of the App means them: its Service would lead to them.
        assert "app.kubernetes.io/name" not in pod["metadata"]["labels"]
    proof("kube-apiserver", ABOUT, "accepted")


TWINS = {
    "no seccomp profile, as istiod sets none": (put(*POD, "securityContext", to=...), "seccompProfile"),
    "more than a container of the namespace may take": (
        put(*POD, "containers", 0, "resources", to={"requests": LARGE, "limits": LARGE}),
        "maximum cpu usage per Container",
    ),
}


@pytest.mark.parametrize("name", TWINS)
def test_less_is_refused(cluster, istiod, name, proof):
    change, reason = TWINS[name]
    assert refused(cluster, pod_of(istiod()["Deployment"])) == ""
    assert reason in refused(cluster, pod_of(istiod(change)["Deployment"]))
    proof("kube-apiserver", ABOUT, "twin_refused")
