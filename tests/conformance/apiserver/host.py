"""A control-plane host on which one works by the page on encryption, for the claims on what etcd holds."""

import base64
import contextlib
import http.client
import json
import os
import re
import subprocess

import yaml
from conformance.cluster import NO_RIGHTS, Server
from conformance.processes import MEMORY

SMALL = ("kubectl", "etcd", "kube-apiserver")
FILE, PAGE = "control-plane/encryption.yaml", "control-plane/ENCRYPTION.md"
HOST = "/etc/kubernetes/encryption"
GENERATE, START, ROTATE = "Generate the key", "Start to encrypt", "Rotate the key"
KINDS = ("secrets", "configmaps")
# Of each kind one object and its value, which is found in etcd wherever it is stored as it is.
VALUES = {kind: f"canary-of-{kind}-8d1f5a" for kind in KINDS}
UNREADABLE = "no matching key was found for the provided Secretbox transformer"


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
        self.flags = NO_RIGHTS | ({"encryption-provider-config": str(self.file)} if encrypts else {})
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
            **MEMORY,
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
