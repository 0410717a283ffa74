"""Without CPU limits, and with users of their own, pods are admitted and run: nothing of their namespace asks for limits."""

import pytest
from conformance.apiserver.conftest import apply, apply_made
from harness import app, platform, put, run

ABOUT = "an App without CPU limits"
NAMESPACE = "unlimited"
QUOTA, LIMITS = f"namespaces/{NAMESPACE}/resource-quota.yaml", f"namespaces/{NAMESPACE}/limit-range.yaml"


@pytest.fixture(scope="module")
def made(catalog):
    own = app("idle", NAMESPACE, workload={"replicas": 2}, security={"userNamespace": True})
    return run(catalog, own, platform(cpuLimits=False))


@pytest.fixture(scope="module")
def applied(cluster, made):
    apply_made(cluster, made)


def pods(cluster):
    return cluster.get("pods", NAMESPACE)


def test_pods_run_as_they_were_rendered(cluster, applied, proof):
    """Nothing gives them a limit, as a LimitRange with a maximum would."""
    cluster.wait("two pods run", lambda: [pod["status"]["phase"] for pod in pods(cluster)] == ["Running"] * 2)
    for pod in pods(cluster):
        [container] = pod["spec"]["containers"]
        assert "cpu" not in container["resources"]["limits"]
        assert container["resources"]["requests"]["cpu"] == "250m"
        assert (pod["status"]["qosClass"], pod["spec"]["hostUsers"]) == ("Burstable", False)
    proof("kube-apiserver", ABOUT, "accepted")


TWINS = {
    "a quota on limits": (QUOTA, put("spec", "hard", "limits.cpu", to="9"), "must specify limits.cpu"),
    "a largest limit": (LIMITS, put("spec", "limits", 0, "max", "cpu", to="100m"), "must be less than or equal to cpu limit"),
}  # fmt: skip


@pytest.mark.parametrize("name", TWINS)
def test_what_asks_for_limits_refuses_the_pods(cluster, applied, made, name, proof):
    path, change, reason = TWINS[name]
    broken = made.object(path)
    change(broken)
    apply(cluster, [broken])
    cluster.kubectl("delete", "pods", "-n", NAMESPACE, "--all", "--wait=false")

    def refused():
        events = cluster.get("events", NAMESPACE, fieldSelector="reason=FailedCreate")
        return any(reason in event["message"] for event in events)

    cluster.wait("the pods are refused", refused, seconds=60)
    apply(cluster, [made.object(path)])
    proof("kube-apiserver", ABOUT, "twin_refused")
