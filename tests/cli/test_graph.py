"""`scaffold graph` as a process: what it prints where, and its exit codes."""

import json

import pytest
from harness import EXAMPLES, ROOT

ORDERS = next(path for path in EXAMPLES if path.name == "orders")
FOLDER = ROOT / "tests/graph/manifests"


@pytest.fixture
def graph(tmp_path, forked):
    return lambda *arguments, given="": forked(["graph", *map(str, arguments)], tmp_path, given)


def test_answers_are_drawn_without_talk(graph):
    done = graph("-f", ORDERS)
    assert (done.returncode, done.stderr) == (0, "")
    assert "    -> inventory                       9000/TCP\n" in done.stdout


def test_data_goes_to_standard_output_and_talk_to_standard_error(graph):
    done = graph(FOLDER / "empties.yaml", "--format", "json")
    assert done.returncode == 0
    assert {"nodes", "flows", "notes"} == json.loads(done.stdout).keys()
    assert json.loads(done.stdout)["notes"] == done.stderr.splitlines()
    assert done.stderr.splitlines() == [
        "warning: no NetworkPolicy selects their ingress, so all of it is open: back/free",
        "warning: no NetworkPolicy selects their egress, so all of it is open: back/free, front/web, shop/api",
    ]


def test_manifests_come_from_standard_input(graph):
    done = graph("-", "--from", "web", "--to", "api:admin", given=(FOLDER / "ports.yaml").read_text())
    assert done.returncode == 0
    assert "          stdin:37\n" in done.stdout


def test_a_question_has_an_exit_code(graph):
    for source, code in (("frontend", 0), ("inventory", 1), ("fronted", 2)):
        done = graph(ORDERS / "bundle", "--from", source, "--to", "orders:http", "--format", "json")
        assert done.returncode == code
        if code < 2:
            assert json.loads(done.stdout)["allowed"] is (code == 0)
    assert done.stderr.endswith("`internet`, `stranger`\n")
    assert 'scaffold: nobody is called "fronted" (did you mean "frontend"?)' in done.stderr


def test_a_question_about_both_says_what_was_declared_too(graph):
    done = graph(ORDERS / "bundle", "-f", ORDERS, "--from", "frontend", "--to", "orders:http")
    assert done.returncode == 0
    assert "  open  intent: declared\n        web/frontend calls shop/orders:http (8080/TCP)\n" in done.stdout


def test_a_bundle_and_its_answers_are_alike(graph):
    done = graph(ORDERS / "bundle", "-f", ORDERS)
    assert (done.returncode, done.stdout) == (0, "the flows are exactly the declared ones\n")


def test_a_bundle_that_opens_more_or_less_is_told(graph, tmp_path):
    opened = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: x, namespace: shop}\nspec: {podSelector: {matchLabels: {app.kubernetes.io/name: inventory}}, ingress: [{from: [{namespaceSelector: {}}], ports: [{port: 9000}]}]}\n"
    (tmp_path / "more.yaml").write_text(opened)
    done = graph(ORDERS / "bundle", "more.yaml", "-f", ORDERS)
    assert done.returncode == 1
    # The mesh admits nobody else: the policy by itself lets them in.
    assert "+ any pod anywhere else -> shop/inventory  9000/TCP  (by its ingress alone)\n" in done.stdout
    done = graph(ORDERS / "bundle/namespaces", ORDERS / "bundle/apps/shop", "-f", ORDERS)
    assert done.returncode == 1
    assert "- web/frontend -> shop/orders  8080/TCP\n" in done.stdout
    assert "note: App web/frontend: no workload of it was given; judged as if there were one\n" in done.stderr
    done = graph(ORDERS / "bundle/namespaces", ORDERS / "bundle/apps/shop", "-f", ORDERS, "--format", "json")
    value = json.loads(done.stdout)
    assert {"source": "web/frontend", "target": "shop/orders", "port": 8080}.items() <= value["missing"][-1].items()
    assert value["absent"] == ["web/frontend"]


USAGE = {
    "nothing": ([], "nothing to look at: name manifests (PATH), answers (-f), or both"),
    "standard input twice": (["-", "-f", "-"], "standard input is manifests or answers"),
    "one end": ([".", "--from", "a"], "--from and --to are asked together"),
    "a drawing of an answer": ([".", "--from", "a", "--to", "b", "--format", "dot"], "dot draws one graph"),
    "a drawing of a comparison": ([".", "-f", ".", "--format", "mermaid"], "mermaid draws one graph"),
    "an empty path": ([""], "an empty path"),
    "no file": (["none"], "none:1:1: cannot be read: there is no such file\n    check the path"),
    "an empty folder": (["."], ".: no workload and no policy in it\n    name manifests: a file, a folder, or - for standard input"),
}  # fmt: skip


@pytest.mark.parametrize("name", USAGE)
def test_what_cannot_be_used(graph, name):
    arguments, message = USAGE[name]
    done = graph(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_of_several_platforms_one_is_chosen(graph, tmp_path):
    text = (ORDERS / "platform.yaml").read_text()
    (tmp_path / "one.yaml").write_text(text)
    (tmp_path / "two.yaml").write_text(text.replace("name: production", "name: staging"))
    apps = [
        argument for path in sorted(ORDERS.glob("*.yaml")) if path.name != "platform.yaml" for argument in ("-f", path)
    ]
    done = graph("-f", "one.yaml", "-f", "two.yaml", *apps)
    assert (done.returncode, done.stdout) == (2, "")
    assert "there are several Platforms: choose one with --platform: " in done.stderr
    assert graph("-f", "one.yaml", "-f", "two.yaml", *apps, "--platform", "staging").returncode == 0
    done = graph("-f", "one.yaml", *apps, "--platform", "x")
    assert "there is no Platform 'x'" in done.stderr
