"""Of 80 generated systems, and each two choices together, every manifest is accepted strictly; rights and flows are right."""

import copy
import json
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import yaml
from conformance.apiserver.api import Api
from conformance.build import CRDS
from conformance.cluster import Server
from conformance.cyclonus.judge import evaluation_of, ours, probes_of, theirs
from conformance.generation import GENERATED, each_system
from conformance.helpers import audit_policy, differences
from harness import dump

from scaffold.rights import people

SMALL = ("kubectl", "etcd", "kube-apiserver")
pytestmark = [pytest.mark.programs(*SMALL, "cyclonus"), pytest.mark.files(*CRDS)]

SYSTEMS, TWINS = 80, 20
RIGHTS = {"ServiceAccount", "Role", "RoleBinding"}
# What no module publishes: see `test_provider_classes` and `test_linkerd`.
OURS = sorted(Path(__file__).parent.glob("*.yaml"))
PARTS = ("namespaces/", "apps/", "requests/", "on-demand/")


@pytest.fixture(scope="module")
def api(built, tmp_path_factory):
    """A server of its own: what is generated lives in the examples' namespaces, too."""
    folder = tmp_path_factory.mktemp("generated")
    with Server({name: built(name) for name in SMALL}, folder / "server", audit_policy=audit_policy()) as server:
        server.install_crds([*map(built, CRDS), *OURS])
        with closing(Api(server)) as made:
            yield made


def manifests(made):
    """Return each manifest as it is written, with what it holds; Namespaces first."""
    files = [file for file in made.bundle.files if file.path.startswith(PARTS)]
    found = [(file.text, yaml.load(file.text, yaml.CSafeLoader)) for file in files if file.path.endswith(".yaml")]
    found.sort(key=lambda one: one[1]["kind"] != "Namespace")
    return [(text, value) for text, value in found if value["kind"] != "Kustomization"]


def make_spaces(api, values):
    """Make the namespaces of objects, bare, as far as the bundle has them not."""
    given = {value["metadata"]["name"] for value in values if value["kind"] == "Namespace"}
    for name in {value["metadata"].get("namespace") for value in values} - {None} - given:
        assert (
            api.apply(f"{{apiVersion: v1, kind: Namespace, metadata: {{name: {json.dumps(name)}}}}}", keep=True) == ""
        )


def pods_last(found):
    """Return texts and objects so that a Pod by itself comes after its ServiceAccount, without which it is not admitted."""
    return sorted(found, key=lambda one: one[1]["kind"] == "Pod")


def make_classes(api, values):
    """Make what the Platform says there is, and a Pod by itself is not admitted without: its RuntimeClass."""
    specs = [value["spec"] for value in values if value["kind"] == "Pod"]
    for name in {spec["runtimeClassName"] for spec in specs if "runtimeClassName" in spec}:
        value = {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": name}, "handler": "none"}
        assert api.apply(dump(value), keep=True) == ""


STAYS = {"Namespace", "ServiceAccount"}


def standing(found):
    """Return the texts of what grants rights, without what is kept for incidents."""
    return [
        text
        for text, value in found
        if value["kind"] in RIGHTS and not value["metadata"]["name"].endswith(".break-glass")
    ]


def of_people(made):
    """Return what groups are meant to be granted, by namespace and name; those for incidents, as such, nothing."""
    meant = {}
    for grant in people(made.system):
        rules = () if grant.on_demand else grant.rules
        meant.setdefault((grant.namespace, grant.subject, "Group"), set()).update(
            (rule.group, resource, name, verb)
            for rule in rules
            for resource in rule.resources
            for name in rule.names or ("",)
            for verb in rule.verbs
        )
    return meant


def declared(made):
    """Return what each App's account is meant to be granted, by namespace and name; no other account anything."""
    return {
        (app.metadata.namespace, app.metadata.name): {
            (right.group, resource, name, verb)
            for right in app.spec.permissions
            for resource in right.resources
            for name in right.names or [""]
            for verb in right.verbs
        }
        for app in made.answers.apps
    }


@pytest.fixture
def granted(api):
    """Return what accounts are granted, once it is reached, or after a while: authorization follows by watching."""

    def asked(at):
        namespace, name, *group = at
        return api.rights_of("jane", [name], namespace) if group else api.rights(namespace, name)

    def ask(accounts, reached):
        end = time.monotonic() + 5
        while True:
            found = {at: asked(at) - api.rights(at[0], "nobody.at-all") for at in accounts}
            if reached(found) or time.monotonic() > end:
                return found
            time.sleep(0.02)

    return ask


# What an exception opens is not refused, but never quiet.
WARNED = 'would violate PodSecurity \\"restricted:latest'  # as it stands in the header, quoted


def relaxed(made):
    """Return the Apps with an exception that restricted does not admit."""
    return {
        member.app.key for member in made.system.members if any(one.level != "restricted" for one in member.relaxed)
    }


def app_of(value):
    return f"{value['metadata'].get('namespace')}/{value['metadata']['labels'].get('app.kubernetes.io/name')}"


def accounts_of(values):
    return [
        (value["metadata"]["namespace"], value["metadata"]["name"])
        for value in values
        if value["kind"] == "ServiceAccount"
    ]


@pytest.fixture
def kept(api):
    """Apply what authorization needs, and take it away again."""

    @contextmanager
    def keep(texts):
        values = [yaml.load(text, yaml.CSafeLoader) for text in texts]
        try:
            assert [why for why in [api.apply(text, keep=True) for text in texts] if why] == []
            yield
        finally:
            for value in values:
                api.delete(value)

    return keep


def test_everything_is_accepted_and_as_declared(api, systems, granted, kept, talk, proof):
    seen = {"relaxed": 0, "rights": 0, "people": 0, "systems": 0, "kinds": set()}

    def check(made):
        found = manifests(made)
        values = [value for _, value in found]
        make_spaces(api, values)
        make_classes(api, values)
        refused = {text: api.apply(text, keep=value["kind"] in STAYS) for text, value in pods_last(found)}
        loose = relaxed(made)
        expected = {text for text, value in found if app_of(value) in loose and WARNED in refused[text]}
        assert {text: why for text, why in refused.items() if why and text not in expected} == {}
        seen["relaxed"] += bool(expected)
        accounts = accounts_of(values)
        groups = of_people(made)
        meant = {at: declared(made).get(at, set()) for at in accounts} | groups
        with kept(standing(found)):
            assert granted(meant, meant.__eq__) == meant
        applied = [value for part in ("namespaces/", "apps/") for value in made.objects(part)]
        assert differences(made.system, applied) == []
        evaluation, probes = evaluation_of(made.system, values), probes_of(values, steps=(0,))
        assert sorted(ours(evaluation, probes) ^ theirs(talk("cyclonus"), evaluation, values, probes))[:20] == []
        seen["systems"] += 1
        seen["rights"] += any(meant[at] for at in accounts)
        seen["people"] += bool(groups)
        seen["kinds"] |= {value["kind"] for value in values}

    assert each_system(systems, SYSTEMS, "apiserver/generated", check, pairs=True) == SYSTEMS
    assert seen["systems"] >= SYSTEMS
    assert seen["rights"] > SYSTEMS / 10
    assert seen["people"] > SYSTEMS / 10
    assert seen["relaxed"] > SYSTEMS / 20
    assert {"Deployment", "NetworkPolicy", "RoleBinding", "ExternalSecret", "AuthorizationPolicy", "HTTPRoute"} <= seen[
        "kinds"
    ]
    proof("kube-apiserver", GENERATED, "accepted")


def test_a_misspelt_field_and_one_more_verb_are_noticed(api, systems, granted, kept, proof):
    seen = {"refused": 0, "more": 0}

    def check(made):
        found = manifests(made)
        make_spaces(api, [value for _, value in found])
        for text, value in found:
            if value["kind"] == "Namespace":
                assert api.apply(text, keep=True) == ""
        for _, value in found:
            broken = copy.deepcopy(value)
            broken.get("spec", broken)["misspelt"] = "x"
            assert "misspelt" in api.apply(dump(broken)), value
            seen["refused"] += 1
        of_apps = declared(made)
        for role in [value for _, value in found if value["kind"] == "Role"]:
            broken = copy.deepcopy(role)
            broken["rules"][0]["verbs"].append("deletecollection")
            at = (role["metadata"]["namespace"], role["metadata"]["name"])
            if at not in of_apps:
                continue
            rights = standing([(text, value) for text, value in found if value != role])
            meant = of_apps[at]
            with kept([*rights, dump(broken)]):
                assert granted([at], lambda found: found[at] - meant)[at] - meant  # noqa: B023  called at once
            seen["more"] += 1

    assert each_system(systems, TWINS, "apiserver/generated-twins", check) == TWINS
    assert seen["refused"] > TWINS
    assert seen["more"]
    proof("kube-apiserver", GENERATED, "twin_refused")
