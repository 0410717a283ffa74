"""What the claims on the API server share: every example, applied in the documented order."""

import pytest
from conformance.helpers import APPLIED


@pytest.fixture(scope="session")
def applied(cluster, example):
    """Apply one example the first time; return kubectl's answers: namespaces, then Apps, by the documented commands."""
    return [
        cluster.kubectl(
            "apply", "--server-side", "--validate=strict", "-k", str(example / "bundle" / part), check=False
        )
        for part in APPLIED
    ]
