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
WRITES = frozenset(("create", "update", "patch", "delete", "deletecollection"))
_ESCALATES = {
    "escalate": "grants rights that the App does not have",
    "bind": "grants rights that the App does not have",
    "impersonate": "acts as anybody",
}
# Who writes these runs pods, and so uses every ServiceAccount and Secret of the namespace.
_RUNS_PODS = frozenset(
    ("pods", "deployments", "statefulsets", "daemonsets", "replicasets", "replicationcontrollers", "jobs", "cronjobs")
)
# Who writes these grants rights, moves traffic, or lifts a limit.
_ISOLATES = frozenset(
    (
        *(
            "bindings",
            "controllerrevisions",
            "ingresses",
            "endpoints",
            "endpointslices",
            "limitranges",
            "networkpolicies",
            "resourcequotas",
            "rolebindings",
        ),
        *("roles", "serviceaccounts", "services"),
    )
)
_CLUSTER_WIDE = frozenset(
    (
        *("certificatesigningrequests", "clusterrolebindings", "clusterroles", "customresourcedefinitions"),
        *("apiservices", "clustertrustbundles", "mutatingadmissionpolicies", "mutatingadmissionpolicybindings"),
        *("priorityclasses", "runtimeclasses", "validatingadmissionpolicybindings", "volumeattachments"),
        *("mutatingwebhookconfigurations", "namespaces", "nodes", "persistentvolumes", "storageclasses"),
        *("tokenreviews", "validatingadmissionpolicies", "validatingwebhookconfigurations"),
    )
)
# The names above mean what they say in Kubernetes' own groups; another group's resource may share one.
BUILT_IN = frozenset(
    (
        *("", "admissionregistration.k8s.io", "apiextensions.k8s.io", "apps", "authentication.k8s.io", "autoscaling"),
        *("batch", "certificates.k8s.io", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io", "extensions"),
        *("networking.k8s.io", "policy", "rbac.authorization.k8s.io", "storage.k8s.io"),
    )
)
# Opened by GET (WebSocket) and, since 1.35, by CREATE besides: one verb alone works for some clients only.
ENTERS_PODS = frozenset(("pods/exec", "pods/attach", "pods/portforward"))


# Who writes these makes secrets, lets callers in, or moves traffic: with the rights of the controllers behind them.
_GUARDED = frozenset(
    (
        *("external-secrets.io", "generators.external-secrets.io", "secrets-store.csi.x-k8s.io", "bitnami.com"),
        *("secrets.hashicorp.com", "security.istio.io", "networking.istio.io", "telemetry.istio.io"),
        *("extensions.istio.io", "gateway.networking.k8s.io", "policy.linkerd.io", "cilium.io", "projectcalico.org"),
        *("crd.projectcalico.org", "policy.networking.k8s.io", "kyverno.io", "policies.kyverno.io"),
        *("constraints.gatekeeper.sh", "templates.gatekeeper.sh", "cert-manager.io"),
    )
)


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
    # A subresource has its object's name in the URL, whatever the verb.
    only_below = all("/" in resource for resource in permission.resources)
    unnamed = sorted(
        {"deletecollection", "list", "watch", *(() if only_below else ("create",))} & set(permission.verbs)
    )
    if permission.names and unnamed:
        why = f"names do not restrict {', '.join(unnamed)}"
        yield (*at, "names"), why, "give these verbs an entry of their own, without names"


def _resource(resource: str, verbs: set[str], permission: Permission, at: Path) -> Iterator[Complaint]:
    where = (*at, "resources", permission.resources.index(resource))
    if permission.group in _GUARDED and verbs & WRITES:
        yield where, f"who writes {permission.group} makes secrets, lets callers in or moves traffic", "read only"
    if permission.group not in BUILT_IN:
        return
    parent, _, below = resource.partition("/")
    if parent in _CLUSTER_WIDE:
        yield where, f"{parent} belong to the cluster, or decide on a namespace's own isolation", "remove it"
    if parent in _RUNS_PODS and verbs & WRITES and resource not in {*ENTERS_PODS, "pods/eviction"}:
        why = f"who writes {resource} uses every ServiceAccount and Secret of the namespace, or passes for another App"
        yield where, why, "read only: get, list, watch"
    if parent in _ISOLATES and verbs & WRITES:
        yield where, f"who writes {resource} grants rights, moves traffic or lifts a limit", "read only, or remove it"
    if resource == "secrets" and (verbs - {"get"} or not permission.names):
        yield where, "secrets are read one by one: list and watch return their values", "get, with names"
    if resource in ENTERS_PODS and not {"get", "create"} <= verbs:
        yield where, f"{resource} takes both get and create", "give both verbs"
    if below == "proxy":
        yield where, f"{resource} reaches what no policy sees", "call the Service, declared under spec.to"
