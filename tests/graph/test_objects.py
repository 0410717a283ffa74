"""Manifests are anybody's: what cannot be read is said with its place and what to do, and nothing ends in a traceback."""

import copy
import json
from contextlib import suppress
from pathlib import Path

import pytest
from graph.pairs import flows_of, read
from harness import EXAMPLES, ROOT, loaded_all
from hypothesis import given, settings
from hypothesis import strategies as st

from scaffold.errors import ManifestsError, QuestionError
from scaffold.graph import trees
from scaffold.graph.cluster import cluster
from scaffold.graph.drawn import graph_of, rows_of
from scaffold.graph.notes import notes, passed_over
from scaffold.graph.objects import objects
from scaffold.graph.reports import report
from scaffold.graph.trees import Tree, quick, read_trees

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: api, ports: [{containerPort: 8080, name: http}]}]}
"""
POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec:
"""


def refused(text, **files):
    tree = Tree()
    tree.text(text.encode(), "a.yaml", json=False)
    found = objects(tree.documents)
    return [str(problem) for problem in sorted([*tree.problems, *found.problems])]


WRONG = {
    "an unknown key of a policy": (
        "  podSelectors: {}", ['a.yaml:5:17: NetworkPolicy "api": spec.podSelectors: unknown key "podSelectors" (did you mean "podSelector"?)\n    valid here: podSelector, policyTypes, ingress, egress'],
    ),
    "a label that is a number": (
        "  podSelector: {matchLabels: {version: 1}}", ['a.yaml:5:40: NetworkPolicy "api": spec.podSelector.matchLabels.version: a string is needed, not 1\n    put it in quotes'],
    ),
    "a port that is a quoted number": (
        "  ingress: [{ports: [{port: '80'}]}]", ['a.yaml:5:29: NetworkPolicy "api": spec.ingress[0].ports[0].port: "80" is no port\n    a port\'s name has a letter; a number stands without quotes'],
    ),
    "no network": (
        "  egress: [{to: [{ipBlock: {cidr: 10.0.0.300/8}}]}]", ['a.yaml:5:35: NetworkPolicy "api": spec.egress[0].to[0].ipBlock.cidr: "10.0.0.300/8" is no network\n    write one as 10.0.0.0/8'],
    ),
    "an exception that lies outside": (
        "  egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/16]}}]}]", ['a.yaml:5:56: NetworkPolicy "api": spec.egress[0].to[0].ipBlock.except[0]: "11.0.0.0/16" does not lie in "10.0.0.0/8"'],
    ),
    "a range that ends before it begins": (
        "  ingress: [{ports: [{port: 80, endPort: 79}]}]", ['a.yaml:5:42: NetworkPolicy "api": spec.ingress[0].ports[0].endPort: endPort needs a port by number that is not above it'],
    ),
    "an item that means nobody": (
        "  ingress: [{from: [{}]}]", ['a.yaml:5:21: NetworkPolicy "api": spec.ingress[0].from[0]: an item without a selector and without ipBlock means nobody knows whom\n    write `podSelector: {}`'],
    ),
    "an item that is null": (
        "  ingress: [null]", ['a.yaml:5:13: NetworkPolicy "api": spec.ingress[0]: a mapping is needed, not nothing'],
    ),
    "values where none are read": (
        "  podSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}", ['a.yaml:5:36: NetworkPolicy "api": spec.podSelector.matchExpressions[0]: Exists is written without values'],
    ),
    "another protocol": (
        "  ingress: [{ports: [{protocol: tcp}]}]", ['a.yaml:5:33: NetworkPolicy "api": spec.ingress[0].ports[0].protocol: "tcp" is not known here\n    valid here: TCP, UDP, SCTP'],
    ),
    "a list that is a mapping": (
        "  policyTypes: {Ingress: true}", ['a.yaml:5:16: NetworkPolicy "api": spec.policyTypes: a list is needed, not a mapping'],
    ),
    "anchors": (
        "  podSelector: &a {}", ["a.yaml:5:16: anchors and aliases are not read\n    write the value out where it is needed"],
    ),
    "a template of Helm": (
        "  podSelector: {{ .Values.selector }}", ["a.yaml:5:17: a key must be a word\n    write `key: value`"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_with_its_place(name):
    text, expected = WRONG[name]
    assert refused(POLICY + text + "\n") == expected


RULES = """\
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: api, namespace: shop}
spec: {action: DENY, rules: [{%s}]}
"""
NOTHING = "it asks for nothing, which Istio refuses\n    leave it out, with the item that holds it"


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ("to: [{operation: {}}]", '48: AuthorizationPolicy "api": spec.rules[0].to[0].operation: ' + NOTHING),
        ("to: [{operation: {ports: []}}]", '48: AuthorizationPolicy "api": spec.rules[0].to[0].operation: ' + NOTHING),
        ("from: [{source: {}}]", '47: AuthorizationPolicy "api": spec.rules[0].from[0].source: ' + NOTHING),
    ],
)
def test_a_rule_of_the_mesh_that_asks_for_nothing_is_refused(rule, place):
    """Istio's validation says the same; a sidecar would take it for anything, and ztunnel for nothing."""
    assert refused(RULES % rule) == [f"a.yaml:4:{place}"]


def test_all_problems_are_told_at_once(tmp_path):
    (tmp_path / "a.yaml").write_text(POLICY + "  policyTypes: [In, Out]\n")
    (tmp_path / "b.yaml").write_text("kind: [")
    with pytest.raises(ManifestsError) as caught:
        report((str(tmp_path), str(tmp_path / "none")), None, None, "text")
    assert len(caught.value.problems) == 4
    assert caught.value.exit_code == 2


def names(tree):
    found = objects(tree.documents)
    return [str(one) for one in found.read], found


def test_lists_nulls_and_generated_names():
    text = json.dumps({"apiVersion": "v1", "kind": "PodList", "items": [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "job-", "labels": None}, "spec": {"containers": None, "hostNetwork": None}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}},
    ]})  # fmt: skip
    found = read(text)
    assert [str(one) for one in found.read] == ["Pod default/job-*"]
    assert list(passed_over(found)) == ["note: passed over, as they rule no flow: 1 Secret (v1)"]


def test_pods_of_a_deployment_that_is_given_too_are_passed_over():
    owner = {"kind": "Deployment", "name": "api", "controller": True}
    replicas = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {"name": "api-1", "namespace": "shop", "ownerReferences": [owner]},
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "api-1-x",
            "namespace": "shop",
            "ownerReferences": [{**owner, "kind": "ReplicaSet", "name": "api-1"}],
        },
    }
    text = "---\n".join([DEPLOYMENT, json.dumps(replicas) + "\n", json.dumps(pod) + "\n"])
    assert [str(one) for one in read(text).read] == ["Deployment shop/api"]


def test_of_two_of_one_name_the_last_is_read():
    found = read(DEPLOYMENT + "---\n" + DEPLOYMENT.replace("8080", "9090"))
    assert [
        one.value["spec"]["template"]["spec"]["containers"][0]["ports"][0]["containerPort"] for one in found.read
    ] == [9090]
    assert found.notes == ["Deployment shop/api stands at given.yaml:1:1 and again at given.yaml:9:1: the last is read"]


FOREIGN = [
    ("crd.projectcalico.org/v1", "GlobalNetworkPolicy"), ("crd.antrea.io/v1beta1", "ClusterNetworkPolicy"),
]  # fmt: skip


@pytest.mark.parametrize(("version", "kind"), FOREIGN, ids=lambda word: word)
def test_policies_of_others_are_said_not_to_be_evaluated(tmp_path, version, kind):
    (tmp_path / "a.yaml").write_text(f"{DEPLOYMENT}---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: x}}\n")
    made = report((str(tmp_path),), None, None, "text")
    assert (
        f"warning: 1 {kind} ({version}): not evaluated; what it opens or shuts is not in what is said here"
        in made.notes
    )


UNJUDGED = [
    ("cilium.io/v2", "CiliumNetworkPolicy", "default/x", "specs"),
    ("cilium.io/v2", "CiliumClusterwideNetworkPolicy", "x", "specs"),
]


@pytest.mark.parametrize(("version", "kind", "name", "part"), UNJUDGED, ids=lambda word: word)
def test_a_policy_that_is_not_evaluated_is_named_with_the_reason(tmp_path, version, kind, name, part):
    (tmp_path / "a.yaml").write_text(f"{DEPLOYMENT}---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: x}}\n")
    [line] = [one for one in report((str(tmp_path),), None, None, "text").notes if "not evaluated" in one]
    assert line.startswith(f"warning: {kind} {name}: not evaluated, as it says {part} (")
    assert f"a.yaml:{DEPLOYMENT.count(chr(10)) + 2}" in line


def test_what_a_mesh_enforces_elsewhere_is_said(tmp_path):
    (tmp_path / "a.yaml").write_text(
        DEPLOYMENT.replace("{containers", "{hostNetwork: true, containers")
        + "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio.io/use-waypoint: w}}\n"
        + "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: w, namespace: shop}\nspec: {targetRefs: [{kind: Gateway, name: w}]}\n"
    )
    (tmp_path / "b.yaml").write_text(
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: d, namespace: shop, annotations: {istio.io/dry-run: 'true'}}\nspec: {}\n"
    )
    made = "\n".join(report((str(tmp_path),), None, None, "text").notes)
    assert "not evaluated where they are dry runs: AuthorizationPolicy shop/d" in made
    assert "as gateways and waypoints enforce them: AuthorizationPolicy shop/w" in made
    assert "reached by way of a waypoint, which no policy here is evaluated at: Namespace shop" in made
    assert (
        "on the node's own network, where NetworkPolicies seldom hold; judged as if they did: Deployment shop/api"
        in made
    )


def test_a_port_by_name_of_pods_that_were_not_given_is_said(tmp_path):
    (tmp_path / "a.yaml").write_text(
        DEPLOYMENT
        + "---\n"
        + POLICY
        + "  podSelector: {}\n  egress: [{to: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: sql}]}]\n"
    )
    made = report((str(tmp_path),), None, None, "json")
    [note] = [note for note in made.notes if "by its name" in note]
    assert (
        note
        == "warning: a port by its name, of pods that were not given: not drawn, as its number is not known: NetworkPolicy shop/api (sql)"
    )
    assert json.loads(made.text)["notes"] == list(made.notes)


def test_a_kustomization_is_what_it_builds(tmp_path):
    """A base is in what is built of it; what is not evaluated is said."""
    (tmp_path / "base").mkdir()
    (tmp_path / "overlay").mkdir()
    (tmp_path / "base/api.yaml").write_text(DEPLOYMENT)
    (tmp_path / "base/unlisted.yaml").write_text(POLICY + "  {}\n")
    (tmp_path / "base/kustomization.yaml").write_text("resources: [api.yaml]\n")
    (tmp_path / "overlay/kustomization.yaml").write_text(
        "resources: [../base, 'https://example.com/x?ref=1']\nnamePrefix: x-\nvars: [{name: A}]\n"
    )
    tree = read_trees([str(tmp_path)])
    assert names(tree)[0] == ["Deployment shop/x-api"]
    assert tree.problems == []
    remedy = f"`kustomize build {tmp_path}/overlay | scaffold … -` reads what kustomize makes of it"
    assert [note.removeprefix(str(tmp_path)) for note in tree.notes] == [
        f"/overlay/kustomization.yaml:3:1: vars is not evaluated here; {remedy}",
        f'/overlay/kustomization.yaml:1:22: "https://example.com/x?ref=1" lies elsewhere and is not read; {remedy}',
    ]
    assert names(read_trees([str(tmp_path / "overlay"), str(tmp_path / "base")]))[0] == ["Deployment shop/x-api"]


def test_a_policy_that_a_patch_opens_is_judged_as_it_is_built(tmp_path):
    """What decides is the patch's line, not the base's."""
    (tmp_path / "base").mkdir()
    (tmp_path / "base/all.yaml").write_text(
        DEPLOYMENT + "---\n" + POLICY + "  {podSelector: {}, policyTypes: [Ingress]}\n"
    )
    (tmp_path / "base/kustomization.yaml").write_text("resources: [all.yaml]\n")
    opened = "patches:\n  - target: {kind: NetworkPolicy}\n    patch: |\n      - {op: add, path: /spec/ingress, value: [{}]}\n"
    (tmp_path / "kustomization.yaml").write_text("resources: [base]\n" + opened)
    assert "deny" not in report((str(tmp_path),), None, None, "text").text
    found = objects(read_trees([str(tmp_path)]).documents)
    [policy] = [one for one in found.read if str(one).startswith("NetworkPolicy")]
    assert str(policy.place("spec", "ingress")).removeprefix(str(tmp_path)) == "/kustomization.yaml:5:47"
    assert str(policy.place("spec", "podSelector")).removeprefix(str(tmp_path)) == "/base/all.yaml:13:17"


def test_a_kustomization_that_lists_itself_or_nothing_that_there_is(tmp_path):
    (tmp_path / "kustomization.yaml").write_text("resources: [., none.yaml, ../x, '']\n")
    tree = read_trees([str(tmp_path)])
    where = str(tmp_path)
    assert [str(problem).removeprefix(where) for problem in tree.problems] == [
        '/kustomization.yaml:1:13: "." holds what is being built: a cycle\n    name another folder',
        '/kustomization.yaml:1:16: there is no "none.yaml"\n    check the path',
        '/kustomization.yaml:1:27: there is no "../x"\n    check the path',
        "/kustomization.yaml:1:33: a path is needed",
    ]  # fmt: skip


def test_a_chart_is_no_manifests(tmp_path):
    (tmp_path / "Chart.yaml").write_text("name: x\n")
    with pytest.raises(
        ManifestsError, match="a Helm chart holds templates, no manifests\n    render it first: `helm template"
    ):
        report((str(tmp_path),), None, None, "text")


def test_a_folder_without_manifests_is_refused(tmp_path):
    with pytest.raises(ManifestsError, match="no workload and no policy in it\n    name manifests"):
        report((str(tmp_path),), None, None, "text")
    with pytest.raises(ManifestsError, match=r"only 1 App \(scaffold/v1\)\n    answers are read with -f"):
        report((str(EXAMPLES[2] / "app.yaml"),), None, None, "text")


def test_hidden_folders_and_other_files_are_left_out(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/a.yaml").write_text("{")
    (tmp_path / "a.txt").write_text("{")
    (tmp_path / "a.json").write_text(json.dumps(loaded_all(DEPLOYMENT)[0], indent="\t"))
    assert names(read_trees([str(tmp_path)]))[0] == ["Deployment shop/api"]


def test_json_is_bounded_as_yaml_is(monkeypatch):
    assert quick(b'{"a": 1}') == {"a": 1}
    assert quick(b'{"a": "\\ud83d\\ude00"}') == {"a": "\U0001f600"}
    for text in (b'{"a": 1, "a": 2}', b"[NaN]", b"[" * 66 + b"]" * 66, b"[" * 100_000, b'["\\ud83d"]', b'{"a": '):
        assert quick(text) is None, text[:20]
    assert quick(b"[" * 64 + b"]" * 64) is not None
    monkeypatch.setattr(trees, "MOST_BYTES", 10)
    tree = Tree()
    tree.text(b'{"a": "12345"}', "a.json", json=True)
    assert [str(problem) for problem in tree.problems] == ["a.json:1:1: the file has more than 10 bytes\n    split it"]


def leaves(value, path=()):
    yield path
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from leaves(item, (*path, key))


MESH = """\
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: api, namespace: shop, annotations: {a: b}}
spec:
  selector: {matchLabels: {app: api}}
  action: ALLOW
  rules:
    - from: [{source: {principals: [cluster.local/ns/web/sa/web], notIpBlocks: [10.0.0.0/8], serviceAccounts: [web/web]}}]
      to: [{operation: {ports: ["8080"], methods: [GET]}}]
      when: [{key: request.headers, values: [x]}]
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: api, namespace: shop}
spec:
  selector: {matchLabels: {app: api}}
  mtls: {mode: STRICT}
  portLevelMtls: {8080: {mode: PERMISSIVE}}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec:
  selector: {app: api}
  ports: [{port: 80, name: http, targetPort: http, protocol: TCP, appProtocol: tcp}]
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
"""
SOUND = [
    *loaded_all(DEPLOYMENT), *loaded_all(MESH),
    *(one for path in sorted((ROOT / "tests/graph/manifests").glob("*.yaml")) for one in loaded_all(path.read_text())),
]  # fmt: skip
ODD = st.sampled_from([
    None, True, -1, 0, 70000, 10**30, 1.5, "", "x", "*", "0.0.0.0/0", "::/0", "10.0.0.0/8", "9" * 5000, "\u0661", "a/b", "{}", "é\n", [], {},
    [None], [[]], [{}], {"": ""}, {"x": None}, {"matchLabels": []}, {"key": []}, [1], ["80", 80], {"from": {}}, "TCP", "In", "STRICT", "ANY",
])  # fmt: skip


@settings(max_examples=80)
@given(
    st.lists(st.tuples(st.integers(0, 10_000), ODD, st.booleans()), min_size=1, max_size=6),
    st.sampled_from(["text", "mermaid", "dot", "json"]),
)
def test_whatever_is_changed_in_manifests_nothing_ends_in_a_traceback(changes, form):
    values = copy.deepcopy(SOUND)
    paths = [path for path in leaves(values) if len(path) > 1]
    for number, odd, remove in changes:
        *path, last = paths[number % len(paths)]
        at = values
        try:
            for step in path:
                at = at[step]
            if remove and isinstance(at, dict):
                at.pop(last, None)
            else:
                at[last] = copy.deepcopy(odd)
        except (KeyError, TypeError, IndexError):
            continue  # what another change took away
    text = "---\n".join(json.dumps(value) + "\n" for value in values)
    tree = Tree()
    tree.text(text.encode(), "a.yaml", json=False)
    found = objects(tree.documents)
    seen = cluster(found.read)  # what is unsound is left out, as problems of their own
    graph_of(seen)
    flows_of(rows_of(seen))
    assert all("\n" not in note for note in (*notes(seen, found), *passed_over(found)))
    for problem in (*tree.problems, *found.problems):
        assert str(problem).startswith("a.yaml:")


@settings(max_examples=40)
@given(st.text("ab:/[]0.*=-,", max_size=12), st.text("ab:/[]0.*=-,", max_size=12))
def test_whatever_is_asked_is_answered_or_refused(who, whom):
    path = str(Path(ROOT / "tests/graph/manifests/ports.yaml"))
    for asked in ((who, whom), ("shop/api", whom), (who, "web:http")):
        with suppress(QuestionError):
            assert report((path,), None, asked, "text").exit_code in {0, 1}
