"""What kustomize builds is evaluated: conformance/kustomize/test_builds.py and test_cases.py ask the real program; here is what is ours."""

import pytest
from kustomize.cases import CASES, FILES, REFUSED, case, spec, write

from scaffold.errors import ManifestsError
from scaffold.kustomize import files as files_
from scaffold.kustomize.build import build


def built(files, folder):
    made = build(write(files, folder))
    shown = [str(problem).replace(f"{folder}/", "").replace(str(folder), ".") for problem in made.problems]
    return made, shown


def one(made, kind, name="web"):
    """Return the one object of a kind."""
    [found] = [
        document
        for document in made.documents
        if document.kind == kind and document.value["metadata"]["name"].endswith(name)
    ]
    return found


@pytest.mark.parametrize("name", CASES)
def test_what_kustomize_builds_is_built_without_a_problem(name, tmp_path):
    made, problems = built(CASES[name], tmp_path)
    assert problems == []
    assert made.documents


@pytest.mark.parametrize("name", REFUSED)
def test_what_kustomize_refuses_is_a_problem_with_a_place(name, tmp_path):
    made, problems = built(REFUSED[name], tmp_path)
    assert problems
    assert made.unread == []
    assert all(problem.place.line and problem.remedy for problem in made.problems), problems


def test_every_part_knows_who_wrote_it(tmp_path):
    """The base, a patch in a file, a patch in the kustomization, or the kustomization's own line."""
    files = case(
        "namePrefix: dev-\nnamespace: market\nlabels: [{pairs: {team: a}}]\nreplicas: [{name: web, count: 5}]\n"
        "images: [{name: envoy, newTag: '1.30'}]\npatches:\n  - path: p.yaml\n  - target: {kind: Deployment, name: web}\n"
        "    patch: |-\n      - op: add\n        path: /spec/template/spec/containers/-\n        value:\n          name: last\n"
        "  - patch: '{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {type: NodePort}}'\n",
        p_yaml="apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n"
        "spec:\n  template:\n    spec:\n      containers:\n        - name: web\n          env:\n            - {name: A, value: new}\n",
    )
    made, problems = built(files, tmp_path)
    assert problems == []
    web, pod = one(made, "Deployment"), ("spec", "template", "spec", "containers")
    at = {
        (*pod, 0, "env", 0, "value"): "p.yaml:10:32",
        (*pod, 0, "image"): "base/objects.yaml:25:18",
        (*pod, 0, "env", 2, "valueFrom", "configMapKeyRef", "name"): "base/objects.yaml:30:61",
        (*pod, 1, "image"): "kustomization.yaml:6:32",
        (*pod, 2, "name"): "kustomization.yaml:14:17",
        ("metadata", "name"): "kustomization.yaml:2:13",
        ("metadata", "namespace"): "kustomization.yaml:3:12",
        ("metadata", "labels", "team"): "kustomization.yaml:4:25",
        ("metadata", "labels", "app"): "base/objects.yaml:6:17",
        ("spec", "replicas"): "kustomization.yaml:5:31",
    }
    assert {path: str(web.place(path)).removeprefix(f"{tmp_path}/") for path in at} == at
    assert str(web.key_place(("spec", "selector"))) == f"{tmp_path}/base/objects.yaml:10:3"
    assert str(one(made, "Service").place(("spec", "type"))) == f"{tmp_path}/kustomization.yaml:15:98"
    assert made.texts.keys() == {str(tmp_path / name) for name in files if name != "README"}


def test_a_broken_patch_leaves_the_others(tmp_path):
    """All problems are told at once, and what can be built is."""
    files = spec("{containers: {}}")
    files["kustomization.yaml"] += (
        "  - patch: 'a: ['\nreplicas: [{name: none, count: 1}]\nimages: [{name: envoy, newTag: x}]\n"
    )
    made, problems = built(files, tmp_path)
    assert [problem.partition("\n")[0] for problem in problems] == [
        "kustomization.yaml:7:44: the patch has a mapping where the object has a list",
        "kustomization.yaml:9:13: not YAML: did not find expected node content",
        "kustomization.yaml:8:5: the patch says nothing",
        'kustomization.yaml:9:19: there is no "none" whose replicas could be set',
    ]
    assert one(made, "Deployment").value["spec"]["template"]["spec"]["containers"][1]["image"] == "envoy:x"


UNREAD = {
    "vars": "vars: [{name: A}]\n",
    "charts": "helmCharts: [{name: x}]\n",
    "transformers": "transformers: [x.yaml]\n",
    "a schema": "openapi: {path: x.json}\n",
    "another machine's": "resources: [base, 'https://github.com/a/b//c?ref=v1']\n",
    "a patch that renames": "patches: [{options: {allowNameChange: true}, patch: '{kind: Service, metadata: {name: x}}', target: {kind: Service}}]\n",
    "an image by a pattern": "images: [{name: 'env.*', newTag: x}]\n",
    "a slow pattern": "patches: [{target: {name: '(a+)+'}, patch: '{kind: X, metadata: {name: x}}'}]\n",
    "a pattern of many ways": "patches: [{target: {name: '(a|a)(b|b)(c|c)(d|d)x'}, patch: '{kind: X, metadata: {name: x}}'}]\n",
    "a repeated group of many ways": "patches: [{target: {name: '((a+)b?)+'}, patch: '{kind: X, metadata: {name: x}}'}]\n",
    "a long pattern": f"patches: [{{target: {{name: '{'a*' * 9}'}}, patch: '{{kind: X, metadata: {{name: x}}}}'}}]\n",
}


@pytest.mark.parametrize("name", UNREAD)
def test_what_is_not_evaluated_is_said(name, tmp_path):
    made, problems = built(case(UNREAD[name]), tmp_path)
    assert len(problems) == len(made.unread) == 1
    assert problems[0].startswith("kustomization.yaml:")
    assert "`kustomize build" in problems[0] or "pattern" in problems[0] or "one image" in problems[0]


def test_a_generated_secret_has_a_name_and_no_values(tmp_path):
    """Its name hashes the values; they are in no document, in no message, and nowhere that a replacement could copy them."""
    files = case(
        "secretGenerator:\n  - {name: hidden, literals: [password=hunter2], files: [key.pem], envs: [e.env]}\n  - {name: bad, literals: [hunter2]}\n"
        "  - {name: worse, literals: [{password: hunter2}]}\n  - {name: worst, literals: {password: hunter2}}\n"
        "  - {name: twice, literals: [a=hunter2, a=hunter2]}\n"
        "replacements: [{source: {kind: Secret, name: hidden, fieldPath: data.password}, targets: [{select: {kind: Widget}}]}]\n",
        key_pem="hunter2",
        e_env="TOKEN=hunter2\n",
    )
    made, problems = built(files, tmp_path)
    assert one(made, "Secret", "hidden-694295dc5k").value["data"] == {"TOKEN": "", "password": "", "key.pem": ""}
    assert [problem.partition("\n")[0] for problem in problems] == [
        "kustomization.yaml:4:28: a literal is `key=value`",
        "kustomization.yaml:5:30: a literal is `key=value`",
        "kustomization.yaml:6:29: a list is needed",
        "kustomization.yaml:7:41: the key is given twice",
        "kustomization.yaml:8:25: a Secret's value is not copied here",
    ]
    told = repr(
        [
            made.documents,
            made.problems,
            {name: text for name, text in made.texts.items() if "kustomization" not in name},
        ]
    )
    assert "hunter2" not in told
    assert "aHVudGVyMg" not in told


def test_what_is_generated_knows_who_wrote_it(tmp_path):
    """A literal lies in the kustomization, a variable in its file."""
    files = case(
        "configMapGenerator:\n  - name: made\n    literals:\n      - a=1\n    envs: [e.env]\n", e_env="# one\nB=2\n"
    )
    made, problems = built(files, tmp_path)
    assert problems == []
    [found] = [document for document in made.documents if document.value["metadata"]["name"].startswith("made-")]
    at = {
        ("data", "a"): "kustomization.yaml:5:9",
        ("data", "B"): "e.env:2:1",
        ("metadata", "name"): "kustomization.yaml:3:11",
    }
    assert {path: str(found.place(path)).removeprefix(f"{tmp_path}/") for path in at} == at


def test_links_lead_nowhere_else(tmp_path):
    """A link is where it leads: out of the folder nothing is read, and no cycle is hidden by one."""
    root = tmp_path / "root"
    write(
        {
            **FILES,
            "kustomization.yaml": "resources: [base, out.yaml, in.yaml, up]\n",
            "real.yaml": "kind: A\nmetadata: {name: a}\n",
        },
        root,
    )
    (tmp_path / "out.yaml").write_text("kind: A\nmetadata: {name: secret}\n")
    (root / "out.yaml").symlink_to(tmp_path / "out.yaml")
    (root / "in.yaml").symlink_to(root / "real.yaml")
    (root / "up").symlink_to(tmp_path)
    (tmp_path / "kustomization.yaml").write_text("resources: [root]\n")
    made = build(root)
    assert [problem.message for problem in made.problems] == [
        f'"out.yaml" does not lie in or below "{root}"',
        '"up" holds what is being built: a cycle',
    ]
    assert [one.value["kind"] for one in made.documents if one.value["metadata"]["name"] in {"a", "secret"}] == ["A"]


def test_sizes_are_bounded(tmp_path, monkeypatch):
    """A folder that doubles at each level is not built to its end."""
    monkeypatch.setattr(files_, "_MOST_FOLDERS", 50)
    levels = {
        f"{level}{side}/kustomization.yaml": f"resources: [../{level + 1}a, ../{level + 1}b]\nnamePrefix: {side}\n"
        for level in range(12)
        for side in "ab"
    }
    ends = {f"12{side}/kustomization.yaml": "resources: [x.yaml]\n" for side in "ab"}
    objects = {f"12{side}/x.yaml": f"kind: A\nmetadata: {{name: {side}}}\n" for side in "ab"}
    made = build(write({**levels, **ends, **objects}, tmp_path) / "0a")
    assert {problem.message for problem in made.problems} == {"more than 50 folders, or 64 below each other"}


def test_a_patch_that_doubles_an_object_again_and_again_is_stopped(tmp_path):
    """Neither its size nor its depth takes the process down."""
    copies = "".join(f"      - {{op: copy, from: /spec, path: /spec/x{number}}}\n" for number in range(40))
    files = case("patches:\n  - target: {kind: Deployment}\n    patch: |\n" + copies)
    _, problems = built(files, tmp_path)
    assert [problem.partition("\n")[0].partition(": ")[2] for problem in problems] == [
        "an object of more than 50000 parts, or 128 deep"
    ]
    long = "x" * 5000
    _, problems = built(
        {"kustomization.yaml": f"resources: [{long}, a/{long}]\ncomponents: [{long}]\n"}, tmp_path / "long"
    )
    assert [problem.partition("\n")[0].partition(": ")[2][:20] for problem in problems] == [
        'there is no "' + "x" * 7,
        'there is no "a/' + "x" * 5,
        'there is no "' + "x" * 7,
    ]


def test_problems_are_reported_as_those_of_manifests(tmp_path):
    """A kustomization's text is anybody's: nothing of it reaches a terminal as a command."""
    made, _ = built({"kustomization.yaml": 'resources: ["\\e[31m.yaml"]\n"\\e[2J": 1\n'}, tmp_path)
    assert "\x1b" not in str(ManifestsError(made.problems))
