"""Claims on systems that nobody thought of: made from the schema, the same in each run.

The least system that fails is written to `found/`, where every later run asks about it first: add it to the commit.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import yaml
from generated import settled, systems
from harness import Run, run_answers
from hypothesis import HealthCheck, Phase, given, settings

from scaffold.answers.load import load
from scaffold.catalog import Catalog

FOUND = Path(__file__).parent / "found"
GENERATED = "generated"
"""What stands in proof.json instead of an example."""


def each_system(catalog: Catalog, count: int, claim: str, check: Callable[[Run], None]) -> None:
    """Check the systems that failed once, then so many generated ones."""
    for path in sorted(FOUND.glob("*.yaml")):
        check(run_answers(catalog, load([path], catalog)))

    @settings(
        max_examples=count, database=None, derandomize=True, deadline=None, phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(systems(catalog))
    def property_(values: list[dict]) -> None:
        left, run = settled(catalog, values)
        try:
            check(run)
        except Exception as error:
            path = FOUND / f"{claim.replace('/', '-')}.yaml"
            path.write_text(yaml.safe_dump_all(left, sort_keys=False), "utf-8")
            error.add_note(f"the answers were written to {path}")
            raise

    property_()
