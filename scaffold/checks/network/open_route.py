"""A route takes requests that nobody declared, or answers them in plain text.

What: each HTTPRoute is attached to one named listener of a declared gateway, for exactly the declared hosts, paths,
    and methods; only the TLS listener's has backends, and they are the App's own Service; the other one redirects.
Why: a route without a section name is served on every listener, the plain one, too; one without hosts takes all.
Fields: HTTPRoute spec.parentRefs, .hostnames, .rules.
Reference: Gateway API, HTTPRoute; NSA/CISA Kubernetes Hardening Guide, network separation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding
from scaffold.system.derived import routes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.answers.schema import App
    from scaffold.manifests import Manifest, Rendered

_REDIRECT = [{"filters": [{"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "statusCode": 301}}]}]


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each route that is not a declared one, and each declared one that is missing."""
    wanted = {(key, *entry) for key, member in rendered.members.items() for entry in _wanted(member.app, rendered)}
    for manifest in rendered.applied:
        if manifest.group != "gateway.networking.k8s.io" or manifest.kind == "Gateway":  # of those: loose_proxy
            continue
        found = (manifest.file.subject, *_found(manifest))
        if manifest.kind != "HTTPRoute" or found not in wanted:
            yield _finding(manifest.path, "nobody declared this route: its listener, hosts, requests or backends")
        wanted.discard(found)
    for app, parent, hosts, _ in sorted(wanted):
        yield _finding(f"App {app}", f"no route for {hosts} at {parent}")


def _wanted(app: App, rendered: Rendered) -> Iterator[tuple[str, str, str]]:
    """Yield each declared route: its parent, its hosts, and its rules, as text to compare."""
    gateways = rendered.system.platform.spec.gateways
    for route in routes(app).values():
        gateway = gateways[route["gateway"]]
        rules = [
            {"matches": rule["matches"], "backendRefs": [{"name": app.name, "port": rule["port"]}]}
            for rule in route["rules"]
        ]
        for section, own in ((gateway.https, rules), (gateway.http, _REDIRECT)):
            yield str([(gateway.namespace, route["gateway"], section)]), str([route["host"]]), _text(own)


def _found(manifest: Manifest) -> tuple[str, str, str]:
    spec = manifest.spec
    parents = [_parent(p) for p in spec.get("parentRefs") or ()]
    return str(parents), str(spec.get("hostnames") or []), _text(spec.get("rules") or [])


def _parent(parent: dict[str, Any]) -> tuple[Any, ...]:
    """Return a parent's place; with anything that makes it another thing than a listener of a Gateway."""
    usual = {"group": "gateway.networking.k8s.io", "kind": "Gateway"}
    more = {key: value for key, value in parent.items() if usual.get(key) != value}
    place = tuple(more.pop(key, None) for key in ("namespace", "name", "sectionName"))
    return (*place, *sorted(more.items()))


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_text(value[key])}" for key in sorted(value)) + "}"
    return "[" + ", ".join(map(_text, value)) + "]" if isinstance(value, list) else repr(value)


def _finding(place: str, reason: str) -> Finding:
    return Finding("error", "network/open-route", place, reason)
