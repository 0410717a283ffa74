"""The audit policy logs too much of a secret, or too little of an attack.

What: for each kind of request below, the level of the first rule that matches is within its bounds, whoever asks; a
    request that failed to authenticate has no user at all.
Why: the first matching rule decides, so one wildcard in the wrong place writes every Secret into the log, and one rule
    against noise hides an intruder. Neither is visible by reading one rule.
Fields: Policy rules: level, users, userGroups, verbs, resources, namespaces, nonResourceURLs.
Reference: audit.k8s.io/v1; CIS Kubernetes 3.2.1 and 3.2.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered

_LEVELS = ("None", "Metadata", "Request", "RequestResponse")
_VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
_WRITES = _VERBS[3:]
_NODE = ("system:node:a", "system:nodes")
_PEOPLE = (("jane", "system:authenticated"), ("system:anonymous", "system:unauthenticated"))
_COMPONENTS = (_NODE, ("system:kube-controller-manager", "system:authenticated"))
_NOBODY = ("", "")


@dataclass(frozen=True, slots=True)
class _Bound:
    """Requests for some resources (group, resource), by some users, and the levels that they may have."""

    what: str
    resources: tuple[tuple[str, str], ...]
    verbs: tuple[str, ...]
    users: tuple[tuple[str, str], ...]
    least: str
    most: str = "RequestResponse"


_SECRETS = (
    *(("", name) for name in ("secrets", "configmaps", "serviceaccounts/token")),
    ("authentication.k8s.io", "tokenreviews"),
)
_ENTRIES = tuple(("", f"pods/{name}") for name in ("exec", "attach", "portforward", "proxy", "ephemeralcontainers"))
_RIGHTS = (
    *(("rbac.authorization.k8s.io", name) for name in ("roles", "rolebindings", "clusterroles", "clusterrolebindings")),
    ("admissionregistration.k8s.io", "validatingwebhookconfigurations"),
    ("admissionregistration.k8s.io", "validatingadmissionpolicies"),
    ("certificates.k8s.io", "certificatesigningrequests"),
    ("certificates.k8s.io", "certificatesigningrequests/approval"),
    ("", "namespaces"),
)
_BOUNDS = (
    _Bound("a secret's content", _SECRETS, _VERBS, (*_PEOPLE, *_COMPONENTS), "Metadata", "Metadata"),
    _Bound("entering a pod", _ENTRIES, ("get", "create", "update", "patch"), (*_PEOPLE, *_COMPONENTS), "Metadata"),
    _Bound("changed rights", _RIGHTS, _WRITES, (*_PEOPLE, *_COMPONENTS), "RequestResponse"),
    _Bound("removed traces", (("", "events"),), ("delete", "deletecollection"), (*_PEOPLE, *_COMPONENTS), "Metadata"),
    _Bound("what people read", (("", "pods"), ("apps", "deployments")), _VERBS[:3], _PEOPLE, "Metadata"),
    _Bound("failed authentication", (("", "pods"), ("", "events"), ("", "nodes")), _VERBS, (_NOBODY,), "Metadata"),
)


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each kind of request with a level out of bounds, and where App namespaces are not named."""
    for manifest in rendered.manifests:
        if manifest.group != "audit.k8s.io":
            continue
        rules = manifest.value.get("rules") or []
        for bound in _BOUNDS:
            asked = product(bound.resources, bound.verbs, bound.users, (True, False))
            for (group, resource), verb, user, inside in asked:
                request = {"group": group, "resource": resource, "verb": verb, "user": user, "inside": inside}
                level = _level(rules, request)
                if not _LEVELS.index(bound.least) <= _LEVELS.index(level) <= _LEVELS.index(bound.most):
                    reason = f"{bound.what}: {verb} {resource} by {user[0] or 'nobody'} is logged at {level}"
                    yield Finding("error", "audit/wrong-level", manifest.path, reason)
        if _level(rules, {"path": "/livez", "verb": "get", "user": _NOBODY, "inside": False}) == "None":
            yield Finding("error", "audit/wrong-level", manifest.path, "failed authentication at /livez is dropped")
        named = {name for rule in rules for name in rule.get("namespaces") or ()}
        for name in sorted(set(rendered.system.namespaces) - named):
            yield Finding("error", "audit/wrong-level", manifest.path, f"no rule names the namespace {name}")


def _level(rules: list[dict[str, Any]], request: dict[str, Any]) -> str:
    """Return the level of the first rule that matches; a request that no rule matches is not logged."""
    return next((str(rule.get("level")) for rule in rules if _matches(rule, request)), "None")


def _matches(rule: dict[str, Any], request: dict[str, Any]) -> bool:
    name, group = request["user"]
    asked = (
        (not rule.get("users") or name in rule["users"])
        and (not rule.get("userGroups") or bool({group, *_also(group)} & set(rule["userGroups"])))
        and (not rule.get("verbs") or request["verb"] in rule["verbs"])
    )
    urls, resources, spaces = rule.get("nonResourceURLs"), rule.get("resources"), rule.get("namespaces")
    if "path" in request:
        return asked and (_leads_to(urls, request["path"]) if urls else not resources and not spaces)
    if urls or (spaces and not request["inside"]):
        return False
    return asked and (not resources or any(_covers(entry, request) for entry in resources))


def _leads_to(urls: list[str], path: str) -> bool:
    return any(url == path or (url.endswith("*") and path.startswith(url[:-1])) for url in urls)


def _also(group: str) -> tuple[str, ...]:
    """Nodes are authenticated users, too."""
    return ("system:authenticated",) if group == "system:nodes" else ()


def _covers(entry: dict[str, Any], request: dict[str, Any]) -> bool:
    if entry.get("group", "") != request["group"]:
        return False
    names = entry.get("resources")
    resource = request["resource"]
    parent, _, sub = resource.partition("/")
    return not names or any(name in {resource, "*"} or (sub and name in {f"*/{sub}", f"{parent}/*"}) for name in names)
