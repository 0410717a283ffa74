"""What is stored is encrypted, and nowhere in etcd; by the written steps plain text and old keys go, and all stays readable"""

import base64
import contextlib
import http.client
import json
import os
import re
import subprocess

import pytest
import yaml
from conformance.cluster import ClusterError, Server
from conformance.helpers import self_managed

SMALL = ("kubectl", "etcd", "kube-apiserver")
FILE, PAGE = "control-plane/encryption.yaml", "control-plane/ENCRYPTION.md"
HOST = "/etc/kubernetes/encryption"
GENERATE, START, ROTATE = "Generate the key", "Start to encrypt", "Rotate the key"
KINDS = ("secrets", "configmaps")
# Of each kind one object and its value, which is found in etcd wherever it is stored as it is.
VALUES = {kind: f"canary-of-{kind}-8d1f5a" for kind in KINDS}
UNREADABLE = "no matching key was found for the provided Secretbox transformer"
FIRST = b"k8s:enc:secretbox:v1:key1:"
pytestmark = pytest.mark.programs(*SMALL)


class RefusedError(Exception):
    """A command of the page did not end well."""


class Host:
    """A control-plane host on which one works by the page: its folder, its API server, and what etcd holds."""

    def __init__(self, built, folder, *, page, file):
        self.page = page
        self._programs = {name: built(name) for name in SMALL}
        self._folder = folder
        self.encryption = folder / "encryption"
        self.encryption.mkdir()
        (folder / "bin").mkdir()
        (folder / "bin" / "kubectl").symlink_to(self._programs["kubectl"])
        (folder / "audit.yaml").write_text(
            "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: None}]\n", "utf-8"
        )
        (self.encryption / "template.yaml").write_text(file, "utf-8")

    def server(self, *, encrypts=True):
        """Return an API server, which reads the file if it is told to encrypt."""
        self.flags = {"encryption-provider-config": str(self.file)} if encrypts else {}
        self.running = Server(
            self._programs, self._folder / "server", audit_policy=self._folder / "audit.yaml", flags=self.flags
        )
        return self.running

    @property
    def file(self):
        return self.encryption / "encryption.yaml"

    def steps(self, section):
        """Return the steps of a section of the page: their headings, and the commands of each."""
        [body] = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", self.page, re.MULTILINE | re.DOTALL)
        parts = re.split(r"^### (\d+\. .*)\n", body, flags=re.MULTILINE)[1:]
        found = dict(zip(parts[::2], parts[1::2], strict=True))
        assert [heading.split(".")[0] for heading in found] == [str(number + 1) for number in range(len(found))]
        return {
            heading: re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL) for heading, text in found.items()
        }

    def follow(self, section, *, skip=""):
        """Do exactly what a section says: run its commands, restart where it says so; leave out one step."""
        for heading, commands in self.steps(section).items():
            assert bool(commands) != bool(re.search("[Rr]estart|Copy", heading)), heading
            if skip and skip in heading:
                continue
            for command in commands:
                done = self.run(command)
                if done.returncode:
                    raise RefusedError(f"{heading}: {done.stderr}")
                self.said += done.stdout + done.stderr
            if "flag" in heading:
                self.flags["encryption-provider-config"] = str(self.file)
            if "restart" in heading.lower():
                self.running.restart(UNREADABLE if skip else "")  # what cannot read its secrets never gets ready

    said = ""

    def run(self, command):
        env = {
            **os.environ,
            "PATH": f"{self._folder}/bin:{os.environ['PATH']}",
            "KUBECACHEDIR": str(self._folder / "cache"),
        }
        if hasattr(self, "running"):
            env["KUBECONFIG"] = str(self.running.kubeconfig)
        text = command.replace(HOST, str(self.encryption))
        return subprocess.run(["sh", "-eu", "-c", text], env=env, capture_output=True, text=True, check=False)

    def generated(self):
        """Return the keys in the file, by name."""
        providers = yaml.safe_load(self.file.read_text("utf-8"))["resources"][0]["providers"]
        return {key["name"]: key["secret"] for p in providers if "secretbox" in p for key in p["secretbox"]["keys"]}

    def providers(self):
        """Return the providers in the file."""
        return [name for p in yaml.safe_load(self.file.read_text("utf-8"))["resources"][0]["providers"] for name in p]

    def store(self, name):
        """Make an object of each kind, with its value."""
        for kind, value in VALUES.items():
            field = "stringData" if kind == "secrets" else "data"
            made = {
                "apiVersion": "v1",
                "kind": kind.capitalize()[:-1].replace("map", "Map"),
                "metadata": {"name": name},
                field: {"value": value},
            }
            self.running.kubectl("create", "-n", "default", "-f", "-", text=json.dumps(made))

    def readable(self, name):
        """Tell whether the API server still reads the objects of a name, with their values."""
        found = [self.running.kubectl("get", "-n", "default", kind, name, "-o", "json", check=False) for kind in KINDS]
        if any(done.returncode for done in found):
            return False
        secret, plain = (json.loads(done.stdout)["data"]["value"] for done in found)
        return (base64.b64decode(secret).decode(), plain) == tuple(VALUES.values())

    def stored(self):
        """Return what etcd holds of secrets and ConfigMaps, by key."""
        found = {}
        for kind in KINDS:
            first, end = (base64.b64encode(f"/registry/{kind}{mark}".encode()).decode() for mark in "/0")
            body = json.dumps({"key": first, "range_end": end}).encode()
            connection = http.client.HTTPConnection(self.running.etcd.removeprefix("http://"), timeout=20)
            with contextlib.closing(connection):
                connection.request("POST", "/v3/kv/range", body)
                for pair in json.load(connection.getresponse()).get("kvs", ()):
                    found[base64.b64decode(pair["key"]).decode()] = base64.b64decode(pair["value"])
        assert {f"/registry/{kind}/default/old" for kind in KINDS} <= found.keys()
        return found

    def prefixes(self):
        """Return with what the stored values begin: provider and key, or nothing that says so."""
        return {(re.match(rb"k8s:enc:[a-z]+:v[12]:[^:]+:", value) or [b""])[0] for value in self.stored().values()}

    def leaked(self):
        """Return of which kinds a value stands in a file of etcd: its log, or its database."""
        files = [path.read_bytes() for path in (self._folder / "server" / "etcd").rglob("*") if path.is_file()]
        assert any(b"/registry/secrets/default/old" in data for data in files)
        return {kind for kind, value in VALUES.items() if any(value.encode() in data for data in files)}


@pytest.fixture
def host(built, catalog, tmp_path):
    """Return a host for an example; with its key generated by the page, unless told otherwise."""

    def make(owned, *, generated=True):
        page, file = (self_managed(catalog, owned, path) for path in (PAGE, FILE))
        made = Host(built, tmp_path, page=page, file=file)
        if generated:
            made.follow(GENERATE)
        return made

    return make


def test_no_value_is_anywhere_in_etcd(host, owned, proof):
    it = host(owned)
    with it.server():
        it.store("old")
        assert it.readable("old")
        assert it.prefixes() == {FIRST}
        assert it.leaked() == set()
    proof("kube-apiserver", owned, "accepted")


def test_the_key_is_only_in_the_file(host, owned):
    """Of its owner alone, and not in what the commands print; a second time they keep it."""
    it = host(owned)
    [key] = it.generated().values()
    assert len(base64.b64decode(key, validate=True)) == 32
    assert (it.file.stat().st_mode & 0o777, it.said) == (0o600, "")
    before = it.file.read_text("utf-8")
    [[command], _] = it.steps(GENERATE).values()
    assert it.run(command).returncode != 0
    assert it.file.read_text("utf-8") == before
    assert key not in (it.encryption / "template.yaml").read_text("utf-8")


def test_identity_first_leaves_every_value_in_etcd(host, owned, proof):
    it = host(owned)
    value = yaml.safe_load(it.file.read_text("utf-8"))
    value["resources"][0]["providers"].insert(0, {"identity": {}})
    it.file.write_text(yaml.safe_dump(value), "utf-8")
    with it.server():
        it.store("old")
        assert it.prefixes() == {b""}
        assert it.leaked() == set(KINDS)
    proof("kube-apiserver", owned, "twin_refused")


def test_without_a_generated_key_the_server_does_not_start(host, owned, proof):
    it = host(owned, generated=False)
    it.file.write_bytes((it.encryption / "template.yaml").read_bytes())
    with pytest.raises(ClusterError, match="secrets must be base64 encoded"), it.server():
        pass
    proof("kube-apiserver", owned, "twin_refused")


def test_plain_text_is_encrypted_by_the_written_steps(host, owned):
    it = host(owned)
    with it.server(encrypts=False):
        it.store("old")
        assert it.leaked() == set(KINDS)
        it.follow(START)
        assert it.readable("old")
        assert it.prefixes() == {FIRST}
        assert it.providers() == ["secretbox"]


def rotated(it):
    """Tell what a rotation left: whether old and new objects are readable, and with what all of them are stored."""
    keys = [f"k8s:enc:secretbox:v1:{name}:".encode() for name in it.generated()]
    it.store("new")
    return all(map(it.readable, ("old", "new"))) and FIRST not in keys and it.prefixes() == set(keys)


def test_the_key_is_rotated_by_the_written_steps(host, owned, proof):
    it = host(owned)
    with it.server():
        it.store("old")
        before = it.generated()
        it.follow(ROTATE)
        assert rotated(it)
        assert len(it.generated()) == 1
        assert not set(before.values()) & set(it.generated().values())
        assert it.file.stat().st_mode & 0o777 == 0o600
        assert not any(key in it.said for key in (*before.values(), *it.generated().values()))
    proof("kube-apiserver", owned, "accepted")


# Each step that could be thought needless.
SKIPPED = ("Rewrite", "first", "Remove", "4.")


@pytest.mark.parametrize("step", SKIPPED)
def test_a_skipped_step_is_seen(host, owned, step, proof):
    it = host(owned)
    with it.server():
        it.store("old")
        assert [heading for heading in it.steps(ROTATE) if step in heading]
        try:
            it.follow(ROTATE, skip=step)
            done = rotated(it)
        except (RefusedError, ClusterError):
            done = False
        assert not done
    proof("kube-apiserver", owned, "twin_refused")
