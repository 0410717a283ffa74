"""Who may do what through the API, as Roles and bindings say it, whoever wrote them.

May import: lenient, manifests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.manifests import ON_DEMAND
from scaffold.recheck.lenient import mapping, mappings, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.manifests import Manifest

_GROUP = "rbac.authorization.k8s.io"


def rights(manifests: Iterable[Manifest]) -> Iterator[str]:
    """Yield a line for each subject and resource: who may do what, and where.

    A role that is not here is named: what it grants is known elsewhere.
    """
    ours = [one for one in manifests if one.group == _GROUP]
    roles = {(one.namespace, one.kind, one.name): one for one in ours if one.kind in {"Role", "ClusterRole"}}
    for binding in ours:
        if binding.kind not in {"RoleBinding", "ClusterRoleBinding"}:
            continue
        named = mapping(binding.value.get("roleRef"))
        kind, name = str(named.get("kind")), str(named.get("name"))
        role = roles.get(("" if kind == "ClusterRole" else binding.namespace, kind, name))
        granted = list(_granted(role)) if role is not None else [f"do what the {kind} {name} grants"]
        where = f"in {binding.namespace}" if binding.kind == "RoleBinding" else "in every namespace"
        when = f", while {binding.name} of on-demand/ is applied" if binding.scope == ON_DEMAND else ""
        for who in mappings(binding.value.get("subjects")):
            space = who.get("namespace")
            spelled = f"{who.get('kind')} {f'{space}/' if space else ''}{who.get('name')}"
            yield from (f"{spelled} may {what} {where}{when}" for what in granted)


def _granted(role: Manifest) -> Iterator[str]:
    for rule in mappings(role.value.get("rules")):
        verbs = ", ".join(words(rule.get("verbs")))
        names = words(rule.get("resourceNames"))
        for resource in words(rule.get("resources")):
            groups = [group for group in words(rule.get("apiGroups")) if group]
            whole = f"{resource}.{'|'.join(groups)}" if groups else resource
            yield f"{verbs} {whole}" + (f" ({', '.join(names)})" if names else "")
        for address in words(rule.get("nonResourceURLs")):
            yield f"{verbs} {address}"
