"""What examples/pipelines gives to Argo CD and to Flux fits the strict schemas of their own resources; misspelt fields do not."""

import json

import pytest
from conformance import schemas
from conformance.build import FILES
from harness import ROOT, dump, loaded_all

PIPELINES = ROOT / "examples/pipelines"
NAMES = {"argo-cd": ("argo-cd",), "flux": ("flux-kustomize", "flux-source")}
KUBERNETES = "kubernetes-1-36"
CRDS = [crd for several in NAMES.values() for crd in several]
pytestmark = [pytest.mark.programs("kubeconform"), pytest.mark.files(KUBERNETES, *CRDS)]


@pytest.fixture(scope="module")
def folder(built, tmp_path_factory):
    made = tmp_path_factory.mktemp("schemas")
    crds = [path for name in CRDS for path in sorted(built(name).rglob("*.yaml")) if path.name != "kustomization.yaml"]
    schemas.write(made / FILES[KUBERNETES].version, built(KUBERNETES) / "swagger.json", crds)
    return made


@pytest.fixture
def judge(folder, run, tmp_path):
    """Ask about objects, each in a file of its own."""

    def ask(objects):
        paths = [tmp_path / f"{number}.yaml" for number in range(len(objects))]
        for path, value in zip(paths, objects, strict=True):
            path.write_text(dump(value))
        done = run(
            "kubeconform", "-strict", "-summary", "-verbose", "-output", "json", "-schema-location",
            folder / schemas.LOCATION, "-kubernetes-version", FILES[KUBERNETES].version.removeprefix("v"), *paths,
        )  # fmt: skip
        answer = json.loads(done.stdout)
        assert (answer["summary"]["skipped"], len(answer["resources"])) == (0, len(paths)), done.stderr
        return answer["resources"]

    return ask


def objects(tool):
    return [value for path in sorted((PIPELINES / tool).glob("*.yaml")) for value in loaded_all(path.read_text())]


@pytest.mark.parametrize("tool", NAMES)
def test_every_object_fits(judge, proof, tool):
    found = judge(objects(tool))
    assert [one for one in found if one["status"] != "statusValid"] == []
    assert len(found) == 3
    proof("kubeconform", f"pipelines: {tool}", "accepted")


@pytest.mark.parametrize("tool", NAMES)
def test_a_misspelt_field_is_refused(judge, proof, tool):
    broken = objects(tool)
    for value in broken:
        value["spec"]["misspelt"] = "x"
    for one in judge(broken):
        assert one["status"] == "statusInvalid", one
        assert "misspelt" in one["msg"]
    proof("kubeconform", f"pipelines: {tool}", "twin_refused")
