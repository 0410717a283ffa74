"""The routes of an Ingress, an HTTPRoute or a VirtualService, all told in one way.

Sources: networking.k8s.io/v1 Ingress; gateway.networking.k8s.io/v1 HTTPRoute; networking.istio.io VirtualService.

May import: part, names.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from scaffold.adopt.part import Part
from scaffold.names import slug

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_LONGEST = 40  # of a gateway's name
_OF_GATEWAYS = "gateway.networking.k8s.io/gateway-name"
_CONVENTION = "gateways"  # a namespace of their own
# Of tools, and what becomes the gateway's own: its class, its certificates.
_NOTED = ("kubectl.kubernetes.io/", "cert-manager.io/", "kubernetes.io/ingress.class", "meta.helm.sh/")
_REDIRECTS = frozenset(("RequestRedirect",))


class Route(Struct):
    """Requests that a gateway passes on: for one host, on one path (empty: all), by one method, to a Service's port.

    `pods` is where those of the gateway run, which is `guessed` where nobody says it.
    """

    part: Part
    gateway: str
    host: str
    path: str
    service: tuple[str, str]
    port: str
    method: str = ""
    pods: dict[str, Any] = field(default_factory=dict)
    guessed: bool = True


def _called(name: str) -> str:
    return slug(name.lower())[:_LONGEST].strip("-") or "public"


def _pods(name: str, namespace: str) -> dict[str, Any]:
    """Return where the pods of a gateway run, and their labels (GEP-1762 of the Gateway API)."""
    return {"namespace": namespace, "labels": {_OF_GATEWAYS: name}}


def _path(text: str, kind: str) -> str:
    """Return a path as answers spell it: a prefix is a directory and all below it, `/` is every path."""
    if kind == "Exact":
        return text
    stem = text.rstrip("/").removesuffix("/*").removesuffix("(/|$)(.*)")
    return f"{stem}/*" if stem else ""


def _ingress(part: Part) -> Iterator[Route]:
    spec, namespace = part["spec"], part.one.key[1]
    notes = part.at("metadata", "annotations")
    name = _called(spec["ingressClassName"].text or notes["kubernetes.io/ingress.class"].text or "public")
    for key, note in notes.entries.items():
        if not key.startswith(
            ("kubectl.kubernetes.io/", "cert-manager.io/", "kubernetes.io/ingress.class", "meta.helm.sh/")
        ):
            note.leave("what a controller of Ingresses does besides", "an App's route says hosts, methods and paths")
    spec["tls"].take()  # the gateway's own listeners have the certificates
    part["status"].take()
    if spec["defaultBackend"]:
        spec["defaultBackend"].leave("for whatever has no other route", "name the hosts: {gateway, host, port}")
    for rule in spec["rules"].items:
        host = rule["host"].text
        for one in rule.at("http", "paths").items:
            backend = one.at("backend", "service")
            port = backend.at("port", "number").text or backend.at("port", "name").text
            path = _path(one["path"].text or "/", one["pathType"].text)
            service = (namespace, backend["name"].text)
            yield Route(one, name, host, path, service, port, pods=_pods(name, _CONVENTION))


def _http_route(part: Part) -> Iterator[Route]:
    spec, namespace = part["spec"], part.one.key[1]
    part["status"].take()
    parents = spec["parentRefs"].items
    for rule in spec["rules"].items:
        filters = {one["type"].text for one in rule["filters"].items}
        if filters and filters <= _REDIRECTS:
            rule.take()  # the gateway's own, which the bundle has for every host
            continue
        if filters:
            rule["filters"].leave("what is changed of a request on its way", "let the App read it as it comes")
        if len(rule["backendRefs"].items) > 1:
            rule["backendRefs"].leave("several Services share the requests", "one App for a host and its paths")
        for parent in parents:
            name, where = _called(parent["name"].text), parent["namespace"].text or namespace
            parent.take()
            for host in spec["hostnames"].items or [spec["hostnames"]]:
                yield from _matches(rule, (name, _pods(parent["name"].text, where)), host.text, namespace)


def _matches(rule: Part, gateway: tuple[str, dict[str, Any]], host: str, namespace: str) -> Iterator[Route]:
    backends = rule["backendRefs"].items
    if not backends:
        return
    service = (backends[0]["namespace"].text or namespace, backends[0]["name"].text)
    for match in rule["matches"].items or [rule["matches"]]:
        inside = match if isinstance(match.value, dict) else None
        for key in ("headers", "queryParams"):
            if inside is not None and inside[key]:
                inside[key].leave("requests of that kind alone", "an App asks for `headers` in a mesh alone")
        path = _path(inside["path"]["value"].text or "/", inside["path"]["type"].text) if inside is not None else ""
        method = inside["method"].text if inside is not None else ""
        where = match if inside is not None else rule
        port = backends[0]["port"].text
        yield Route(where, gateway[0], host, path, service, port, method, gateway[1], guessed=False)


def _virtual_service(part: Part) -> Iterator[Route]:
    spec, namespace = part["spec"], part.one.key[1]
    gateways = [one.text for one in spec["gateways"].items if one.text != "mesh"]
    for rule in spec["http"].items if gateways else ():  # else it leads within the mesh alone
        if rule["redirect"]:
            rule.take()
            continue
        for key in ("rewrite", "headers", "fault", "mirror", "corsPolicy"):
            if rule[key]:
                rule[key].leave("what is changed of a request on its way", "let the App read it as it comes")
        targets = rule["route"].items
        if len(targets) > 1:
            rule["route"].leave("several Services share the requests", "one App for a host and its paths")
        for target in targets[:1]:
            host = target.at("destination", "host").text.split(".")
            service = ((host[1] if len(host) > 1 else namespace), host[0])
            port = target.at("destination", "port", "number").text
            for gateway, own, path in product(gateways, spec["hosts"].items, [*_uris(rule)]):
                where, _, name = gateway.rpartition("/")
                pods = _pods(name, where or namespace)
                yield Route(rule, _called(name), own.text, path, service, port, pods=pods)


def _uris(rule: Part) -> Iterator[str]:
    matches = rule["match"].items
    for match in matches:
        uri = match["uri"]
        if uri["regex"]:
            uri["regex"].leave("a pattern of paths", "name the paths, or a directory of them")
        yield uri["exact"].text or _path(uri["prefix"].text or "/", "Prefix")
    if not matches:
        yield ""


READERS: Mapping[str, Callable[[Part], Iterator[Route]]] = {
    "Ingress": _ingress,
    "HTTPRoute": _http_route,
    "VirtualService": _virtual_service,
}
"""By the kind of the object."""
