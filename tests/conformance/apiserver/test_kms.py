"""With a KMS plugin what is stored is encrypted by its key; by the written steps an old version goes, and all stays readable"""

import base64
import json
import os

import pytest
from conformance.apiserver.host import FILE, PAGE, ROTATE, SMALL, Host
from conformance.cluster import ClusterError
from conformance.processes import start
from harness import app, platform, run

ABOUT = "a Platform with a KMS plugin"
SOCKET = "unix:///run/kms/kms.sock"
PREFIX = b"k8s:enc:kms:v2:kms:"
DISABLED = "of the key is disabled"  # says the plugin, and the API server quotes it
GONE = "got unexpected nil transformer"  # says the API server of a plugin that does not answer
pytestmark = pytest.mark.programs(*SMALL, "kms")


class Kms:
    """A KMS with versions of one key, and the plugin that asks it."""

    def __init__(self, program, folder):
        self._program, self._folder, self._keys = program, folder, folder / "kms.json"
        self.socket = f"unix://{folder}/kms.sock"
        self._state = {"current": "", "versions": {}}
        self.make()

    def make(self):
        """Make a new version, which is used from now on."""
        name = f"version-{len(self._state['versions']) + 1}-of-the-key"
        self._state["versions"][name] = base64.b64encode(os.urandom(32)).decode()
        self._state["current"] = name
        self._write()

    def disable(self):
        """Disable all but the current version."""
        current = self._state["current"]
        self._state["versions"] = {current: self._state["versions"][current]}
        self._write()

    @property
    def versions(self):
        return [name.encode() for name in self._state["versions"]]

    def _write(self):
        self._keys.write_text(json.dumps(self._state), "utf-8")

    def __enter__(self):
        with (self._folder / "kms.log").open("wb") as log:
            path = self.socket.removeprefix("unix://")
            self._process = start([str(self._program), str(self._keys), path], cwd=self._folder, stdout=log, stderr=log)
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Stop the plugin, as if its host had never started it."""
        self._process.terminate()
        self._process.wait(10)


@pytest.fixture(scope="module")
def rendered(catalog):
    """Return what a Platform with a plugin is rendered for its control plane."""
    made = run(catalog, app(), platform(controlPlane="self-managed", encryption={"provider": "kms"}))
    return {file.path: file.text for file in made.bundle.files}


@pytest.fixture
def kms(built, tmp_path):
    with Kms(built("kms"), tmp_path) as running:
        yield running


@pytest.fixture
def host(built, rendered, tmp_path, kms):
    """Return a host with the file where the page says, but for the socket, which no test may make below /run."""
    made = Host(built, tmp_path, page=rendered[PAGE], file=rendered[FILE])
    assert SOCKET in rendered[FILE]
    made.file.write_text(rendered[FILE].replace(SOCKET, kms.socket), "utf-8")
    return made


def versions(it):
    """Return which versions the stored values name."""
    return {version for value in it.stored().values() for version in it.known if version in value}


def rotate(it, kms, *, skip=""):
    """Do what the page says; leave out one step."""
    does = {"Make": kms.make, "Restart": it.running.restart, "Disable": kms.disable}
    it.known = kms.versions
    for heading, commands in it.steps(ROTATE).items():
        word = heading.split()[1]
        if skip and word == skip:
            continue
        for command in commands:
            done = it.run(command)
            assert done.returncode == 0, done.stderr
        if word in does:
            assert not commands
            does[word]()
        if word == "Look" and not skip:
            assert not versions(it) & {it.known[0]}, "the old version is still needed"
        it.known = sorted({*it.known, *kms.versions})


def test_what_is_stored_is_encrypted_and_rotated_by_the_written_steps(host, kms, proof):
    with host.server():
        host.store("old")
        assert host.readable("old")
        assert host.prefixes() == {PREFIX}
        assert host.leaked() == set()
        host.known = kms.versions
        assert versions(host) == set(kms.versions)
        rotate(host, kms)
        assert len(kms.versions) == 1
        host.running.restart()  # what it remembers would still be readable
        host.store("new")
        assert host.readable("old")
        assert host.readable("new")
        assert versions(host) == set(kms.versions)
    proof("kube-apiserver", ABOUT, "accepted")


@pytest.mark.parametrize("skip", ["Restart", "Rewrite"])
def test_a_skipped_step_leaves_what_nobody_can_read(host, kms, skip, proof):
    with host.server():
        host.store("old")
        rotate(host, kms, skip=skip)
        try:
            host.running.restart(DISABLED)
            readable = host.readable("old")
        except ClusterError:
            readable = False
        assert not readable
    proof("kube-apiserver", ABOUT, "twin_refused")


def test_without_the_plugin_no_server_gets_ready(host, kms, proof):
    with host.server():
        host.store("old")
        kms.stop()
        with pytest.raises(ClusterError, match=GONE):
            host.running.restart(GONE)
    proof("kube-apiserver", ABOUT, "twin_refused")
