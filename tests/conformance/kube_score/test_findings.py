"""kube-score, with every optional test, reports nothing that is not waived with its reason; each loosened field is reported."""

import json

import pytest
from conformance.findings import Finding, reference, scanned, unused, unwaived, waivers
from conformance.helpers import rendered, tweak, tweak_each, twin, with_init
from harness import EXAMPLES, loaded

pytestmark = pytest.mark.programs("kube-score")

OK = 10
JUDGED = ("Deployment/", "Service/", "NetworkPolicy/", "PodDisruptionBudget/", "HorizontalPodAutoscaler/")
# One is asked of Deployments that an autoscaler scales, the other one of the rest.
SCALER = "horizontal-pod-autoscaler.yaml"
OF_SCALED, OF_FIXED = "deployment-targeted-by-hpa-does-not-have-replicas-configured", "deployment-replicas"
# Skipped of what has one pod, which may be drained; and of what no Service finds.
OF_SERVED = {"pod-probes", "deployment-replicas", "deployment-strategy"}
OF_SEVERAL = {"deployment-has-poddisruptionbudget", "deployment-has-host-podantiaffinity"}


@pytest.fixture(scope="module")
def optional(run):
    """Return the flags that switch on every test that is off by default."""
    rows = [line.split(",") for line in run("kube-score", "list").stdout.splitlines()]
    names = [row[0] for row in rows if row[-1] == "optional"]
    assert len(names) >= 6
    return [part for name in names for part in ("--enable-optional-test", name)]


@pytest.fixture(scope="module")
def checks(run, optional):
    """Return the checks of a bundle, each with its object; whatever runs or reaches a pod has been judged."""

    def ask(bundle):
        files = scanned(bundle)
        done = run(
            "kube-score", "score", "--kubernetes-version", "v1.36", "--disable-ignore-checks-annotations",
            "--disable-optional-checks-annotations", *optional, "-o", "json", *files,
        )  # fmt: skip
        judged = json.loads(done.stdout)
        assert {files[one["file_name"]] for one in judged} >= {
            value for value in files.values() if value.startswith(JUDGED)
        }
        return [(files[one["file_name"]], check) for one in judged for check in one["checks"]]

    return ask


@pytest.fixture(scope="module")
def scan(checks):
    """Return what is reported of a bundle: one check has several things to say, and a waiver is for one of them."""
    return lambda bundle: {
        Finding("kube-score", f"{check['check']['id']}: {said['summary']}", place)
        for place, check in checks(bundle)
        if check["grade"] != OK and not check["skipped"]
        for said in check["comments"]
    }


def test_nothing_is_found_that_is_not_waived(scan, example, proof):
    assert unwaived(scan(example / "bundle"), waivers()) == []
    proof("kube-score", example, "accepted")


def test_nothing_is_left_unjudged(checks, example):
    scalers = [loaded(path.read_text()) for path in (example / "bundle").rglob(SCALER)]
    scaled = {reference({**one, "kind": one["spec"]["scaleTargetRef"]["kind"]}) for one in scalers}
    runs = [loaded(path.read_text()) for path in (example / "bundle").rglob("deployment.yaml")]
    alone = {reference(one) for one in runs if one["spec"].get("replicas") == 1}
    serving = {
        reference({**loaded(path.read_text()), "kind": "Deployment"})
        for path in (example / "bundle").rglob("service.yaml")
    }
    for place, check in checks(example / "bundle"):
        skipped = {OF_FIXED if place in scaled else OF_SCALED, *(OF_SEVERAL if place in alone else ())}
        if place.startswith("Deployment/") and place not in serving:
            skipped |= OF_SERVED
        assert check["skipped"] == (check["check"]["id"] in skipped), (place, check["check"]["id"])


def test_every_waiver_is_used(scan):
    found = set().union(*(scan(example / "bundle") for example in EXAMPLES))
    assert unused(found, waivers(), "kube-score") == []


def of_pod(change):
    return lambda value: change(value["spec"]["template"]["spec"])


def of_container(change):
    return lambda value: change(value["spec"]["template"]["spec"]["containers"][0])


def of_both(change):
    """Loosen what is said twice, of the pod and of the container."""

    def both(value):
        pod = value["spec"]["template"]["spec"]
        change(pod["securityContext"])
        change(pod["containers"][0]["securityContext"])

    return both


DEPLOYMENT = "deployment.yaml"
TWINS = {
    "container-image-tag": (DEPLOYMENT, of_container(lambda one: one.update(image="registry.example.com/a:latest"))),
    "container-image-pull-policy": (DEPLOYMENT, of_container(lambda one: one.update(imagePullPolicy="IfNotPresent"))),
    "container-resources": (DEPLOYMENT, of_container(lambda one: one["resources"]["limits"].pop("memory"))),
    "container-cpu-requests-equal-limits": (
        DEPLOYMENT,
        of_container(lambda one: one["resources"]["limits"].update(cpu="4")),
    ),
    "container-ephemeral-storage-request-and-limit": (
        DEPLOYMENT,
        of_container(lambda one: one["resources"]["limits"].pop("ephemeral-storage")),
    ),
    "container-security-context-user-group-id": (DEPLOYMENT, of_both(lambda one: one.update(runAsGroup=1))),
    "container-security-context-privileged": (
        DEPLOYMENT,
        of_container(lambda one: one["securityContext"].update(privileged=True)),
    ),
    "container-security-context-readonlyrootfilesystem": (
        DEPLOYMENT,
        of_container(lambda one: one["securityContext"].pop("readOnlyRootFilesystem")),
    ),
    "container-seccomp-profile": (DEPLOYMENT, of_both(lambda one: one.pop("seccompProfile", None))),
    "pod-probes": (DEPLOYMENT, of_container(lambda one: one.pop("readinessProbe"))),
    "pod-probes-identical": (
        DEPLOYMENT,
        of_container(lambda one: one.update(livenessProbe=one["readinessProbe"])),
    ),
    "pod-topology-spread-constraints": (
        DEPLOYMENT,
        of_pod(lambda one: one["topologySpreadConstraints"][0].pop("labelSelector")),
    ),
    "deployment-has-host-podantiaffinity": (DEPLOYMENT, of_pod(lambda one: one.pop("affinity"))),
    "deployment-replicas": (DEPLOYMENT, lambda value: value["spec"].update(replicas=1)),
    "deployment-strategy": (DEPLOYMENT, lambda value: value["spec"].update(strategy={"type": "Recreate"})),
    "deployment-has-poddisruptionbudget": (
        "pod-disruption-budget.yaml",
        lambda value: value["spec"].update(selector={"matchLabels": {"app": "another"}}),
    ),
    "networkpolicy-targets-pod": (
        "network-policy.yaml",
        lambda value: value["spec"].update(podSelector={"matchLabels": {"app": "another"}}),
    ),
    "service-targets-pod": ("service.yaml", lambda value: value["spec"].update(selector={"app": "another"})),
    "service-type": ("service.yaml", lambda value: value["spec"].update(type="NodePort")),
    "label-values": (DEPLOYMENT, lambda value: value["metadata"]["labels"].update(part="not a label")),
    "stable-version": (DEPLOYMENT, lambda value: value.update(apiVersion="apps/v1beta2")),
}


def reported(found):
    """Return the checks that report something that nobody waived."""
    return {finding.id.partition(":")[0] for finding in unwaived(found, waivers())}


@pytest.mark.parametrize("name", TWINS)
def test_a_loosened_field_is_reported(scan, example, name, proof, tmp_path):
    file, change = TWINS[name]
    broken = twin(example / "bundle", tmp_path)
    tweak_each(broken.rglob(file), change)
    assert name in reported(scan(broken))
    proof("kube-score", example, "twin_refused")


SCALED = [path for path in EXAMPLES if list((path / "bundle").rglob(SCALER))]
OF_SCALERS = {
    "horizontalpodautoscaler-has-target": (
        SCALER,
        lambda value: value["spec"]["scaleTargetRef"].update(name="nobody"),
    ),
    "horizontalpodautoscaler-replicas": (SCALER, lambda value: value["spec"].update(minReplicas=1)),
    OF_SCALED: (DEPLOYMENT, lambda value: value["spec"].update(replicas=3)),
}


@pytest.mark.parametrize("name", OF_SCALERS)
@pytest.mark.parametrize("scaled", SCALED, ids=[path.name for path in SCALED])
def test_a_broken_autoscaler_is_reported(scan, scaled, name, proof, tmp_path):
    file, change = OF_SCALERS[name]
    broken = twin(scaled / "bundle", tmp_path)
    for path in broken.rglob(SCALER):
        tweak(path.with_name(file), change)
    assert name in reported(scan(broken))
    proof("kube-score", scaled, "twin_refused")


OF_INIT = {
    "container-image-tag": lambda one: one.update(image="registry.example.com/a:latest"),
    "container-image-pull-policy": lambda one: one.update(imagePullPolicy="IfNotPresent"),
    "container-resources": lambda one: one.pop("resources"),
    "container-security-context-privileged": lambda one: one["securityContext"].update(privileged=True),
    "container-security-context-readonlyrootfilesystem": lambda one: one["securityContext"].update(
        readOnlyRootFilesystem=False
    ),
}


@pytest.mark.parametrize("name", OF_INIT)
def test_a_loosened_init_container_is_reported(scan, example, name, proof, tmp_path):
    """What is found of the App's container is found of what runs before it, too."""
    broken = twin(example / "bundle", tmp_path)
    for path in broken.rglob(DEPLOYMENT):
        tweak(path, of_pod(lambda pod: with_init(pod, OF_INIT[name])))
    assert name in reported(scan(broken))
    proof("kube-score", example, "twin_refused")


OF_CPU = {
    "container-resources: CPU limit is not set",
    "container-cpu-requests-equal-limits: CPU requests does not match limits",
    "container-resource-requests-equal-limits: CPU requests does not match limits",
}


def test_without_cpu_limits_only_they_are_missed(scan, catalog, example, tmp_path):
    """Only of a Platform that leaves them out: no example is waived."""
    found = scan(rendered(catalog, example, tmp_path, cpuLimits=False))
    assert {finding.id for finding in unwaived(found, waivers())} == OF_CPU


def test_a_pod_without_a_policy_is_reported(scan, example, tmp_path):
    broken = twin(example / "bundle", tmp_path)
    for path in (*broken.rglob("network-policy.yaml"), *broken.rglob("default-deny.yaml")):
        path.unlink()
    assert "pod-networkpolicy" in reported(scan(broken))
