"""An identity has other rights than its App declared.

What: each App's ServiceAccount is bound to one Role, with exactly the declared rules; nothing else is bound to anybody.
Why: a right that nobody declared is one that nobody reviews.
Fields: Role rules; RoleBinding roleRef, subjects; ClusterRole, ClusterRoleBinding.
Allowed: one Role and one RoleBinding for each App with permissions, named like it; nothing for the whole cluster.
Reference: CIS Kubernetes 5.1.1 to 5.1.8; NSA/CISA Kubernetes Hardening Guide, RBAC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Manifest, Rendered
    from scaffold.system.model import Member

_GROUP = "rbac.authorization.k8s.io"


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each right too many, and each that is missing."""
    apps = {member.app.key: member for member in rendered.system.members if member.app.spec.permissions}
    found: set[tuple[str, str]] = set()
    for manifest in rendered.applied:
        if manifest.group != _GROUP:
            continue
        key = f"{manifest.namespace}/{manifest.name}"
        found.add((manifest.kind, key))
        for reason in _wrong(manifest, apps.get(key)):
            yield Finding("error", "rbac/unasked-right", manifest.path, reason, "declare it under spec.permissions")
    for key in apps:
        for kind in ("Role", "RoleBinding"):
            if (kind, key) not in found:
                yield Finding("error", "rbac/unasked-right", f"App {key}", f"its {kind} is not in the bundle")


def _wrong(manifest: Manifest, member: Member | None) -> Iterator[str]:
    if member is None or manifest.kind not in {"Role", "RoleBinding"}:
        yield f"no App declares the {manifest.kind} {manifest.name}"
    elif manifest.kind == "Role":
        if _rules(manifest.value.get("rules") or []) != _declared(member):
            yield "its rules are not those of the App's permissions"
    elif manifest.value.get("roleRef") != {"apiGroup": _GROUP, "kind": "Role", "name": member.app.name}:
        yield f"bound to {manifest.value.get('roleRef')}"
    elif manifest.value.get("subjects") != [
        {"kind": "ServiceAccount", "name": member.app.name, "namespace": member.app.namespace}
    ]:
        yield f"bound for {manifest.value.get('subjects')}"


def _rules(rules: list[dict[str, Any]]) -> list[tuple[tuple[str, ...], ...]]:
    fields = ("apiGroups", "resources", "resourceNames", "verbs", "nonResourceURLs")
    return sorted(tuple(tuple(sorted(rule.get(field) or ())) for field in fields) for rule in rules)


def _declared(member: Member) -> list[tuple[tuple[str, ...], ...]]:
    return sorted(
        ((p.group,), tuple(sorted(p.resources)), tuple(sorted(p.names)), tuple(sorted(p.verbs)), ())
        for p in member.app.spec.permissions
    )
