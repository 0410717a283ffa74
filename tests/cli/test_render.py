"""Parts of a bundle, streams and JSON: what `render` gives to pipelines."""

import json
import subprocess

import pytest
from click.testing import CliRunner
from harness import ROOT, loaded, loaded_all

from scaffold.cli.main import cli
from scaffold.errors import AnswersError, EditedError, OutputError, QuestionError

ORDERS = str(ROOT / "examples/orders")


@pytest.fixture
def render(installed, tmp_path):
    """Call `scaffold render` on the example in this process; errors come as they are raised."""

    def call(*arguments, out=tmp_path / "out", fails=False):
        made = CliRunner().invoke(
            cli, ["render", "-f", ORDERS, "-o", str(out), *arguments], env=installed, standalone_mode=False
        )
        if made.exception and not fails:
            raise made.exception
        return made

    return call


def paths(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def bundle_of(example):
    return paths(ROOT / "examples" / example / "bundle")


@pytest.mark.parametrize(
    ("scope", "top"),
    [("app", "apps/"), ("namespace", "namespaces/"), ("request", "requests/"), ("on-demand", "on-demand/")],
)
def test_a_scope_is_what_one_owner_keeps(render, tmp_path, scope, top):
    render("--scope", scope)
    made = paths(tmp_path / "out") - {".scaffold/lock.json", "SECURITY.md", "controls.json", "kustomization.yaml"}
    assert made == {path for path in bundle_of("orders") if path.startswith(top)}


def test_scopes_make_up_the_whole(render, tmp_path):
    whole = bundle_of("orders")
    for path in [path for path in whole if path.endswith(("kustomization.yaml", "SECURITY.md", "controls.json"))]:
        whole.discard(path)
    made = set()
    for scope in ("app", "namespace", "request", "on-demand", "control-plane"):
        render("--scope", scope, out=tmp_path / scope)
        made |= paths(tmp_path / scope)
    assert whole <= made


@pytest.mark.parametrize("part", [["--scope", "app"], ["--only", "network"], ["--without", "pod-security"]])
def test_a_part_builds_by_itself(render, tmp_path, part):
    """Every file that a kustomization lists is there, down to a single policy of an App without its overlay."""
    render(*part)
    out = tmp_path / "out"
    built = subprocess.run(["kubectl", "kustomize", out], capture_output=True, text=True, check=True).stdout
    kept = {str(path) for path in out.rglob("*.yaml")} - {str(path) for path in out.rglob("kustomization.yaml")}
    applied = [path for path in kept if "/apps/" in path or "/namespaces/" in path]
    assert len(loaded_all(built)) == len(applied) > 5


def test_what_is_left_out_is_not_there(render, tmp_path):
    render("--without", "network/policy", "--without", "mesh")
    made = paths(tmp_path / "out")
    assert "apps/shop/orders/base/deployment.yaml" in made
    assert not [path for path in made if path.endswith(("/network-policy.yaml", "authorization-policy.yaml"))]


def test_a_part_says_that_it_is_one(render, tmp_path):
    made = render("--only", "network")
    assert "note: the part --only network alone; it was verified with the rest" in made.stderr
    told = json.loads((tmp_path / "out/controls.json").read_text())
    report = (tmp_path / "out/SECURITY.md").read_text()
    assert "It covers the part --only network of what the answers say" in report
    # A control that is in force elsewhere is neither promised here nor said to be missing.
    assert {one["id"].partition("/")[0] for one in (*told["blueprints"], *told["not_in_force"])} == {"network"}


def test_another_part_is_not_written_over_the_one_that_is_there(render):
    render("--scope", "app")
    with pytest.raises(OutputError, match="holds --scope app, and this run renders everything"):
        render()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--scope", "namespac"], r"--scope namespac: .* \(did you mean \"namespace\"\?\)"),
        (["--scope", "x"], "one of app, "),
        (["--only", "netwrk"], r"--only netwrk: .* \(did you mean \"network\"\?\)"),
        (["--scope", "app", "--only", "control-plane"], "nothing is left"),
    ],
)
def test_a_part_that_is_none_is_refused(render, arguments, said):
    with pytest.raises(QuestionError, match=said):
        render(*arguments)


def test_a_stream_holds_what_is_applied_in_its_order(render):
    made = loaded_all(render(out="-").stdout)
    applied = [
        loaded(path.read_text())
        for top in ("namespaces", "apps")
        for path in (ROOT / "examples/orders/bundle" / top).rglob("*.yaml")
        if path.name != "kustomization.yaml"
    ]
    assert sorted(map(json.dumps, made)) == sorted(map(json.dumps, applied))
    kinds = [value["kind"] for value in made]
    assert kinds[0] == "Namespace"
    assert kinds.index("Deployment") > max(at for at, kind in enumerate(kinds) if kind == "NetworkPolicy")
    policies = {value["metadata"]["name"] for value in made[: kinds.index("ServiceAccount")]}
    assert "default-deny" in policies


def test_a_stream_of_json_is_a_list(render):
    made = json.loads(render("--format", "json", "--scope", "on-demand", out="-").stdout)
    assert (made["apiVersion"], made["kind"]) == ("v1", "List")
    assert {value["kind"] for value in made["items"]} == {"Role", "RoleBinding", "NetworkPolicy"}


def test_a_stream_of_nothing_is_an_error(render):
    with pytest.raises(QuestionError, match="nothing to apply"):
        render("--only", "control-plane", out="-")


def test_what_was_done_is_told_as_json(render, tmp_path):
    made = json.loads(render("--format", "json").stdout)
    assert made["written"] is True
    assert {change["path"] for change in made["changes"]} == paths(tmp_path / "out") - {".scaffold/lock.json"}
    assert {"severity", "check", "place", "reason", "remedy"} == made["findings"][0].keys()


def test_edits_are_told_as_json_once(render, tmp_path):
    render()
    service = tmp_path / "out/apps/shop/orders/base/service.yaml"
    service.write_text(service.read_text() + "# mine\n")
    done = render("--format", "json", "--diff", fails=True)
    assert isinstance(done.exception, EditedError)
    made = json.loads(done.stdout)
    [edited] = [change for change in made["changes"] if change["kind"] == "edited"]
    assert (made["written"], edited["path"]) == (False, "apps/shop/orders/base/service.yaml")
    assert "-# mine" in edited["diff"]


def test_answers_that_cannot_be_used_are_told_as_json(render, tmp_path):
    done = render("--format", "json", "--set", "shop/orders:spec.ports.http.port=80", fails=True)
    assert isinstance(done.exception, AnswersError)
    [problem, *_] = json.loads(done.stdout)["problems"]
    assert {"file", "line", "column", "message", "remedy"} == problem.keys()
    assert not (tmp_path / "out").exists()


def test_next_steps_are_those_of_the_part(render, tmp_path):
    said = render("--scope", "app").stderr
    assert f"kubectl apply --server-side -k {tmp_path}/out/apps" in said
    assert f"{tmp_path}/out/namespaces" not in said
