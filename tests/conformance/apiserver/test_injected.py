"""With the sidecar that Istio itself injects, pods of a mesh are admitted at restricted, fit the quota, and run.

The twin is the same injection without Istio's CNI: its init container asks for NET_ADMIN, which restricted refuses.
"""

import copy
import json

import pytest
from conformance.apiserver.conftest import apply_example, fewest
from conformance.helpers import objects, paths
from harness import EXAMPLES, loaded_all

pytestmark = pytest.mark.programs("istioctl")

SIDECAR, NATIVE = "istio-proxy", "sidecar.istio.io/nativeSidecar"
REVISION = "default"  # else istioctl asks a cluster which there is


def deployments(folder):
    return [value for value in objects(paths(folder / "bundle")) if value["kind"] == "Deployment"]


def pod_of(value):
    return value["spec"]["template"]["spec"]


def is_meshed(value):
    return value["spec"]["template"]["metadata"].get("labels", {}).get("sidecar.istio.io/inject") == "true"


MESHED = [path for path in EXAMPLES if any(map(is_meshed, deployments(path)))]
STEPPED = [path for path in MESHED if any(pod_of(value).get("initContainers") for value in deployments(path))]


@pytest.fixture(params=MESHED, ids=[path.name for path in MESHED], scope="session")
def meshed(request):
    """One example after the other that is in a mesh."""
    return request.param


@pytest.fixture(scope="session")
def applied_mesh(cluster, meshed):
    """Apply the example: its namespaces have to be there, with quota and LimitRange."""
    return apply_example(cluster, meshed)


@pytest.fixture(scope="module")
def inject(run, tmp_path_factory):
    """Return Deployments as Istio's webhook would let their pods be, with or without its CNI."""

    def settings(cni):
        folder = tmp_path_factory.mktemp("injector")
        sets = ("--set", f"components.cni.enabled={cni}", "--set", f"values.pilot.cni.enabled={cni}")
        done = run("istioctl", "manifest", "generate", *sets)
        assert done.returncode == 0, done.stderr
        data = {
            value["metadata"]["name"]: value["data"]
            for value in loaded_all(done.stdout)
            if value and value["kind"] == "ConfigMap"
        }
        injector, mesh = data["istio-sidecar-injector"], data["istio"]
        texts = {
            "injectConfigFile": injector["config"],
            "valuesFile": injector["values"],
            "meshConfigFile": mesh["mesh"],
        }
        for name, text in texts.items():
            (folder / name).write_text(text)
        return [part for name in texts for part in (f"--{name}", folder / name)]

    made = {}

    def injected(*values, native, cni="true"):
        if cni not in made:
            made[cni] = settings(cni)
        values = copy.deepcopy(values)
        for value in values:
            value["spec"]["template"]["metadata"].setdefault("annotations", {})[NATIVE] = native
        text = "\n---\n".join(map(json.dumps, values))
        done = run("istioctl", "kube-inject", "-r", REVISION, "-f", "-", *made[cni], text=text)
        assert done.returncode == 0, done.stderr
        found = list(filter(None, loaded_all(done.stdout)))  # an empty document follows
        names = [[one["metadata"]["name"] for one in some] for some in (values, found)]
        assert names[0] == names[1]
        return found

    return injected


def apply(cluster, values):
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": values})
    return cluster.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", text=text).stderr


def pods(cluster, value):
    name = value["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/name"]
    return cluster.get("pods", value["metadata"]["namespace"], labelSelector=f"app.kubernetes.io/name={name}")


def sidecars(pod):
    """Tell in which lists a pod has Istio's proxy."""
    return [
        key for key in ("containers", "initContainers") for one in pod["spec"].get(key, ()) if one["name"] == SIDECAR
    ]


@pytest.mark.parametrize(("native", "where"), [("false", "containers"), ("true", "initContainers")])
def test_injected_pods_are_admitted_and_run(applied_mesh, cluster, inject, meshed, native, where, proof):
    """All replicas roll over, under the quota and the LimitRange of their namespace."""
    values = list(filter(is_meshed, deployments(meshed)))
    assert apply(cluster, inject(*values, native=native)) == ""  # a pod that is not restricted is warned about
    expected = {value["metadata"]["name"]: [("Running", [where])] * fewest(meshed, value) for value in values}

    def found():
        return {
            value["metadata"]["name"]: [(pod["status"]["phase"], sidecars(pod)) for pod in pods(cluster, value)]
            for value in values
        }

    cluster.wait(f"pods with a sidecar: {expected}", lambda: found() == expected)
    proof("kube-apiserver", meshed, "accepted")


@pytest.mark.parametrize("meshed", STEPPED, ids=[path.name for path in STEPPED], indirect=True)
def test_init_containers_run_behind_a_native_sidecar(applied_mesh, cluster, inject, meshed):
    """What it says of itself is enough: their traffic is in the mesh."""
    values = [value for value in filter(is_meshed, deployments(meshed)) if pod_of(value).get("initContainers")]
    assert values
    for value in values:
        native = value["spec"]["template"]["metadata"]["annotations"][NATIVE]
        steps = [one["name"] for one in pod_of(value)["initContainers"]]
        [made] = inject(value, native=native)
        assert apply(cluster, [made]) == ""
        found = [one["name"] for one in pod_of(made)["initContainers"]]
        assert found[found.index(SIDECAR) + 1 :] == steps
        # The twin: under a classic sidecar there is nobody yet who would pass on what they send.
        [twin] = inject(value, native="false")
        assert SIDECAR not in [one["name"] for one in pod_of(twin)["initContainers"]]


def test_without_the_cni_they_would_be_refused(applied_mesh, cluster, inject, meshed, proof):
    [value, *_] = filter(is_meshed, deployments(meshed))
    assert 'would violate PodSecurity "restricted:' in apply(cluster, inject(value, native="true", cni="false"))
    proof("kube-apiserver", meshed, "twin_refused")
