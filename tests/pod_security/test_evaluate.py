"""The evaluator of the Pod Security Standards: every check and every step of its versions, and pods that are none."""

from copy import deepcopy

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from pod_security.cases import CASES, SOUND

from scaffold.pod_security.evaluate import UNREADABLE, evaluate, rules, since, table
from scaffold.pod_security.pod import Pod

TABLE = table()
VERSIONS = [f"v1.{minor}" for minor in range(40)]
STRICTEST = rules(TABLE, "restricted", VERSIONS)


def violated(case, version, checks=TABLE):
    return {found.check for found in evaluate(case.pod(), rules(checks, case.level, [version]))}


def disagrees(checks):
    return any(violated(case, version, checks) != ids for case in CASES for version, ids in case.verdicts().items())


@pytest.mark.parametrize("case", CASES, ids=[f"{case.level}-{case.check}-{n}" for n, case in enumerate(CASES)])
def test_one_tweak_is_judged(case):
    verdicts = case.verdicts()
    assert verdicts
    assert {version: violated(case, version) for version in verdicts} == verdicts


def test_a_sound_pod_is_admitted_always():
    for version in VERSIONS:
        assert evaluate(SOUND, rules(TABLE, "restricted", [version])) == []
    assert evaluate(SOUND, STRICTEST) == []


@pytest.mark.parametrize("name", TABLE)
def test_no_check_and_no_step_can_be_forgotten(name):
    """Each of them decides some case; and so does what it overrides."""
    check = TABLE[name]
    assert disagrees({other: kept for other, kept in TABLE.items() if other != name})
    for step in check.versions:
        versions = tuple(kept for kept in check.versions if kept is not step)
        assert disagrees({**TABLE, name: replace(check, versions=versions)}), step
    if check.overrides:
        assert disagrees({**TABLE, name: replace(check, overrides="")})


def test_the_table_is_sound():
    ids = {check.id: name for name, check in TABLE.items()}
    assert len(ids) == len(TABLE) == 19
    for name, check in TABLE.items():
        level, _, spelled = name.partition("/")
        assert spelled.replace("-", "") == check.id.replace("_", "").lower()
        minors = [int(step.removeprefix("1.")) for step, _ in check.versions]
        assert minors
        assert minors == sorted(set(minors))
        if check.overrides:
            assert (level, ids[check.overrides].partition("/")[0]) == ("restricted", "baseline")


def test_some_versions_stand_for_all_since_the_oldest():
    every = [f"v1.{minor}" for minor in range(30, 40)]
    assert since(TABLE, "1.30")[0] == "1.30"
    assert set(rules(TABLE, "restricted", since(TABLE, "1.30"))) == set(rules(TABLE, "restricted", every))


@pytest.mark.parametrize("version", ["latest", "v1.99", "", "v2.0", "1.x", "v1.35.0", "१.३५"])
def test_no_version_is_the_latest(version):
    assert rules(TABLE, "restricted", [version]) == rules(TABLE, "restricted", ["v1.37"])


@pytest.mark.parametrize("kinds", [{"unheardOf": {}}, {"emptyDir": {}, "hostPath": {"path": "/"}}, {"secret": 1}])
def test_a_volume_that_no_server_accepts_is_a_violation(kinds):
    pod = deepcopy(SOUND)
    pod["spec"]["volumes"] = [{"name": "v", **kinds}]
    [found] = evaluate(pod, rules(TABLE, "restricted", ["latest"]))
    assert (found.check, found.place) == ("restrictedVolumes", "/spec/volumes/0")


def test_places_lead_into_the_pod():
    pod = deepcopy(SOUND)
    pod["spec"]["initContainers"] = [{"name": "i", "securityContext": {"privileged": True}}]
    [found] = evaluate(pod, rules(TABLE, "baseline", ["latest"]))
    assert (found.check, found.place) == ("privileged", "/spec/initContainers/0/securityContext/privileged")


FULL_CONTEXT = {
    "runAsNonRoot": True, "runAsUser": 1, "seccompProfile": {"type": "Localhost"}, "appArmorProfile": {"type": "Localhost"},
    "seLinuxOptions": {"type": "container_t", "user": "", "role": ""}, "windowsOptions": {"hostProcess": False},
}  # fmt: skip
ACTION = {"httpGet": {"host": ""}, "tcpSocket": {"host": ""}}
FULL_CONTAINER = {
    "name": "x", "ports": [{"hostPort": 0}], "livenessProbe": ACTION, "readinessProbe": ACTION, "startupProbe": ACTION,
    "lifecycle": {"postStart": ACTION, "preStop": ACTION},
    "securityContext": {
        **FULL_CONTEXT, "privileged": False, "allowPrivilegeEscalation": False, "procMount": "Default",
        "capabilities": {"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]},
    },
}  # fmt: skip
FULL = {
    "metadata": {"annotations": {"a": "b"}},
    "spec": {
        "initContainers": [FULL_CONTAINER], "containers": [FULL_CONTAINER], "ephemeralContainers": [FULL_CONTAINER],
        "volumes": [{"emptyDir": {}}], "os": {"name": "linux"}, "hostUsers": True,
        "hostNetwork": False, "hostPID": False, "hostIPC": False,
        "securityContext": {**FULL_CONTEXT, "sysctls": [{"name": "kernel.shm_rmid_forced"}]},
    },
}  # fmt: skip


def places(value, path=()):
    """Return the path of every value inside a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, part in inner for found in places(part, (*path, key)))]


def at(value, path):
    for step in path:
        value = value[step]
    return value


def replaced(path, value):
    pod = deepcopy(FULL)
    if not path:
        return value
    at(pod, path[:-1])[path[-1]] = value
    return pod


def test_the_full_pod_has_every_field_and_is_admitted():
    assert msgspec.to_builtins(msgspec.convert(FULL, Pod)) == FULL
    assert evaluate(FULL, STRICTEST) == []


@pytest.mark.parametrize("wrong", ["x", 7, 0, 1.5, True, [], {}], ids=repr)
def test_a_value_of_a_wrong_type_is_a_violation(wrong):
    for path in places(FULL):
        if type(at(FULL, path)) is not type(wrong):
            assert evaluate(replaced(path, wrong), STRICTEST), path


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=()), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(exclude_categories=())), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(path=st.sampled_from(places(FULL)), value=JSON)
def test_any_json_is_judged(path, value):
    found = evaluate(replaced(path, value), STRICTEST)
    assert found == sorted(found)


def test_what_is_no_pod_is_unreadable():
    for value in (None, [], "x", {"spec": None}, {"spec": {"hostPID": "\ud800"}}, {"\ud800": 1}, {1: 2}):
        assert [found.check for found in evaluate(value, STRICTEST)] == [UNREADABLE]
