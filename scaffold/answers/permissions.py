"""Which rights an App may not ask for: those that are as good as all others.

Sources: Kubernetes, RBAC good practices (privilege escalation risks); NSA/CISA Kubernetes Hardening Guide.

May import: schema, walker (spelling of values).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.answers.walker import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.answers.schema import App, Permission
    from scaffold.answers.walker import Path

    Complaint = tuple[Path, str, str]

_VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
_WRITES = frozenset(("create", "update", "patch", "delete", "deletecollection"))
_ESCALATES = {
    "escalate": "grants rights that the App does not have",
    "bind": "grants rights that the App does not have",
    "impersonate": "acts as anybody",
}
# Who writes these runs pods, and so uses every ServiceAccount and Secret of the namespace.
_RUNS_PODS = frozenset(
    ("pods", "deployments", "statefulsets", "daemonsets", "replicasets", "replicationcontrollers", "jobs", "cronjobs")
)
_GRANTS = frozenset(("roles", "rolebindings", "serviceaccounts/token", "networkpolicies"))
_CLUSTER_WIDE = frozenset(
    (
        *("certificatesigningrequests", "clusterrolebindings", "clusterroles", "customresourcedefinitions"),
        *("mutatingwebhookconfigurations", "namespaces", "nodes", "nodes/proxy", "persistentvolumes"),
        *("storageclasses", "validatingadmissionpolicies", "validatingwebhookconfigurations"),
    )
)
# Opened by GET (WebSocket) and, since 1.35, by CREATE besides: one verb alone works for some clients only.
_BOTH_VERBS = frozenset(("pods/exec", "pods/attach", "pods/portforward"))


def check(app: App) -> Iterator[Complaint]:
    """Yield what is wrong with the permissions of one App."""
    for index, permission in enumerate(app.spec.permissions):
        at: Path = ("spec", "permissions", index)
        yield from _verbs(permission, at)
        for resource in permission.resources:
            yield from _resource(resource, set(permission.verbs), permission, at)


def _verbs(permission: Permission, at: Path) -> Iterator[Complaint]:
    for index, verb in enumerate(permission.verbs):
        where = (*at, "verbs", index)
        if verb in _ESCALATES:
            yield where, f"{verb} {_ESCALATES[verb]}", "remove it"
        elif verb not in _VERBS:
            yield where, f"{verb} is no verb{nearest(verb, _VERBS)}", f"one of: {', '.join(_VERBS)}"
    unnamed = sorted({"create", "deletecollection", "list", "watch"} & set(permission.verbs))
    if permission.names and unnamed:
        why = f"names do not restrict {', '.join(unnamed)}"
        yield (*at, "names"), why, "give these verbs an entry of their own, without names"


def _resource(resource: str, verbs: set[str], permission: Permission, at: Path) -> Iterator[Complaint]:
    where = (*at, "resources", permission.resources.index(resource))
    if resource in _CLUSTER_WIDE:
        yield where, f"{resource} belongs to the cluster: a Role cannot grant it", "remove it"
    if resource in _RUNS_PODS and verbs & _WRITES:
        why = f"who writes {resource} uses every ServiceAccount and Secret of the namespace"
        yield where, why, "read only: get, list, watch"
    if resource in _GRANTS and verbs & _WRITES:
        yield where, f"who writes {resource} grants rights or opens flows", "read only, or remove it"
    if resource == "secrets" and (verbs - {"get"} or not permission.names):
        yield where, "secrets are read one by one: list and watch return their values", "get, with names"
    if resource in _BOTH_VERBS and not {"get", "create"} <= verbs:
        yield where, f"{resource} takes both get and create", "give both verbs"
    if resource.endswith("/proxy"):
        yield where, f"{resource} reaches what no policy sees", "call the Service, declared under spec.to"
    if resource == "pods/ephemeralcontainers" and verbs & _WRITES:
        yield where, "an ephemeral container runs in anybody's pod", "remove it"
