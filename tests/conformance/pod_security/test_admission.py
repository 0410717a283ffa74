"""Pod Security admission and our own check judge hand-made pods alike, v1.30 to v1.36, user namespaces included"""

import json
import re
from dataclasses import replace

import pytest
from pod_security.cases import CASES, RELAXED

from scaffold.pod_security.evaluate import evaluate, rules, table

VERSIONS = ("v1.30", "v1.31", "v1.34", "v1.35", "v1.36")
TABLE = table()
PODS = "hand-made pods"
NEVER_ALONE = {"windowsHostProcess"}  # no pod is valid with it that is not in the node's network besides
LABEL = "pod-security.kubernetes.io/enforce"


def asked(cluster, level, version):
    """Return what the API server says of the cases of a level: admitted or not, None of what is no valid pod anyway."""
    namespace = f"{level}-{version.replace('.', '-')}"
    cluster.kubectl("create", "namespace", namespace)
    cluster.kubectl("label", "namespace", namespace, f"{LABEL}={level}", f"{LABEL}-version={version}")
    cluster.wait_for_account(namespace)
    pods = {number: case.pod() for number, case in enumerate(CASES) if case.level == level}
    for number, pod in pods.items():
        pod["metadata"]["name"] = f"case-{number}"
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(pods.values())})
    # Not validated by kubectl, which would refuse all of them for one.
    arguments = ("create", "--dry-run=server", "--validate=ignore", "-n", namespace, "-f", "-")
    done = cluster.kubectl(*arguments, text=text, check=False)
    verdicts = {
        True: (r"^pod/case-(\d+) created", done.stdout),
        False: (rf'pods "case-(\d+)" is forbidden: violates PodSecurity "{level}:{re.escape(version)}"', done.stderr),
        None: (r'Pod "case-(\d+)" is invalid', done.stderr),
    }
    found = {
        int(number): verdict
        for verdict, (pattern, said) in verdicts.items()
        for number in re.findall(pattern, said, re.MULTILINE)
    }
    assert found.keys() == pods.keys(), done.stderr
    return found


@pytest.fixture(scope="module")
def answers(cluster):
    """What the API server says, by level, version and number of the case."""
    return {
        (level, version, number): admitted
        for level in ("baseline", "restricted")
        for version in VERSIONS
        for number, admitted in asked(cluster, level, version).items()
        if admitted is not None
    }


def ours(answers, checks):
    return {
        (level, version, number): not evaluate(CASES[number].pod(), rules(checks, level, [version]))
        for level, version, number in answers
    }


def test_both_judge_alike(answers, proof):
    judged = {number for _, _, number in answers}
    assert {CASES.index(case) for case in RELAXED} <= judged
    refused = {CASES[number].check for (_, _, number), admitted in answers.items() if not admitted}
    assert refused == {check.id for check in TABLE.values()} - NEVER_ALONE
    assert ours(answers, TABLE) == answers
    proof("kube-apiserver", PODS, "accepted")


@pytest.mark.parametrize(
    "name", ["restricted/run-as-non-root", "restricted/run-as-user", "baseline/se-linux-options", "baseline/proc-mount"]
)
def test_without_its_newest_step_they_do_not(answers, proof, name):
    check = TABLE[name]
    assert ours(answers, {**TABLE, name: replace(check, versions=check.versions[:-1])}) != answers
    proof("kube-apiserver", PODS, "twin_refused")
