"""The audit policy logs too much of a secret, or too little of an attack.

What: for each kind of request below, the level of the first rule that matches is within its bounds, whoever asks; a
    request that failed to authenticate has no user at all, and one event, as its answer starts.
Why: the first matching rule decides, so one wildcard in the wrong place writes every Secret into the log, and one rule
    against noise hides an intruder. Neither is visible by reading one rule. Metadata holds the answer's message, in
    which the API server quotes the whole Secret where a patch does not fit.
Fields: Policy: omitStages; rules: level, omitStages, users, userGroups, verbs, resources, namespaces, nonResourceURLs.
Reference: audit.k8s.io/v1; CIS Kubernetes 3.2.1 and 3.2.2.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered

_LEVELS = ("None", "Metadata", "Request", "RequestResponse")
_VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
_WRITES = _VERBS[3:]
_NODE = ("system:node:a", "system:nodes")
_PEOPLE = (
    ("jane", "system:authenticated"),
    ("admin", "system:masters"),
    ("kubernetes-admin", "kubeadm:cluster-admins"),
    ("system:serviceaccount:shop:api", "system:serviceaccounts"),
    ("system:anonymous", "system:unauthenticated"),
)
_COMPONENTS = (
    _NODE,
    ("system:kube-controller-manager", "system:authenticated"),
    ("system:kube-scheduler", "system:authenticated"),
)
_NOBODY = ("", "")
_ARRIVED, _ANSWERED, _FAILED = "RequestReceived", "ResponseComplete", "ResponseStarted"
_ELSEWHERE = ("*elsewhere*", "*another*")  # no legal names: a namespace and an object that no rule names


class _Bound(Value, frozen=True):
    """Requests for some resources (group, resource), by some users, and the levels that they may have.

    `stage` is the one at which they must be logged; if that is their arrival, the answer must not be logged.
    """

    what: str
    resources: tuple[tuple[str, str], ...]
    verbs: tuple[str, ...]
    users: tuple[tuple[str, str], ...]
    least: str
    most: str = "RequestResponse"
    stage: str = _ANSWERED


_SECRETS = (
    *(("", name) for name in ("secrets", "configmaps")),
    *(("external-secrets.io", name) for name in ("externalsecrets", "secretstores", "clustersecretstores")),
    ("generators.external-secrets.io", "passwords"),
    ("secrets-store.csi.x-k8s.io", "secretproviderclasses"),
    ("bitnami.com", "sealedsecrets"),
)
_HELD = (*_SECRETS, ("", "serviceaccounts/token"), ("authentication.k8s.io", "tokenreviews"))
_UNPATCHED = tuple(verb for verb in _VERBS if verb != "patch")
_ENTRIES = (
    *(("", f"pods/{name}") for name in ("exec", "attach", "portforward", "proxy", "ephemeralcontainers")),
    ("", "services/proxy"),
    ("", "nodes/proxy"),
)
_RIGHTS = (
    *(("rbac.authorization.k8s.io", name) for name in ("roles", "rolebindings", "clusterroles", "clusterrolebindings")),
    ("admissionregistration.k8s.io", "validatingwebhookconfigurations"),
    ("admissionregistration.k8s.io", "validatingadmissionpolicies"),
    ("admissionregistration.k8s.io", "validatingadmissionpolicybindings"),
    ("admissionregistration.k8s.io", "mutatingwebhookconfigurations"),
    ("apiextensions.k8s.io", "customresourcedefinitions"),
    ("apiregistration.k8s.io", "apiservices"),
    ("certificates.k8s.io", "certificatesigningrequests"),
    ("certificates.k8s.io", "certificatesigningrequests/approval"),
    ("", "namespaces"),
    ("", "namespaces/status"),
    ("", "namespaces/finalize"),
)
_KNOCKED = (*_SECRETS, *(("", name) for name in ("pods", "events", "nodes")))
_BOUNDS = (
    _Bound("a secret's content", _HELD, _UNPATCHED, (*_PEOPLE, *_COMPONENTS), "Metadata", "Metadata"),
    _Bound("a secret's content", _SECRETS, ("patch",), (*_PEOPLE, *_COMPONENTS), "Metadata", "Metadata", _ARRIVED),
    _Bound("entering a pod", _ENTRIES, ("get", "create", "update", "patch"), (*_PEOPLE, *_COMPONENTS), "Metadata"),
    _Bound("changed rights", _RIGHTS, _WRITES, (*_PEOPLE, *_COMPONENTS), "RequestResponse"),
    _Bound("removed traces", (("", "events"),), ("delete", "deletecollection"), (*_PEOPLE, *_COMPONENTS), "Metadata"),
    _Bound("changed nodes", (("", "nodes"),), _WRITES, (*_PEOPLE, *_COMPONENTS), "Metadata"),
    _Bound("what people read", (("", "pods"), ("apps", "deployments")), _VERBS[:3], _PEOPLE, "Metadata"),
    _Bound("failed authentication", _KNOCKED, _VERBS, (_NOBODY,), "Metadata", stage=_FAILED),
)


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each kind of request with a level out of bounds, and where App namespaces are not named."""
    for manifest in rendered.manifests:
        if manifest.group != "audit.k8s.io":
            continue
        rules = _rules(manifest.value)
        for bound in _BOUNDS:
            for reason in _out_of(bound, rules):
                yield Finding("error", "audit/wrong-level", manifest.path, reason)
        probed = (rule for rule in rules if _by(rule, _NOBODY) and _does(rule, "get") and _leads_to(rule, "/livez"))
        if _level(next(probed, _NO_RULE), _FAILED) == "None":
            yield Finding("error", "audit/wrong-level", manifest.path, "failed authentication at /livez is dropped")
        named = {name for rule in rules for name in rule.get("namespaces") or ()}
        for name in sorted(set(rendered.system.namespaces) - named):
            yield Finding("error", "audit/wrong-level", manifest.path, f"no rule names the namespace {name}")


def _rules(policy: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a policy's rules, each with every stage that is left out of its events."""
    omitted = policy.get("omitStages") or []
    return [{**rule, "omitStages": {*omitted, *(rule.get("omitStages") or ())}} for rule in policy.get("rules") or ()]


class _About(Value, frozen=True):
    """A rule as it is about one resource: in which namespaces, and for which of its objects; None is all."""

    rule: dict[str, Any]
    spaces: frozenset[str] | None
    names: frozenset[str] | None

    def holds(self, space: str, name: str) -> bool:
        return (self.spaces is None or space in self.spaces) and (self.names is None or name in self.names)


def _out_of(bound: _Bound, rules: list[dict[str, Any]]) -> Iterator[str]:
    """Yield each request of a kind whose level is out of bounds: in any namespace and of any name that a rule names."""
    # Users, and namespaces, that every rule treats alike are asked about once.
    users = {tuple(_by(rule, user) for rule in rules): user for user in bound.users}
    named = [set(rule.get("namespaces") or ()) for rule in rules]
    every = {_ELSEWHERE[0], *(space for some in named for space in some)}
    spaces = {tuple(space in some for some in named): space for space in sorted(every)}.values()
    about = {resource: list(_about(rules, *resource)) for resource in bound.resources}
    for verb, (by, user) in product(bound.verbs, users.items()):
        asked = [yes and _does(rule, verb) for rule, yes in zip(rules, by, strict=True)]
        for (group, resource), space in product(bound.resources, spaces):
            held = [one for at, one in about[group, resource] if asked[at]]
            for name in sorted({_ELSEWHERE[1], *(name for one in held for name in one.names or ())}):
                rule = next((one.rule for one in held if one.holds(space, name)), _NO_RULE)
                level = _level(rule, bound.stage)
                if bound.stage == _ARRIVED and _level(rule, _ANSWERED) != "None":
                    yield f"{bound.what}: {verb} {resource} by {user[0]} is logged with its answer, which can quote it"
                if not _LEVELS.index(bound.least) <= _LEVELS.index(level) <= _LEVELS.index(bound.most):
                    yield f"{bound.what}: {verb} {resource} by {user[0] or 'nobody'} is logged at {level}"


_NO_RULE: dict[str, Any] = {"level": "None", "omitStages": ()}


def _level(rule: dict[str, Any], stage: str) -> str:
    """Return the level at which a stage is logged of a request that this is the first rule for."""
    return "None" if stage in rule["omitStages"] else str(rule.get("level"))


def _by(rule: dict[str, Any], user: tuple[str, str]) -> bool:
    name, group = user
    return (not rule.get("users") or name in rule["users"]) and (
        not rule.get("userGroups") or bool({group, *_also(group)} & set(rule["userGroups"]))
    )


def _does(rule: dict[str, Any], verb: str) -> bool:
    return not rule.get("verbs") or verb in rule["verbs"]


def _about(rules: list[dict[str, Any]], group: str, resource: str) -> Iterator[tuple[int, _About]]:
    """Yield the rules that are about a resource, each with its number."""
    for at, rule in enumerate(rules):
        entries = [entry for entry in rule.get("resources") or () if _covers(entry, group, resource)]
        if rule.get("nonResourceURLs") or (rule.get("resources") and not entries):
            continue
        spaces = frozenset(rule["namespaces"]) if rule.get("namespaces") else None
        every = not entries or any(not entry.get("resourceNames") for entry in entries)
        names = None if every else frozenset(name for entry in entries for name in entry["resourceNames"])
        yield at, _About(rule, spaces, names)


def _leads_to(rule: dict[str, Any], path: str) -> bool:
    urls = rule.get("nonResourceURLs")
    if not urls:
        return not rule.get("resources") and not rule.get("namespaces")
    return any(url == path or (url.endswith("*") and path.startswith(url[:-1])) for url in urls)


def _also(group: str) -> tuple[str, ...]:
    """Everybody who is somebody is an authenticated user, too."""
    return () if group in {"", "system:unauthenticated"} else ("system:authenticated",)


def _covers(entry: dict[str, Any], group: str, resource: str) -> bool:
    if entry.get("group", "") != group:
        return False
    names = entry.get("resources")
    parent, _, sub = resource.partition("/")
    return not names or any(name in {resource, "*"} or (sub and name in {f"*/{sub}", f"{parent}/*"}) for name in names)
