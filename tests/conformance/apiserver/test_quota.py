"""A namespace takes the pods of its Apps with those that a rollout adds, and not one more, nor what they would request

In a rollout pods that are ending still count, so that each of a Deployment is counted twice. The twins: more of each resource than is left, a pod beyond, a Service with ports of nodes, and a quota without a rollout's room.
"""

import copy

import pytest
from conformance.apiserver.conftest import apply, apply_made, refused
from harness import app, platform, put, run

from scaffold.checks.pod_security.exceeded_quota import quantity
from scaffold.reach.manifests import template_of

ABOUT = "two Apps in a namespace"
NAMESPACE = "rationed"
QUOTA = f"namespaces/{NAMESPACE}/resource-quota.yaml"
APPS = {
    "large": {
        "workload": {"replicas": 2}, "resources": {"cpu": "500m", "memory": "256Mi"},
        "security": {"writable": {"/var/cache/large": "128Mi"}},
    },
    "small": {"workload": {"replicas": 1}, "resources": {"cpu": "100m", "memory": "64Mi"}},
}  # fmt: skip
PODS = 3
UNITS = {"cpu": "m", "memory": "", "ephemeral-storage": ""}


@pytest.fixture(scope="module")
def made(catalog):
    return run(catalog, *(app(name, NAMESPACE, **spec) for name, spec in APPS.items()), platform())


@pytest.fixture(scope="module")
def there(cluster, made):
    apply_made(cluster, made)
    cluster.wait("pods run", lambda: running(cluster) == PODS)
    cluster.wait("they are counted", lambda: status(cluster)["used"]["pods"] == f"{PODS}")


def running(cluster):
    return sum(pod["status"]["phase"] == "Running" for pod in cluster.get("pods", NAMESPACE))


def status(cluster):
    [quota] = cluster.get("resourcequotas", NAMESPACE)
    return quota["status"]


def templates(made):
    """Return the template of each App's pods."""
    found = {one["metadata"]["name"]: template_of(one) for one in made.objects("apps/") if one["kind"] == "Deployment"}
    return {name: template["spec"] for name, (template, _) in found.items()}


def left(made, resource):
    """Return what there is room for beside the Apps: each pod once more, in thousandths of a CPU or in bytes."""
    asked = {name: spec["containers"][0]["resources"]["requests"][resource] for name, spec in templates(made).items()}
    total = sum(APPS[name]["workload"]["replicas"] * quantity(one) for name, one in asked.items())
    return int(total * (1000 if resource == "cpu" else 1))


def pod_of(made, name, sizes):
    """Return a pod with a container for each of some sizes."""
    spec = copy.deepcopy(templates(made)["small"])
    [own] = spec["containers"]
    spec["containers"] = [
        {**copy.deepcopy(own), "name": f"c{number}", "resources": {"requests": size, "limits": size}}
        for number, size in enumerate(sizes)
    ]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": NAMESPACE}, "spec": spec}


def filling(made, **more):
    """Return a pod that requests all that is left, and so much more; no container has more than the largest may."""
    sizes = [{name: f"{left(made, name) // PODS}{unit}" for name, unit in UNITS.items()} for _ in range(PODS)]
    for name, unit in UNITS.items():
        rest = left(made, name) - left(made, name) // PODS * (PODS - 1)
        sizes[-1][name] = f"{rest + more.get(name, 0)}{unit}"
    return pod_of(made, "filling", sizes)


def test_what_is_left_may_be_requested_and_no_more(cluster, there, made, proof):
    assert refused(cluster, filling(made)) == ""
    for name in UNITS:
        assert f"exceeded quota: quota, requested: limits.{name}=" in refused(cluster, filling(made, **{name: 1})), name
    proof("kube-apiserver", ABOUT, "twin_refused")


def test_there_is_room_for_each_pod_once_more_and_for_no_other(cluster, there, made, proof):
    tiny = [pod_of(made, f"tiny-{number}", [{"cpu": "1m", "memory": "1Mi"}]) for number in range(PODS + 1)]
    apply(cluster, tiny[:-1])
    cluster.wait("they are counted", lambda: status(cluster)["used"]["pods"] == f"{2 * PODS}")
    assert f"requested: pods=1, used: pods={2 * PODS}, limited: pods={2 * PODS}" in refused(cluster, tiny[-1])
    names = [one["metadata"]["name"] for one in tiny[:-1]]
    cluster.kubectl("delete", "pod", "-n", NAMESPACE, "--force", "--grace-period=0", *names)
    cluster.wait("they are gone", lambda: status(cluster)["used"]["pods"] == f"{PODS}")
    proof("kube-apiserver", ABOUT, "accepted")


@pytest.mark.parametrize(("kind", "resource"), [("LoadBalancer", "loadbalancers"), ("NodePort", "nodeports")])
def test_no_service_is_reached_from_outside(cluster, there, kind, resource, proof):
    spec = {"type": kind, "ports": [{"port": 80}], "selector": {"app.kubernetes.io/name": "large"}}
    value = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "more", "namespace": NAMESPACE}, "spec": spec}
    assert f"services.{resource}=1" in refused(cluster, value)
    proof("kube-apiserver", ABOUT, "twin_refused")


def failures(cluster):
    events = cluster.get("events", NAMESPACE, fieldSelector="reason=FailedCreate")
    return [event["message"] for event in events if "exceeded quota" in event["message"]]


def test_a_rollout_of_every_app_has_room(cluster, there, proof):
    cluster.kubectl("rollout", "restart", "deployment", "-n", NAMESPACE)
    cluster.wait("a pod more of each App runs", lambda: running(cluster) == PODS + len(APPS))
    assert failures(cluster) == []
    proof("kube-apiserver", ABOUT, "accepted")


def test_without_its_room_a_rollout_stops(cluster, there, made, proof):
    cluster.wait("the rollout ends", lambda: running(cluster) == PODS)
    broken = made.object(QUOTA)
    put("spec", "hard", "pods", to=f"{PODS}")(broken)
    apply(cluster, [broken])
    cluster.wait("it is taken up", lambda: status(cluster)["hard"]["pods"] == f"{PODS}")
    cluster.kubectl("rollout", "restart", "deployment", "-n", NAMESPACE)
    cluster.wait("a pod is refused", lambda: failures(cluster) != [], seconds=30)
    apply(cluster, [made.object(QUOTA)])
    proof("kube-apiserver", ABOUT, "twin_refused")
