"""The README shows what really happens: its demo is run, its excerpts are compared."""

import os
import re
import subprocess
import sys

from conformance import proof
from harness import EXAMPLES, ROOT
from msgspec.structs import fields

from scaffold.answers.schema import AppSpec

README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)

# Controls that no claim shows yet, and of which nobody says that none can.
SILENT = {
    "secret-store-per-app", "no-static-credential",
}  # fmt: skip


def test_the_demo_is_real(tmp_path, golden, installed):
    (tmp_path / "app.yaml").write_text(next(text for kind, text in BLOCKS if kind == "yaml"))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "scaffold").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m scaffold "$@"\n')
    (tmp_path / "bin" / "scaffold").chmod(0o755)
    env = {**installed, "PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}
    real = README
    for kind, text in BLOCKS:
        if kind == "console":
            for command, expected in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
                shell = ["sh", "-c", f"{command} 2>&1"]
                done = subprocess.run(shell, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
                real = real.replace(f"$ {command}\n{expected}", f"$ {command}\n{done.stdout}", 1)
    golden(ROOT / "README.md", proof.in_readme(real))
    excerpt = [text for kind, text in BLOCKS if kind == "yaml"][1]
    assert excerpt in (tmp_path / "out/apps/shop/orders/base/network-policy.yaml").read_text()


def test_every_field_is_in_the_table(catalog):
    rows = set(re.findall(r"^\| `(\w+)", README, re.MULTILINE))
    assert {field.encode_name for field in fields(AppSpec)} <= rows
    [spec] = [field.type for field in fields(catalog.kinds["Platform"]) if field.name == "spec"]
    assert {field.encode_name for field in fields(spec)} <= rows


def test_two_commands_of_one_line_each():
    commands = re.findall(r"^    ((?:python3 -m venv|\.venv/bin/pip) .*)$", README, re.MULTILINE)
    assert len(commands) == 2
    assert commands[0].endswith("scaffold render -f examples/orders -o out")
    assert commands[1].endswith("pytest -q")


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_controls_name_proofs_that_hold(catalog):
    """What SECURITY.md says is proved was: the claim is in proof.json."""
    named = {claim for blueprint in catalog.blueprints for control in blueprint.controls for claim in control.proof}
    assert named
    assert proof.unproved(named) == []


def test_each_control_is_proved_or_says_why_not(catalog):
    """What is left without either only becomes less: who proves one takes it off the list."""
    silent = {
        control.id
        for blueprint in catalog.blueprints
        for control in blueprint.controls
        if not control.proof and not control.unproven
    }
    assert silent <= SILENT


def test_a_proof_that_there_is_not_is_noticed():
    assert proof.unproved(["apiserver/pods", "apiserver/nothing"]) == ["apiserver/nothing"]


def test_every_claim_is_proved():
    """What the conformance tier found out last is committed: each claim, for all that it asks about, and its twin."""
    records = proof.committed()
    assert sorted({record["claim"] for record in records}) == proof.claims()
    for claim in proof.claims():
        # An example without a file of its own is asked about as if it had one: "minimal, self-managed".
        about = {record["example"].partition(",")[0] for record in records if record["claim"] == claim}
        assert about == {path.name for path in EXAMPLES} if proof.asks_examples(claim) else about
    assert all(record["accepted"] and record["twin_refused"] for record in records)
