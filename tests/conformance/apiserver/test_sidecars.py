"""Pods with sidecars are admitted at restricted, in the declared order, and counted as reckoned; Services find their ports.

The twins: a sidecar that ends instead, which serves no port and leaves the order; one that is privileged; a file mounted
over another one.
"""

import copy
import json
from decimal import Decimal

import pytest
from conformance.apiserver.test_pods import used
from harness import app, platform, put, run

ABOUT = "an App with sidecars"
NAMESPACE, NAME = "sidecars", "beside"
DEPLOYMENT = f"apps/{NAMESPACE}/{NAME}/base/deployment.yaml"
SIDECARS = {
    "proxy": {
        "image": "registry.example.com/tools/proxy:1.0.0",
        "resources": {"cpu": "100m", "memory": "64Mi"},
        "started": {"exec": ["/proxy", "wait"]},
    },
    "exporter": {
        "image": "registry.example.com/tools/exporter:1.0.0",
        "ports": ["metrics"],
        "started": {"http": "/health"},
        "mounts": {"/var/log/beside": "read"},
        "writable": {},
    },
}


@pytest.fixture(scope="module")
def made(catalog):
    own = app(
        NAME,
        NAMESPACE,
        workload={"replicas": 2},
        ports={"http": {"port": 8080}, "metrics": {"port": 9121}},
        init={"migrate": {"command": ["/migrate"], "resources": {"cpu": "1", "memory": "64Mi"}}},
        sidecars=SIDECARS,
        config={"singleFiles": {"/etc/nginx/nginx.conf": "events {}"}},
        security={"writable": {"/var/log/beside": "64Mi"}},
    )
    return run(catalog, own, platform())


def applied_of(made):
    """Return what is applied, a Namespace before what is in it."""
    found = [value for folder in ("namespaces/", "apps/") for value in made.objects(folder)]
    found = [value for value in found if value["kind"] != "Kustomization"]
    return sorted(found, key=lambda value: value["kind"] != "Namespace")


def apply(cluster, *values):
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": values})
    given = ("apply", "--server-side", "--force-conflicts", "--validate=strict", "-f", "-")
    return cluster.kubectl(*given, text=text, check=False).stderr


@pytest.fixture(scope="module")
def applied(cluster, made):
    assert apply(cluster, *applied_of(made)) == ""


def pods(cluster):
    return cluster.get("pods", NAMESPACE)


def served(cluster):
    """Return the ports that the Service leads to."""
    slices = cluster.get("endpointslices", NAMESPACE)
    return {port["name"]: port["port"] for one in slices for port in one["ports"] or ()}


def test_they_are_admitted_counted_and_served(cluster, applied, made, proof):
    cluster.wait("two pods run", lambda: [pod["status"]["phase"] for pod in pods(cluster)] == ["Running"] * 2)
    for pod in pods(cluster):
        init = [(one["name"], one.get("restartPolicy")) for one in pod["spec"]["initContainers"]]
        assert init == [("proxy", "Always"), ("exporter", "Always"), ("migrate", None)]
    cluster.wait("the ports of the Service", lambda: served(cluster) == {"http": 8080, "metrics": 9121})

    def same():
        theirs, ours = used(cluster, NAMESPACE)
        return theirs == ours

    cluster.wait(f"what is used: {used(cluster, NAMESPACE)}", same)
    # What serves beside the sidecars, 600m, is less than what migrates beside them: a core and 350m, for each of two.
    assert used(cluster, NAMESPACE)[0]["requests.cpu"] == Decimal("2.7")
    [quota] = cluster.get("resourcequotas", NAMESPACE)
    assert quota["spec"]["hard"]["requests.cpu"] == "5400m"
    proof("kube-apiserver", ABOUT, "accepted")


def broken(made, change):
    value = copy.deepcopy(made.object(DEPLOYMENT))
    change(value["spec"]["template"]["spec"])
    return value


REFUSED = {
    "another policy": (put("initContainers", 0, "restartPolicy", to="Sometimes"), "restartPolicy: Unsupported value"),
    "a probe of what ends": (put("initContainers", 0, "restartPolicy", to=...), "startupProbe: Forbidden"),
    "one place twice": (put("containers", 0, "volumeMounts", 1, "mountPath", to="/var/log/beside"), "duplicate entries"),
    "a file outside its volume": (put("containers", 0, "volumeMounts", 1, "subPath", to="../x"), "must not contain '..'"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_the_api_server_refuses_a_broken_one(cluster, applied, made, name, proof):
    change, reason = REFUSED[name]
    assert reason in apply(cluster, broken(made, change))
    proof("kube-apiserver", ABOUT, "twin_refused")


def test_a_privileged_sidecar_is_not_admitted(cluster, applied, made, proof):
    loose = put("initContainers", 0, "securityContext", "privileged", to=True)
    value = broken(made, loose)
    value["spec"]["template"]["spec"]["initContainers"][0]["securityContext"]["allowPrivilegeEscalation"] = True
    template = value["spec"]["template"]
    pod = {"apiVersion": "v1", "kind": "Pod", **template, "metadata": {"name": "loose", "namespace": NAMESPACE}}
    done = cluster.kubectl("create", "--dry-run=server", "-f", "-", text=json.dumps(pod), check=False)
    assert 'violates PodSecurity "restricted:' in done.stderr
    proof("kube-apiserver", ABOUT, "twin_refused")


def test_no_service_finds_a_port_of_what_ends(cluster, applied, made, proof):
    """Last: its pods stand for the others."""

    def ends(spec):
        del spec["initContainers"][1]["restartPolicy"], spec["initContainers"][1]["startupProbe"]

    cluster.kubectl("delete", "deployment", "-n", NAMESPACE, NAME)
    assert apply(cluster, broken(made, ends)) == ""
    cluster.wait("its pods run", lambda: {pod["status"]["phase"] for pod in pods(cluster)} == {"Running"})
    cluster.wait("the port is gone", lambda: served(cluster) == {"http": 8080})
    proof("kube-apiserver", ABOUT, "twin_refused")
