"""A route takes requests that nobody declared, or answers them in plain text.

What: each HTTPRoute is attached to one named listener of a declared gateway, and each VirtualService to one such
    gateway on one port, for exactly the declared hosts, paths, and methods; only what takes TLS has backends, and
    they are the App's own Service; the other one redirects. No Gateway is rendered.
Why: a route without a section name, or a port, is served on every one, the plain one, too; one without hosts takes
    all. A VirtualService of the gateway `mesh`, or of none, changes where every sidecar sends requests.
Fields: HTTPRoute spec.parentRefs, .hostnames, .rules; VirtualService spec.
Reference: Gateway API, HTTPRoute; Istio, VirtualService; NSA/CISA Kubernetes Hardening Guide, network separation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding
from scaffold.reach.egress import is_part, relay_of
from scaffold.system.derived import routes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered

_GATEWAY_API, _ISTIO = "gateway.networking.k8s.io", "networking.istio.io"
_RULING = frozenset(("Gateway", "ProxyConfig", "Sidecar", "VirtualService"))
"""What of Istio's networking says where requests go, and from where they come."""


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each route that is not a declared one, and each declared one that is missing."""
    wanted, relay = set(_wanted(rendered)), relay_of(rendered.system)
    for manifest in rendered.applied:
        if manifest.group == _GATEWAY_API and manifest.kind == "Gateway":  # of those: loose_proxy
            continue
        if is_part(manifest.value, relay):  # of those: unasked_way
            continue
        if manifest.group == _GATEWAY_API or (manifest.group == _ISTIO and manifest.kind in _RULING):
            found = (manifest.file.subject, manifest.group, manifest.kind, _text(manifest.spec))
            if found not in wanted:
                yield _finding(manifest.path, "nobody declared this route: its listener, hosts, requests or backends")
            wanted.discard(found)
    for subject, _, kind, spec in sorted(wanted):
        yield _finding(subject, f"no {kind} that says {spec}")


def _wanted(rendered: Rendered) -> Iterator[tuple[str, str, str, str]]:
    """Yield each declared route, and what redirects to it: whose, its kind, and what it says, as text to compare."""
    gateways = rendered.system.platform.spec.gateways
    for member in rendered.system.members:
        for route in routes(member.app).values():
            gateway: Any = gateways[route["gateway"]]
            virtual = gateway.kind == "istio"
            kind = (_ISTIO, "VirtualService") if virtual else (_GATEWAY_API, "HTTPRoute")
            specs = (_virtual if virtual else _http)(gateway, route, member.app.name)
            for subject, spec in zip((member.app.key, member.app.namespace), specs, strict=True):
                yield subject, *kind, _text(spec)


def _http(gateway: Any, route: dict[str, Any], app: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a route of the Gateway API, and the one that redirects to it."""
    redirect = {"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "statusCode": 301}}
    rules = [
        {"matches": rule["matches"], "backendRefs": [{"name": app, "port": rule["port"]}]} for rule in route["rules"]
    ]
    parent = {"group": _GATEWAY_API, "kind": "Gateway", "name": route["gateway"], "namespace": gateway.namespace}
    one, two = (
        {"parentRefs": [{**parent, "sectionName": section}], "hostnames": [route["host"]], "rules": own}
        for section, own in ((gateway.https, rules), (gateway.http, [{"filters": [redirect]}]))
    )
    return one, two


def _virtual(gateway: Any, route: dict[str, Any], app: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a route of Istio's own, and the one that redirects to it."""
    whole = {
        "hosts": [route["host"]],
        "gateways": [f"{gateway.namespace}/{route['gateway']}"],
        "exportTo": [gateway.namespace],
    }
    rules = [
        {
            "match": [
                {
                    "port": gateway.httpsPort,
                    "uri": request["uri"],
                    **({"method": request["method"]} if request["method"] else {}),
                }
            ],
            "route": [{"destination": {"host": app, "port": {"number": request["port"]}}}],
        }
        for request in route["ordered"]
    ]
    redirect = {"match": [{"port": gateway.httpPort}], "redirect": {"scheme": "https", "redirectCode": 301}}
    return {**whole, "http": rules}, {**whole, "http": [redirect]}


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_text(value[key])}" for key in sorted(value)) + "}"
    return "[" + ", ".join(map(_text, value)) + "]" if isinstance(value, list) else repr(value)


def _finding(place: str, reason: str) -> Finding:
    return Finding("error", "network/open-route", place, reason)
