"""Istio reads a limit on requests as Envoy's configuration, every field of it known; a misspelt one does not get by.

That a limit counts and refuses nothing it does not see (no `filter_enforced`, no descriptor): that is refused by
`mesh/ineffective-limit` of our own checks, with a twin each in tests/checks.
"""

import pytest
from conformance.helpers import tweak
from harness import EXAMPLES, put

pytestmark = pytest.mark.programs("istioctl")

# What both say of each EnvoyFilter, whatever is in it.
ALWAYS = "EnvoyFilter exposes internal implementation details that may change at any time."
FILES = [path for one in EXAMPLES for path in sorted((one / "bundle/apps").rglob("envoy-filter-*.yaml"))]
ABOUT = "limits on requests"


def remarks(run, path):
    """Return what `validate` and `analyze` remark, but for what they always do."""
    validated = run("istioctl", "validate", "-f", path)
    analyzed = run("istioctl", "analyze", "-A", "--use-kube=false", path)
    lines = [line for line in validated.stderr.splitlines() if line.startswith("\t*")] + analyzed.stdout.splitlines()
    return [line for line in lines if ALWAYS not in line]


def test_each_field_is_known(run, proof):
    assert [path.name for path in FILES] == ["envoy-filter-limit-all-http.yaml", "envoy-filter-limit-each-http.yaml"]
    assert [remarks(run, path) for path in FILES] == [[], []]
    proof("istioctl", ABOUT, "accepted")


CONFIG = ("spec", "configPatches", 0, "patch", "value", "typed_config")
NO_ENUM = {"default_value": {"numerator": 100, "denominator": "PERCENT"}}
TWINS = {
    "a limit that is enforced by a misspelt field": ("each", put(*CONFIG, "filter_enforcd", to={}), "unknown field"),
    "another unit": ("each", put(*CONFIG, "filter_enforced", to=NO_ENUM), "unknown value"),
    "a misspelt type": ("each", put(*CONFIG, "@type", to="type.googleapis.com/x.LocalRateLimit"), "could not resolve"),
    "a misspelt way to fail": ("all", put(*CONFIG, "failure_mode_denied", to=True), "unknown field"),
    "descriptors that nobody reads": (
        "all",
        put("spec", "configPatches", 1, "patch", "value", to={"rate_limit": []}),
        "unknown field",
    ),
    "a filter for nobody's listener": (
        "each",
        put("spec", "configPatches", 0, "match", "listener", "filterChain", "filter", "name", to=""),
        "name",
    ),
}


@pytest.mark.parametrize("name", TWINS)
def test_a_broken_twin_is_refused(run, name, proof, tmp_path):
    kind, change, reason = TWINS[name]
    [whole] = [path for path in FILES if f"-{kind}-" in path.name]
    path = tmp_path / "twin.yaml"
    path.write_text(whole.read_text("utf-8"), "utf-8")
    tweak(path, change)
    assert reason in "\n".join(remarks(run, path))
    proof("istioctl", ABOUT, "twin_refused")
