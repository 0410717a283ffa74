"""A team's people may read what was rendered for it, never secrets; they enter pods only while break-glass is applied."""

import json
from contextlib import contextmanager

import pytest
from conformance.apiserver.conftest import apply_example
from conformance.helpers import objects, paths
from harness import EXAMPLES, answers, run_answers

from scaffold.answers.load import load
from scaffold.rights import people

ANYBODY = ("nobody", "nobodies")
# What leads further, whoever asks for it: a secret, a pod of one's own, a workload's template, another identity.
NEVER = {
    "get secrets", "list secrets", "watch secrets", "create pods", "patch pods", "deletecollection pods", "get configmaps",
    "list configmaps", "update pods/ephemeralcontainers", "patch deployments.apps", "update deployments.apps",
    "patch statefulsets.apps", "create jobs.batch", "create serviceaccounts/token", "impersonate serviceaccounts",
    "impersonate users", "impersonate groups", "create roles.rbac.authorization.k8s.io", "get pods/proxy",
    "create rolebindings.rbac.authorization.k8s.io", "patch rolebindings.rbac.authorization.k8s.io",
    "bind roles.rbac.authorization.k8s.io", "escalate roles.rbac.authorization.k8s.io", "patch namespaces",
    "delete networkpolicies.networking.k8s.io", "patch resourcequotas", "create externalsecrets.external-secrets.io", "get nodes",
}  # fmt: skip
ENTERS = {
    "create pods/exec", "get pods/exec", "create pods/attach", "create pods/portforward", "patch pods/ephemeralcontainers",
    "delete pods", "create pods/eviction",
}  # fmt: skip


def has_people(folder):
    """Tell whether an example says who the people of its teams are."""
    return any(value["kind"] == "Platform" and value["spec"].get("teams") for value in answers(folder))


STAFFED = [path for path in EXAMPLES if has_people(path)]


@pytest.fixture(params=STAFFED, ids=[path.name for path in STAFFED], scope="module")
def staffed(request):
    """One example after the other whose Platform has teams."""
    return request.param


@pytest.fixture(scope="module")
def present(cluster, staffed):
    """Apply an example, which another claim may have done before."""
    for done in apply_example(cluster, staffed):
        assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def grants(catalog, staffed):
    """Return what is meant: readers', and the ones for incidents."""
    found = list(people(run_answers(catalog, *load([staffed], catalog)).system))
    kept, standing = ([grant for grant in found if grant.on_demand == when] for when in (True, False))
    assert kept
    assert standing
    return standing, kept


@pytest.fixture
def spaces(staffed):
    """Return every namespace of an staffed, and two of the cluster's."""
    own = {value["metadata"]["name"] for value in objects(paths(staffed / "bundle")) if value["kind"] == "Namespace"}
    return [*sorted(own), "default", "kube-system"]


def asks(group):
    """Return the flags by which somebody of a group asks."""
    return ("--as", "jane", "--as-group", group, "--as-group", "system:authenticated")


@pytest.fixture
def rights(api):
    """Ask the API server what somebody may do in a namespace: group, resource, name, verb."""

    def ask(who, namespace):
        user, group = who if isinstance(who, tuple) else ("jane", who)
        return api.rights_of(user, [group], namespace)

    return ask


@pytest.fixture
def may(api):
    """Tell which of some requests, `verb resource`, a group may make in a namespace."""
    return lambda group, namespace, requests: {one for one in requests if api.may("jane", [group], namespace, one)}


def declared(grants, group, namespace):
    """Return what a group is granted in a namespace."""
    return {
        (rule.group, resource, name, verb)
        for grant in grants
        if (grant.subject, grant.namespace) == (group, namespace)
        for rule in grant.rules
        for resource in rule.resources
        for name in rule.names or ("",)
        for verb in rule.verbs
    }


@pytest.fixture
def settled(cluster, rights):
    """Wait until a group's rights are these, since authorization follows by watching; return whether they came to be."""

    def wait(group, namespace, meant):
        cluster.wait(f"rights of {group}", lambda: rights(group, namespace) == meant, seconds=20)

    return wait


@pytest.fixture
def incident(cluster, staffed):
    """Apply what is kept for a team's incident, as it is written there, and take it away again."""

    @contextmanager
    def during(grant):
        folder = str(staffed / "bundle/on-demand" / grant.namespace / f"break-glass-{grant.team}")
        try:
            done = cluster.kubectl("apply", "--server-side", "--validate=strict", "-f", folder)
            assert done.stderr == ""
            yield
        finally:
            cluster.kubectl("delete", "-f", folder)

    return during


def test_rights_of_people_are_the_declared_ones(present, rights, grants, spaces, staffed, proof):
    """Of everybody who was named, in every namespace: those on call have none before an incident."""
    standing, kept = grants
    for group in {grant.subject for grant in (*standing, *kept)}:
        for namespace in spaces:
            anybody = rights(ANYBODY, namespace)
            assert rights(group, namespace) == declared(standing, group, namespace) | anybody, (group, namespace)
    proof("kube-apiserver", staffed, "accepted")


def test_everything_that_was_rendered_may_be_read_and_nothing_changed(present, cluster, grants, staffed):
    """By the API server's own names of what is in the bundle."""
    standing, _ = grants
    found = objects(paths(staffed / "bundle"))
    for grant in standing:
        mine = [one for one in found if one["metadata"].get("labels", {}).get("owner") in {grant.team, "platform"}]
        mine = [one for one in mine if one["metadata"].get("namespace", one["metadata"]["name"]) == grant.namespace]
        assert len(mine) > 8
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": mine})
        names = cluster.kubectl("get", *asks(grant.subject), "-o", "name", "-f", "-", text=text).stdout.splitlines()
        assert len(names) == len(mine)
        done = cluster.kubectl("delete", *asks(grant.subject), "--dry-run=server", "-f", "-", text=text, check=False)
        assert done.stdout == ""
        assert done.stderr.count("(Forbidden)") == len(mine)


def test_people_never_reach_secrets_nor_other_identities(present, may, cluster, grants):
    standing, _ = grants
    for grant in standing:
        assert may(grant.subject, grant.namespace, NEVER | ENTERS) == set()
        done = cluster.kubectl("get", "secrets", *asks(grant.subject), "-n", grant.namespace, check=False)
        assert "(Forbidden)" in done.stderr


def entered(cluster, grant):
    """Return what a command in a pod says; there is no container behind it, and who is let in is told so."""
    pod = cluster.get("pods", grant.namespace)[0]["metadata"]["name"]
    return cluster.kubectl("exec", pod, *asks(grant.subject), "-n", grant.namespace, "--", "true", check=False).stderr


def test_an_incident_lets_in_and_nothing_more_until_it_is_over(
    present, cluster, rights, may, grants, spaces, settled, incident
):
    standing, kept = grants
    for grant in kept:
        cluster.wait("a pod", lambda: cluster.get("pods", grant.namespace))  # noqa: B023  called at once
        anybody = rights(ANYBODY, grant.namespace)
        assert "orbidden" in entered(cluster, grant)
        before = rights(grant.subject, grant.namespace)
        with incident(grant):
            settled(grant.subject, grant.namespace, declared(kept, grant.subject, grant.namespace) | anybody)
            assert may(grant.subject, grant.namespace, NEVER | ENTERS) == ENTERS
            assert "orbidden" not in entered(cluster, grant)
            for other in set(spaces) - {grant.namespace}:
                own = declared(standing, grant.subject, other)
                assert rights(grant.subject, other) == own | rights(ANYBODY, other)
        settled(grant.subject, grant.namespace, before)
        assert may(grant.subject, grant.namespace, NEVER | ENTERS) == set()


def test_an_incident_grants_nothing_that_grants_more(present, cluster, grants, settled, rights, incident):
    """Who is let in can neither keep the way in nor make another one."""
    _, kept = grants
    for grant in kept:
        anybody = rights(ANYBODY, grant.namespace)
        with incident(grant):
            settled(grant.subject, grant.namespace, declared(kept, grant.subject, grant.namespace) | anybody)
            for command in (
                ("create", "rolebinding", "mine", "--clusterrole", "admin", "--group", grant.subject),
                ("create", "token", "default"),
                ("set", "image", "deployment", "--all", "*=registry.example.com/mine:1"),
                ("run", "mine", "--image", "registry.example.com/mine:1"),
            ):
                done = cluster.kubectl(*command, *asks(grant.subject), "-n", grant.namespace, check=False)
                assert "orbidden" in done.stderr, command


TWINS = {
    "one more verb": lambda role, _: role["rules"][-1]["verbs"].append("delete"),
    "secrets": lambda role, _: role["rules"].append({"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}),
    "a wildcard": lambda role, _: role["rules"][-1].update(resources=["*"]),
    "another group": lambda _, binding: binding["subjects"][0].update(name="system:authenticated"),
    "view": lambda _, binding: binding.update(
        roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    ),
}


@pytest.mark.parametrize("name", TWINS)
def test_one_right_more_is_noticed(present, api, cluster, rights, grants, staffed, name, proof):
    standing, _ = grants
    for grant in standing:
        bundle = objects(paths(staffed / "bundle"))
        role, binding = (
            next(one for one in bundle if one["kind"] == kind and one["metadata"]["name"] == grant.name)
            for kind in ("Role", "RoleBinding")
        )
        TWINS[name](role, binding)
        role["metadata"]["name"] += ".twin"
        binding["metadata"]["name"] += ".twin"
        if binding["roleRef"]["kind"] == "Role":
            binding["roleRef"]["name"] += ".twin"
        who = ANYBODY if name == "another group" else grant.subject
        before = rights(who, grant.namespace)
        try:
            for value in (role, binding):
                assert api.apply(json.dumps(value), keep=True) == ""
            cluster.wait("the right is there", lambda: rights(who, grant.namespace) != before, seconds=20)  # noqa: B023  called at once
        finally:
            for value in (role, binding):
                api.delete(value)
        cluster.wait("it is gone", lambda: rights(who, grant.namespace) == before, seconds=20)  # noqa: B023  called at once
    proof("kube-apiserver", staffed, "twin_refused")
