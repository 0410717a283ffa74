"""With ids that an image was built for, group 0 too, or that the cluster assigns, pods are admitted at restricted; as root not"""

import copy
import json

import pytest
from harness import app, platform, put, run
from pod_security.cases import both

from scaffold.reach.manifests import template_of

ABOUT = "ids of images"
IDS = {
    "low": (app("api", "ids-low", security={"user": 999}), platform()),
    "group-0": (app("api", "ids-group-0", security={"user": 10002, "group": 0}), platform()),
    "assigned": (app("api", "ids-assigned"), platform(distribution="openshift")),
}
CONTEXT = ("securityContext",)
OWN = ("containers", 0, *CONTEXT)


@pytest.fixture(scope="module", params=IDS)
def ask(cluster, catalog, request):
    """Return what the API server says of the bundle's pod, changed or not, in its namespace: admitted or not, and why."""
    made = run(catalog, *IDS[request.param])
    [space] = [value for value in made.objects("namespaces/") if value["kind"] == "Namespace"]
    name = space["metadata"]["name"]
    [value] = [value for value in made.objects("apps/") if value["kind"] == "Deployment"]
    cluster.kubectl("apply", "--server-side", "-f", "-", text=json.dumps(space))
    cluster.wait_for_account(name)
    template, _ = template_of(value)

    def asked(change=lambda spec: None):
        pod = copy.deepcopy({"apiVersion": "v1", "kind": "Pod", **template})
        pod["metadata"] |= {"name": "asked", "namespace": name}
        pod["spec"]["serviceAccountName"] = "default"
        change(pod["spec"])
        done = cluster.kubectl("create", "--dry-run=server", "-f", "-", text=json.dumps(pod), check=False)
        return done.returncode == 0, done.stderr

    return asked


def test_they_are_admitted(ask, proof):
    assert ask() == (True, "")
    proof("kube-apiserver", ABOUT, "accepted")


def assign(spec):
    """Do what OpenShift does as it admits a pod by restricted-v2, where it says no ids."""
    ids = 1000680000  # the first of a namespace's range
    spec["securityContext"] |= {"fsGroup": ids, "seLinuxOptions": {"level": "s0:c26,c10"}}
    spec["containers"][0]["securityContext"] |= {"runAsUser": ids}


def test_they_are_admitted_with_ids_of_openshift(ask, proof):
    assert ask(assign) == (True, "")
    proof("kube-apiserver", ABOUT, "accepted")


TWINS = {
    "root for the pod": put(*CONTEXT, "runAsUser", to=0),
    "root for its container": put(*OWN, "runAsUser", to=0),
    "root, if the image says so": both(put(*CONTEXT, "runAsNonRoot", to=...), put(*OWN, "runAsNonRoot", to=...)),
}


@pytest.mark.parametrize("name", TWINS)
def test_as_root_they_are_refused(ask, proof, name):
    admitted, said = ask(TWINS[name])
    assert not admitted
    assert 'violates PodSecurity "restricted:' in said
    proof("kube-apiserver", ABOUT, "twin_refused")
