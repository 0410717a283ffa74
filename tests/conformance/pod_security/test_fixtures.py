"""Our own check agrees with every fixture of Pod Security admission, at both levels, v1.0 to v1.37; each part of it decides"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from scaffold.pod_security.check import Check
from scaffold.pod_security.evaluate import evaluate, rules, table

pytestmark = pytest.mark.files("pod-security-admission")

TABLE = table()
COUNT = 4537
PODS = f"{COUNT:,} pods"
# What no fixture asks, and `admission` does, with the cases of tests/pod_security.
UNASKED = {("restricted/run-as-non-root", "1.35"), ("restricted/run-as-user", "1.35"), ("baseline/se-linux-options", "1.31")}  # fmt: skip

# What may stand beside it: no valid pod has the one alone, or the fixture leaves out the whole security context.
BESIDES = {
    "allowPrivilegeEscalation": {"capabilities_restricted"},
    "privileged": {"allowPrivilegeEscalation"},
    "windowsHostProcess": {"hostNamespaces"},
}


@dataclass(frozen=True)
class Fixture:
    """One pod, and what its path says: level, version, pass or fail, and the check that it was made for."""

    level: str
    version: str
    verdict: str
    name: str
    pod: Any


@pytest.fixture(scope="module")
def fixtures(built):
    folder, found = built("pod-security-admission"), []
    for path in sorted(folder.glob("*/v1.*/*/*.yaml")):
        with path.open("rb") as file:
            pod = yaml.load(file, Loader=yaml.CSafeLoader)
        found.append(Fixture(*path.relative_to(folder).parts[:3], re.sub(r"\d+$", "", path.stem), pod))
    assert len(found) == COUNT
    return found


def made_for(fixture: Fixture) -> tuple[set[str], set[str]]:
    """Return what it must violate: its own check, or the one that overrides it there; and what it may violate."""
    if fixture.verdict == "pass":
        return set(), set()
    own = next(check.id for check in TABLE.values() if check.id.lower() == fixture.name)
    held = {id_ for id_, _ in rules(TABLE, fixture.level, [fixture.version])}
    must = {own} if own in held else {check.id for check in TABLE.values() if check.overrides == own} & held
    assert must, fixture
    return must, must | BESIDES.get(own, set())


def disagreeing(asked, checks: Mapping[str, Check]) -> Iterator[Fixture]:
    held = cache(lambda level, version: rules(checks, level, [version]))
    for fixture, (must, may) in asked:
        found = {violation.check for violation in evaluate(fixture.pod, held(fixture.level, fixture.version))}
        if not must <= found <= may:
            yield fixture


def test_every_pod_gets_the_verdict_of_its_fixture(fixtures, proof):
    assert {fixture.verdict for fixture in fixtures} == {"pass", "fail"}
    assert len({(fixture.level, fixture.version) for fixture in fixtures}) == 2 * 38
    assert list(disagreeing([(fixture, made_for(fixture)) for fixture in fixtures], TABLE)) == []
    proof("pod-security-admission", PODS, "accepted")


def test_without_any_part_some_fixture_disagrees(fixtures, proof):
    """Without a check, one step of its versions, or what it overrides."""
    asked = [(fixture, made_for(fixture)) for fixture in fixtures]

    def decides(name, **changes):
        checks = {other: kept for other, kept in TABLE.items() if other != name}
        checks |= {name: replace(TABLE[name], **changes)} if changes else {}
        return any(disagreeing(asked, checks))

    for name, check in TABLE.items():
        assert decides(name), name
        assert decides(name, overrides="") == bool(check.overrides), name
        for step in check.versions:
            versions = tuple(kept for kept in check.versions if kept is not step)
            assert decides(name, versions=versions) != ((name, step[0]) in UNASKED), (name, step[0])
    proof("pod-security-admission", PODS, "twin_refused")
