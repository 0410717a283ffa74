"""`istioctl validate` and `istioctl analyze -A` find nothing; open sources, wrong selectors and port names are refused."""

import re

import pytest
import yaml
from conformance.helpers import paths, tweak, twin

pytestmark = pytest.mark.programs("istioctl")

# Said of every Deployment without a label for its version, and no verdict: Istio's metrics then say "latest". Which
# version runs is the pipeline's to say, by the image's digest; a version in the answers would be wrong by the next build.
TELEMETRY = re.compile(r'deployment "\S+" may not provide Istio metrics and telemetry labels: map\[.*')


def validate(run, files):
    done = run("istioctl", "validate", *(part for path in files for part in ("-f", path)))
    return done.returncode, [line for line in done.stderr.splitlines() if line and not TELEMETRY.fullmatch(line)]


def analyze(run, files):
    return run("istioctl", "analyze", "-A", "--use-kube=false", *files)


def test_nothing_is_found(run, example, proof):
    files = paths(example / "bundle")
    status, lines = validate(run, files)
    assert (status, sorted(lines)) == (0, sorted(f'"{path}" is valid' for path in files))
    done = analyze(run, files)
    assert (done.returncode, done.stdout.strip()) == (0, "")
    assert "No validation issues found" in done.stderr
    proof("istioctl", example, "accepted")


def wrong_port_name(value):
    value["spec"]["ports"][0] |= {"name": "misnamed"}
    value["spec"]["ports"][0].pop("appProtocol", None)


def open_source(value):
    value["spec"]["rules"] = [{"from": [{"source": {}}]}]


def wrong_selector(value):
    value["spec"]["selector"] = {"matchLabels": {"app.kubernetes.io/name*": "orders"}}


def ports_of_nobody(value):
    value["spec"].pop("selector", None)
    value["spec"]["portLevelMtls"] = {"9090": {"mode": "PERMISSIVE"}}


TWINS = {  # kind, tweak, what validate says, whether analyze says it, too
    "a wrong port name": ("Service", wrong_port_name, "does not follow the Istio naming convention", False),
    "an open source": ("AuthorizationPolicy", open_source, "`from.source` must not be empty", True),
    "a wrong selector": ("AuthorizationPolicy", wrong_selector, "wildcard is not supported in selector", True),
    "ports without a selector": ("PeerAuthentication", ports_of_nobody, "cannot have port level mTLS", True),
}


@pytest.mark.parametrize("name", TWINS)
def test_a_broken_twin_is_refused(run, example, name, proof, tmp_path):
    kind, change, reason, analyzed = TWINS[name]
    files = [
        path for path in paths(twin(example / "bundle", tmp_path)) if yaml.safe_load(path.read_text())["kind"] == kind
    ]
    assert files or kind != "Service"  # what is of Istio's own kinds is in meshes only
    for path in files:
        tweak(path, change)
        status, lines = validate(run, [path])
        assert status != 0
        assert reason in "\n".join(lines)
        done = analyze(run, [path])
        assert (done.returncode != 0 and "IST0106" in done.stdout) == analyzed, done.stdout
    if files:
        proof("istioctl", example, "twin_refused")
