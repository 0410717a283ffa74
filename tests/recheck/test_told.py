"""What was found, for people and for programs: nothing that anybody wrote can say more than itself there."""

import json
import re

import pytest
from harness import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from scaffold import checks, risks
from scaffold.errors import Place
from scaffold.finding import Finding
from scaffold.recheck.annotations import as_annotations
from scaffold.recheck.found import Found, gravest_first
from scaffold.recheck.recheck import Recheck
from scaffold.recheck.rules import requirement
from scaffold.recheck.sarif import as_sarif
from scaffold.recheck.told import FORMATS, summary
from scaffold.registry import registry

# The published schema (OASIS, errata 01), without its descriptions.
SCHEMA = Draft4Validator(json.loads((ROOT / "tests/recheck/sarif-schema-2.1.0.json").read_text()))
OWN = [
    *(f"drift/{name}" for name in ("edited", "foreign-file", "missing", "outdated", "stale")),
    *("documents/misshapen", "documents/taken-out", "documents/unbuilt", "documents/unreadable"),
    *("exceptions/expired", "exceptions/expires-soon", "exceptions/unused", "secrets/plain-value"),
]


def found(check="drift/edited", severity="error", reason="it differs", file="out/a b%.yaml", line=3, place="a b%.yaml"):
    return Found(Finding(severity, check, place, reason, "mend it"), Place(file, line, 1 if line else 0))


def test_the_gravest_comes_first():
    several = [found(severity="note"), found(line=9), found(severity="warning"), found(line=2), found(line=9)]
    assert [(one.finding.severity, one.place.line) for one in gravest_first(several)] == [
        ("error", 2), ("error", 9), ("warning", 3), ("note", 3),
    ]  # fmt: skip


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_and_something_is_told_in_every_format(form):
    for several in ((), (found(), found(severity="warning", line=0))):
        FORMATS[form](Recheck(several, ("note: one",)))
    assert summary(Recheck((), ())) == "nothing was found"
    assert summary(Recheck((found(), found(line=4)), ())) == "2 errors"


def test_sarif_is_valid_by_its_schema():
    several = [found(check) for check in (*registry(checks.__name__), *registry(risks.__name__), *OWN)]
    log = json.loads(as_sarif([*several, found(line=0), found(file="/elsewhere/a.yaml", severity="note")]))
    assert list(SCHEMA.iter_errors(log)) == []
    assert list(SCHEMA.iter_errors(json.loads(as_sarif([])))) == []
    assert list(SCHEMA.iter_errors({**log, "version": "2.1.1"}))
    [run] = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    assert run["results"][0]["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "out/a%20b%25.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 3, "startColumn": 1},
    }


@pytest.mark.parametrize("check", [*registry(checks.__name__), *registry(risks.__name__), *OWN])
def test_every_rule_says_its_requirement(check):
    text = requirement(check)
    assert "\nWhy: " in text
    assert "May import" not in text


def fingerprint(one):
    [result] = json.loads(as_sarif([one]))["runs"][0]["results"]
    return result["partialFingerprints"]["scaffoldFinding/v1"]


def test_a_fingerprint_stays_when_lines_move_and_differs_with_what_is_said():
    assert fingerprint(found(line=3)) == fingerprint(found(line=30))
    answer = [found(place=f"a.yaml:{line}:1", file="a.yaml", line=line) for line in (3, 30)]
    assert fingerprint(answer[0]) == fingerprint(answer[1])
    assert len({fingerprint(one) for one in (found(), found(reason="b"), found(place="c"), found("d/e"))}) == 4


@settings(max_examples=50)
@given(*[st.text(max_size=30)] * 3)
def test_no_text_begins_a_command_of_its_own(reason, file, remedy):
    one = Found(Finding("error", "drift/edited", "a.yaml", reason, remedy), Place(file, 3, 1))
    [line] = as_annotations([one]).split("\n")
    command = re.fullmatch(r"::error (?:file=([^:,\r\n]*),)?line=3,col=1,title=drift/edited::([^\r\n]*)", line)
    assert command
    assert (command[1] or "").replace("%3A", ":").replace("%2C", ",").replace("%0D", "\r").replace("%0A", "\n").replace(
        "%25", "%"
    ) == file


def test_a_hostile_name_is_one_annotation():
    hostile = "a\n::add-mask::x,line=1::::error::%0A\x1b[31m"
    text = as_annotations([found(file=hostile, reason=hostile)])
    assert text.count("\n") == 0
    assert text.startswith("::error file=a%0A%3A%3Aadd-mask")
    assert "\x1b" not in text.partition("title=")[2]
