"""Somebody has other rights than were declared: an App's identity, or the people of a team.

What: each App's ServiceAccount is bound to one Role with exactly the declared rules, each team's group to one that
    reads, and a group for incidents to one that is not applied with the rest; nothing else is bound to anybody.
Why: a right that nobody declared is one that nobody reviews.
Fields: Role rules; RoleBinding roleRef, subjects; ClusterRole, ClusterRoleBinding.
Allowed: one Role and one RoleBinding for each grant, where it belongs; nothing for the whole cluster.
Reference: CIS Kubernetes 5.1.1 to 5.1.8; NSA/CISA Kubernetes Hardening Guide, RBAC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding
from scaffold.manifests import ON_DEMAND
from scaffold.rights import grants

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Manifest, Rendered
    from scaffold.rights import Grant

_ID = "rbac/unasked-right"
_GROUP = "rbac.authorization.k8s.io"
_RULE = frozenset(("apiGroups", "resources", "resourceNames", "verbs"))


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each right too many, and each that is missing."""
    granted = {(grant.namespace, grant.name): grant for grant in grants(rendered.system)}
    found: set[tuple[str, str, str]] = set()
    for manifest in rendered.objects:
        if manifest.group != _GROUP:
            continue
        key = manifest.namespace, manifest.name
        found.add((manifest.kind, *key))
        for reason in _wrong(manifest, granted.get(key)):
            yield Finding("error", _ID, manifest.path, reason, "declare it: spec.permissions, or the Platform's teams")
    for key, grant in granted.items():
        for kind in ("Role", "RoleBinding"):
            if (kind, *key) not in found:
                place = f"{grant.kind} {grant.subject} in {grant.namespace}"
                yield Finding("error", _ID, place, f"its {kind} {grant.name} is not in the bundle")


def _wrong(manifest: Manifest, grant: Grant | None) -> Iterator[str]:
    if grant is None or manifest.kind not in {"Role", "RoleBinding"}:
        yield f"nobody declares the {manifest.kind} {manifest.name}"
        return
    if grant.on_demand != (manifest.scope == ON_DEMAND):
        yield f"{grant.name} is " + ("for incidents: not applied with the rest" if grant.on_demand else "applied")
    if manifest.kind == "Role":
        if _rules(manifest.value.get("rules") or []) != _declared(grant):
            yield "its rules are not the declared ones"
    elif manifest.value.get("roleRef") != {"apiGroup": _GROUP, "kind": "Role", "name": grant.name}:
        yield f"bound to {manifest.value.get('roleRef')}"
    elif manifest.value.get("subjects") != [_subject(grant)]:
        yield f"bound for {manifest.value.get('subjects')}"


def _subject(grant: Grant) -> dict[str, str]:
    rest = {"namespace": grant.namespace} if grant.kind == "ServiceAccount" else {"apiGroup": _GROUP}
    return {"kind": grant.kind, "name": grant.subject, **rest}


def _rules(rules: list[dict[str, Any]]) -> list[Any]:
    fields = ("apiGroups", "resources", "resourceNames", "verbs")
    return sorted(
        (*(tuple(sorted(rule.get(field) or ())) for field in fields), tuple(sorted(set(rule) - _RULE)))
        for rule in rules
    )


def _declared(grant: Grant) -> list[Any]:
    return sorted(
        ((rule.group,), tuple(sorted(rule.resources)), tuple(sorted(rule.names)), tuple(sorted(rule.verbs)), ())
        for rule in grant.rules
    )
