"""`istioctl validate` and `istioctl analyze -A` find nothing; open sources, wrong selectors and port names are refused.

It judges what is written, not whom it means: a selector that no pod has, and a rule that says nothing (`rules: [{}]`),
are fine with it. These are refused by `mesh/*` of our own checks, with a twin each in tests/checks.
"""

import re

import pytest
from conformance.findings import Finding, unused, unwaived, waivers
from conformance.helpers import paths, tweak, twin
from harness import EXAMPLES, loaded

pytestmark = pytest.mark.programs("istioctl")

REMARK = re.compile(r'(\w+) "([^/]+)/([^:]+):" (may not provide [a-zA-Z ]+)')


def validate(run, files):
    done = run("istioctl", "validate", *(part for path in files for part in ("-f", path)))
    lines = [line for line in done.stderr.splitlines() if line and not REMARK.match(line)]
    found = [
        Finding("istioctl", remark, f"{kind.capitalize()}/{namespace}/{name}")
        for kind, name, namespace, remark in REMARK.findall(done.stderr)
    ]
    return done.returncode, lines, found


def analyze(run, files):
    return run("istioctl", "analyze", "-A", "--use-kube=false", *files)


def serves_sctp(path):
    """Tell whether Istio takes a port's name for that of a protocol, as it knows none over SCTP; in a mesh it is told."""
    value = loaded(path.read_text("utf-8"))
    ports = value["spec"].get("ports", ()) if value["kind"] == "Service" else ()
    return any(port["protocol"] == "SCTP" and "appProtocol" not in port for port in ports)


def only_datagrams(value):
    """Tell whether the first port of a Service is over UDP: whatever it is called, Istio passes it by."""
    return value["kind"] == "Service" and value["spec"]["ports"][0]["protocol"] == "UDP"


def files_of(bundle):
    """Return what is applied; of Envoy's own configuration both say that it may change: it has a claim, `limits`."""
    found = [path for path in paths(bundle) if not path.name.startswith("envoy-filter-")]
    return [path for path in found if not serves_sctp(path)]


def test_nothing_is_found(run, example, proof):
    files = files_of(example / "bundle")
    status, lines, remarks = validate(run, files)
    assert (status, sorted(lines)) == (0, sorted(f'"{path}" is valid' for path in files))
    assert unwaived(remarks, waivers()) == []
    done = analyze(run, files)
    assert (done.returncode, done.stdout.strip()) == (0, "")
    assert "No validation issues found" in done.stderr
    proof("istioctl", example, "accepted")


def test_every_waiver_is_used(run):
    remarks = [one for example in EXAMPLES for one in validate(run, files_of(example / "bundle"))[2]]
    assert unused(remarks, waivers(), "istioctl") == []


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
    values = {path: loaded(path.read_text("utf-8")) for path in paths(twin(example / "bundle", tmp_path))}
    files = [path for path, value in values.items() if value["kind"] == kind and not only_datagrams(value)]
    assert files or kind != "Service"  # what is of Istio's own kinds is in meshes only
    for path in files:
        tweak(path, change)
        status, lines, _ = validate(run, [path])
        assert status != 0
        assert reason in "\n".join(lines)
        done = analyze(run, [path])
        assert (done.returncode != 0 and "IST0106" in done.stdout) == analyzed, done.stdout
    if files:
        proof("istioctl", example, "twin_refused")
