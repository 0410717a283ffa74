"""What third parties wrote is evaluated as ours is, where it can reach nothing, and no longer than its limits allow."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from blueprints.test_catalog import BROKEN, CASE, GOOD
from harness import ROOT, app, run, run_answers, write_blueprint
from third_party.write import OWNER, TEMPLATE, write_owner

from scaffold.answers.load import load
from scaffold.catalog import builtin, scan
from scaffold.contained.evaluation import MAX_RUNS, Apart
from scaffold.contained.limits import Limits, Request
from scaffold.contained.process import Contained, ContainedError
from scaffold.errors import BlueprintError
from scaffold.expressions import ExpressionError
from scaffold.third_party import Fetched
from scaffold.verify import verify


def test_every_blueprint_makes_the_same_bytes_apart(catalog, remembered, tmp_path, apart):
    """All of ours, as if they were a stranger's."""
    theirs = scan(tmp_path, cache=remembered, third_party=[Fetched("ours", builtin())], apart=apart)
    assert [one.digest for one in theirs.blueprints] == [one.digest for one in catalog.blueprints]
    answers = load([ROOT / "examples/orders"], catalog)
    files = [(file.path, file.text) for file in run_answers(catalog, *answers).bundle.files]
    again = [(file.path, file.text) for file in run_answers(theirs, *answers).bundle.files]
    of_a_source = {"SECURITY.md", "controls.json"}  # which say so
    assert {path for path, _ in set(again) - set(files)} == of_a_source
    assert [path for path, _ in again] == [path for path, _ in files]


BLUEPRINT = {
    name: (change, why)
    for name, (change, why) in BROKEN.items()
    # These are no files of a blueprint, which is all that is read; the reader says it in its own words.
    if name not in {"a symbolic link", "hooks"}
}


@pytest.mark.parametrize(("change", "message"), BLUEPRINT.values(), ids=BLUEPRINT)
def test_what_is_broken_is_told_apart_as_here(tmp_path, apart, change, message):
    write_blueprint(tmp_path / "section/thing", GOOD, "thing.yaml", "kind: {{ cookiecutter.name }}\n")
    (tmp_path / "section/thing/cases/one.yaml").write_text(CASE)
    change(tmp_path / "section/thing")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(BlueprintError) as caught:
        scan(empty, third_party=[Fetched("them", tmp_path)], apart=apart)
    told = [str(problem) for problem in caught.value.problems]
    assert any(message in one for one in told), told


TAKING = {
    "all memory": (OWNER, TEMPLATE.replace("{{ cookiecutter.name }}", '{{ "a" * 10**9 }}'), "takes more memory"),
    "an output without bounds": (
        OWNER,
        TEMPLATE.replace("{{ cookiecutter.name }}", '{{ "a" * 10**7 }}'),
        "makes more than 1048576 bytes at once",
    ),
    "a number without an end": (OWNER, TEMPLATE.replace("{{ cookiecutter.name }}", "{{ 10 ** (10 ** 8) }}"), "processor time"),
    "loops in loops": (
        OWNER,
        TEMPLATE.replace(
            "  owner: {{ cookiecutter.name }}\n",
            '{% for a in "a" * 9999 %}\n{% for b in "b" * 9999 %}\n  owner: {{ a }}\n{% endfor %}\n{% endfor %}\n',
        )
        + "# so that few lines are tags\n" * 9,
        "processor time",
    ),
    "a value that is no data": (OWNER + "when: =app.items\n", TEMPLATE, "unsupported"),
    "a product": (OWNER + "when: =9*9\n", TEMPLATE, "`*` is not available"),
    "a path out": (
        OWNER + 'each: "={\\"../../x\\": 1}"\n',
        TEMPLATE,
        "'apps/shop/api/base/../../x.yaml' is not a path inside the output",
    ),
    "a path from the top": (OWNER + 'each: "={\\"/etc/x\\": 1}"\n', TEMPLATE, "'apps/shop/api/base//etc/x.yaml' is not"),
}  # fmt: skip


@pytest.mark.parametrize(("description", "template", "message"), TAKING.values(), ids=TAKING)
def test_what_takes_too_much_or_leads_out_is_refused(scan_apart, tmp_path, description, template, message):
    name = "{{cookiecutter.key}}.yaml" if "each" in description else "owner.yaml"
    write_blueprint(tmp_path / "governance/owner", description, name, template)
    with pytest.raises(BlueprintError) as caught:
        run(scan_apart(tmp_path), app())
    assert message in str(caught.value)
    assert "governance/owner" in str(caught.value)


def test_what_is_sound_is_verified_and_named(scan_apart, tmp_path):
    """The twin of all that is refused here."""
    write_owner(tmp_path)
    made = run(scan_apart(tmp_path), app())
    verify(made.bundle, made.system)
    assert made.object("apps/shop/api/base/owner.yaml")["data"] == {"owner": "api"}
    assert any("`blueprints/third-party`: governance/owner decides" in line for line in made.object("SECURITY.md"))
    [own] = [one for one in made.object("controls.json")["blueprints"] if one["id"] == "governance/owner"]
    assert own["source"] == str(tmp_path)


GOT_OUT = """
import os, socket, sys
import msgspec
from scaffold.contained import worker
worker._confine(msgspec.json.decode(sys.argv[1], type=worker.Limits))
for escape in (lambda: open("/etc/hostname"), socket.socket, lambda: open("/tmp/x", "w"), os.pipe, os.fork):
    try:
        reached = escape()
    except OSError as error:
        print(error.strerror, flush=True)
    else:
        print("reached" if reached else "", flush=True)
"""


def test_who_got_out_of_the_sandbox_reaches_nothing():
    """As if there were a hole in Jinja's sandbox: whatever runs in that process opens nothing, and starts nothing."""
    words = [sys.executable, "-c", GOT_OUT, msgspec.json.encode(Limits()).decode()]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT)})
    assert done.stdout.splitlines()[:4] == ["Too many open files"] * 4
    # No limit of processes binds root.
    assert os.geteuid() == 0 or "reached" not in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_it_knows_no_variable_of_ours(monkeypatch):
    monkeypatch.setenv("A_TOKEN_OF_OURS", "x")
    process = Contained()
    process.ask(Request("load", "x"))
    environment = Path(f"/proc/{process._process.pid}/environ").read_bytes()
    assert environment == b""


def test_an_expression_yields_no_more_than_a_run_can_hold(apart):
    entries = Apart(apart).compiled("=entries")
    assert entries.evaluate({"entries": [1] * MAX_RUNS}) == [1] * MAX_RUNS
    with pytest.raises(ExpressionError, match="yields more than"):
        entries.evaluate({"entries": [1] * (MAX_RUNS + 1)})


def test_who_waits_is_ended_by_the_clock():
    """Without any time of the processor: what it is asked never ends, since it is never asked."""
    process = Contained(Limits(wall=0.01, cpu=60))
    with pytest.raises(ContainedError, match=r"gives no answer for 0\.01 seconds"):
        process.ask(Request("load", "x"))


def test_a_run_as_a_whole_is_bounded():
    process = Contained(Limits(output=1))
    with pytest.raises(ContainedError, match="in all"):
        process.ask(Request("load", "x"))
