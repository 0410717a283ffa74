import pytest

from scaffold.catalog import builtin, scan
from scaffold.contained.limits import Limits
from scaffold.contained.process import Contained
from scaffold.third_party import Fetched


@pytest.fixture(scope="session")
def apart():
    """One process for all of these tests; one that is ended starts anew when it is asked again."""
    return Contained(Limits(cpu=0.3, wall=60, memory=256 << 20, reply=1 << 20))


@pytest.fixture
def scan_apart(apart, remembered):
    return lambda *sources: scan(
        builtin(), cache=remembered, third_party=[Fetched(str(one), one) for one in sources], apart=apart
    )
