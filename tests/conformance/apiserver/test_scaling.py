"""Autoscalers bring workloads to their least number, follow the App's own container, not its sidecar, and survive an apply.

The metrics are written by hand, as custom resources of the API that metrics-server serves.
"""

import copy
import json
from datetime import UTC, datetime

import pytest
from conformance.helpers import objects, paths
from harness import EXAMPLES

KIND = "HorizontalPodAutoscaler"
# As few objects as its pods need, with the quota that has to have room for them.
TAKEN = {KIND, "Deployment", "LimitRange", "ResourceQuota", "ServiceAccount"}
SIDECAR = "istio-proxy"
METRICS = {
    "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
    "metadata": {"name": "pods.metrics.k8s.io", "annotations": {"api-approved.kubernetes.io": "unapproved, a test's own"}},
    "spec": {
        "group": "metrics.k8s.io", "scope": "Namespaced",
        "names": {"plural": "pods", "singular": "podmetrics", "kind": "PodMetrics", "listKind": "PodMetricsList"},
        "versions": [{
            "name": "v1beta1", "served": True, "storage": True,
            "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
        }],
    },
}  # fmt: skip


def chosen(folder):
    """Return one autoscaler of an example's bundle and what its pods need, in a namespace of their own."""
    values = objects(paths(folder / "bundle"))
    scaler = next(value for value in values if value["kind"] == KIND)
    name, home = scaler["metadata"]["name"], scaler["metadata"]["namespace"]
    own = [
        copy.deepcopy(value)
        for value in values
        if value["kind"] in TAKEN and value["metadata"]["namespace"] == home
        and (value["metadata"]["name"] == name or value["kind"] in {"LimitRange", "ResourceQuota"})
    ]  # fmt: skip
    for value in own:
        value["metadata"]["namespace"] = f"scaled-{folder.name}"
    return own


def named(values, kind):
    return next(value for value in values if value["kind"] == kind)


def apply(cluster, values, *more, check=True):
    """Apply one object or several."""
    many = {"apiVersion": "v1", "kind": "List", "items": values}
    text = json.dumps(many if isinstance(values, list) else values)
    return cluster.kubectl("apply", "--server-side", "--validate=strict", *more, "-f", "-", text=text, check=check)


SCALED = [path for path in EXAMPLES if list((path / "bundle").rglob("horizontal-pod-autoscaler.yaml"))]


@pytest.fixture(params=SCALED, ids=[path.name for path in SCALED], scope="module")
def scaled(request):
    return request.param


@pytest.fixture(scope="module")
def values(cluster, scaled):
    """Apply the objects the first time; nobody serves metrics yet."""
    found = chosen(scaled)
    cluster.kubectl("create", "namespace", found[0]["metadata"]["namespace"])
    done = apply(cluster, found)
    assert done.stderr == ""
    return found


def of(cluster, kind, value):
    """Return an object as the API server has it."""
    meta = value["metadata"]
    arguments = ("get", "-o", "json", kind, "-n", meta["namespace"], meta["name"])
    return json.loads(cluster.kubectl(*arguments).stdout)


def conditions(cluster, scaler):
    found = of(cluster, KIND, scaler).get("status", {}).get("conditions", ())
    return {one["type"]: (one["status"], one["reason"]) for one in found}


def running(cluster, deployment):
    """Return how many pods run."""
    app = deployment["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"]
    found = cluster.get("pods", deployment["metadata"]["namespace"], labelSelector=f"app.kubernetes.io/name={app}")
    return [pod["metadata"]["name"] for pod in found if pod["status"]["phase"] == "Running"]


def metered(cluster, deployment, **used):
    """Write what each container of each running pod uses."""
    meta = deployment["spec"]["template"]["metadata"]
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    containers = [{"name": name, "usage": {"cpu": cpu, "memory": "64Mi"}} for name, cpu in used.items()]
    apply(cluster, [{
        "apiVersion": "metrics.k8s.io/v1beta1", "kind": "PodMetrics", "timestamp": now, "window": "1s",
        "metadata": {"name": name, "namespace": deployment["metadata"]["namespace"], "labels": meta["labels"]},
        "containers": containers,
    } for name in running(cluster, deployment)])  # fmt: skip


def test_without_metrics_the_least_number_runs(cluster, values, scaled, proof):
    """A Deployment without a number starts with one pod; the least needs no metrics, and more is never added blindly."""
    scaler, deployment = named(values, KIND), named(values, "Deployment")
    least = scaler["spec"]["minReplicas"]
    assert least > 1
    cluster.wait(f"{least} pods run", lambda: len(running(cluster, deployment)) == least)
    failed = {
        "ScalingActive": ("False", "FailedGetContainerResourceMetric"),
        "AbleToScale": ("True", "SucceededGetScale"),
    }
    cluster.wait(f"{failed}", lambda: conditions(cluster, scaler) == failed)
    assert len(running(cluster, deployment)) == least
    proof("kube-controller-manager", scaled, "accepted")


def test_load_of_the_apps_own_container_adds_pods(cluster, values, scaled, proof):
    """A busy sidecar adds none. What was added stays when all of it is applied again."""
    scaler, deployment = named(values, KIND), named(values, "Deployment")
    own, least = deployment["metadata"]["name"], scaler["spec"]["minReplicas"]
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    asked, target = (
        container["resources"]["requests"]["cpu"],
        scaler["spec"]["metrics"][0]["containerResource"]["target"],
    )
    apply(cluster, METRICS)
    cluster.install_crds([])  # only waits until all are served
    cluster.wait("pods run", lambda: len(running(cluster, deployment)) == least)
    metered(cluster, deployment, **{own: "10m", SIDECAR: "4"})
    calm = {"ScalingActive": "True", "AbleToScale": "True", "ScalingLimited": "True"}
    cluster.wait("it sees metrics", lambda: {k: s for k, (s, _) in conditions(cluster, scaler).items()} == calm)
    assert of(cluster, "deployment", deployment)["spec"]["replicas"] == least
    metered(cluster, deployment, **{own: asked, SIDECAR: "1m"})
    wanted = -(-least * 100 // target["averageUtilization"])
    assert wanted > least
    cluster.wait(f"{wanted} pods run", lambda: len(running(cluster, deployment)) == wanted)
    assert apply(cluster, values).stderr == ""
    assert of(cluster, "deployment", deployment)["spec"]["replicas"] == wanted
    proof("kube-apiserver", scaled, "accepted")


def test_a_number_beside_the_autoscaler_is_set_by_each_apply(cluster, values, scaled):
    """Nobody refuses it: what the load had added is gone. So our own check has to, and kube-score does."""
    deployment, least = named(values, "Deployment"), named(values, KIND)["spec"]["minReplicas"]
    cluster.wait("the number was set", lambda: of(cluster, "deployment", deployment)["spec"]["replicas"] >= least)
    twin = copy.deepcopy(deployment)
    twin["spec"]["replicas"] = 1
    done = apply(cluster, twin, "-o", "json")
    assert json.loads(done.stdout)["spec"]["replicas"] == 1


def test_bounds_that_leave_nothing_are_refused(cluster, values, scaled, proof):
    twin = copy.deepcopy(named(values, KIND))
    twin["spec"]["minReplicas"] = twin["spec"]["maxReplicas"] + 1
    done = apply(cluster, twin, "--dry-run=server", check=False)
    assert "must be greater than or equal to `minReplicas`" in done.stderr
    proof("kube-apiserver", scaled, "twin_refused")


def test_an_autoscaler_of_nobody_says_so(cluster, values, scaled, proof):
    twin = copy.deepcopy(named(values, KIND))
    twin["metadata"]["name"] = "nobodys"
    twin["spec"]["scaleTargetRef"]["name"] = "nobody"
    apply(cluster, twin)
    refused = {"AbleToScale": ("False", "FailedGetScale")}
    cluster.wait(f"{refused}", lambda: conditions(cluster, twin) == refused)
    proof("kube-controller-manager", scaled, "twin_refused")


@pytest.mark.parametrize("first", [True, False], ids=["scaled by hand first", "only applied"])
def test_a_fixed_number_that_is_taken_away(cluster, values, scaled, first):
    """What the bundle asks of whoever applies it: without it, one pod is left."""
    deployment = copy.deepcopy(named(values, "Deployment"))
    deployment["metadata"] |= {"name": f"moved-{first}".lower(), "namespace": "default"}
    before = copy.deepcopy(deployment)
    before["spec"]["replicas"] = 5
    apply(cluster, before)
    if first:
        cluster.kubectl("scale", "deployment", before["metadata"]["name"], "--replicas=4")
    apply(cluster, deployment)
    assert of(cluster, "deployment", deployment)["spec"]["replicas"] == (4 if first else 1)
    cluster.kubectl("delete", "deployment", before["metadata"]["name"])
