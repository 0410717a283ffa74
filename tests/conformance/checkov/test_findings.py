"""checkov, offline and with its graph checks, reports nothing that is not waived with its reason; each loosened field is reported."""

import json
from functools import cache
from pathlib import Path

import pytest
from conformance.findings import Finding, reference, unused, unwaived, waivers
from conformance.helpers import manifests, rendered, tweak, twin, with_init
from conformance.processes import Talk
from harness import EXAMPLES, loaded

pytestmark = pytest.mark.programs("checkov")

ASKED = Path(__file__).with_name("asked.py")
# What checks of single objects cannot see: who is bound to which rights, and which pods no policy selects.
OF_POLICIES = {"CKV2_K8S_6"}
OF_ROLES = {f"CKV2_K8S_{number}" for number in range(1, 6)}


@pytest.fixture(scope="module")
def checkov(built):
    """Run checkov; return its status, what it printed, and what it complained of."""
    with Talk(str(built("checkov").with_name("bin") / "python"), "-I", str(ASKED)) as talk:
        yield lambda *arguments: json.loads(talk.ask(json.dumps([str(one) for one in arguments])))


@pytest.fixture(scope="module")
def results(checkov):
    """Return every result for some files, by whether it passed; each file holds one object, and none was left out."""

    def ask(files):
        status, printed, complaints = checkov(
            "--skip-download", "--framework", "kubernetes", "--output", "json", "--compact", "--file", *files
        )
        assert printed, complaints
        answer = json.loads(printed)
        found, summary = answer["results"], answer["summary"]
        pods = sum("template" in loaded(path.read_text()).get("spec", {}) for path in files)
        assert (summary["parsing_errors"], summary["skipped"]) == (0, 0), found["parsing_errors"]
        assert summary["resource_count"] == len(files) + pods  # checkov takes the pods out of what makes them
        assert status == (1 if summary["failed"] else 0)
        return found["passed_checks"], found["failed_checks"]

    return cache(lambda files: ask(list(files)))


def findings(failed, files):
    """Return failed checks as findings: a file tells its object, which checkov's own names do not for pods."""
    objects = {str(path): reference(loaded(path.read_text())) for path in files}
    return {Finding("checkov", one["check_id"], objects[one["file_abs_path"]]) for one in failed}


@pytest.fixture(scope="module")
def scan(results):
    """Return what is reported of a bundle."""

    def ask(bundle):
        files = manifests(bundle)
        return findings(results(tuple(files))[1], files)

    return ask


@pytest.fixture(scope="module")
def scanned(results, example):
    """Return what was said of an example, once."""
    return results(tuple(manifests(example / "bundle")))


def test_nothing_is_found_that_is_not_waived(scanned, example, proof):
    passed, failed = scanned
    roles = OF_ROLES if list(example.rglob("role.yaml")) else set()
    assert {one["check_id"] for one in passed} >= OF_POLICIES | roles
    assert unwaived(findings(failed, manifests(example / "bundle")), waivers()) == []
    proof("checkov", example, "accepted")


def test_without_cpu_limits_only_they_are_missed(scan, catalog, example, tmp_path):
    """Only of a Platform that leaves them out: no example is waived."""
    found = scan(rendered(catalog, example, tmp_path, cpuLimits=False))
    assert {finding.id for finding in unwaived(found, waivers())} == {"CKV_K8S_11"}


def test_every_waiver_is_used(scan):
    found = set().union(*(scan(example / "bundle") for example in EXAMPLES))
    assert unused(found, waivers(), "checkov") == []


def of_pod(change):
    return "deployment.yaml", lambda value: change(value["spec"]["template"]["spec"])


def of_container(change):
    return of_pod(lambda pod: change(pod["containers"][0]))


def of_init(change):
    return of_pod(lambda pod: with_init(pod, change))


def of_context(change):
    return of_container(lambda one: change(one["securityContext"]))


def of_both(change):
    """Loosen what is said twice, of the pod and of the container."""

    def both(pod):
        change(pod["securityContext"])
        change(pod["containers"][0]["securityContext"])

    return of_pod(both)


def of_resources(kind, name):
    return of_container(lambda one: one["resources"][kind].pop(name))


SECRET = {"name": "A", "valueFrom": {"secretKeyRef": {"name": "a", "key": "a"}}}
SOCKET = {"name": "a", "hostPath": {"path": "/var/run/docker.sock"}}
TWINS = {
    "CKV_K8S_8": of_container(lambda one: one.update(livenessProbe=None)),
    "CKV_K8S_9": of_container(lambda one: one.pop("readinessProbe")),
    "CKV_K8S_10": of_resources("requests", "cpu"),
    "CKV_K8S_11": of_resources("limits", "cpu"),
    "CKV_K8S_12": of_resources("requests", "memory"),
    "CKV_K8S_13": of_resources("limits", "memory"),
    "CKV_K8S_14": of_container(lambda one: one.update(image="registry.example.com/a:latest")),
    "CKV_K8S_15": of_container(
        lambda one: one.update(image="registry.example.com/a:1", imagePullPolicy="IfNotPresent")
    ),
    "CKV_K8S_16": of_context(lambda one: one.update(privileged=True)),
    "CKV_K8S_17": of_pod(lambda pod: pod.update(hostPID=True)),
    "CKV_K8S_18": of_pod(lambda pod: pod.update(hostIPC=True)),
    "CKV_K8S_19": of_pod(lambda pod: pod.update(hostNetwork=True)),
    "CKV_K8S_20": of_context(lambda one: one.pop("allowPrivilegeEscalation")),
    "CKV_K8S_22": of_context(lambda one: one.pop("readOnlyRootFilesystem")),
    "CKV_K8S_23": of_both(lambda one: one.update(runAsUser=0, runAsNonRoot=False)),
    "CKV_K8S_25": of_context(lambda one: one["capabilities"].update(add=["CHOWN"])),
    "CKV_K8S_26": of_container(lambda one: one["ports"][0].update(hostPort=8080)),
    "CKV_K8S_27": of_pod(lambda pod: pod.update(volumes=[SOCKET])),
    "CKV_K8S_28": of_context(lambda one: one["capabilities"].pop("drop")),
    "CKV_K8S_29": of_pod(lambda pod: (pod.pop("securityContext"), pod["containers"][0].pop("securityContext"))),
    "CKV_K8S_30": of_container(lambda one: one.pop("securityContext")),
    "CKV_K8S_31": of_both(lambda one: one.pop("seccompProfile", None)),
    "CKV_K8S_35": of_container(lambda one: one.update(env=[SECRET])),
    "CKV_K8S_38": of_pod(lambda pod: pod.pop("automountServiceAccountToken")),
    "CKV_K8S_39": of_context(lambda one: one["capabilities"].update(add=["SYS_ADMIN"])),
    "CKV_K8S_40": of_both(lambda one: one.update(runAsUser=1000)),
    "CKV_K8S_41": ("service-account-default.yaml", lambda value: value.pop("automountServiceAccountToken")),
    "CKV_K8S_43": of_container(lambda one: one.update(image="registry.example.com/a:1")),
    "CKV_K8S_21": ("deployment.yaml", lambda value: value["metadata"].update(namespace="default")),
}


# What checkov asks of init containers, too.
INIT_TWINS = {
    "CKV_K8S_14": of_init(lambda one: one.update(image="registry.example.com/a:latest")),
    "CKV_K8S_16": of_init(lambda one: one["securityContext"].update(privileged=True)),
    "CKV_K8S_20": of_init(lambda one: one["securityContext"].pop("allowPrivilegeEscalation")),
    "CKV_K8S_22": of_init(lambda one: one["securityContext"].pop("readOnlyRootFilesystem")),
    "CKV_K8S_11": of_init(lambda one: one.pop("resources")),
    "CKV_K8S_43": of_init(lambda one: one.update(image="registry.example.com/a:1")),
}
ALL = TWINS | {f"{name} of init": change for name, change in INIT_TWINS.items()}


@pytest.fixture(scope="module")
def loosened(results, example, tmp_path_factory):
    """Return the failed checks of every twin, by its name: one run judges them all."""
    files = {}
    for name, (file, change) in ALL.items():
        source = next((example / "bundle").rglob(file))
        files[name] = tmp_path_factory.mktemp(name.replace(" ", "-")) / file
        files[name].write_bytes(source.read_bytes())
        tweak(files[name], change)
    failed = results(tuple(files.values()))[1]
    return {
        name: {one["check_id"] for one in failed if one["file_abs_path"] == str(path)} for name, path in files.items()
    }


@pytest.mark.parametrize("name", ALL)
def test_a_loosened_field_is_reported(loosened, example, name, proof):
    assert name.removesuffix(" of init") in loosened[name]
    proof("checkov", example, "twin_refused")


def test_what_only_the_graph_shows_is_reported(scan, example, proof, tmp_path):
    """A pod that no policy selects; an identity that may hand itself any right."""
    broken = twin(example / "bundle", tmp_path)
    for path in (*broken.rglob("network-policy.yaml"), *broken.rglob("default-deny.yaml")):
        path.unlink()
    for path in broken.rglob("role.yaml"):
        tweak(path, lambda value: value.update(rules=[MASTER]))
    found = {finding.id for finding in scan(broken)}
    assert "CKV2_K8S_6" in found
    assert {"CKV_K8S_49", "CKV2_K8S_1"} <= found or not list(broken.rglob("role.yaml"))
    proof("checkov", example, "twin_refused")


MASTER = {
    "apiGroups": ["*"],
    "resources": ["roles", "rolebindings", "clusterroles", "clusterrolebindings"],
    "verbs": ["*"],
}
