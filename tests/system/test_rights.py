"""What people may do follows from what is rendered, and never reaches further."""

import pytest
from harness import EXAMPLES, answers, app, documents, platform, run, run_answers

from scaffold.answers.load import from_documents, load
from scaffold.errors import AnswersError
from scaffold.rights import grants, people

TEAMS = {"payments": {"group": "payments-developers", "breakGlass": "payments-oncall"}}
KINDS = {
    "Deployment": {"deployments", "replicasets"},
    "StatefulSet": {"statefulsets", "controllerrevisions", "persistentvolumeclaims"},
    "DaemonSet": {"daemonsets", "controllerrevisions"},
    "Job": {"jobs"},
    "CronJob": {"jobs", "cronjobs"},
    "Pod": set(),
}
WORKLOADS = {
    "StatefulSet": {"volumes": {"/data": {"size": "1Gi"}}},
    "CronJob": {"schedule": "@daily"},
}
# What an incident adds to reading, and to nobody else.
ENTERS = {
    ("", "pods/attach", "create"), ("", "pods/attach", "get"), ("", "pods/exec", "create"), ("", "pods/exec", "get"),
    ("", "pods/portforward", "create"), ("", "pods/portforward", "get"), ("", "pods/ephemeralcontainers", "patch"),
    ("", "pods", "delete"), ("", "pods/eviction", "create"),
}  # fmt: skip


def of(kind):
    return app(team="payments", workload={"kind": kind, **WORKLOADS.get(kind, {})})


def rights(grant):
    return {(rule.group, resource, verb) for rule in grant.rules for resource in rule.resources for verb in rule.verbs}


def plural(kind):
    low = kind.lower()
    return low[:-1] + "ies" if low.endswith("y") and low[-2] not in "aeiou" else low + "s"


@pytest.fixture(params=EXAMPLES, ids=[path.name for path in EXAMPLES])
def staffed(request, catalog):
    """Each example, as if its Platform said who the people of its teams are."""
    values = [
        document.value for document in load([request.param], catalog)[0].documents.values() if document.kind == "App"
    ]
    given = answers(request.param)
    cluster = next((value for value in given if value["kind"] == "Platform"), platform())
    names = {value["spec"].get("team", value["metadata"]["namespace"]) for value in values}
    teams = {name: {"group": f"{name}-developers", "breakGlass": f"{name}-oncall"} for name in names}
    cluster["spec"]["teams"] = teams
    return run_answers(catalog, *from_documents(documents(*values, cluster), catalog))


def test_everything_that_is_rendered_can_be_read_by_its_team(staffed):
    readers = {(grant.namespace, grant.team): grant for grant in people(staffed.system) if not grant.on_demand}
    assert readers
    for (namespace, team), grant in readers.items():
        read = {(group, resource) for group, resource, verb in rights(grant) if verb == "get"}
        for part in (f"namespaces/{namespace}/", f"apps/{namespace}/"):
            for value in staffed.objects(part):
                kind, labels = value["kind"], value.get("metadata", {}).get("labels", {})
                # What is in no namespace no Role can show.
                if kind not in {"Kustomization", "ClusterNetworkPolicy"} and labels["owner"] in {team, "platform"}:
                    group = value["apiVersion"].rpartition("/")[0]
                    assert (group, plural(kind)) in read, (namespace, kind)


def test_readers_see_and_change_nothing(staffed):
    for grant in people(staffed.system):
        found = {(group, resource, verb) for group, resource, verb in rights(grant)}
        assert not {"*"} & {part for right in found for part in right}
        assert not {resource for _, resource, _ in found if resource == "secrets" or "token" in resource}
        beyond = {right for right in found if right[2] not in {"get", "list", "watch"} or "/" in right[1]}
        beyond -= {("", "pods/log", "get")}
        scales = {right for right in beyond if right[1] in {"deployments/scale", "statefulsets/scale"}}
        assert beyond - scales == (ENTERS if grant.on_demand else set())
        assert not scales or grant.on_demand
        # What is read for its content is read by name.
        assert all(rule.names for rule in grant.rules if {"configmaps", "namespaces"} & set(rule.resources))


@pytest.mark.parametrize("kind", KINDS)
def test_of_workloads_exactly_what_there_is_and_what_it_makes(catalog, kind):
    system = run(catalog, of(kind), platform(teams=TEAMS)).system
    readers, oncall = people(system)
    read = {resource for _, resource, _ in rights(readers)}
    assert read & set().union(*KINDS.values()) == KINDS[kind]
    scale = {(group, resource, verb) for group, resource, verb in rights(oncall) if resource.endswith("/scale")}
    name = plural(kind)
    expected = {("apps", f"{name}/scale", verb) for verb in ("get", "patch")}
    assert scale == (expected if kind in {"Deployment", "StatefulSet"} else set())


def test_an_app_that_names_no_team_is_its_namespaces(catalog):
    system = run(catalog, app(namespace="payments"), platform(teams=TEAMS)).system
    assert [(grant.namespace, grant.subject) for grant in grants(system)] == [
        ("payments", "payments-developers"),
        ("payments", "payments-oncall"),
    ]
    with pytest.raises(AnswersError, match=r'spec.team: the Platform has no team "shop"'):
        run(catalog, app(), platform(teams=TEAMS))


def test_without_teams_nobody_is_granted_anything(catalog):
    made = run(catalog, app(team="payments"))
    assert list(people(made.system)) == []
    assert [file.path for file in made.bundle.files if "role" in file.path] == []
