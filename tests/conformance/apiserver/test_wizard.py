"""What the wizard makes of a Dockerfile and a compose file by its proposals alone is accepted strictly, and runs"""

import json

import pytest
from conformance.apiserver.conftest import apply_made, refused
from harness import ROOT, run

from scaffold.wizard.asked import asked
from scaffold.wizard.documents import documents as answered
from scaffold.wizard.headless import completed
from scaffold.wizard.looked import around
from scaffold.wizard.state import State

ABOUT = "a Dockerfile and a compose file"


@pytest.fixture(scope="module")
def made(catalog):
    known = around(catalog, ROOT / "examples/wizard/orders")
    state = completed(known, State(), defaults=True)
    return run(catalog, *(one.value for one in answered(known, asked(known, state), state)))


def test_it_is_accepted_and_runs(cluster, made, proof):
    apply_made(cluster, made)
    [workload] = [one for one in made.objects("apps/") if one["kind"] == "Deployment"]
    # What the team encrypts is in no bundle: here it is made by hand, so that the pods start.
    names = {
        one["secret"]["secretName"]
        for one in workload["spec"]["template"]["spec"].get("volumes", [])
        if "secret" in one
    }
    names |= {
        one["valueFrom"]["secretKeyRef"]["name"]
        for container in workload["spec"]["template"]["spec"]["containers"]
        for one in container.get("env", [])
        if "secretKeyRef" in one.get("valueFrom", {})
    }
    namespace = workload["metadata"]["namespace"]
    for name in sorted(names):
        secret = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": namespace},
            "stringData": {"value": "x"},
        }
        cluster.kubectl("apply", "-f", "-", text=json.dumps(secret))
    want = workload["spec"]["replicas"]
    cluster.wait(
        "its pods run", lambda: [one["status"]["phase"] for one in cluster.get("pods", namespace)] == ["Running"] * want
    )
    proof("kube-apiserver", ABOUT, "accepted")


def test_as_root_its_pod_is_refused(cluster, made, proof):
    [workload] = [one for one in made.objects("apps/") if one["kind"] == "Deployment"]
    pod = {"apiVersion": "v1", "kind": "Pod", **workload["spec"]["template"]}
    pod["metadata"] = {**pod["metadata"], "name": "root", "namespace": workload["metadata"]["namespace"]}
    assert "violates PodSecurity" not in refused(cluster, pod)
    pod["spec"] = {**pod["spec"], "securityContext": {**pod["spec"]["securityContext"], "runAsUser": 0}}
    assert "violates PodSecurity" in refused(cluster, pod)
    proof("kube-apiserver", ABOUT, "twin_refused")
