"""What the claims on the API server share: every example, applied in the documented order."""

import pytest
from conformance.helpers import APPLIED


@pytest.fixture(scope="session")
def applied(cluster, example):
    """Apply one example the first time; return kubectl's answers: namespaces, then Apps, by the documented commands."""
    folders = [str(example / "bundle" / part) for part in APPLIED]
    return [
        cluster.kubectl("apply", "--server-side", "--validate=strict", "-k", folder, check=False) for folder in folders
    ]
