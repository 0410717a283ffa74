"""Whom a sidecar or a waypoint lets in, of the listeners that istiod sends it; what is not known here fails the test."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from conformance.istio.rbac import Call, Told, UnknownError, admitted, lies_in, matches, one, only

# By what a certificate's owner may say that it speaks, and by what is found in plain text.
_SPOKEN = ("istio-http/1.1", "istio-h2", "istio", "istio-peer-exchange", "h2", "")
_PLAIN = ("http/1.1", "")
_HARMLESS = frozenset(
    (
        "connect_authority", "envoy.filters.http.cors", "envoy.filters.http.fault", "envoy.filters.http.grpc_stats",
        "envoy.filters.http.local_ratelimit", "envoy.filters.http.ratelimit", "envoy.filters.http.router",
        "istio.metadata_exchange", "waypoint_downstream_peer_metadata", "waypoint_upstream_peer_metadata",
    )
)  # fmt: skip
_MANAGER, _RBAC, _PROXY = "http_connection_manager", "rbac", "tcp_proxy"


class Sidecar:
    """The inbound listener of a pod with a sidecar."""

    def __init__(self, told: Told) -> None:
        """Take what istiod tells a proxy."""
        [listener] = [found for found in told["Inbound"] if found["name"] == "virtualInbound"]
        for found in listener["listenerFilters"]:
            if found["name"].rpartition(".")[2] not in {"original_dst", "tls_inspector", "http_inspector"}:
                raise UnknownError(found["name"])
        self._chains = [chain for chain in listener["filterChains"] if not _is_own_port(chain)]
        self._known: dict[tuple[int, str, str], Told | None] = {}

    def admits(self, call: Call) -> bool:
        """Tell whether a call gets through to the process, whatever its caller says that it speaks."""
        return any([self._lets(chain, call) for chain in self._reached(call)])

    def takes_plaintext(self, port: int) -> bool:
        """Tell whether a connection without a certificate gets to the rules of a port."""
        return any(_is_open(chain) for chain in self._reached(Call("", "", port)))

    def _reached(self, call: Call) -> list[Told]:
        """Return the chains that may be reached, each once."""
        ways = [("tls", spoken) for spoken in _SPOKEN] + [
            ("raw_buffer", spoken) for spoken in _PLAIN if not call.identity
        ]
        found = [self._chain(call.port, *way) for way in ways]
        return list({id(chain): chain for chain in found if chain is not None}.values())

    def _chain(self, port: int, transport: str, spoken: str) -> Told | None:
        """Return the chain that Envoy chooses: by the port, then the transport, then the protocol, and never back."""
        key = (port, transport, spoken)
        if key not in self._known:
            left = self._chains
            for field, value in (
                ("destinationPort", port), ("transportProtocol", transport), ("applicationProtocols", spoken),
            ):  # fmt: skip
                left = _narrowed(left, field, value)
            if len(left) > 1:
                raise UnknownError(f"several chains for {key}: {[chain['name'] for chain in left]}")
            self._known[key] = left[0] if left else None
        return self._known[key]

    def _lets(self, chain: Told, call: Call) -> bool:
        if not _is_open(chain):
            context = chain["transportSocket"]["typedConfig"]
            if not call.identity or not _is_trusted(context, call.identity):
                return False
        elif call.identity:
            return False  # nobody takes the TLS off: it is none of the mesh's, and shows no identity
        return through(chain["filters"], call)


def _is_own_port(chain: Told) -> bool:
    return bool(chain["name"] == "virtualInbound-blackhole")


def _narrowed(chains: list[Told], field: str, value: Any) -> list[Told]:
    known = {"destinationPort", "transportProtocol", "applicationProtocols"}
    matched, rest = [], []
    for chain in chains:
        match = chain.get("filterChainMatch", {})
        only(match, *known)
        wanted = match.get(field)
        if wanted is None:
            rest.append(chain)
        elif value in wanted if isinstance(wanted, list) else value == wanted:
            matched.append(chain)
    return matched or rest


def _is_open(chain: Told) -> bool:
    """Tell whether a chain asks nobody for a certificate."""
    context = chain.get("transportSocket", {}).get("typedConfig")
    return context is None or not context.get("requireClientCertificate", False)


def _is_trusted(context: Told, identity: str) -> bool:
    """Tell whether a certificate of one of the mesh's authorities with this identity is taken."""
    validation = context["commonTlsContext"]["combinedValidationContext"]
    if "ROOTCA" not in validation["validationContextSdsSecretConfig"]["name"]:
        raise UnknownError(str(validation))
    default = validation["defaultValidationContext"]
    only(default, "matchSubjectAltNames", "matchTypedSubjectAltNames")
    typed = default.get("matchTypedSubjectAltNames", [])
    if any(name["sanType"] != "URI" for name in typed):
        raise UnknownError(str(typed))
    names = [*default.get("matchSubjectAltNames", []), *(name["matcher"] for name in typed)]
    return any([matches(name, identity) for name in names])


def through(filters: list[Told], call: Call) -> bool:
    """Tell whether a call gets through the filters of a chain."""
    for found in filters:
        name, config = found["name"], found["typedConfig"]
        if name.endswith(f".network.{_RBAC}"):
            if not admitted(config, call):
                return False
        elif name.endswith(_MANAGER):
            return bool(call.method) and _asked(config["httpFilters"], call)
        elif not name.endswith(_PROXY) and name not in _HARMLESS:
            raise UnknownError(name)
    return True


def _asked(filters: list[Told], call: Call) -> bool:
    data: dict[str, Any] = {}
    for found in filters:
        name, config = found["name"], found["typedConfig"]
        if name == "envoy.filters.http.jwt_authn":
            claims = _claims(config, call)
            if claims is None:
                return False
            data[name] = {"payload": claims}
        elif name == f"envoy.filters.http.{_RBAC}":
            if not admitted(config, call, data):
                return False
        elif name not in _HARMLESS:
            raise UnknownError(name)
    return True


def _claims(config: Told, call: Call) -> dict[str, Any] | None:
    """Return what a valid token says, nothing where there is none; None where it is refused."""
    only(config, "@type", "providers", "rules", "bypassCorsPreflight")
    issuers = {}
    for rule in config["rules"]:
        only(rule, "match", "requires")
        wanted = [
            asked["requirements"] if kind == "requiresAny" else [{kind: asked}]
            for kind, asked in (one(rule["requires"]),)
        ]
        for requirement in (part for parts in wanted for part in parts):
            kind, name = one(requirement)
            if kind == "providerName":
                issuers[config["providers"][name]["issuer"]] = config["providers"][name]
            elif kind != "allowMissing":
                raise UnknownError(str(requirement))
    if not call.token:
        return {}
    claims = json.loads(call.token)
    known = issuers.get(claims["iss"])
    audiences = (known or {}).get("audiences", [])
    if known is None or (audiences and not {*audiences} & {*claims.get("aud", ())}):
        return None
    spaced = known.get("normalizePayloadInMetadata", {}).get("spaceDelimitedClaims", ())
    return {
        key: value.split(" ") if key in spaced and isinstance(value, str) else value for key, value in claims.items()
    }


class Waypoint:
    """The listeners of a waypoint: who has a certificate of the mesh's asks it for an address and a port."""

    def __init__(self, told: Told) -> None:
        listeners = {found["name"]: found for found in told["Inbound"]}
        [self._front] = listeners["connect_terminate"]["filterChains"]
        self._inner = listeners["main_internal"]

    @cached_property
    def _chains(self) -> dict[str, Told]:
        return {chain["name"]: chain for chain in self._inner["filterChains"]}

    def admits(self, address: str, call: Call) -> bool:
        """Tell whether a call that asks for this address gets through."""
        if _is_open(self._front):
            raise UnknownError("a waypoint that asks for no certificate")
        if not call.identity or not _is_trusted(self._front["transportSocket"]["typedConfig"], call.identity):
            return False
        ways = [_chosen(self._inner["filterChainMatcher"], address, call.port, spoken) for spoken in ("'http/1.1'", "")]
        return any([through(self._chains[name]["filters"], call) for name in {*ways} - {""}])


def _chosen(matcher: Told, address: str, port: int, spoken: str) -> str:
    """Return the name of the chain to which a tree leads; nothing where it leads nowhere."""
    only(matcher, "matcherTree", "onNoMatch")
    tree = matcher["matcherTree"]
    only(tree, "input", "customMatch", "exactMatchMap")
    value = {"ip": address, "port": str(port), "application-protocol": spoken}[tree["input"]["name"]]
    for found in _branches(tree, value):
        return _followed(found, address, port, spoken)
    return _followed(matcher["onNoMatch"], address, port, spoken) if "onNoMatch" in matcher else ""


def _branches(tree: Told, value: str) -> Iterator[Told]:
    if "exactMatchMap" in tree:
        if value in tree["exactMatchMap"]["map"]:
            yield tree["exactMatchMap"]["map"][value]
        return
    config = tree["customMatch"]["typedConfig"]
    only(config, "@type", "rangeMatchers")
    for ranged in config["rangeMatchers"]:
        only(ranged, "ranges", "onMatch")
        for part in ranged["ranges"]:
            only(part, "addressPrefix", "prefixLen")
            if lies_in(value, f"{part['addressPrefix']}/{part['prefixLen']}"):
                yield ranged["onMatch"]


def _followed(found: Told, address: str, port: int, spoken: str) -> str:
    kind, what = one(found)
    if kind == "matcher":
        return _chosen(what, address, port, spoken)
    if kind != "action":
        raise UnknownError(str(found))
    return str(what["typedConfig"]["value"])
