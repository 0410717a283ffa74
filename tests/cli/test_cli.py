"""The command line as a process: what it prints where, and its exit codes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from harness import ROOT

APP = "apiVersion: scaffold/v1\nkind: App\nmetadata: {name: api, namespace: shop}\nspec: {image: 'r.example.com/api:1', ports: {http: {port: 8080}}}\n"


@pytest.fixture
def scaffold(tmp_path, installed, forked):
    def call(*arguments, given="", stdin=None, **env):
        if stdin is None and not env:
            return forked([*map(str, arguments)], tmp_path, given)
        return subprocess.run(
            [sys.executable, "-m", "scaffold", *map(str, arguments)],
            capture_output=True, text=True, check=False, cwd=tmp_path, env={**installed, **env}, stdin=stdin or subprocess.DEVNULL,
        )  # fmt: skip

    (tmp_path / "app.yaml").write_text(APP)
    return call


def test_render_lists_files_on_stdout_and_talks_on_stderr(scaffold, tmp_path):
    done = scaffold("render", "-f", "app.yaml", "-o", "out")
    assert done.returncode == 0
    assert "created  apps/shop/api/base/deployment.yaml " in done.stdout
    assert all(line.startswith("created ") for line in done.stdout.splitlines())
    assert "note: App shop/api: no health answer" in done.stderr
    assert "kubectl apply --server-side -k out/namespaces" in done.stderr
    assert (tmp_path / "out" / "kustomization.yaml").exists()


def test_a_second_run_has_nothing_to_say_on_stdout(scaffold):
    scaffold("render", "-f", "app.yaml", "-o", "out")
    done = scaffold("render", "-f", "app.yaml", "-o", "out")
    assert (done.returncode, done.stdout) == (0, "")
    assert "unchanged" in done.stderr
    assert "Next:" not in done.stderr


def test_a_dry_run_writes_nothing(scaffold, tmp_path):
    done = scaffold("render", "-f", "app.yaml", "-o", "out", "--dry-run")
    assert done.returncode == 0
    assert "created  kustomization.yaml" in done.stdout
    assert "nothing was written" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_difference_is_shown_as_a_patch(scaffold, tmp_path):
    scaffold("render", "-f", "app.yaml", "-o", "out")
    (tmp_path / "app.yaml").write_text(APP.replace("8080", "8090"))
    done = scaffold("render", "-f", "app.yaml", "-o", "out", "--dry-run", "--diff")
    assert "--- a/apps/shop/api/base/deployment.yaml" in done.stdout
    assert "+              containerPort: 8090" in done.stdout
    assert "8090" not in (tmp_path / "out/apps/shop/api/base/deployment.yaml").read_text()


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_an_edit_stops_the_run(scaffold, tmp_path, dry):
    scaffold("render", "-f", "app.yaml", "-o", "out")
    (tmp_path / "out/apps/shop/api/base/service.yaml").write_text("mine: true\n")
    done = scaffold("render", "-f", "app.yaml", "-o", "out", *dry)
    assert done.returncode == 3
    assert "  apps/shop/api/base/service.yaml" in done.stderr
    assert "apps/<namespace>/<app>/kustomization.yaml" in done.stderr


def test_answers_come_from_standard_input(scaffold, tmp_path):
    done = scaffold("render", "-f", "-", "-o", "out", given=APP)
    assert (done.returncode, (tmp_path / "out/apps/shop/api/base/deployment.yaml").exists()) == (0, True)
    done = scaffold("render", "-f", "-", "-f", "-", "-o", "out", given=APP.replace("ports", "prots"))
    assert (done.returncode, done.stderr.count("spec.prots: unknown key")) == (2, 1)
    assert done.stderr.startswith("scaffold: stdin:4:")


STDIN = {
    "nothing": ("", "stdin:1:1: no document in the file"),
    "more than a file may have": ("#" * ((1 << 20) + 1), "stdin:1:1: the file has more than 1048576 bytes"),
    "no text": ("a: \udcff", "stdin:1:4: not UTF-8 text"),
}


@pytest.mark.parametrize("name", STDIN)
def test_standard_input_is_bounded_like_a_file(scaffold, name):
    text, message = STDIN[name]
    done = scaffold("render", "-f", "-", "-o", "out", given=text)
    assert (done.returncode, message in done.stderr) == (2, True)


def test_a_terminal_is_not_waited_for(scaffold):
    theirs, ours = os.openpty()
    done = scaffold("render", "-f", "-", "-o", "out", stdin=ours)
    os.close(theirs)
    os.close(ours)
    assert done.returncode == 2
    assert "stdin:1:1: cannot be read: it is a terminal\n    pipe documents into it, or name a file" in done.stderr


def test_a_file_named_like_standard_input_is_a_file(scaffold, tmp_path):
    (tmp_path / "-").write_text(APP)
    assert scaffold("render", "-f", "./-", "-o", "out", "--dry-run").returncode == 0


def test_a_value_is_set_for_one_run(scaffold, tmp_path):
    done = scaffold(
        "render",
        "-f",
        "app.yaml",
        "-o",
        "out",
        "--set",
        "spec.ports.http.port=8090",
        "--set",
        "spec.workload.replicas=5",
    )
    assert done.returncode == 0
    deployment = (tmp_path / "out/apps/shop/api/base/deployment.yaml").read_text()
    assert ("replicas: 5" in deployment, "containerPort: 8090" in deployment) == (True, True)
    assert (tmp_path / "app.yaml").read_text() == APP


def test_a_set_that_is_wrong_names_the_option(scaffold):
    done = scaffold("render", "-f", "app.yaml", "-o", "out", "--set", "spec.team=a", "--set", "spec.imag=x")
    assert done.returncode == 2
    assert done.stderr.startswith('scaffold: --set 2:1:11: spec.imag: unknown key (did you mean "image"?)')


def test_what_was_migrated_is_said(catalog, tmp_path, monkeypatch):
    """There is one version so far: the command is given a step from one that never was."""
    from click.testing import CliRunner

    from scaffold.answers.load import load
    from scaffold.answers.migrate import Step
    from scaffold.cli import render

    step = {"scaffold/v0": Step("scaffold/v1", lambda _: ())}
    monkeypatch.setattr(render, "load", lambda sources, catalog, sets, known: load(sources, catalog, sets, step, known))
    (tmp_path / "app.yaml").write_text(APP.replace("v1", "v0"))
    done = CliRunner().invoke(render.command, ["-f", str(tmp_path / "app.yaml"), "-o", str(tmp_path / "out")])
    assert done.exit_code == 0
    assert "apiVersion: scaffold/v0 was read as scaffold/v1\n    write `apiVersion: scaffold/v1`\n" in done.stderr


def test_bad_answers_are_listed(scaffold, tmp_path):
    (tmp_path / "app.yaml").write_text(APP.replace("ports", "prots") + "---\nkind: App\n")
    done = scaffold("render", "-f", "app.yaml", "-o", "out")
    assert done.returncode == 2
    assert 'app.yaml:4:38: spec.prots: unknown key (did you mean "ports"?)' in done.stderr
    assert "app.yaml:6:1" in done.stderr
    assert not (tmp_path / "out").exists()


USAGE = {
    "no arguments": ((), 2, "Usage:"),
    "no output": (("render", "-f", "app.yaml"), 2, "Missing option '-o'"),
    "no answers": (("render", "-o", "out"), 2, "Missing option '-f'"),
    "an unknown command": (("rendr",), 2, "No such command 'rendr'"),
    "a file that is not there": (("render", "-f", "nope.yaml", "-o", "out"), 2, "nope.yaml:1:1: cannot be read"),
    "an empty output": (("render", "-f", "app.yaml", "-o", ""), 2, "an empty path"),
    "empty answers": (("render", "-f", "", "-o", "out"), 2, "an empty path"),
    "a name that is too long": (("render", "-f", "app.yaml", "-o", "x" * 300), 2, "File name too long"),
    "answers with a name that is too long": (("render", "-f", "x" * 300, "-o", "out"), 2, "cannot be read"),
    "a device": (("render", "-f", "/dev/zero", "-o", "out"), 2, "not an ordinary file"),
    "an output that is a file": (("render", "-f", "app.yaml", "-o", "app.yaml"), 2, "not a folder"),
    "an unknown blueprint": (("blueprints", "network/polcy"), 2, "no blueprint network/polcy"),
}


@pytest.mark.parametrize(("arguments", "code", "message"), USAGE.values(), ids=USAGE)
def test_usage_errors(scaffold, arguments, code, message):
    done = scaffold(*arguments)
    assert done.returncode == code
    assert message in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_blueprints_lists_controls_and_references(scaffold):
    done = scaffold("blueprints")
    assert done.returncode == 0
    assert "network/policy  (app, generated)" in done.stdout
    assert "network-least-privilege:" in done.stdout
    assert "CIS Kubernetes 5.3.2" in done.stdout
    assert "    unproven: Linkerd's policy controller" in done.stdout
    assert scaffold("blueprints", "kustomize/overlay").stdout.startswith("kustomize/overlay  (app, seeded)")


@pytest.mark.parametrize("command", [[], ["render"], ["blueprints"], ["schema"]])
def test_help_has_examples(scaffold, command):
    done = scaffold(*command, "--help")
    assert done.returncode == 0
    assert "Examples:\n" in done.stdout


def test_a_bug_is_one_sentence(scaffold, tmp_path):
    """A command that fails in an unforeseen way: no traceback for users, exit code 70."""
    (tmp_path / "sitecustomize.py").write_text(
        "import scaffold.answers.load as m\ndef broken(*arguments, **options): raise ZeroDivisionError('boom')\nm.load = broken\n"
    )
    env = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    done = scaffold("render", "-f", "app.yaml", "-o", "out", **env)
    assert done.returncode == 70
    assert "this is a bug in scaffold: ZeroDivisionError: boom" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Traceback" in scaffold("render", "-f", "app.yaml", "-o", "out", **env, SCAFFOLD_TRACEBACK="1").stderr


def test_a_reader_that_goes_away_is_no_bug(tmp_path, installed):
    """`scaffold blueprints | head` closes the pipe before everything was said."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run(
        [sys.executable, "-m", "scaffold", "blueprints"], stdout=write_end, stderr=subprocess.PIPE, text=True, check=False,
        cwd=tmp_path, env=installed,
    )  # fmt: skip
    os.close(write_end)
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, "")


def test_a_full_disk_behind_stdout_is_no_bug(tmp_path, installed):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "scaffold", "blueprints"], stdout=full, stderr=subprocess.PIPE, text=True, check=False,
            cwd=tmp_path, env=installed,
        )  # fmt: skip
    assert done.returncode == 2
    assert "No space left on device" in done.stderr


def test_importing_the_jinja_extension_loads_nothing_else():
    """Stock cookiecutter imports it by itself."""
    code = "import sys, scaffold.render.escape; print(sorted(m for m in sys.modules if m.startswith(('scaffold', 'click', 'msgspec', 'yaml'))))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    modules = ("escape", "escape_go", "escape_json", "escape_markdown", "escape_yaml", "verbatim")
    assert done.stdout.strip() == str(["scaffold", "scaffold.render", *(f"scaffold.render.{name}" for name in modules)])


def test_the_public_api_is_documented():
    from scaffold import api

    assert [name for name in api.__all__ if name != "__version__" and not getattr(api, name).__doc__] == []


def test_the_same_bytes_whatever_the_hash_seed(scaffold, tmp_path):
    for seed in ("1", "2"):
        assert scaffold("render", "-f", ROOT / "examples/orders", "-o", seed, PYTHONHASHSEED=seed).returncode == 0
    one, two = (
        {p.relative_to(tmp_path / s): p.read_bytes() for p in (tmp_path / s).rglob("*") if p.is_file()} for s in "12"
    )
    assert one == two


def test_a_damaged_cache_only_costs_time(scaffold, tmp_path):
    own = str(tmp_path / "cache")
    scaffold("render", "-f", "app.yaml", "-o", "out", SCAFFOLD_CACHE=own)
    damaged = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert {path.name.split("_")[2] if path.name[0] == "_" else path.name.split("-")[0] for path in damaged} == {
        "jinja2",
        "passed",
    }
    for path in damaged:
        path.write_bytes(path.read_bytes()[:22])
    done = scaffold("render", "-f", "app.yaml", "-o", "other", SCAFFOLD_CACHE=own)
    assert (done.returncode, "bug" in done.stderr) == (0, False)


def test_what_to_take_out_of_the_cluster_is_said(scaffold, tmp_path):
    (tmp_path / "web.yaml").write_text(APP.replace("api, namespace: shop", "web, namespace: front"))
    scaffold("render", "-f", "app.yaml", "-f", "web.yaml", "-o", "out")
    done = scaffold("render", "-f", "app.yaml", "-o", "out")
    assert "removed  namespaces/front/namespace.yaml" in done.stdout
    assert "namespaces go with all they hold: front" in done.stderr


BY_HAND = """\
apiVersion: scaffold/v1
kind: Platform
metadata: {name: production}
spec: {secretStores: {main: {backend: existing-secret, maker: database-operator}}}
"""


def test_what_is_made_by_hand_is_a_step(scaffold, tmp_path):
    (tmp_path / "platform.yaml").write_text(BY_HAND)
    reads = "spec.secrets={db: {store: main, key: db, env: DB}}"
    done = scaffold("render", "-f", "platform.yaml", "-f", "app.yaml", "-o", "out", "--set", reads)
    assert "Make by hand what pods wait for, each as its file says:\n" in done.stderr
    assert "     out/apps/shop/api/base/existing-secrets-main.md\n" in done.stderr


def test_a_plain_value_beside_the_bundle_stops_the_run(scaffold, tmp_path):
    scaffold("render", "-f", "app.yaml", "-o", "out")
    (tmp_path / "out/apps/shop/api/own.yaml").write_text("kind: Secret\ndata: {a: aHVudGVyMg==}\n")
    (tmp_path / "app.yaml").write_text(APP.replace("8080", "8090"))
    done = scaffold("render", "-f", "app.yaml", "-o", "out")
    assert done.returncode == 1
    assert "error: apps/shop/api/own.yaml#/data/a: a Secret's value, as it is [secrets/plain-value]" in done.stderr
    assert "8080" in (tmp_path / "out/apps/shop/api/base/service.yaml").read_text()


PLATFORMS = "".join(
    f"---\napiVersion: scaffold/v1\nkind: Platform\nmetadata: {{name: {name}}}\n" for name in ("staging", "production")
)


def test_each_platform_has_a_folder_and_steps_of_its_own(scaffold, tmp_path):
    (tmp_path / "platforms.yaml").write_text(PLATFORMS)
    change = "spec.environments={staging: {workload: {replicas: 1}}, later: {team: x}}"
    done = scaffold("render", "-f", "platforms.yaml", "-f", "app.yaml", "-o", "out", "--set", change)
    assert done.returncode == 0
    path = "apps/shop/api/base/deployment.yaml"
    texts = [(tmp_path / "out" / name / path).read_text() for name in ("staging", "production")]
    assert ["replicas: 1" in text for text in texts] == [True, False]
    assert f"created  staging/{path} " in done.stdout
    assert "spec.environments.later: no Platform of this name was given" in done.stderr
    for name in ("staging", "production"):
        assert f"Next, for {name}:" in done.stderr
        assert f"kubectl apply --server-side -k out/{name}/namespaces" in done.stderr
    assert done.stderr.count("no health answer") == 1
    assert not (tmp_path / "out/kustomization.yaml").exists()


def test_an_edit_in_one_platform_stops_the_run_for_all(scaffold, tmp_path):
    (tmp_path / "platforms.yaml").write_text(PLATFORMS)
    scaffold("render", "-f", "platforms.yaml", "-f", "app.yaml", "-o", "out")
    (tmp_path / "out/staging/apps/shop/api/base/service.yaml").write_text("mine: true\n")
    set_ = ("--set", "spec.workload.replicas=5")
    done = scaffold("render", "-f", "platforms.yaml", "-f", "app.yaml", "-o", "out", *set_)
    assert (done.returncode, "  staging/apps/shop/api/base/service.yaml" in done.stderr) == (3, True)
    assert "replicas: 5" not in (tmp_path / "out/production/apps/shop/api/base/deployment.yaml").read_text()


def test_one_platform_more_moves_what_was_generated(scaffold, tmp_path):
    """One Platform has the output for itself; what was generated for it is removed when each gets a folder."""
    (tmp_path / "platforms.yaml").write_text(PLATFORMS)
    scaffold("render", "-f", "app.yaml", "-o", "out")
    done = scaffold("render", "-f", "platforms.yaml", "-f", "app.yaml", "-o", "out")
    assert done.returncode == 0
    assert "removed  apps/shop/api/base/deployment.yaml " in done.stdout
    assert not (tmp_path / "out/namespaces").exists()
    assert (tmp_path / "out/staging/namespaces/shop/namespace.yaml").exists()
