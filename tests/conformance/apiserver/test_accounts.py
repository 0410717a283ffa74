"""Each App's pods run as an account of their own, no pod as one that opens a store, and no token is mounted unasked

By the pods that the API server has, and what it makes of a pod. The twins: a token for a pod of another account, and an account
that does not say that none is mounted.
"""

import json

import pytest
from conformance.helpers import objects, paths

from scaffold.reach.manifests import template_of

LABEL = "app.kubernetes.io/name"
KEPT = ("name", "image", "securityContext", "resources")


@pytest.fixture(scope="module")
def values(example):
    return objects(paths(example / "bundle"))


@pytest.fixture(scope="module")
def accounts(values):
    return {
        (one["metadata"]["namespace"], one["metadata"]["name"]) for one in values if one["kind"] == "ServiceAccount"
    }


@pytest.fixture(scope="module")
def pods(applied, cluster, values):
    """One pod of each workload, as the API server has it, once it is on a node; a CronJob's run is begun, and removed."""
    found, begun = {}, []
    for value in values:
        if template_of(value) is None:
            continue
        name, space = value["metadata"]["name"], value["metadata"]["namespace"]
        if value["kind"] == "CronJob":
            begun.append(("-n", space, f"{name}-account"))
            cluster.kubectl("create", "job", *begun[-1], f"--from=cronjob/{name}")
        app = template_of(value)[0]["metadata"]["labels"][LABEL]

        def there(space=space, app=app):
            for pod in cluster.get("pods", space, labelSelector=f"{LABEL}={app}"):
                if "nodeName" in pod["spec"]:
                    found[space, app] = pod
            return (space, app) in found

        cluster.wait(f"a pod of {app}", there)
    yield found
    for job in begun:
        cluster.kubectl("delete", "job", *job, "--cascade=foreground")


def named(value, key):
    """Yield what stands under a key, however deep."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in items:
        if name == key:
            yield one
        yield from named(one, key)


def opening(values):
    """Return the accounts by which External Secrets opens stores."""
    stores = [one for one in values if one["kind"] == "SecretStore"]
    return {(one["metadata"]["namespace"], ref["name"]) for one in stores for ref in named(one, "serviceAccountRef")}


def refusals(api, pods, accounts):
    """Return of which account no token is issued that is bound to the pod of an App."""
    source = {"audience": "probe", "expirationSeconds": 600}
    return {
        (app, account)
        for app, pod in pods.items()
        for account in accounts
        if account[0] == app[0] and not api.issue(pod, source, account[1], "admin")[0]
    }


def test_each_app_has_an_account_that_no_other_has(api, pods, accounts, values, example, proof):
    used = {app: (app[0], pod["spec"]["serviceAccountName"]) for app, pod in pods.items()}
    assert used == {app: app for app in pods}
    assert not opening(values) & set(used.values())
    assert opening(values) <= accounts
    others = {(app, account) for app in pods for account in accounts if account[0] == app[0] and account != app}
    assert refusals(api, pods, accounts) == others
    proof("kube-apiserver", example, "accepted")


def bare(pod, account):
    """Return a pod under some account that says nothing of tokens."""
    spec = {"securityContext": pod["spec"]["securityContext"], "serviceAccountName": account}
    spec["containers"] = [{key: pod["spec"]["containers"][0][key] for key in KEPT}]
    metadata = {"name": "bare", "namespace": pod["metadata"]["namespace"]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def test_no_token_is_mounted_unasked(api, pods, accounts, example, proof):
    for space, account in accounts:
        pod = next(pod for (own, _), pod in pods.items() if own == space)
        assert "volumes" not in api.made(bare(pod, account))["spec"], account
    proof("kube-apiserver", example, "accepted")


def test_of_an_account_that_does_not_say_so_one_is(api, pods, values, example, proof):
    (space, name), pod = next(iter(pods.items()))
    found = [one for one in values if one["kind"] == "ServiceAccount"]
    [account] = [one for one in found if (one["metadata"]["namespace"], one["metadata"]["name"]) == (space, name)]
    twin = {key: value for key, value in account.items() if key != "automountServiceAccountToken"}
    twin["metadata"] = {"name": "mounting", "namespace": space}
    assert api.apply(json.dumps(twin), keep=True) == ""
    [volume] = api.made(bare(pod, "mounting"))["spec"]["volumes"]
    assert volume["name"].startswith("kube-api-access-")
    api.delete(twin)
    proof("kube-apiserver", example, "twin_refused")
