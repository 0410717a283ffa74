"""A container that is larger than its Platform allows is refused in an App's namespace; what says nothing fits"""

import copy
import json

import pytest
from conformance.apiserver.conftest import apply
from harness import app, platform, put, run

from scaffold.reach.manifests import template_of

ABOUT = "an App of a bounded size"
MOST = {"cpu": "80m", "memory": "96Mi"}
LARGER = {"cpu": "81m", "memory": "97Mi"}


@pytest.fixture(scope="module", params=[None, "istio-sidecar"])
def made(catalog, request):
    """Return a bundle with such a bound; in a mesh with a sidecar that is larger than that."""
    mesh = {"mesh": {"mode": request.param, "cpu": "100m", "memory": "128Mi"}} if request.param else {}
    resources = {"default": {**MOST}, "most": MOST}
    return run(catalog, app(namespace="sized-meshed" if mesh else "sized"), platform(resources=resources, **mesh))


@pytest.fixture(scope="module")
def ask(cluster, made):
    """Return what the API server makes of a pod whose container is changed: its resources, or why it is refused."""
    namespaces = [value for value in made.objects("namespaces/") if value["kind"] in {"Namespace", "LimitRange"}]
    apply(cluster, sorted(namespaces, key=lambda value: value["kind"], reverse=True))
    [name] = made.system.namespaces
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "api", "namespace": name}}
    apply(cluster, [account])
    [value] = [value for value in made.objects("apps/") if value["kind"] == "Deployment"]
    template, _ = template_of(value)

    def asked(change=lambda container: None):
        pod = copy.deepcopy({"apiVersion": "v1", "kind": "Pod", **template})
        pod["metadata"] |= {"name": "asked", "namespace": name}
        change(pod["spec"]["containers"][0])
        done = cluster.kubectl("create", "--dry-run=server", "-o", "json", "-f", "-", text=json.dumps(pod), check=False)
        return done.stderr or json.loads(done.stdout)["spec"]["containers"][0]["resources"]["limits"]

    return asked


def sidecar(made):
    """Return what the largest sidecar takes, or what an App's container may."""
    return {"cpu": "100m", "memory": "128Mi"} if made.system.platform.spec.mesh else MOST


def test_what_fits_is_admitted(ask, made, proof):
    assert ask().items() >= MOST.items()
    assert ask(lambda one: one.pop("resources")).items() >= MOST.items()  # the LimitRange's own
    for name, amount in sidecar(made).items():
        found = ask(put("resources", to={"limits": {name: amount}}))
        assert found[name] == amount, found
    proof("kube-apiserver", ABOUT, "accepted")


def test_what_is_larger_is_refused(ask, cluster, made, proof):
    amounts = {"cpu": "101m", "memory": "129Mi"} if made.system.platform.spec.mesh else LARGER
    larger = {name: put("resources", to={"limits": {name: amount}}) for name, amount in amounts.items()}
    for name, change in larger.items():
        assert f"maximum {name} usage per Container is" in ask(change)
    # It is the maximum that refuses them: without one they are admitted.
    [limits] = made.objects("limit-range.yaml")
    without = copy.deepcopy(limits)
    del without["spec"]["limits"][0]["max"]
    apply(cluster, [without])
    for change in larger.values():
        cluster.wait("what is larger is admitted", lambda: isinstance(ask(change), dict), seconds=30)  # noqa: B023  called at once
    apply(cluster, [limits])
    proof("kube-apiserver", ABOUT, "twin_refused")
