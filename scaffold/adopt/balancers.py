"""Load balancers in front of Apps: Services that ask the cloud for one, or the nodes for a port.

May import: draft, objects, part, ports (types), site, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scaffold.adopt.draft import Draft
    from scaffold.adopt.part import Part
    from scaffold.adopt.ports import Opened
    from scaffold.adopt.site import Site

_NAME = "public"


def balancers(drafts: Iterable[Draft], opened: Mapping[str, Iterable[Opened]], site: Site) -> None:
    """Read the Services of every App that are reached from outside the cluster."""
    for draft in drafts:
        for service in draft.services:
            spec = service["spec"]
            kind = spec["type"].text
            if kind == "LoadBalancer":
                _balanced(draft, service, opened[draft.key], site)
            elif kind == "NodePort":
                why = "a port of every node: whoever reaches a node reaches the App, past every rule on callers"
                draft.leave(spec["type"], why, "a gateway or a load balancer of the Platform: `from` of the App")
            if spec["sessionAffinity"].text not in {"", "None"}:
                why = "each caller's connections went to one pod: a Service of an App spreads them"
                draft.leave(spec["sessionAffinity"], why, "a patch in the App's kustomization.yaml, if it is needed")
            for address in spec["externalIPs"].items:
                address.leave("an address that any Service may claim", "a load balancer of the Platform")


def _balanced(draft: Draft, service: Part, opened: Iterable[Opened], site: Site) -> None:
    spec = service["spec"]
    name = next(iter(site.given.spec.loadBalancers), _NAME) if site.given is not None else _NAME
    ranges = [one.text for one in spec["loadBalancerSourceRanges"].items]
    narrow = [one for one in ranges if one not in {"0.0.0.0/0", "::/0"}]
    who: dict[str, Any] = {"cidrs": narrow} if narrow else {"internet": True}
    site.need(("loadBalancers", name, "source"), "preserved", spec["type"].place)
    if spec["externalTrafficPolicy"].text != "Local":
        why = "its pods saw nodes as their callers; with `source: preserved` they see who calls"
        draft.note(spec["type"], why, f"where that cannot be, say so in the Platform: spec.loadBalancers.{name}")
    for key, note in service.at("metadata", "annotations").entries.items():
        if not key.startswith("kubectl.kubernetes.io/"):
            note.leave("what a cloud's load balancer is told", f"Platform spec.loadBalancers.{name}.annotations")
    mapped = {port["port"].number for port in spec["ports"].items}
    for one in opened:
        if one.service in mapped:
            draft.add("from", {"loadBalancer": name, "port": one.name, **who}, spec["type"])
