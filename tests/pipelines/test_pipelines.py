"""examples/pipelines: each file does what it says, for the bundle of examples/orders; a twin shows that it could not."""

import copy
import os
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from harness import ROOT, app, documents, dump, loaded, loaded_all
from jinja2 import Environment
from pipelines import backstage

from scaffold import __version__
from scaffold.answers.load import from_documents
from scaffold.errors import AnswersError

PIPELINES = ROOT / "examples/pipelines"
BUNDLE = ROOT / "examples/orders/bundle"


# Backstage


@pytest.fixture(scope="module")
def template(catalog):
    return loaded(backstage.template(catalog))


# What Backstage's own schema asks of a Template: @backstage/plugin-scaffolder-common 2.3.0, Template.v1beta3.schema.json,
# with what @backstage/catalog-model asks of every entity.
TEMPLATE = {
    "type": "object",
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "properties": {
        "apiVersion": {"enum": ["scaffolder.backstage.io/v1beta3"]},
        "kind": {"enum": ["Template"]},
        "metadata": {
            "required": ["name"],
            "properties": {
                "name": {"type": "string", "pattern": "^[a-zA-Z0-9]([-a-zA-Z0-9_.]*[a-zA-Z0-9])?$", "maxLength": 63},
                "title": {"type": "string", "minLength": 1},
                "tags": {"type": "array", "items": {"type": "string", "pattern": "^[a-z0-9:+#]+(-[a-z0-9:+#]+)*$"}},
            },
        },
        "spec": {
            "type": "object",
            "required": ["type", "steps"],
            "properties": {
                "type": {"type": "string", "minLength": 1},
                "owner": {"type": "string", "minLength": 1},
                "parameters": {"type": "array", "items": {"type": "object"}},
                "steps": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["action"],
                        "properties": {
                            "id": {"type": "string"},
                            "name": {"type": "string"},
                            "action": {"type": "string"},
                            "input": {"type": "object"},
                        },
                    },
                },
                "output": {"type": "object"},
            },
        },
    },
}


def test_it_is_a_template(template):
    jsonschema.validate(template, TEMPLATE)
    broken = copy.deepcopy(template)
    del broken["spec"]["steps"][1]["action"]
    with pytest.raises(jsonschema.ValidationError, match="'action' is a required property"):
        jsonschema.validate(broken, TEMPLATE)


def filled(template, document):
    """Check a document on the pages of the form; return what the step writes, as Backstage's template engine does."""
    values = {"metadata": document["metadata"], "spec": document["spec"]}
    for page in template["spec"]["parameters"]:
        jsonschema.Draft7Validator.check_schema(page)
        jsonschema.Draft7Validator(page).validate(values)
    # Nunjucks has these tags, too.
    engine = Environment(variable_start_string="${{", variable_end_string="}}")  # noqa: S701  it makes YAML
    engine.filters["dump"] = engine.filters["tojson"]
    folder = PIPELINES / "backstage" / template["spec"]["steps"][0]["input"]["url"]
    [path] = [path for path in folder.rglob("*") if path.is_file()]
    name = engine.from_string(path.relative_to(folder).as_posix()).render(values=values)
    return name, loaded(engine.from_string(path.read_text("utf-8")).render(values=values))


@pytest.mark.parametrize("name", ["orders", "frontend", "inventory"])
def test_what_is_filled_in_is_what_is_read(template, catalog, name):
    document = loaded((ROOT / f"examples/orders/{name}.yaml").read_text())
    path, written = filled(template, document)
    assert path == f"services/{document['metadata']['namespace']}-{name}.yaml"
    assert {key: written[key] for key in document} == document


def test_what_is_not_read_is_not_filled_in(template, catalog):
    for wrong in (app(ports={"http": {"prt": 8080}}), app("Not-a-name"), app(image="no image")):
        with pytest.raises(AnswersError):
            from_documents(documents(wrong), catalog)
        with pytest.raises(jsonschema.ValidationError):
            filled(template, wrong)


# Jobs

GITHUB = loaded((PIPELINES / "github/bundle.yml").read_text().replace("\non:", "\n'on':"))
GITLAB = loaded((PIPELINES / "gitlab/bundle.yml").read_text())
INSTALL = f"pip install kubescaffold=={__version__}"


def commands():
    """Return what GitHub's job runs behind the installation, in its shell."""
    [job] = GITHUB["jobs"].values()
    runs = [step["run"] for step in job["steps"] if "run" in step]
    assert runs[0] == INSTALL
    return [line for run in runs[1:] for line in run.splitlines()]


def test_both_jobs_run_the_same():
    [job] = GITLAB.values()
    assert job["script"] == [line.removesuffix(" --format github") for line in commands()]
    assert job["before_script"] == [INSTALL]


def test_a_job_may_read_and_runs_what_is_pinned():
    assert GITHUB["permissions"] == {"contents": "read"}
    [job] = GITHUB["jobs"].values()
    for step in job["steps"]:
        assert "uses" not in step or len(step["uses"].rpartition("@")[2]) == 40


@pytest.fixture(scope="module")
def repository(tmp_path_factory, installed):
    """What a repository holds: answers, and their bundle."""
    folder = tmp_path_factory.mktemp("repository")
    (folder / "services").mkdir()
    (folder / "services/api.yaml").write_text(dump(app()))
    tools = tmp_path_factory.mktemp("bin")
    (tools / "scaffold").write_text(f'#!/bin/sh\nexec {sys.executable} -m scaffold "$@"\n')
    (tools / "scaffold").chmod(0o755)
    env = {**installed, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    code, told = run(folder, env, "scaffold render -f services -o bundle")
    assert code == 0, told
    return folder, env


def run(folder, env, *lines):
    script = "\n".join(("set -e", *lines))
    done = subprocess.run(["bash", "-c", script], cwd=folder, env=env, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def edited(folder):
    path = folder / "bundle/apps/shop/api/base/deployment.yaml"
    path.write_text(path.read_text() + "# mine\n")


CHANGED = {
    "nothing": (lambda folder: None, 0, "unchanged"),
    "an answer": (
        lambda folder: (folder / "services/api.yaml").write_text(dump(app(shutdown=60))),
        1,
        "gives something else today",
    ),
    "a rendered file": (edited, 3, "edited by hand"),
    "a mistake": (lambda folder: (folder / "services/api.yaml").write_text(dump(app(prts={}))), 2, "unknown key"),
}


@pytest.mark.parametrize(("change", "code", "said"), CHANGED.values(), ids=CHANGED)
def test_a_job_fails_on_drift(repository, tmp_path, change, code, said):
    folder, env = repository
    shutil.copytree(folder, tmp_path / "clone")
    change(tmp_path / "clone")
    found, told = run(tmp_path / "clone", env, *commands())
    assert found == code, told
    assert said in told


# Argo CD and Flux


def objects(folder):
    """Return the objects that are applied of one of the bundle's two trees, with the folder of each."""
    for path in sorted((BUNDLE / folder).rglob("*.yaml")):
        value = loaded(path.read_text())
        if value["kind"] != "Kustomization":
            yield value


PROJECTS = {
    one["metadata"]["name"]: one["spec"] for one in loaded_all((PIPELINES / "argo-cd/projects.yaml").read_text())
}
SET = loaded((PIPELINES / "argo-cd/applicationset.yaml").read_text())
CLUSTER = "https://kubernetes.default.svc"


def admitted(project, value):
    """Tell whether Argo CD syncs an object for a project: an empty list admits nothing of the cluster."""
    group = value["apiVersion"].rpartition("/")[0]
    kind = {"group": group, "kind": value["kind"]}
    if value["kind"] == "Namespace":
        place, kinds = value["metadata"]["name"], project["clusterResourceWhitelist"]
    else:
        place, kinds = value["metadata"]["namespace"], project["namespaceResourceWhitelist"]
    return kind in kinds and {"server": CLUSTER, "namespace": place} in project["destinations"]


@pytest.mark.parametrize("name", PROJECTS)
def test_a_project_admits_what_its_owner_has_and_nothing_else(name):
    project, own = PROJECTS[name], list(objects(name))
    assert all(admitted(project, one) for one in own)
    used = {(one["apiVersion"].rpartition("/")[0], one["kind"]) for one in own}
    listed = [*project["clusterResourceWhitelist"], *project["namespaceResourceWhitelist"]]
    assert sorted((one["group"], one["kind"]) for one in listed) == sorted(used)
    assert {one["namespace"] for one in project["destinations"]} == {
        one["metadata"].get("namespace", one["metadata"]["name"]) for one in own
    }
    assert "*" not in str(project)
    elsewhere = copy.deepcopy(own[0])
    elsewhere["metadata"] |= {"name": "kube-system", "namespace": "kube-system"}
    right = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"namespace": "shop"},
    }
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "shop"}}
    assert not any(admitted(project, one) for one in (elsewhere, right, secret))


def test_no_project_of_a_team_has_anything_of_the_cluster():
    assert PROJECTS["apps"]["clusterResourceWhitelist"] == []
    assert not any(
        admitted(PROJECTS["apps"], one)
        for one in objects("namespaces")
        if one["kind"] in {"Namespace", "ResourceQuota"}
    )


def found_by(generator):
    """Return the folders of the bundle that a generator finds: each becomes an Application."""
    [one] = generator["git"]["directories"]
    return sorted(path for path in BUNDLE.parent.glob(one["path"]) if path.is_dir())


def test_each_part_is_synced_once_in_its_wave():
    """All of what is applied, by folders that Kustomize builds; nothing that is handed over or kept for an incident."""
    waves = [step["matchExpressions"][0]["values"] for step in SET["spec"]["strategy"]["rollingSync"]["steps"]]
    assert waves == [["namespaces"], ["apps"]]
    folders = []
    for generator, [wave] in zip(SET["spec"]["generators"], waves, strict=True):
        own = found_by(generator)
        assert generator["git"]["values"] == {"wave": wave}
        assert own
        assert all((path / "kustomization.yaml").is_file() for path in own)
        assert {path.relative_to(BUNDLE).parts[0] for path in own} == {wave}
        folders += own
    built = [path for folder in folders for path in folder.rglob("*.yaml") if path.name != "kustomization.yaml"]
    assert len(built) == len(set(built)) == len([*objects("namespaces"), *objects("apps")])


def test_applications_have_names_of_their_own_and_stay_in_their_project():
    template, names = SET["spec"]["template"], []
    assert template["metadata"]["name"] == '{{ .path.path | trimPrefix "bundle/" | replace "/" "-" }}'
    assert template["spec"]["project"] == template["metadata"]["labels"]["wave"] == "{{ .values.wave }}"
    for generator in SET["spec"]["generators"]:
        assert generator["git"]["values"]["wave"] in PROJECTS
        names += ["-".join(path.relative_to(BUNDLE).parts) for path in found_by(generator)]
    assert len(names) == len(set(names))
    repositories = {generator["git"]["repoURL"] for generator in SET["spec"]["generators"]} | {
        template["spec"]["source"]["repoURL"]
    }
    assert all(project["sourceRepos"] == list(repositories) for project in PROJECTS.values())


def test_flux_applies_namespaces_before_apps_and_nothing_else():
    flux = {
        one["metadata"]["name"]: one["spec"] for one in loaded_all((PIPELINES / "flux/kustomizations.yaml").read_text())
    }
    [source] = loaded_all((PIPELINES / "flux/source.yaml").read_text())
    assert [one["path"] for one in flux.values()] == ["./bundle/namespaces", "./bundle/apps"]
    assert all((BUNDLE.parent / Path(one["path"]) / "kustomization.yaml").is_file() for one in flux.values())
    assert flux["apps"]["dependsOn"] == [{"name": "namespaces"}]
    assert flux["namespaces"]["wait"]
    assert not flux["namespaces"]["prune"]
    assert {one["sourceRef"]["name"] for one in flux.values()} == {source["metadata"]["name"]}
    ignored = {
        line.removeprefix("/bundle/") for line in source["spec"]["ignore"].splitlines() if line.startswith("/bundle/")
    }
    assert {path.name for path in BUNDLE.iterdir() if path.is_dir() and not path.name.startswith(".")} - ignored == {
        "apps",
        "namespaces",
    }
