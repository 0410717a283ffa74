"""What the conformance tier does when something goes wrong: a message with the step and the log, and nothing left behind."""

import fcntl
import os
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from conformance.apiserver.api import Api
from conformance.build import FILES, PINS, PROGRAMS, WHEELS, Builder, BuildError
from conformance.cluster import Cluster, ClusterError, Server
from conformance.processes import Talk

KUSTOMIZE = PROGRAMS["kustomize"]
CHECKOV = WHEELS["checkov"]


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
    builder = Builder(go, said.append)
    assert not builder.has(KUSTOMIZE)
    first = builder.program(KUSTOMIZE)
    assert builder.has(KUSTOMIZE)
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


def eventually(reached):
    end = time.monotonic() + 20
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.05)


def ended(pid):
    """Tell whether a process is gone, or is only not yet asked how it ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
@pytest.mark.parametrize("pin", [KUSTOMIZE, next(iter(FILES.values()))], ids=["a build", "a download"])
def test_stopping_leaves_no_process(script, cache, tmp_path, pin):
    """Not those either that the compiler started."""
    go = str(
        script("go", f"sleep 45 & echo $$ $! >{tmp_path}/new && mv {tmp_path}/new {tmp_path}/pids", "exec sleep 45")
    )
    builder = Builder(go, print)
    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(builder.make, pin)
        eventually((tmp_path / "pids").exists)
        builder.stop()
        assert isinstance(made.exception(20), BuildError)
    pids = (tmp_path / "pids").read_text().split()
    eventually(lambda: all(map(ended, pids)))
    assert len(pids) == 2


def test_who_waits_for_the_lock_starts_nothing_once_stopped(go, cache, tmp_path):
    said = []
    builder = Builder(go, said.append)
    with ThreadPoolExecutor(1) as pool, (cache / ".lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        made = pool.submit(builder.program, KUSTOMIZE)
        eventually(lambda: said)
        builder.stop()
        assert str(made.exception(20)) == "conformance: stopped"  # though the other still builds
    with pytest.raises(BuildError, match="stopped"):
        builder.program(KUSTOMIZE)
    assert not (tmp_path / "calls").exists()


# What makes an environment with a copy of itself, and says what it runs.
PYTHON = ('if [ "$3" = venv ]; then mkdir "$4/bin" && cp "$0" "$4/bin/python"; fi', 'echo "$0 $*"')


@pytest.fixture
def python(script, tmp_path):
    """A Python that writes down what it installs, too."""
    return str(script("python", f'if [ "$3" = pip ]; then echo "$@" >>{tmp_path}/calls; fi', *PYTHON))


def test_a_second_run_installs_nothing(python, cache, tmp_path):
    said = []
    first = Builder("go", said.append, python).wheels(CHECKOV)
    assert Builder("go", said.append, python).make(CHECKOV) == first
    [call] = (tmp_path / "calls").read_text().splitlines()
    assert {"--require-hashes", "--only-binary=:all:"} < set(call.split())
    assert [line.split(" 3.")[0] for line in said] == ["conformance: install checkov"] * 2  # begun, and done


def test_an_environment_runs_where_it_ends_up(python, cache):
    """It is made under another name, so that no interrupted installation looks whole."""
    path = Builder("go", print, python).wheels(CHECKOV)
    done = subprocess.run([path, "a b", "-d"], capture_output=True, text=True, check=True)
    assert done.stdout == f"{path.parent}/bin/python -I -m checkov.main a b -d\n"


def test_changed_requirements_are_installed_again(python, cache, tmp_path):
    folder = shutil.copytree(CHECKOV.folder, tmp_path / "checkov")
    (folder / "requirements.txt").write_text("checkov==0\n")
    first, other = (
        Builder("go", print, python).wheels(wheels) for wheels in (CHECKOV, replace(CHECKOV, folder=folder))
    )
    assert first != other


@pytest.mark.parametrize("at", ["venv", "pip"])
def test_an_installation_that_fails_names_its_log_and_leaves_nothing(script, cache, at):
    failing = script("failing", f'if [ "$3" = {at} ]; then echo no such wheel; exit 1; fi', *PYTHON)
    with pytest.raises(
        BuildError, match=r"could not install checkov \S+; the log is \S+checkov.log:\n(.*\n)*no such wheel"
    ):
        Builder("go", print, str(failing)).wheels(CHECKOV)
    assert list((cache / "wheels").iterdir()) == []


def test_every_requirement_has_hashes():
    """Without one, an index could hand out another file; pip refuses a list in which only some have them."""
    text = (CHECKOV.folder / "requirements.txt").read_text().replace("\\\n", "")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert len(lines) > 50
    assert all("==" in line and "--hash=sha256:" in line for line in lines)


def test_pins_have_one_name_each():
    assert all(name == pin.name for name, pin in PINS.items())
    assert len(PINS) == sum(map(len, (FILES, WHEELS, PROGRAMS)))


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


@pytest.fixture
def dying(script, tmp_path, monkeypatch):
    """A server whose API server runs out of memory as soon as it is told to, and never answers; it is taken for ready."""
    monkeypatch.setattr(Server, "_ready", lambda _: True)
    if shutil.which("openssl") is None:
        pytest.skip("no openssl, which makes the cluster's certificates")
    programs = {
        "etcd": script("etcd", "exec sleep 60"),
        "kube-apiserver": script(
            "kube-apiserver", f"while [ ! -e {tmp_path}/die ]; do sleep 0.1; done", "echo out of memory >&2", "exit 1"
        ),
        "kubectl": script("kubectl", "echo refused >&2", "exit 1"),
    }
    with Server(programs, tmp_path / "s", audit_policy=tmp_path) as server:
        yield server, tmp_path / "die"


def requested(server):
    Api(server).rights("shop", "api")


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (
            lambda server: server.get("pods"),
            r"cluster: GET /api/v1/pods\S+: ConnectionRefusedError\(.*\); kube-apiserver died\n",
        ),
        (requested, r"cluster: POST /apis/authorization\S+: ConnectionRefusedError\(.*\); kube-apiserver died\n"),
        (lambda server: server.kubectl("fail"), "cluster: kubectl fail: refused; kube-apiserver died\n"),
        (lambda server: server.install_crds([]), "cluster: kube-apiserver died before: custom resources are served\n"),
    ],
    ids=["a reader", "a request", "kubectl", "custom resources"],
)
def test_whoever_asks_a_server_that_died_is_told(dying, ask, says):
    server, die = dying
    die.touch()
    with pytest.raises(ClusterError, match=says) as caught:
        ask(server)
    assert "kube-apiserver.log (end)\nout of memory" in str(caught.value)


def test_a_request_that_a_living_server_does_not_answer_says_so(dying):
    with pytest.raises(ClusterError, match=r"ConnectionRefusedError.*; every server is alive"):
        requested(dying[0])


def test_what_a_server_never_gets_over_ends_the_wait(script, tmp_path, monkeypatch):
    if shutil.which("openssl") is None:
        pytest.skip("no openssl, which makes the cluster's certificates")
    monkeypatch.setattr(Server, "_ready", lambda _: True)
    programs = {
        "etcd": script("etcd", "exec sleep 60"),
        "kube-apiserver": script("kube-apiserver", "echo no such key >&2", "exec sleep 60"),
    }
    with Server(programs, tmp_path / "s", audit_policy=tmp_path) as server:
        monkeypatch.setattr(Server, "_ready", lambda _: False)
        with pytest.raises(ClusterError, match="cluster: kube-apiserver says before /readyz: no such key\n"):
            server.restart("no such key")


def test_a_program_that_ends_instead_of_answering_says_why(script):
    """Another question starts it again."""
    answers = script("answers", "while read line; do", '[ "$line" != bad ] || { echo "no sense" >&2; exit 1; }', 'echo "$$ $line"', "done")  # fmt: skip
    with Talk(str(answers)) as talk:
        first, second = (talk.ask("good").split() for _ in range(2))
        assert first == second
        with pytest.raises(AssertionError, match="answers: no sense"):
            talk.ask("bad")
        assert talk.ask("good").split()[0] != first[0]
        process = talk._process
    assert process.returncode is not None
