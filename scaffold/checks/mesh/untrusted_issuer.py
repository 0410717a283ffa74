"""A token is believed that nobody declared, or one that was declared is not looked at.

What: each App has exactly the RequestAuthentications of the issuers that its callers need: issuer, keys and audiences
    as the Platform says, at its own pods or their proxy, the token passed on only where that was asked for.
Why: without audiences a token for any other service is as good; without a selector it holds in the whole namespace;
    with other keys somebody else decides who is believed.
Fields: RequestAuthentication spec; Platform spec.issuers; App spec.from[].token.
Reference: Istio, RequestAuthentication; OWASP API Security Top 10, API2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding
from scaffold.labels import selector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered
    from scaffold.system.model import Member, System

_KIND = "RequestAuthentication"


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each one that is not as declared, and for each App that lacks one."""
    if rendered.system.platform.spec.mesh is None:
        return
    wanted = {key: _wanted(member, rendered.system) for key, member in rendered.members.items()}
    undeclared, missing = rendered.beside(_KIND, wanted)
    for manifest in undeclared:
        reason = "not one of the issuers that the App asks for, as the Platform declares them"
        yield Finding("error", "mesh/untrusted-issuer", f"{manifest.path}#/spec", reason)
    for key, spec in missing:
        reason = f"no {_KIND} for {spec['jwtRules'][0]['issuer']}: no token would be valid"
        yield Finding("error", "mesh/untrusted-issuer", key, reason)


def _wanted(member: Member, system: System) -> list[dict[str, Any]]:
    tokens = [caller.token for caller in member.app.spec.callers if caller.token is not None]
    where: dict[str, Any] = {"selector": {"matchLabels": selector(member.app.name)}}
    for proxy, _ in member.additions.proxies:  # what looks into requests in the pods' place
        where = {"targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": proxy.name}]}
    made: list[dict[str, Any]] = []
    for name in sorted({token.issuer for token in tokens}):
        issuer = system.platform.spec.issuers[name]
        rule = {
            "issuer": issuer.issuer,
            "jwksUri": issuer.jwksUri,
            "audiences": issuer.audiences,
            "forwardOriginalToken": any(token.forward for token in tokens if token.issuer == name),
        }
        made.append({**where, "jwtRules": [rule]})
    return made
