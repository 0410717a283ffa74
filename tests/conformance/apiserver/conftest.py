"""What the claims on the API server share: every example, applied in the documented order."""

import json
from contextlib import closing

import pytest
from conformance.apiserver.api import Api
from conformance.helpers import APPLIED, objects, paths
from harness import EXAMPLES

# What the API server is started with follows from the Platform alone: the examples that have one of their own.
OWNED = [path for path in EXAMPLES if (path / "bundle/control-plane").exists()]


def fewest(example, value):
    """Return how many pods of a workload run without load: its own number, or the least of its autoscaler."""
    own = (value["kind"], value["metadata"]["name"], value["metadata"]["namespace"])
    for scaler in objects(paths(example / "bundle")):
        target = scaler.get("spec", {}).get("scaleTargetRef")
        if target and (target["kind"], target["name"], scaler["metadata"]["namespace"]) == own:
            return scaler["spec"]["minReplicas"]
    return value["spec"]["replicas"]


def provide(cluster, example):
    """Provide what a StatefulSet's volumes are bound to: there is no provisioner here."""
    for value in objects(paths(example / "bundle")):
        for claim in value.get("spec", {}).get("volumeClaimTemplates", ()):
            for number in range(fewest(example, value)):
                name = f"{value['metadata']['name']}-{claim['metadata']['name']}-{number}"
                spec = {
                    "accessModes": claim["spec"]["accessModes"], "capacity": claim["spec"]["resources"]["requests"],
                    "hostPath": {"path": f"/nowhere/{name}"}, "persistentVolumeReclaimPolicy": "Retain",
                }  # fmt: skip
                volume = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": spec}
                cluster.kubectl("apply", "-f", "-", text=json.dumps(volume))


def apply_example(cluster, example):
    """Apply an example by the documented commands; return kubectl's answers: namespaces, then Apps."""
    provide(cluster, example)
    folders = [str(example / "bundle" / part) for part in APPLIED]
    return [
        cluster.kubectl("apply", "--server-side", "--validate=strict", "-k", folder, check=False) for folder in folders
    ]


def apply(cluster, values):
    """Apply objects strictly; nothing is refused, and nothing is warned of."""
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": values})
    done = cluster.kubectl("apply", "--server-side", "--force-conflicts", "--validate=strict", "-f", "-", text=text)
    assert done.stderr == ""


def refused(cluster, value):
    """Return what the API server says of an object that it does not take; nothing is kept of one that it takes."""
    asked = ("apply", "--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict", "-f", "-")
    done = cluster.kubectl(*asked, text=json.dumps(value), check=False)
    return done.stderr if done.returncode else ""


def apply_made(cluster, made):
    """Apply what was rendered of answers, in the documented order; of a folder in that of kustomize, as far as it counts.

    A Namespace comes before what is in it, and a Pod after its ServiceAccount.
    """
    for folder in APPLIED:
        found = [value for value in made.objects(f"{folder}/") if value["kind"] != "Kustomization"]
        apply(cluster, sorted(found, key=lambda value: (value["kind"] != "Namespace", value["kind"] == "Pod")))


@pytest.fixture(params=OWNED, ids=[path.name for path in OWNED], scope="session")
def owned(request):
    """One example after the other whose control plane is its own."""
    return request.param


@pytest.fixture(scope="session")
def api(cluster):
    """Ask the one control plane over one connection."""
    with closing(Api(cluster)) as made:
        yield made


@pytest.fixture(scope="session")
def applied(cluster, example):
    """Apply one example the first time."""
    return apply_example(cluster, example)


@pytest.fixture(scope="module")
def applied_made(cluster, made, request):
    """Apply what a module's `made` was rendered; its namespace goes afterwards."""
    apply_made(cluster, made)
    yield made
    cluster.kubectl("delete", "namespace", request.module.NAMESPACE, "--wait=false")
