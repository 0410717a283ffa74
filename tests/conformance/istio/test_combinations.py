"""`istioctl validate` finds nothing in any mesh, with each two choices of a Platform together; an open source is refused."""

import matrix
import pytest
from conformance.findings import unwaived, waivers
from conformance.helpers import tweak
from conformance.istio.test_validate import open_source, validate
from harness import run as rendered

pytestmark = pytest.mark.programs("istioctl")

PAIRS = "each two choices of a Platform"


def written(catalog, folder):
    """Write what is applied of each system in which two choices meet, one of them a mesh; return the files."""
    found = []
    for number, (_, values) in enumerate(matrix.pairs(catalog)):
        if "mesh" not in values[0]["spec"]:
            continue
        for file in rendered(catalog, *values).bundle.files:
            path = folder / str(number) / file.path
            if file.path.startswith(("namespaces/", "apps/", "requests/")) and path.suffix == ".yaml":
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(file.text, "utf-8")
                found += [path] if path.name != "kustomization.yaml" else []
    return found


def test_nothing_is_found_in_any_combination(run, catalog, tmp_path, proof):
    files = written(catalog, tmp_path)
    status, lines, remarks = validate(run, files)
    assert sorted({*lines} - {f'"{path}" is valid' for path in files}) == []
    assert (status, len(lines)) == (0, len(files))
    assert unwaived(remarks, waivers()) == []
    proof("istioctl", PAIRS, "accepted")


def test_a_broken_twin_of_every_policy_is_refused(run, catalog, tmp_path, proof):
    files = [path for path in written(catalog, tmp_path) if path.name == "authorization-policy.yaml"]
    for path in files:
        tweak(path, open_source)
    status, lines, _ = validate(run, files)
    assert status != 0
    assert "\n".join(lines).count("must not be empty") >= len(files) > 0
    proof("istioctl", PAIRS, "twin_refused")
