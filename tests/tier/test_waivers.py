"""The list of waivers is data: complete, exact, each entry with its reason, and none that nobody needs."""

import pytest
import yaml
from conformance.findings import TOOLS, Finding, WaiverError, unused, unwaived, waivers

ENTRY = {
    "tool": "checkov",
    "id": "CKV_K8S_8",
    "object": "Deployment/demo/hello",
    "reason": "A sentence that says what would happen to users if this were done.",
    "link": ".github/CONTRIBUTING.md",
}
FOUND = Finding("checkov", "CKV_K8S_8", "Deployment/demo/hello")


@pytest.fixture
def read(tmp_path):
    def write(*entries):
        path = tmp_path / "waivers.yaml"
        path.write_text(yaml.safe_dump(list(entries)))
        return waivers(path)

    return write


def test_the_published_list_is_sound():
    assert {one.tool for one in waivers()} == set(TOOLS)


def test_a_pattern_waives_one_check_of_each_object_of_a_kind(read):
    entries = read(ENTRY | {"object": "Deployment/*"})
    other = Finding("checkov", FOUND.id, "StatefulSet/demo/hello")
    assert unwaived([FOUND, other], entries) == [other]


def test_an_entry_waives_one_check_of_one_object(read):
    entries = read(ENTRY)
    others = [
        Finding("kube-score", FOUND.id, FOUND.object),
        Finding("checkov", "CKV_K8S_9", FOUND.object),
        Finding("checkov", FOUND.id, "Deployment/demo/other"),
    ]
    assert unwaived([FOUND, *others], entries) == sorted(others)


def test_an_unused_entry_is_found_for_its_tool(read):
    entries = read(ENTRY)
    assert unused([FOUND], entries, "checkov") == []
    assert unused([], entries, "checkov") == entries
    assert unused([], entries, "kube-score") == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"resaon": "x"}, "entry 1: unknown key 'resaon'"),
        ({"until": "2030-01-01"}, "entry 1: unknown key 'until'"),
        *(({key: None}, f"entry 1: no {key}") for key in ENTRY),
        ({"reason": " "}, "entry 1: no reason"),
        ({"reason": "noise"}, "the reason is no sentence"),
        ({"id": 8}, "entry 1: no id"),
        ({"tool": "checkow"}, "no tool 'checkow', there are kube-score, checkov, istioctl"),
        ({"object": "*"}, "object '*' is not Kind/namespace/name"),
        ({"link": "http://example.com"}, "is no page, and no file of this repository"),
        ({"link": ".github/decisions/none.md#part"}, "is no page, and no file of this repository"),
    ],
)  # fmt: skip
def test_a_bad_entry_is_refused(read, change, why):
    entry = {key: value for key, value in {**ENTRY, **change}.items() if value is not None}
    with pytest.raises(WaiverError) as caught:
        read(entry)
    assert why in str(caught.value)


def test_every_problem_is_in_one_report(read):
    with pytest.raises(WaiverError) as caught:
        read("x", {**ENTRY, "reason": "no"}, {**ENTRY, "link": "x"})
    assert [line.split(": ")[1] for line in str(caught.value).splitlines()] == ["entry 1", "entry 2", "entry 3"]


def test_an_entry_stands_there_once(read):
    with pytest.raises(WaiverError, match="twice"):
        read(ENTRY, {**ENTRY, "reason": "Another sentence about the very same thing."})


def test_a_mapping_is_no_list(tmp_path):
    (tmp_path / "waivers.yaml").write_text("checkov: []\n")
    with pytest.raises(WaiverError, match="a list of waivers, not dict"):
        waivers(tmp_path / "waivers.yaml")
