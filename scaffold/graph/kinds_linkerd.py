"""The shape of Linkerd's policies, as far as the evaluation reads them.

May import: shapes.
"""

from __future__ import annotations

from scaffold.graph.shapes import block, fields, items, port, text, texts, word

_EXPRESSION = fields(("key", "operator"), operator=word("In", "NotIn", "Exists", "DoesNotExist"), values=items(text))
_SELECTOR = fields(closed=True, matchLabels=texts, matchExpressions=items(_EXPRESSION))
_REFERENCE = fields(("kind",), closed=True, group=text, kind=text, name=text, namespace=text)
_LINKERD = "policy.linkerd.io"

SPECS = {
    (_LINKERD, "AuthorizationPolicy"): fields(
        ("targetRef", "requiredAuthenticationRefs"),
        closed=True,
        targetRef=_REFERENCE,
        requiredAuthenticationRefs=items(_REFERENCE),
    ),
    (_LINKERD, "MeshTLSAuthentication"): fields(closed=True, identities=items(text), identityRefs=items(_REFERENCE)),
    (_LINKERD, "NetworkAuthentication"): fields(
        ("networks",), closed=True, networks=items(fields(("cidr",), closed=True, cidr=block, except_=items(block)))
    ),
    (_LINKERD, "Server"): fields(
        ("port",),
        closed=True,
        podSelector=_SELECTOR,
        externalWorkloadSelector=_SELECTOR,
        port=port,
        proxyProtocol=text,
        accessPolicy=text,
    ),
}
"""By group and kind."""
