"""Pods with an identity of Google Cloud wait for a node with GKE's metadata server; any other would hand out its own

The twin: a pod that does not ask for one runs at once, on a node that has none.
"""

import json

import pytest
from conformance.apiserver.conftest import apply_made
from harness import app, platform, run

from scaffold.reach.manifests import template_of

ABOUT = "an App with a principal"
NAMESPACE, MARK = "marked", "iam.gke.io/gke-metadata-server-enabled"
BASE = f"apps/{NAMESPACE}/reader/base"
CLOUD = {"mode": "gke-workload-identity", "project": "shop-production", "number": "123456789012"}


@pytest.fixture(scope="module")
def made(catalog):
    own = app("reader", NAMESPACE, workload={"replicas": 1}, identity={"cloud": "gcp"})
    return run(catalog, own, app("other", NAMESPACE, workload={"replicas": 1}), platform(cloudIdentity=CLOUD))


@pytest.fixture(scope="module")
def applied(cluster, made):
    apply_made(cluster, made)
    yield
    cluster.kubectl("delete", "namespace", NAMESPACE, "--wait=false")
    cluster.kubectl("delete", "--ignore-not-found", "node", "marked-0")


def node(mark):
    size = {"cpu": "32", "memory": "256Gi", "pods": "2", "ephemeral-storage": "512Gi"}
    return {
        "apiVersion": "v1", "kind": "Node", "status": {"allocatable": size, "capacity": size},
        "metadata": {"name": "marked-0", "labels": {"kubernetes.io/hostname": "marked-0", MARK: mark}},
    }  # fmt: skip


def places(cluster, name):
    found = cluster.get("pods", NAMESPACE, labelSelector=f"app.kubernetes.io/name={name}")
    return [(pod["spec"].get("nodeName"), pod["status"]["phase"]) for pod in found]


def waits(cluster):
    """Tell whether the scheduler has looked at the pod, and found no node for it."""
    events = cluster.get("events", NAMESPACE, fieldSelector="reason=FailedScheduling")
    said = any("didn't match Pod's node affinity/selector" in event["message"] for event in events)
    return said and places(cluster, "reader") == [(None, "Pending")]


def test_it_waits_until_a_node_is_marked(cluster, applied, proof):
    cluster.wait("no node is good enough", lambda: waits(cluster))
    cluster.kubectl("apply", "-f", "-", text=json.dumps(node("false")))
    cluster.wait("the other App runs", lambda: [phase for _, phase in places(cluster, "other")] == ["Running"])
    assert places(cluster, "reader") == [(None, "Pending")]
    cluster.kubectl("apply", "-f", "-", text=json.dumps(node("true")))
    cluster.wait("it runs there", lambda: places(cluster, "reader") == [("marked-0", "Running")])
    proof("kube-scheduler", ABOUT, "accepted")


def test_what_asks_for_none_runs_anywhere(cluster, applied, made, proof):
    template, _ = template_of(made.object(f"{BASE}/deployment.yaml"))
    twin = {"apiVersion": "v1", "kind": "Pod", **template}
    labels = template["metadata"]["labels"] | {"app.kubernetes.io/name": "twin"}
    twin["metadata"] = {"name": "twin", "namespace": NAMESPACE, "labels": labels}
    twin["spec"] = {key: value for key, value in template["spec"].items() if key != "nodeSelector"}
    twin["spec"]["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
        "nodeSelectorTerms": [{"matchExpressions": [{"key": MARK, "operator": "DoesNotExist"}]}]
    }}}  # fmt: skip  # of the nodes that it might come to, one without the server
    cluster.kubectl("create", "-f", "-", text=json.dumps(twin))
    cluster.wait("it runs", lambda: [phase for _, phase in places(cluster, "twin")] == ["Running"])
    assert places(cluster, "twin") != [("marked-0", "Running")]
    proof("kube-scheduler", ABOUT, "twin_refused")
