"""A Pod by itself is admitted, runs and takes a new image; nothing makes it again, and another change is refused"""

import copy
import json

import pytest
from conformance.apiserver.conftest import apply_made
from harness import app, run

ABOUT = "an App that is a Pod"
NAMESPACE = "alone"
BEFORE, AFTER = "registry.example.com/shop/api:1.0.0", "registry.example.com/shop/api:1.0.1"


@pytest.fixture(scope="module")
def pod(catalog, cluster):
    made = run(catalog, app(namespace=NAMESPACE, image=BEFORE, workload={"kind": "Pod"}))
    apply_made(cluster, made)
    [value] = [value for value in made.objects("apps/") if value["kind"] == "Pod"]
    return value


def found(cluster):
    return cluster.get("pods", NAMESPACE)


def send(cluster, value, *options):
    """Send the Pod as `kubectl apply` does, or with other options."""
    what = options or ("apply", "--server-side", "--force-conflicts", "--validate=strict")
    return cluster.kubectl(*what, "-f", "-", text=json.dumps(value), check=False)


def changed(pod, change):
    value = copy.deepcopy(pod)
    change(value["spec"]["containers"][0])
    return value


def test_it_runs_and_takes_a_new_image(cluster, pod, proof):
    cluster.wait("the Pod runs", lambda: [one["status"]["phase"] for one in found(cluster)] == ["Running"])
    [before] = found(cluster)
    done = send(cluster, changed(pod, lambda one: one.update(image=AFTER)))
    assert (done.returncode, done.stderr) == (0, "")
    [after] = found(cluster)
    assert after["spec"]["containers"][0]["image"] == AFTER
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    proof("kube-apiserver", ABOUT, "accepted")


def test_another_change_is_refused_until_it_is_replaced(cluster, pod, proof):
    value = changed(pod, lambda one: one.update(args=["--other"]))
    done = send(cluster, value)
    assert done.returncode != 0
    assert "pod updates may not change fields other than `spec.containers[*].image`" in done.stderr
    assert send(cluster, value, "replace", "--force", "--grace-period=1").returncode == 0
    cluster.wait("the new one runs", lambda: [one["spec"]["containers"][0].get("args") for one in found(cluster)] == [["--other"]])  # fmt: skip
    proof("kube-apiserver", ABOUT, "twin_refused")


def test_nothing_makes_it_again(cluster, pod):
    cluster.kubectl("delete", "pod", "-n", NAMESPACE, pod["metadata"]["name"], "--grace-period=1")
    assert found(cluster) == []
