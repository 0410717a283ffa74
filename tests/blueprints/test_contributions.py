"""What blueprints add to a system, proven with ones from a temporary folder."""

import pytest
from harness import app, run, write_blueprint

from scaffold.errors import BlueprintError
from scaffold.render.environment import FOLDER
from scaffold.verify import verify


@pytest.fixture
def catalog_with(tmp_path, scan_with):
    """Return the shipped catalog with one more blueprint, from a folder of its own."""

    def add(name, description, template="apiVersion: v1\nkind: ConfigMap\n"):
        folder = tmp_path / "more" / "runtime" / name
        whole = f"title: A thing\nwhy: It is needed.\n{description}"
        write_blueprint(folder, whole, "thing-{{cookiecutter.key}}.yaml", template)
        return scan_with(tmp_path / "more")

    return add


OBJECT = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ cookiecutter.name ~ "-" ~ cookiecutter.key }}
  namespace: {{ cookiecutter.namespace }}
  labels:
{% for key, value in cookiecutter.labels.items() %}
    {{ key }}: {{ value }}
{% endfor %}
data:
  port: {{ cookiecutter.item.port | string }}
"""


def test_each_gives_one_unit_for_each_entry(catalog_with):
    catalog = catalog_with("ports", "scope: app\neach: =app.ports\nwhen: =item.port > 8080\n", OBJECT)
    made = run(catalog, app(ports={"a": {"port": 8080}, "b": {"port": 8081}, "c": {"port": 8082}}))
    assert [made["data"] for made in made.objects("/thing-")] == [{"port": "8081"}, {"port": "8082"}]
    verify(made.bundle, made.system)


def test_a_contributed_edge_opens_the_half_that_is_ours(catalog_with):
    edge = "{source: =pod, target: {namespace: m, labels: {a: b}}, port: 9, reason: sends}"
    made = run(
        catalog_with("x", f"scope: app\ncontributes: {{edges: [{edge}]}}\n", OBJECT.replace("item.port", "name")), app()
    )
    rules = made.object("apps/shop/api/base/network-policy.yaml")["spec"]["egress"]
    assert rules[-1]["ports"] == [{"port": 9, "protocol": "TCP"}]
    assert rules[-1]["to"][0]["podSelector"] == {"matchLabels": {"a": "b"}}
    verify(made.bundle, made.system)


def test_an_edge_between_others_is_a_prerequisite_and_opens_nothing(catalog_with):
    edge = "{source: {namespace: a, labels: {b: c}}, target: {cidr: 10.0.0.0/8}, port: 1, reason: x}"
    catalog = catalog_with("x", f"scope: app\ncontributes: {{edges: [{edge}]}}\n", OBJECT.replace("item.port", "name"))
    made = run(catalog, app())
    [found] = [edge for edge in made.system.edges if not edge.is_ours]
    assert (found.egress, found.ingress) == ("foreign", "foreign")
    verify(made.bundle, made.system)
    assert {file.path for file in made.bundle.files if "10.0.0.0/8" in file.text} == {"SECURITY.md", "controls.json"}


BROKEN = {
    "a name that does not exist": ("scope: app\nwhen: =app.prots\n", "prots"),
    "each that is no mapping": ("scope: app\neach: =app.name\n", "`each` yields a mapping"),
    "a file that comes from nowhere": (
        "scope: app\ncontributes: {files: [{path: /etc/x/y, key: y}]}\n",
        "a file comes from a ConfigMap or from a Secret",
    ),
    "an end that is nothing": (
        "scope: app\ncontributes: {edges: [{source: =pod, target: {namespace: a}, port: 1, reason: x}]}\n",
        "an end of an edge is",
    ),
    "a port out of range": (
        "scope: app\ncontributes: {edges: [{source: =pod, target: {cidr: 10.0.0.0/8}, port: 0, reason: x}]}\n",
        "contributes.edges",
    ),
    "a collision": (
        "scope: app\ncontributes: {annotations: [{key: scaffold/environment-hash, value: x}]}\n",
        "is already contributed by pod-security/environment",
    ),
    "people who read secrets": (
        "scope: app\ncontributes: {reads: [{resources: [configmaps, secrets]}]}\n",
        "contributes.reads: never secrets",
    ),
    "people who read by entering": (
        "scope: namespace\ncontributes: {reads: [{resources: [pods/exec]}]}\n",
        "of subresources pods/log alone",
    ),
    "people who read everything": ("scope: app\ncontributes: {reads: [{resources: ['*']}]}\n", "contributes.reads"),
    "people who read everything of any group": (
        "scope: app\ncontributes: {reads: [{group: '*', resources: [pods]}]}\n",
        "contributes.reads",
    ),
    "an addition to no pod": (
        "scope: namespace\ncontributes: {envFrom: [{configMap: a}]}\n",
        "only a blueprint of scope app",
    ),
}


@pytest.mark.parametrize(("description", "message"), BROKEN.values(), ids=BROKEN)
def test_a_contribution_that_cannot_hold_is_refused(catalog_with, description, message):
    with pytest.raises(BlueprintError) as caught:
        run(catalog_with("x", description, OBJECT.replace("item.port", "name")), app(config={"env": {"A": "b"}}))
    assert message in str(caught.value)


def test_two_units_cannot_write_one_path(catalog_with, scan_with):
    catalog = catalog_with("x", "scope: app\neach: =app.ports\n", OBJECT)
    folder = next(b.folder for b in catalog.blueprints if b.id == "runtime/x") / FOLDER
    (folder / "thing-{{cookiecutter.key}}.yaml").rename(folder / "service.yaml")
    with pytest.raises(BlueprintError, match="is already rendered by"):
        run(scan_with(folder.parents[2]), app(ports={"a": {"port": 8080}}))


@pytest.mark.parametrize(
    "name",
    [
        "{{cookiecutter.item.x}}.yaml",
        "{{'..'}}{{'%2fx'}}.yaml",
        "{{'..' ~ cookiecutter.app.key[4] ~ 'x'}}.yaml",
        "a b.yaml",
    ],
)
def test_a_path_that_leaves_the_output_is_refused(catalog_with, scan_with, name):
    catalog = catalog_with("x", "scope: app\n", "a: 1\n")
    folder = next(b.folder for b in catalog.blueprints if b.id == "runtime/x") / FOLDER
    (folder / "thing-{{cookiecutter.key}}.yaml").rename(folder / name)
    with pytest.raises(BlueprintError):
        run(scan_with(folder.parents[2]), app())


def test_two_paths_that_differ_in_case_only_are_refused(catalog_with, scan_with):
    """They would be one file on some systems."""
    catalog = catalog_with("x", "scope: app\n", OBJECT.replace("item.port", "name"))
    folder = next(b.folder for b in catalog.blueprints if b.id == "runtime/x") / FOLDER
    (folder / "thing-{{cookiecutter.key}}.yaml").rename(folder / "Service-Account.yaml")
    with pytest.raises(BlueprintError, match="is already rendered by rbac/service-account"):
        run(scan_with(folder.parents[2]), app())


@pytest.mark.parametrize(
    "expression", ["lipsum()", "range(3) | string", "cookiecutter.nothing", "cookiecutter.name.__class__", "cycler"]
)
def test_a_template_has_no_way_out(catalog_with, expression):
    template = OBJECT.replace("cookiecutter.item.port | string", expression)
    with pytest.raises(BlueprintError):
        run(catalog_with("x", "scope: app\n", template), app())


MISFITS = {
    "a path that is not absolute": "files: [{path: notabs, configMap: a, key: b}]",
    "a network that is none": "edges: [{source: =pod, target: {cidr: nonsense}, port: 1, reason: x}]",
    "a network of wrong length": "edges: [{source: =pod, target: {cidr: 10.0.0.0/99}, port: 1, reason: x}]",
}


@pytest.mark.parametrize("entry", MISFITS.values(), ids=MISFITS)
def test_values_that_do_not_fit_are_the_blueprints_error(catalog_with, entry):
    catalog = catalog_with("x", f"scope: app\ncontributes: {{{entry}}}\n", OBJECT.replace("item.port", "name"))
    with pytest.raises(BlueprintError):
        run(catalog, app())
