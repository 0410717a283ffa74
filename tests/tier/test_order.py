"""In what order a run of the tier hands out its claims."""

from pathlib import Path

import pytest
from conformance import session

FOLDER = Path(session.__file__).parent


@pytest.mark.parametrize("name", [*session.TOGETHER, *session.LONGEST[2:]])
def test_what_is_named_is_a_claim(name):
    """A claim that is renamed, renamed here too: else it would begin last, or on a control plane of its own."""
    assert (FOLDER / f"{name}.py").is_file()


def test_the_longest_begin_first():
    names = ["kubeconform/test_pipelines", "checkov/test_findings", "cilium/test_generated", "apiserver/test_pods"]
    ranks = [session.rank(f"tests/conformance/{name}.py::test_it") for name in names]
    assert ranks == sorted(ranks, reverse=True)
    assert len(set(ranks)) == len(ranks)
    assert ranks[-1] == 0
