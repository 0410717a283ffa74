"""Every manifest is accepted the first time, in the documented order, with strict validation and no warning."""

import pytest
from conformance.helpers import objects, paths, tweak, twin
from harness import loaded


def apply(cluster, path, *more):
    return cluster.kubectl("apply", "--server-side", "--validate=strict", *more, "-f", str(path), check=False)


def test_every_object_is_accepted_the_first_time(applied, cluster, example, proof):
    for done in applied:
        assert (done.returncode, done.stderr) == (0, "")
    lines = "".join(done.stdout for done in applied).splitlines()
    assert len(lines) == len(objects(paths(example / "bundle")))
    assert all(line.endswith(" serverside-applied") for line in lines), lines
    proof("kube-apiserver", example, "accepted")


def test_requests_are_accepted_by_their_owners_namespaces(applied, cluster, example):
    for path in sorted((example / "bundle/requests").rglob("*.yaml")):
        cluster.kubectl("create", "namespace", path.parent.name, check=False)  # it may be there
        done = apply(cluster, path)
        assert (done.returncode, done.stderr) == (0, ""), path


def test_a_misspelt_field_is_refused_in_every_file(applied, api, example, proof, tmp_path):
    """One at the top of `spec`, or of the object where there is none."""
    broken = twin(example / "bundle", tmp_path)
    for path in paths(broken):
        tweak(path, lambda value: value.get("spec", value).update(misspelt="x"))
        assert "misspelt" in api.apply(path.read_text("utf-8")), path
    proof("kube-apiserver", example, "twin_refused")


def one_more_balancer(value):
    """Make another Service that is reached from outside: nobody declared it."""
    value["metadata"]["name"] = "undeclared"
    value["spec"] = {"type": "LoadBalancer", "ports": value["spec"]["ports"], "selector": value["spec"]["selector"]}


def test_a_load_balancer_that_nobody_declared_is_refused(cluster, applied, example, tmp_path):
    """By the namespace's quota, which has room for the declared ones."""
    broken = twin(example / "bundle", tmp_path)
    service = next(path for path in paths(broken) if loaded(path.read_text("utf-8"))["kind"] == "Service")
    space = loaded(service.read_text("utf-8"))["metadata"]["namespace"]
    # A quota holds once the controller has counted what is there.
    cluster.kubectl("wait", "resourcequota", "--all", "-n", space, "--for=jsonpath={.status.hard}", "--timeout=60s")
    tweak(service, one_more_balancer)
    done = apply(cluster, service, "--dry-run=server")
    assert done.returncode != 0
    assert "exceeded quota" in done.stderr
    assert "services.loadbalancers" in done.stderr


def served(value):
    """Name a version of External Secrets that is not served any more."""
    value["apiVersion"] = "external-secrets.io/v1beta1"


def selected_by_nobody(value):
    """Name ports of no pods in particular, which a rule of the custom resource forbids."""
    value["spec"] |= {"portLevelMtls": {9090: {"mode": "PERMISSIVE"}}}
    value["spec"].pop("selector", None)


@pytest.mark.parametrize(
    ("kind", "change", "reason"),
    [
        ("ExternalSecret", served, 'no matches for kind "ExternalSecret" in version "external-secrets.io/v1beta1"'),
        ("PeerAuthentication", selected_by_nobody, "portLevelMtls requires selector"),
    ],
)
def test_what_only_custom_resources_know_is_refused(cluster, applied, example, kind, change, reason, tmp_path):
    broken = twin(example / "bundle", tmp_path)
    for path in paths(broken):
        if loaded(path.read_text("utf-8"))["kind"] == kind:
            tweak(path, change)
            done = apply(cluster, path, "--dry-run=server")
            assert done.returncode != 0
            assert reason in done.stderr
