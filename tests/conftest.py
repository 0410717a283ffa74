from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from scaffold.catalog import Catalog, scan

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


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return scan()


@pytest.fixture
def golden(request):
    """Compare text with a file; `pytest --update-goldens` rewrites it."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--update-goldens"):
            path.write_text(text, "utf-8")
        expected = path.read_text("utf-8") if path.exists() else "(no such file)\n"
        assert text == expected, f"{path} differs; `pytest --update-goldens` rewrites it"

    return compare
