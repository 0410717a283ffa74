"""Pods of an isolated App run on the nodes of its pool alone, and no others there; the quota counts their RuntimeClass"""

import copy
import json

import pytest
from conformance.apiserver.conftest import apply, apply_made
from harness import app, platform, put, run

from scaffold.checks.pod_security.exceeded_quota import most, quantity
from scaffold.reach.manifests import template_of
from scaffold.risks.pod_security.forgeable_node import check

ABOUT = "an isolated App"
NAMESPACE, POOL = "isolated", "node-restriction.kubernetes.io/pool"
QUOTA = f"namespaces/{NAMESPACE}/resource-quota.yaml"
OVERHEAD = {"cpu": "100m", "memory": "160Mi"}
POOLS = {
    "dedicated": {
        "labels": {POOL: "sensitive"},
        "taints": [{"key": "dedicated", "value": "sensitive"}, {"key": "kata", "effect": "NoExecute"}],
        "runtimeClass": "kata",
        "overhead": OVERHEAD,
    }
}
RUNTIME = {
    "apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": "kata"}, "handler": "kata",
    "overhead": {"podFixed": OVERHEAD},
}  # fmt: skip


def node(name, pods):
    """Return a node of the pool, with room for so many pods."""
    size = {"cpu": "32", "memory": "256Gi", "pods": str(pods), "ephemeral-storage": "512Gi"}
    taints = [{"effect": "NoSchedule", **taint} for taint in POOLS["dedicated"]["taints"]]
    return {
        "apiVersion": "v1", "kind": "Node", "spec": {"taints": taints},
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, POOL: "sensitive"}},
        "status": {"allocatable": size, "capacity": size},
    }  # fmt: skip


@pytest.fixture(scope="module")
def made(catalog):
    apps = app("ledger", NAMESPACE, workload={"replicas": 1}, isolation="dedicated"), app("web", NAMESPACE)
    return run(catalog, *apps, platform(nodePools=POOLS))


@pytest.fixture(scope="module")
def applied(cluster, made):
    """Apply both Apps while the pool's one node has room for one pod, and is the emptiest of all."""
    cluster.kubectl("apply", "-f", "-", text=json.dumps(node("pool-0", 1)))
    apply(cluster, [RUNTIME])
    apply_made(cluster, made)
    yield
    cluster.kubectl("delete", "namespace", NAMESPACE, "--wait=false")
    cluster.kubectl("delete", "node", "pool-0")


def pods(cluster, name):
    return cluster.get("pods", NAMESPACE, labelSelector=f"app.kubernetes.io/name={name}")


def test_each_pod_runs_where_it_should(cluster, applied, proof):
    def places():
        found = [(pod["spec"].get("nodeName") == "pool-0", pod["status"]["phase"]) for pod in pods(cluster, "ledger")]
        others = [(pod["spec"].get("nodeName") == "pool-0", pod["status"]["phase"]) for pod in pods(cluster, "web")]
        return found, others

    expected = [(True, "Running")], [(False, "Running")] * 3
    cluster.wait(f"pods in the pool, and elsewhere: {expected}", lambda: places() == expected)
    [pod] = pods(cluster, "ledger")
    assert pod["spec"]["overhead"] == OVERHEAD  # the API server's, of the RuntimeClass
    proof("kube-apiserver", ABOUT, "accepted")


def test_the_quota_is_used_as_we_reckon(cluster, applied, made):
    """The overhead counts with requests and limits, and as much of both is left for a rollout as one more pod takes."""

    def counts():
        found = {}
        for kind, resource in ((kind, one) for kind in ("requests", "limits") for one in OVERHEAD):
            running = [pod["spec"] for name in ("ledger", "web") for pod in pods(cluster, name)]
            found[f"{kind}.{resource}"] = sum(
                most((), pod["containers"], kind, resource) + quantity(pod.get("overhead", {}).get(resource, 0))
                for pod in running
            )
        return found

    def used():
        [quota] = cluster.get("resourcequotas", NAMESPACE)
        return {name: quantity(quota["status"]["used"][name]) for name in counts()}

    cluster.wait("the quota is counted", lambda: used() == counts())
    hard = made.object(QUOTA)["spec"]["hard"]
    assert {name: quantity(hard[name]) / 2 for name in counts()} == counts()


# What becomes of one more pod: whose it is, the change, and what the scheduler says; None: it runs elsewhere.
MORE = {
    "one more, where the pool is full": ("ledger", lambda spec: None, "Too many pods"),
    "without its toleration": ("ledger", put("tolerations", to=...), "untolerated taint"),
    "with another toleration": ("ledger", put("tolerations", 0, "value", to="other"), "untolerated taint"),
    "an ordinary pod that would like to": ("web", put("nodeSelector", to={POOL: "sensitive"}), "untolerated taint"),
    "without its selector": ("ledger", put("nodeSelector", to=...), None),
}


def asked(made, number, name, change):
    [value] = [value for value in made.objects(f"apps/{NAMESPACE}/{name}/") if value["kind"] == "Deployment"]
    template = copy.deepcopy(template_of(value)[0])
    change(template["spec"])
    template["metadata"] |= {"name": f"more-{number}", "namespace": NAMESPACE}
    template["metadata"]["labels"] = {}
    return {"apiVersion": "v1", "kind": "Pod", **template}


def test_the_pool_is_neither_left_nor_entered(cluster, applied, made, proof):
    """No pod leaves a full pool, and none gets in that the taints are meant for; each half alone is not enough."""
    roomy = made.object(QUOTA)
    roomy["spec"]["hard"] = {"pods": "20"}
    apply(cluster, [roomy])
    values = [asked(made, number, name, change) for number, (name, change, _) in enumerate(MORE.values())]
    apply(cluster, values)

    def verdicts():
        found = {pod["metadata"]["name"]: pod for pod in cluster.get("pods", NAMESPACE)}
        return [said(found[value["metadata"]["name"]], want) for value, (*_, want) in zip(values, MORE.values(), strict=True)]  # fmt: skip

    def said(pod, want):
        conditions = [one for one in pod["status"].get("conditions", ()) if one["type"] == "PodScheduled"]
        text = "".join(one.get("message", "") for one in conditions)
        if want is None:
            return pod["status"]["phase"] == "Running" and pod["spec"]["nodeName"] != "pool-0"
        return pod["status"]["phase"] == "Pending" and "nodeName" not in pod["spec"] and want in text

    cluster.wait(f"verdicts: {list(MORE)}", lambda: all(verdicts()), seconds=30)
    apply(cluster, [made.object(QUOTA)])
    proof("kube-apiserver", ABOUT, "twin_refused")


# Which labels a kubelet may give its own node: what is reported as a risk, and nothing else.
BY_A_NODE = {
    "pool": True,
    "example.com/pool": True,
    "node-restriction.kubernetes.io.example.com/pool": True,
    POOL: False,
    f"example.com.{POOL}": False,
}


def test_a_node_joins_a_pool_by_labels_of_its_own_only(cluster, catalog):
    as_node = f"--kubeconfig={cluster.kubeconfig.with_name('node.kubeconfig')}"
    for label, allowed in BY_A_NODE.items():
        done = cluster.kubectl(
            as_node, "label", "node", "node-0", f"{label}=sensitive", "--dry-run=server", check=False
        )
        assert ("is not allowed to modify labels" not in done.stderr) == (done.returncode == 0) == allowed, done.stderr
        pool = {"labels": {label: "sensitive"}, "taints": [{"key": "dedicated"}]}
        made = run(catalog, app(isolation="dedicated"), platform(nodePools={"dedicated": pool}))
        assert [one.check for one in check(made.system)] == ["pod-security/forgeable-node"] * allowed


def test_a_quota_without_the_overhead_refuses_the_pod(cluster, applied, made, proof):
    small = made.object(QUOTA)
    small["spec"]["hard"] = {"requests.cpu": "1099m"}  # four pods of 250m run in the end, one of them with an overhead
    apply(cluster, [small])
    names = [value["metadata"]["name"] for value in cluster.get("pods", NAMESPACE)]
    others = [name for name in names if name.startswith("more-")]
    ledgers = [pod["metadata"]["name"] for pod in pods(cluster, "ledger")]
    cluster.kubectl("delete", "pods", "-n", NAMESPACE, "--wait=false", "--now", *others, *ledgers)

    def refused():
        events = cluster.get("events", NAMESPACE, fieldSelector="reason=FailedCreate")
        return any("exceeded quota" in event["message"] for event in events)

    cluster.wait("the pod is refused", refused, seconds=60)
    proof("kube-apiserver", ABOUT, "twin_refused")
