"""Each ServiceAccount may do what was declared, and what any account may: ask the API server about itself."""

import json

import pytest
from conformance.helpers import objects, paths
from harness import run_answers

from scaffold.answers.load import load

NOBODY = ("default", "account-without-any-rights")


def rights(api, account, namespace):
    """Return what the API server says that an account may do in a namespace."""
    space, name = account
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{space}")
    return api.rights_of(f"system:serviceaccount:{space}:{name}", groups, namespace)


def declared(catalog, example):
    """Return what the answers grant: account, namespace, and what it may do."""
    [answers] = load([example], catalog)
    return {
        (app.metadata.namespace, app.metadata.name): {
            (right.group, resource, name, verb)
            for right in app.spec.permissions
            for resource in right.resources
            for name in right.names or [""]
            for verb in right.verbs
        }
        for app in run_answers(catalog, answers).answers.apps
    }


@pytest.fixture(scope="module")
def accounts(example):
    found = [value["metadata"] for value in objects(paths(example / "bundle")) if value["kind"] == "ServiceAccount"]
    return [(metadata["namespace"], metadata["name"]) for metadata in found]


def test_rights_are_the_declared_ones(applied, api, catalog, accounts, example, proof):
    """In its own namespace; in every other, none."""
    grants = declared(catalog, example)
    assert len(accounts) > len(grants)
    for account in accounts:
        for namespace in {space for space, _ in accounts} | {"default", "kube-system"}:
            own = grants.get(account, set()) if namespace == account[0] else set()
            assert rights(api, account, namespace) == own | rights(api, NOBODY, namespace), account
    proof("kube-apiserver", example, "accepted")


def test_one_more_verb_is_noticed(applied, api, cluster, catalog, accounts, example, proof):
    """One more verb on what is granted, or one right for who has none."""
    grants = declared(catalog, example)
    for account in grants:
        namespace, name = account
        roles = [value for value in objects(paths(example / "bundle")) if value["kind"] == "Role"]
        own = [role for role in roles if (role["metadata"]["namespace"], role["metadata"]["name"]) == account]
        role = own[0] if own else {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": []}]}
        role["rules"][0]["verbs"].append("watch")
        role |= {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": {"name": f"{name}-twin", "namespace": namespace},
        }
        binding = {
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": role["metadata"],
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": namespace}],
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": f"{name}-twin"},
        }  # fmt: skip
        for value in (role, binding):
            assert api.apply(json.dumps(value), keep=True) == ""
        expected = grants[account] | rights(api, NOBODY, namespace)
        cluster.wait("the right is there", lambda: rights(api, account, namespace) != expected, seconds=20)  # noqa: B023  called at once
        for value in (role, binding):
            api.delete(value)
    proof("kube-apiserver", example, "twin_refused")
