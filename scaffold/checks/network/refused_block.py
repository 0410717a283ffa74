"""An address block that the API server refuses.

What: each ipBlock is canonical and not IPv4-mapped, and its exceptions lie strictly inside it.
Why: one refused policy stops half-way what is applied together, and leaves pods without it.
Fields: NetworkPolicy spec.ingress[*].from[*].ipBlock, spec.egress[*].to[*].ipBlock: cidr, except; the same of
    CiliumNetworkPolicy: fromCIDRSet, toCIDRSet, also in what is denied; and of Calico's NetworkPolicy: nets, notNets.
Reference: Kubernetes 1.36, StrictIPCIDRValidation; NetworkPolicy validation. The API server takes such
    a policy of Cilium's own, and Cilium drops it.
"""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding
from scaffold.networks import MAPPED, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Manifest, Rendered


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each block that would be refused."""
    for manifest in rendered.manifests:
        if manifest.kind in {"NetworkPolicy", "CiliumNetworkPolicy"}:
            for block in _blocks(manifest):
                for reason in _wrong(block):
                    yield Finding("error", "network/refused-block", manifest.path, reason)


def _blocks(manifest: Manifest) -> Iterator[dict[str, Any]]:
    for side, peers in (("ingress", "from"), ("egress", "to"), ("ingressDeny", "from"), ("egressDeny", "to")):
        for rule in manifest.spec.get(side) or ():
            yield from (peer["ipBlock"] for peer in rule.get(peers) or () if peer.get("ipBlock"))
            yield from rule.get(f"{peers}CIDRSet") or ()
            yield from ({"cidr": text} for text in rule.get(f"{peers}CIDR") or ())
            for whom in (rule.get("source") or {}, rule.get("destination") or {}):
                yield from ({"cidr": text} for key in ("nets", "notNets") for text in whom.get(key) or ())


def _wrong(block: dict[str, Any]) -> Iterator[str]:
    texts = [str(block.get("cidr")), *map(str, block.get("except") or ())]
    try:
        networks = [ip_network(text) for text in texts]
    except ValueError as error:
        yield str(error)
        return
    for text, network in zip(texts, networks, strict=True):
        if str(network) != text:
            yield f"{text} is not canonical"
        if within(network, MAPPED):
            yield f"{text} is IPv4-mapped"
    for text, network in list(zip(texts, networks, strict=True))[1:]:
        if network == networks[0] or not within(network, networks[0]):
            yield f"{text} does not lie inside {texts[0]}"
