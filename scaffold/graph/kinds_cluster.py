"""The shape of ClusterNetworkPolicies, as far as they are evaluated; the rest is for `reach.cluster_policy` to tell.

May import: shapes.
"""

from __future__ import annotations

from scaffold.graph.shapes import block, fields, items, number, table, text, texts, word

_SUBJECT = fields(namespaces=fields(matchLabels=texts), pods=table(fields()))
_RULE = fields(("action",), name=text, action=word("Accept", "Deny", "Pass"), to=items(fields(networks=items(block))))
POLICY = fields(
    ("tier", "priority", "subject"),
    tier=word("Admin", "Baseline"),
    priority=number(0, 1000),
    subject=_SUBJECT,
    egress=items(_RULE),
)
