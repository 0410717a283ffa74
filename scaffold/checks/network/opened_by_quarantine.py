"""What is kept for an incident opens a flow.

What: a policy under on-demand/ allows nothing: it shuts, and that is all.
Why: nobody reads it again in the night in which it is applied, and the flows of the bundle are judged without it.
Fields: NetworkPolicy spec.ingress, spec.egress, spec.policyTypes; CiliumNetworkPolicy spec.ingress, spec.egress; and
    Calico's NetworkPolicy: each rule's action.
Reference: the project's rule: what is not applied with the rest takes away, and gives rights to a group alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding
from scaffold.manifests import ON_DEMAND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered

_KINDS = frozenset(("NetworkPolicy", "CiliumNetworkPolicy"))


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each side on which such a policy allows anything."""
    for manifest in rendered.objects:
        if manifest.scope != ON_DEMAND or manifest.kind not in _KINDS:
            continue
        for side in ("ingress", "egress"):
            if any(rule.get("action") != "Deny" for rule in manifest.spec.get(side) or ()):
                place = f"{manifest.path}#/spec/{side}"
                yield Finding("error", "network/opened-by-quarantine", place, "kept for incidents, it opens flows")
