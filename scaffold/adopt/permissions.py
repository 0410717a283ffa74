"""What an App may do through the API: the rules of the Roles that its ServiceAccount is bound to.

May import: draft, objects, part, matching, site, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.adopt.matching import chosen

if TYPE_CHECKING:
    from scaffold.adopt.draft import Draft
    from scaffold.adopt.objects import Found
    from scaffold.adopt.part import Part
    from scaffold.adopt.site import Site

_POINT = "app.identity"


def permissions(draft: Draft, found: Found, site: Site) -> None:
    """Read the ServiceAccount of an App's pods: its rights, who it is outside, and what pulls its images."""
    account = draft.pod["serviceAccountName"].text or draft.pod["serviceAccount"].text or "default"
    for secret in [*draft.pod["imagePullSecrets"].items, *_account(draft, account, found, site)]:
        site.need(("pullSecret",), secret["name"].text, secret["name"].place)
    before = len(draft.spec.get("permissions", ()))
    for binding in found.of("RoleBinding", "ClusterRoleBinding"):
        wide = binding.one.key[0] == "ClusterRoleBinding"
        if not any(_is_of(subject, binding, (draft.namespace, account)) for subject in binding["subjects"].items):
            continue
        ref = binding["roleRef"]
        binding.take()
        if wide:
            why = f"rights in the whole cluster, by the ClusterRole {ref['name'].text}: an App has its namespace's"
            draft.leave(ref, why, "what needs them is no App: keep it beside the bundle")
        elif binding.one.key[1] == draft.namespace:
            _rights(draft, ref, found)
        else:
            why = f"rights in the namespace {binding.one.key[1]}: an App has its own namespace's"
            draft.leave(ref, why, "let what lies there be asked over the network")
    mounted = draft.pod["automountServiceAccountToken"]
    if mounted.value is True and len(draft.spec.get("permissions", ())) == before:
        why = "its account's token was mounted, and nothing that was read says for which rights"
        mounted.leave(why, "declare what it does through the API: spec.permissions")


def _account(draft: Draft, account: str, found: Found, site: Site) -> list[Part]:
    part = found.get("ServiceAccount", draft.namespace, account)
    if part is None:
        return []
    part["metadata"].take()
    known = chosen(site.known, _POINT, part)
    if known is not None and known[1]:
        choice, given = known
        draft.put(("identity", "cloud"), choice.name, part.at("metadata", "annotations"))
        for name, (value, place) in given.items():
            draft.put(("identity", name), value, place)
    return part["imagePullSecrets"].items


def _is_of(subject: Part, binding: Part, account: tuple[str, str]) -> bool:
    """Tell whether a subject is an account; one that says no namespace is of the binding's, as kubectl reads it."""
    named = (subject["namespace"].text or binding.one.key[1], subject["name"].text)
    return subject["kind"].text == "ServiceAccount" and named == account


def _rights(draft: Draft, ref: Part, found: Found) -> None:
    kind, name = ref["kind"].text, ref["name"].text
    role = found.get(kind, draft.namespace, name)
    if role is None:
        role = next((one for one in found.of(kind) if one.one.key[2] == name and kind == "ClusterRole"), None)
    if role is None:
        draft.leave(ref, f"the {kind} {name} is not among what was read", "declare what it grants: spec.permissions")
        return
    role.take()
    for rule in role["rules"].items:
        resources, verbs = [one.text for one in rule["resources"].items], [one.text for one in rule["verbs"].items]
        if not resources:
            draft.leave(rule, "rights on URLs, not on resources", "ask the Service, declared under spec.to")
            continue
        names = [one.text for one in rule["resourceNames"].items]
        for group in rule["apiGroups"].items:
            entry = {"resources": resources, **({"names": names} if names else {}), "verbs": verbs}
            draft.add("permissions", {**entry, **({"group": group.text} if group.text else {})}, rule)
