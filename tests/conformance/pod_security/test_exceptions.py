"""A container with an exception from a control is admitted in its namespace, at the level that follows from it

Its twins: at a namespace's usual level it is refused, and so is a pod that is looser than its exceptions say.
"""

import copy
import json

import pytest
from harness import app, exception, platform, run

from scaffold.reach.manifests import template_of

EXCEPTIONS = ("read-only-root", "non-root", "no-capabilities", "no-privilege-escalation")
LABEL = "pod-security.kubernetes.io/enforce"
ABOUT = "exceptions"


@pytest.fixture(scope="module", params=EXCEPTIONS)
def made(catalog, request):
    """One bundle for each control that may be relaxed."""
    one = exception(request.param)
    return run(catalog, app(namespace=f"relaxed-{request.param}", exceptions=[one]), platform())


@pytest.fixture
def ask(cluster, made):
    """Return what the API server says of the bundle's pod, changed or not, at some level of its namespace."""
    [space] = [value for value in made.objects("namespaces/") if value["kind"] == "Namespace"]
    name = space["metadata"]["name"]
    [value] = [value for value in made.objects("apps/") if value["kind"] == "Deployment"]
    cluster.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", text=json.dumps(space))
    template, _ = template_of(value)

    def asked(change=lambda pod: None, level=None):
        if level is not None:
            cluster.kubectl("label", "--overwrite", "namespace", name, f"{LABEL}={level}")
        pod = copy.deepcopy({"apiVersion": "v1", "kind": "Pod", **template})
        pod["metadata"] |= {"name": "asked", "namespace": name}
        pod["spec"]["serviceAccountName"] = "default"
        change(pod["spec"]["containers"][0]["securityContext"])
        cluster.wait_for_account(name)
        done = cluster.kubectl("create", "--dry-run=server", "-f", "-", text=json.dumps(pod), check=False)
        return done.returncode == 0, done.stderr

    return space["metadata"]["labels"][LABEL], asked


def test_it_is_admitted_at_the_level_that_follows(ask, proof):
    level, asked = ask
    admitted, said = asked()
    assert admitted, said
    # Whoever applies it is told: it is warned about at restricted.
    assert ("would violate PodSecurity" in said) == (level != "restricted")
    proof("kube-apiserver", ABOUT, "accepted")


def test_it_needs_that_level(ask, proof):
    level, asked = ask
    admitted, said = asked(level="restricted")
    assert admitted == (level == "restricted"), said
    if not admitted:
        assert 'violates PodSecurity "restricted:' in said
        proof("kube-apiserver", ABOUT, "twin_refused")


def test_a_looser_pod_is_refused(ask, proof):
    _, asked = ask
    admitted, said = asked(lambda context: context.update(privileged=True, allowPrivilegeEscalation=True))
    assert not admitted
    assert "violates PodSecurity" in said
    proof("kube-apiserver", ABOUT, "twin_refused")
