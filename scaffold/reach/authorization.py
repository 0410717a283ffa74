"""Istio's AuthorizationPolicy (security.istio.io) as frozen values, read from manifests as a sidecar reads it.

The semantics are those of istio.io/api `security/v1beta1/authorization_policy.proto` and of istio/istio
`pilot/pkg/security/authz/{builder,model,matcher}`.

May import: manifests, model, ranges, value.
"""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec.structs import replace

from scaffold.reach import manifests as read
from scaffold.reach.ranges import without
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.reach.model import PortRange, Selector

GROUP = "security.istio.io/"
ALL_TCP: PortRange = ("TCP", 0, 65535)

_DIGITS = 5  # of a port's number
# What a policy is attached to, by its kind: of another group istiod finds nothing.
_GATEWAYS = "gateway.networking.k8s.io"
_GROUPS = {"Gateway": _GATEWAYS, "GatewayClass": _GATEWAYS, "Service": "core", "ServiceEntry": "networking.istio.io"}
_HTTP = frozenset(("hosts", "methods", "paths", "requestPrincipals"))


class Match(Value, frozen=True, order=True):
    """One field of a source or an operation, named as in the API, `not…` without its `not`: any (none) of `values`."""

    field: str
    values: tuple[str, ...]
    negated: bool = False


Matches: TypeAlias = tuple[Match, ...]
"""All of them hold; an empty one holds always."""


class Permission(Value, frozen=True):
    """One rule: any of its sources, for any of its operations, under all of its conditions (`when`, by their keys).

    A condition that names values and excludes others is two.
    """

    sources: tuple[Matches, ...]
    operations: tuple[Matches, ...]
    when: Matches = ()

    @property
    def http(self) -> bool:
        """Whether it names anything that only an HTTP request has."""
        matches = [match for matches in (*self.sources, *self.operations) for match in matches]
        return any(match.field in _HTTP for match in matches) or any(map(_of_request, self.when))

    def without_http(self) -> Permission:
        """Return it as it is enforced where Istio drops what only HTTP has."""
        return replace(
            self,
            sources=tuple(map(_plain, self.sources)),
            operations=tuple(map(_plain, self.operations)),
            when=tuple(match for match in self.when if not _of_request(match)),
        )


def _plain(matches: Matches) -> Matches:
    return tuple(match for match in matches if match.field not in _HTTP)


def _of_request(match: Match) -> bool:
    return match.field.startswith("request.")


class AuthorizationPolicy(Value, frozen=True):
    """What is ALLOWed, or DENYed, at the pods that are selected (AUDIT and CUSTOM open nothing by themselves).

    With `targets`, each a kind and a name, it holds at the proxies of those, and not by its selector.
    """

    namespace: str
    name: str
    action: str
    pods: Selector
    rules: tuple[Permission, ...]
    targets: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"AuthorizationPolicy {self.namespace}/{self.name}"

    def at(self, opaque: list[PortRange]) -> Iterator[tuple[Permission, list[PortRange]]]:
        """Yield what holds on which TCP ports.

        What names HTTP is no rule at all on a port that carries none if it allows, and is read without the HTTP part
        if it denies: Istio errs on the safe side both ways.

        Args:
            opaque: the ports that are declared not to carry HTTP.
        """
        for rule in self.rules:
            if not rule.http:
                yield rule, [ALL_TCP]
                continue
            yield rule, sorted(without([ALL_TCP], opaque))
            if self.action == "DENY" and opaque:
                yield rule.without_http(), opaque


def policies(manifests: Iterable[dict[str, Any]]) -> list[AuthorizationPolicy]:
    """Return the policies that are enforced: no dry runs."""
    return [
        _policy(manifest)
        for manifest in manifests
        if manifest.get("kind") == "AuthorizationPolicy"
        and str(manifest.get("apiVersion", "")).startswith(GROUP)
        and not _is_dry_run(manifest)
    ]


def _is_dry_run(manifest: dict[str, Any]) -> bool:
    value = ((manifest.get("metadata") or {}).get("annotations") or {}).get("istio.io/dry-run", "")
    return str(value) in {"1", "t", "T", "true", "TRUE", "True"}


def _policy(manifest: dict[str, Any]) -> AuthorizationPolicy:
    metadata, spec = manifest.get("metadata", {}), manifest.get("spec") or {}
    namespace = metadata.get("namespace", "default")
    return AuthorizationPolicy(
        namespace,
        metadata.get("name", ""),
        str(spec.get("action") or "ALLOW"),
        read.selector(spec.get("selector") or {}),
        tuple(_permission(rule, namespace) for rule in spec.get("rules") or () if rule is not None),
        tuple(_targets(spec, namespace)) if spec.keys() & {"targetRef", "targetRefs"} else (),
    )


def _targets(spec: dict[str, Any], namespace: str) -> Iterator[tuple[str, str]]:
    """Yield the kind and name of what a policy is attached to; of another namespace or group istiod takes none."""
    for one in spec.get("targetRefs") or [spec.get("targetRef") or {}]:
        kind, elsewhere = str(one.get("kind", "")), one.get("namespace") or namespace
        found = elsewhere == namespace and (one.get("group") or "core") == _GROUPS.get(kind)
        yield kind, str(one.get("name", "")) if found else ""


def _permission(rule: dict[str, Any], namespace: str) -> Permission:
    return Permission(
        tuple(_matches(item.get("source") or {}, namespace) for item in rule.get("from") or ()) or ((),),
        tuple(_matches(item.get("operation") or {}, namespace) for item in rule.get("to") or ()) or ((),),
        tuple(match for condition in rule.get("when") or () for match in _conditions(condition)),
    )


def _conditions(condition: dict[str, Any]) -> list[Match]:
    key, sides = str(condition.get("key", "")), {"values": False, "notValues": True}
    found = [
        Match(key, tuple(map(str, condition[name])), negated) for name, negated in sides.items() if condition.get(name)
    ]
    return found or [Match(key, ())]


def _matches(fields: dict[str, Any], namespace: str) -> Matches:
    made = []
    for name, values in sorted(fields.items()):
        if not values:
            continue
        negated = name.startswith("not")
        field = name[3:4].lower() + name[4:] if negated else name
        texts = [str(value) for value in values]
        if field == "serviceAccounts":  # a bare name is one of the policy's namespace
            texts = [text if "/" in text else f"{namespace}/{text}" for text in texts]
        made.append(Match(field, tuple(texts), negated))
    return tuple(made)


def ports(matches: Matches) -> list[PortRange] | None:
    """Return the TCP ports of an operation; None where a value is no port."""
    found = [ALL_TCP]
    for match in matches:
        if match.field != "ports":
            continue
        if not all(value.isdecimal() and len(value) <= _DIGITS for value in match.values):
            return None
        named = [("TCP", int(value), int(value)) for value in match.values]
        found = sorted(without(found, named if match.negated else without([ALL_TCP], named)))
    return found


def blocks(policies: Iterable[AuthorizationPolicy]) -> set[str]:
    """Return the networks that policies name as sources (what is no network is left to the API server)."""
    return {
        value
        for policy in policies
        for rule in policy.rules
        for source in rule.sources
        for match in source
        if match.field == "ipBlocks"
        for value in match.values
        if _is_network(value)
    }


def _is_network(value: str) -> bool:
    try:
        ip_network(value, strict=False)
    except ValueError:
        return False
    return True
