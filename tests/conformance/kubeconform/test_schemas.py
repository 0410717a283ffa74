"""Every object fits the strict schemas of Kubernetes 1.35 and 1.36 and of the custom resources; misspelt fields do not."""

import json
from functools import cache

import pytest
from conformance import schemas
from conformance.build import CRDS, FILES
from conformance.helpers import manifests, tweak, twin
from harness import loaded

KUBERNETES = ("kubernetes-1-35", "kubernetes-1-36")
pytestmark = [pytest.mark.programs("kubeconform"), pytest.mark.files(*KUBERNETES, *CRDS)]


@pytest.fixture(scope="module")
def folder(built, tmp_path_factory):
    """Return a folder with schemas for every version."""
    made = tmp_path_factory.mktemp("schemas")
    crds = [path for name in CRDS for path in sorted(built(name).rglob("*.yaml"))]
    for name in KUBERNETES:
        schemas.write(made / FILES[name].version, built(name) / "swagger.json", crds)
    return made


@pytest.fixture(params=KUBERNETES)
def judge(request, folder, run):
    """Ask about files, without a network: the schemas' place is a folder. Nothing is ever skipped."""

    def ask(paths):
        done = run(
            "kubeconform", "-strict", "-verbose", "-summary", "-output", "json", "-schema-location",
            folder / schemas.LOCATION, "-kubernetes-version", FILES[request.param].version.removeprefix("v"), *paths,
        )  # fmt: skip
        answer = json.loads(done.stdout)
        assert (answer["summary"]["skipped"], len(answer["resources"])) == (0, len(paths)), done.stderr
        assert (done.returncode == 0) == (answer["summary"]["valid"] == len(paths))
        return answer["resources"]

    return ask


def test_every_object_fits(judge, example, proof):
    paths = manifests(example / "bundle")
    assert [found for found in judge(paths) if found["status"] != "statusValid"] == []
    proof("kubeconform", example, "accepted")


def places(value):
    """Yield what has fields that are all known: the top of `spec`, or of the object, and whatever is listed."""
    yield value.get("spec", value)
    yield value["metadata"]
    yield from listed(value)


# What is Envoy's own, and no schema of Kubernetes knows: istio/limits.
OPEN = frozenset(("typed_config", "rate_limits"))


def listed(value):
    if isinstance(value, dict):
        for key, part in value.items():
            yield from listed(part) if key not in OPEN else ()
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))
        for item in value:
            yield from listed(item)


@pytest.fixture(scope="module")
def misspelt(tmp_path_factory):
    """Return the files of an example, each once for every place in it, with one more field there: the same for every version."""

    @cache
    def make(example):
        folder, made = tmp_path_factory.mktemp(example.name), []
        for path in manifests(example / "bundle"):
            value = loaded(path.read_text("utf-8"))
            for place in list(places(value)):
                place["misspelt"] = "x"
                made.append(folder / f"{len(made)}-{path.name}")
                made[-1].write_text(json.dumps(value), "utf-8")
                del place["misspelt"]
        return made

    return make


def test_a_misspelt_field_is_refused_in_every_place(judge, example, misspelt, proof):
    paths = misspelt(example)
    assert len(paths) > 2 * len(manifests(example / "bundle"))
    for found in judge(paths):
        assert found["status"] == "statusInvalid", found
        assert "misspelt" in found["msg"]
    proof("kubeconform", example, "twin_refused")


UNSERVED = {
    "v1": "v1beta3",
    "apps/v1": "apps/v1beta2",
    "autoscaling/v2": "autoscaling/v2beta2",
    "batch/v1": "batch/v1beta1",
    "cilium.io/v2": "cilium.io/v2alpha1",
    "projectcalico.org/v3": "crd.projectcalico.org/v1",
    "external-secrets.io/v1": "external-secrets.io/v1beta1",
    "gateway.networking.k8s.io/v1": "gateway.networking.k8s.io/v1alpha2",
    "networking.istio.io/v1": "networking.istio.io/v1alpha1",
    "networking.istio.io/v1alpha3": "networking.istio.io/v1alpha1",
    "networking.k8s.io/v1": "extensions/v1beta1",
    "policy.networking.k8s.io/v1alpha2": "policy.networking.k8s.io/v1alpha1",
    "policy/v1": "policy/v1beta1",
    "rbac.authorization.k8s.io/v1": "rbac.authorization.k8s.io/v1beta1",
    "security.istio.io/v1": "authentication.istio.io/v1alpha1",
}


def test_a_version_that_is_not_served_has_no_schema(judge, example, tmp_path):
    broken = twin(example / "bundle", tmp_path)
    for path in manifests(broken):
        tweak(path, lambda value: value.update(apiVersion=UNSERVED[value["apiVersion"]]))
    for found in judge(manifests(broken)):
        assert found["status"] == "statusError", found
        assert "could not find schema" in found["msg"]


def group_of_another(value):
    """Keep the group's first word, by which kubeconform looks for a schema."""
    value["apiVersion"] = value["apiVersion"].replace(".k8s.io", ".istio.io")


WRONG = {
    "text for a number": (
        "deployment.yaml",
        lambda value: value["spec"].update(replicas="3"),
        "got string, want integer",
    ),
    "text for a switch": (
        "deployment.yaml",
        lambda value: value["spec"]["template"]["spec"].update(automountServiceAccountToken="false"),
        "got string, want boolean",
    ),
    "nothing": ("deployment.yaml", lambda value: value["spec"].update(template=None), "got null, want object"),
    "a list for a mapping": (
        "service.yaml",
        lambda value: value["spec"].update(selector=["x"]),
        "got array, want object",
    ),
    "an unknown word": (
        "authorization-policy.yaml",
        lambda value: value["spec"].update(action="LET"),
        "value must be one of",
    ),
    "a missing field": ("deployment.yaml", lambda value: value["spec"].pop("selector"), "missing property 'selector'"),
    "another group": ("network-policy.yaml", group_of_another, "'networking.k8s.io/v1'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_refused(judge, example, name, tmp_path):
    file, change, reason = WRONG[name]
    paths = sorted(twin(example / "bundle", tmp_path).rglob(file))
    assert paths or file == "authorization-policy.yaml"  # what is of Istio's own kinds is in meshes only
    for path in paths:
        tweak(path, change)
    for found in judge(paths) if paths else ():
        assert found["status"] == "statusInvalid", found
        assert reason in found["msg"]


def test_a_port_is_a_name_or_a_number(judge, example, tmp_path):
    service, meant = next((example / "bundle").rglob("service.yaml")), {}
    for value, status in ((8081, "statusValid"), ("name", "statusValid"), (True, "statusInvalid")):
        path = tmp_path / f"{value}.yaml"
        path.write_bytes(service.read_bytes())
        tweak(path, lambda service, port=value: service["spec"]["ports"][0].update(targetPort=port))
        meant[str(path)] = status
    assert {found["filename"]: found["status"] for found in judge([*meant])} == meant
