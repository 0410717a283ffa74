"""What a run of the conformance tier may write down as proved, and what fails where the tier is required."""

import json
import shutil
import subprocess
import sys

import pytest
from conformance.proof import Proof, committed
from harness import ROOT

CLAIM, OTHER = "kustomize/trees", "apiserver/pods"
KEY = (CLAIM, "kubectl", "v1", "minimal")


def claims_of(records):
    return {record["claim"] for record in records}


def test_records_of_a_claim_that_ran_come_from_this_run_only():
    assert {CLAIM, OTHER} < claims_of(committed())
    made = Proof(ran={CLAIM})
    assert claims_of(made.merged()) == claims_of(committed()) - {CLAIM}
    made.add(KEY, "accepted")
    assert [record["example"] for record in made.merged() if record["claim"] == CLAIM] == ["minimal"]


def test_records_of_a_claim_that_did_not_run_are_kept():
    kept = [record for record in Proof(ran={CLAIM}).merged() if record["claim"] == OTHER]
    assert kept == [record for record in committed() if record["claim"] == OTHER]


def test_a_claim_that_ran_and_told_nothing_is_a_problem():
    made = Proof({KEY: {"accepted", "twin_refused"}}, ran={CLAIM})
    assert made.problems() == []
    made.ran.add(OTHER)
    assert made.problems() == [f"ran, and told nothing: {OTHER}"]


@pytest.mark.parametrize("what", ["accepted", "twin_refused"])
def test_half_a_proof_is_a_problem(what):
    [problem] = Proof({KEY: {what}}, ran={CLAIM}).problems()
    assert problem.startswith("no proof without both: ")


def test_no_proof_at_all_is_a_problem():
    assert Proof().problems() == ["nothing was proved"]


ACCEPTED = "def test_a(proof): proof('kubectl', 'minimal', 'accepted')\n"
REFUSED = "def test_b(proof): proof('kubectl', 'minimal', 'twin_refused')\n"
SKIPPED = "import pytest\ndef test_c(): pytest.skip('no reason')\n"
SILENT = "def test_d(): pass\n"


@pytest.fixture
def tier(tmp_path, installed):
    """Run a tier with one claim of its own, and our own rules; return its exit code, and what it wrote down."""
    tests = tmp_path / "tests"
    shutil.copytree(
        ROOT / "tests/conformance", tests / "conformance",
        ignore=lambda folder, names: [
            name for name in names
            if folder == str(ROOT / "tests/conformance") and not name.endswith(".py") and name != "tools"
        ],
    )  # fmt: skip
    for name in ("tests/conftest.py", "tests/forked.py", "tests/harness.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tests / "conformance/kustomize").mkdir()

    def run(text, *, required=True):
        (tests / "conformance/kustomize/test_trees.py").write_text(text)
        env = {key: value for key, value in installed.items() if not key.startswith(("CONFORMANCE", "PYTEST"))}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "--conformance", "tests/conformance"],
            cwd=tmp_path, env=env | ({"CONFORMANCE": "required"} if required else {}),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        file = tests / "conformance/proof.json"
        return done.returncode, json.loads(file.read_text()) if file.exists() else [], done.stdout + done.stderr

    return run


def test_a_whole_proof_is_written_and_then_holds(tier):
    code, records, out = tier(ACCEPTED + REFUSED)
    assert (code, claims_of(records)) == (1, {CLAIM}), out  # required: it was not committed yet
    assert tier(ACCEPTED + REFUSED)[:2] == (0, records)


@pytest.mark.parametrize("text", [ACCEPTED, REFUSED], ids=["accepted", "refused"])
def test_half_a_proof_is_not_written_and_fails_where_it_is_required(tier, text):
    code, records, out = tier(text)
    assert (code, records) == (1, []), out
    assert "no proof without both" in out
    assert tier(text, required=False)[:2] == (0, [])


def test_a_skip_fails_where_the_tier_is_required(tier):
    code, _, out = tier(ACCEPTED + REFUSED + SKIPPED, required=False)
    assert code == 0, out
    code, _, out = tier(ACCEPTED + REFUSED + SKIPPED)
    assert code == 1
    assert "skipped, under CONFORMANCE=required" in out


def test_a_claim_that_tells_nothing_fails_where_the_tier_is_required(tier):
    code, records, out = tier(SILENT)
    assert (code, records) == (1, []), out
    assert "told nothing" in out
