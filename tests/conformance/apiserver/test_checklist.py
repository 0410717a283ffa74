"""Every flag and setting of the checklist exists; the API server starts with all of its own, and answers nobody but probes"""

import re

import pytest
from conformance.apiserver.client import Client
from conformance.apiserver.requests import Request
from conformance.cluster import ClusterError, Server
from conformance.helpers import self_managed

PROGRAMS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd")
PAGE = "control-plane/CHECKLIST.md"
FILES = {
    "admission-control-config-file": "control-plane/admission.yaml",
    "encryption-provider-config": "control-plane/encryption.yaml",
    "audit-policy-file": "control-plane/audit-policy.yaml",
}
KEY = "QSBrZXkgb2YgdGhpcnR5LXR3byBieXRlcywgbm90IDQ="  # of the tests alone
# What the test's control plane has instead of kubeadm's certificates.
CERTIFICATES = {
    "ca": "ca",
    "apiserver": "server",
    "apiserver-kubelet-client": "admin",
    "apiserver-etcd-client": "admin",
}
ITEM = re.compile(r"^- \[ \] `(.+?)`: .", re.MULTILINE)
pytestmark = [pytest.mark.programs("kubectl", *PROGRAMS), pytest.mark.files("kubelet")]


def items(page, heading):
    """Return what a section lists: what is to be set, and what is not."""
    [section] = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    wanted, _, unwanted = section.partition("Not set at all:")
    found = [ITEM.findall(part) for part in (wanted, unwanted)]
    assert sum(map(len, found)) == section.count("[ ]"), heading
    return found


def unknown(page, run, types):
    """Return every flag and setting of the page that its program does not have."""
    found = set()
    for program in PROGRAMS:
        done = run(program, "--help")
        known = set(re.findall(r"^ +(?:-\w, )?--([a-z0-9-]+)", done.stdout + done.stderr, re.MULTILINE))
        found |= {
            (program, item) for part in items(page, program) for item in part if item[2:].split("=")[0] not in known
        }
    settings, _ = items(page, "kubelet")
    return found | {("kubelet", item) for item in settings if not has(types, item.split(": ")[0].split("."))}


def has(types, path, struct="KubeletConfiguration"):
    """Tell whether the kubelet's configuration has a field, by the types that it is read into."""
    [body] = re.findall(rf"^type {struct} struct \{{\n(.*?)^\}}", types, re.MULTILINE | re.DOTALL)
    fields = {name: kind for kind, name in re.findall(r'^\t\w+ +\*?(\S+) +`json:"(\w+)', body, re.MULTILINE)}
    return path[0] in fields and (len(path) == 1 or has(types, path[1:], fields[path[0]]))


@pytest.fixture
def types(built):
    return (built("kubelet") / "types.go").read_text("utf-8")


def started(built, catalog, owned, page, folder):
    """Return an API server that is started with what the page lists, and with the bundle's files."""
    folder.mkdir()
    flags = dict(item[2:].split("=") for item in items(page, "kube-apiserver")[0])
    for name, path in FILES.items():
        file = folder / path.rpartition("/")[2]
        file.write_text(self_managed(catalog, owned, path).replace("REPLACE-ON-THE-HOST", KEY), "utf-8")
        flags[name] = str(file)
    [block] = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (folder / "authentication.yaml").write_text(block, "utf-8")
    server = folder / "server"
    flags |= {"authentication-config": str(folder / "authentication.yaml"), "audit-log-path": str(server / "audit.log")}
    for name, value in flags.items():
        if value.startswith("/etc/kubernetes/pki/"):
            stem, _, suffix = value.rpartition("/")[2].partition(".")
            flags[name] = str(server / "pki" / f"{CERTIFICATES[stem]}.{suffix}")
    programs = {name: built(name) for name in ("kubectl", "etcd", "kube-apiserver")}
    return Server(programs, server, audit_policy=folder / "audit-policy.yaml", flags=flags)


def answered(server):
    """Return the paths that are answered to who shows nothing, of some that are and some that are not about health."""
    client = Client(server)
    paths = ("/livez", "/readyz", "/healthz", "/version", "/metrics", "/api/v1/secrets", "/openapi/v2")
    return [path for path in paths if client.send(Request("asked", "", f"GET {path}", "", 0))[0] not in {401, 403}]


HEALTH = ["/livez", "/readyz", "/healthz"]


def test_everything_on_the_list_exists(run, types, catalog, owned, proof):
    page = self_managed(catalog, owned, PAGE)
    assert unknown(page, run, types) == set()
    for program in (*PROGRAMS[1:], "kubelet"):
        proof(program, owned, "accepted")


@pytest.mark.parametrize(
    ("program", "right", "wrong"),
    [
        ("kube-controller-manager", "--root-ca-file=", "--root-ca="),
        ("kube-scheduler", "--bind-address=", "--address="),
        ("etcd", "--client-cert-auth=", "--client-cert-authentication="),
        ("kubelet", "authentication.anonymous.enabled:", "authentication.anonymous.enable:"),
        ("kubelet", "readOnlyPort:", "readonlyPort:"),
    ],
)
def test_what_does_not_exist_is_found(run, types, catalog, owned, program, right, wrong, proof):
    page = self_managed(catalog, owned, PAGE)
    [section] = re.findall(rf"^## {program}\n.*?(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    broken = page.replace(section, section.replace(right, wrong))
    assert {name for name, _ in unknown(broken, run, types)} == {program}
    proof(program, owned, "twin_refused")


def test_the_server_starts_with_all_of_it_and_knows_who_asks(built, catalog, owned, tmp_path, proof):
    page = self_managed(catalog, owned, PAGE)
    with started(built, catalog, owned, page, tmp_path / "it") as server:
        assert answered(server) == HEALTH
    proof("kube-apiserver", owned, "accepted")


def test_without_the_paths_everybody_is_somebody(built, catalog, owned, tmp_path, proof):
    page = self_managed(catalog, owned, PAGE)
    broken = re.sub(r"  conditions:\n(?:    - path: .*\n)+", "", page)
    with started(built, catalog, owned, broken, tmp_path / "twin") as server:
        assert "/version" in answered(server)
    proof("kube-apiserver", owned, "twin_refused")


def test_a_flag_that_is_none_stops_the_server(built, catalog, owned, tmp_path):
    page = self_managed(catalog, owned, PAGE)
    broken = page.replace("`--profiling=false`", "`--profile=false`", 1)
    with (
        pytest.raises(ClusterError, match="unknown flag: --profile"),
        started(built, catalog, owned, broken, tmp_path / "twin"),
    ):
        pass
