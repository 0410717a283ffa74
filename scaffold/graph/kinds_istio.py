"""The shapes of what leads through an Istio gateway for egress, as far as it is read.

May import: shapes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.graph.shapes import fields, items, number, text, texts

if TYPE_CHECKING:
    from scaffold.graph.shapes import Shape

_TEXTS = items(text)
_NUMBER = fields(number=number(1))
_MATCHES = items(fields(port=number(1), sniHosts=_TEXTS, sourceLabels=texts, gateways=_TEXTS))
_TO = fields(destination=fields(host=text, subset=text, port=_NUMBER))
_ROUTES = items(fields(match=_MATCHES, route=items(_TO)))
_TLS = fields(mode=text, sni=text, subjectAltNames=_TEXTS)

GATEWAY = fields(selector=texts, servers=items(fields(port=_NUMBER, hosts=_TEXTS, tls=fields(mode=text))))
# Requests are matched by more than is read; where they lead to is the same.
_REQUESTS = items(fields(match=items(fields(port=number(1))), route=items(_TO)))
VIRTUAL_SERVICE = fields(hosts=_TEXTS, gateways=_TEXTS, exportTo=_TEXTS, tcp=_ROUTES, tls=_ROUTES, http=_REQUESTS)
SERVICE_ENTRY = fields(
    hosts=_TEXTS,
    exportTo=_TEXTS,
    resolution=text,
    endpoints=items(fields(address=text)),
    ports=items(fields(("number",), number=number(1), targetPort=number(1), protocol=text)),
)
DESTINATION_RULE = fields(host=text, exportTo=_TEXTS, subsets=items(fields(name=text, trafficPolicy=fields(tls=_TLS))))

SPECS: dict[tuple[str, str], Shape] = {
    ("networking.istio.io", "DestinationRule"): DESTINATION_RULE,
    ("networking.istio.io", "Gateway"): GATEWAY,
    ("networking.istio.io", "ServiceEntry"): SERVICE_ENTRY,
    ("networking.istio.io", "VirtualService"): VIRTUAL_SERVICE,
}
