"""Istio reads a limit on requests as Envoy's configuration, every field of it known; a misspelt one does not get by.

That a limit counts and refuses nothing it does not see (no `filter_enforced`, no descriptor): that is refused by
`mesh/ineffective-limit` of our own checks, with a twin each in tests/checks.
"""

import pytest
from conformance.helpers import tweak
from harness import EXAMPLES, app, dump, platform, put
from harness import run as render

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


@pytest.fixture(scope="module")
def counted(catalog, tmp_path_factory):
    """Return the file of a limit at a waypoint: of `each` pod, or of `all`."""
    limits = {kind: {"requests": 9, "per": "hour"} for kind in ("each", "all")}
    port = {"port": 8080, "service": 80, "protocol": "http", "limits": limits}
    cluster = platform(mesh={"mode": "istio-ambient"}, rateLimit={"namespace": "limits"})
    made = render(catalog, app(ports={"http": port}, **{"from": [{"app": "web", "port": "http"}]}), cluster)
    folder = tmp_path_factory.mktemp("counted")
    for kind in limits:
        text = dump(made.object(f"apps/shop/api/base/envoy-filter-limit-{kind}-http.yaml"))
        (folder / f"{kind}.yaml").write_text(text, "utf-8")
    return lambda kind: folder / f"{kind}.yaml"


@pytest.mark.parametrize("kind", ["each", "all"])
def test_each_field_at_a_waypoint_is_known(run, counted, kind, proof):
    assert remarks(run, counted(kind)) == []
    proof("istioctl", ABOUT, "accepted")


CONFIG = ("spec", "configPatches", 0, "patch", "value", "typed_config")
PLACE = ("spec", "configPatches", 0, "match", "listener")
AT_WAYPOINT = {
    "by a misspelt place": ("all", put(*PLACE, "chain", to={}), "unknown field"),
    "that is asked of nobody": ("all", put(*CONFIG, "rate_limit_services", to={}), "unknown field"),
    "of each pod, by a misspelt place": ("each", put(*PLACE, "chain", to={}), "unknown field"),
    "of each pod, that is never enforced": ("each", put(*CONFIG, "filter_enforce", to={}), "unknown field"),
    "of each pod, with a bucket of another type": ("each", put(*CONFIG, "token_bucket", "max", to=9), "unknown field"),
}


@pytest.mark.parametrize("name", AT_WAYPOINT)
def test_a_broken_twin_at_a_waypoint_is_refused(run, counted, name, proof, tmp_path):
    """What it is attached to, and which chains a waypoint has, istioctl does not ask: `waypoint_limits` does."""
    kind, change, reason = AT_WAYPOINT[name]
    path = tmp_path / "twin.yaml"
    path.write_text(counted(kind).read_text("utf-8"), "utf-8")
    tweak(path, change)
    assert reason in "\n".join(remarks(run, path))
    proof("istioctl", ABOUT, "twin_refused")


def test_each_field_is_known(run, proof):
    assert [path.name for path in FILES] == ["envoy-filter-limit-all-http.yaml", "envoy-filter-limit-each-http.yaml"]
    assert [remarks(run, path) for path in FILES] == [[], []]
    proof("istioctl", ABOUT, "accepted")


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
