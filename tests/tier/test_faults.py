"""What the conformance tier does when something goes wrong: a message with the step and the log, and nothing left behind."""

import os
import shutil
from dataclasses import replace

import pytest
from conformance.build import PROGRAMS, Builder, BuildError
from conformance.cluster import Cluster, ClusterError

KUSTOMIZE = PROGRAMS["kustomize"]


@pytest.fixture
def script(tmp_path):
    def write(name, *lines):
        path = tmp_path / name
        path.write_text("\n".join(("#!/bin/sh", *lines)) + "\n")
        path.chmod(0o755)
        return path

    return write


@pytest.fixture
def go(script, tmp_path):
    """A compiler that writes down that it was called, and makes the file after `-o`."""
    return str(
        script(
            "go", f'echo "$GOTOOLCHAIN" >>{tmp_path}/calls', 'while [ "$1" != -o ]; do shift; done', 'echo made >"$2"'
        )
    )


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SCAFFOLD_CONFORMANCE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_second_run_builds_nothing(go, cache, tmp_path):
    said = []
    first = Builder(go, said.append).program(KUSTOMIZE)
    assert Builder(go, said.append).program(KUSTOMIZE) == first
    assert first.read_text() == "made\n"
    assert len((tmp_path / "calls").read_text().splitlines()) == 1
    assert [line.split(" v")[0] for line in said] == ["conformance: build kustomize"] * 2  # begun, and done


def test_changed_pins_are_built_again(go, cache, tmp_path):
    first = Builder(go, print).program(KUSTOMIZE)
    folder = shutil.copytree(KUSTOMIZE.folder, tmp_path / "kustomize")
    (folder / "go.sum").write_text("")
    others = [replace(KUSTOMIZE, folder=folder), replace(KUSTOMIZE, flags=())]
    assert len({first, *(Builder(go, print).program(other) for other in others)}) == 3


def test_a_build_that_fails_names_its_log_and_leaves_nothing(script, cache):
    go = str(script("go", "echo no such module >&2", "exit 1"))
    with pytest.raises(
        BuildError, match=r"could not build kustomize v\S+; the log is \S+kustomize.log:\nno such module"
    ):
        Builder(go, print).program(KUSTOMIZE)
    assert list((cache / "programs").iterdir()) == []


def test_a_server_that_dies_is_named_and_the_others_are_stopped(script, tmp_path):
    """Here: the API server, as it does when somebody else takes its port."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl, which makes the cluster's certificates")
    programs = {
        "etcd": script("etcd", f"echo $$ >{tmp_path}/pid", "exec sleep 60"),
        "kube-apiserver": script("kube-apiserver", "echo address already in use >&2", "exit 1"),
        "kubectl": script("kubectl", "exit 1"),
    }
    with (
        pytest.raises(ClusterError) as caught,
        Cluster(programs, tmp_path / "c", stages=tmp_path, audit_policy=tmp_path),
    ):
        pass
    message = str(caught.value)
    assert message.startswith("cluster: kube-apiserver died before: /readyz")
    assert "kube-apiserver.log (end)\naddress already in use" in message
    if (tmp_path / "pid").exists():
        with pytest.raises(ProcessLookupError):
            os.kill(int((tmp_path / "pid").read_text()), 0)
