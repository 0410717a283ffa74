import os
import sys
from functools import lru_cache
from pathlib import Path

import pytest
from forked import Forked
from harness import ROOT
from hypothesis import HealthCheck, settings

from scaffold import verify
from scaffold.cache import Cache
from scaffold.catalog import Catalog, builtin, scan

# Seeded: a property that fails fails for everybody. Slow machines are no reason to fail.
settings.register_profile(
    "default",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("default")


def pytest_addoption(parser):
    parser.addoption(
        "--update-goldens", action="store_true", help="rewrite expected outputs, then review the difference"
    )
    parser.addoption(
        "--conformance",
        action="store_true",
        help="ask the programs that consume a bundle, too: they are built with Go, once; three processes, or one with -n0",
    )


def pytest_configure(config):
    if sys.dont_write_bytecode and hasattr(config, "cache"):
        # To rewrite every assert takes seconds: where no bytecode is wanted beside its source, it lies with pytest's own.
        sys.pycache_prefix, sys.dont_write_bytecode = str(config.cache.mkdir("bytecode")), False
    if config.getoption("--conformance"):
        from conformance import session

        config.pluginmanager.register(session, "conformance")


def pytest_ignore_collect(collection_path, config):
    """Leave out the conformance tier, unless it is asked for."""
    if collection_path == Path(__file__).parent / "conformance" and not config.getoption("--conformance"):
        return True
    return None


@pytest.hookimpl(tryfirst=True)  # before xdist reads the options
def pytest_cmdline_main(config):
    """Keep together what shares something: the files of goldens, or one control plane."""
    option = config.option
    if config.getoption("--update-goldens"):
        option.numprocesses = 0
    elif config.getoption("--conformance") and option.numprocesses:
        # Three, whatever the machine has: two keep two cores busy while the third waits for a server. In the order given.
        option.numprocesses, option.dist, option.loadscopereorder = 3, "loadscope", False


@pytest.fixture(scope="session", autouse=True)
def read_once():
    """Read each text of a bundle once, not once for each of its twins: a reader is a function of the text alone."""
    readers = {suffix: lru_cache(maxsize=2048)(reader) for suffix, reader in verify.READERS.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify, "READERS", readers)
        yield


@pytest.fixture(scope="session")
def remembered(tmp_path_factory) -> Cache:
    """What scans have found already: that the shipped blueprints pass their checks is found once, of others each time."""
    return Cache(tmp_path_factory.mktemp("remembered"))


@pytest.fixture(scope="session")
def catalog(remembered) -> Catalog:
    return scan(cache=remembered)


@pytest.fixture(scope="session")
def installed(tmp_path_factory) -> dict[str, str]:
    """The environment of a process that finds what an installed program finds: its bytecode, and its cache."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # of all processes of this run
    bytecode = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    return {**os.environ, **bytecode, "PYTHONPATH": str(ROOT), "SCAFFOLD_CACHE": str(folder / "cache")}


@pytest.fixture(scope="session")
def forked(installed):
    """Run the command line in a process, without importing it again: `forked(["render", ...], folder, given="")`."""
    with Forked(installed) as commands:
        yield commands.run


@pytest.fixture
def scan_with(remembered):
    """Scan the shipped blueprints with those of one more folder."""
    return lambda folder: scan(builtin(), folder, cache=remembered)


@pytest.fixture
def golden(request):
    """Compare text with a file; `pytest --update-goldens` rewrites it."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--update-goldens"):
            path.write_text(text, "utf-8")
        expected = path.read_text("utf-8") if path.exists() else "(no such file)\n"
        assert text == expected, f"{path} differs; `pytest --update-goldens` rewrites it"

    return compare
