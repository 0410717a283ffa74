"""What Envoy's access rules make of one request; what is not known here fails the test, and is never taken for either.

The meaning of each field is that of Envoy's own API (config/rbac/v3, config/route/v3, type/matcher/v3), in JSON.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from ipaddress import ip_address, ip_network
from typing import Any, NamedTuple, TypeAlias

Told: TypeAlias = Mapping[str, Any]
"""A message of Envoy's in JSON."""


class Call(NamedTuple):
    """One connection, with the request in it; without a `method` it is no HTTP.

    `identity` is what the caller's certificate says, empty where it shows none. `address` is where it comes from;
    `forwarded` on whose behalf, as a gateway says. `token` are the claims of a valid one, in JSON.
    """

    identity: str
    address: str
    port: int
    method: str = ""
    path: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    forwarded: str = ""
    token: str = ""
    server_name: str = ""

    @property
    def fields(self) -> dict[str, str]:
        """What a matcher of headers reads."""
        return {**dict(self.headers), ":method": self.method, ":path": self.path}


class UnknownError(AssertionError):
    """Something that istiod says, and that has no meaning here."""


def only(value: Told, *known: str) -> None:
    """Refuse fields that are not known."""
    if rest := sorted(set(value) - set(known)):
        raise UnknownError(f"{', '.join(rest)} in {value}")


def one(value: Told, *beside: str) -> tuple[str, Any]:
    """Return the one field of a message, but for some that change nothing.

    Raises:
        UnknownError: if it has none, or more.
    """
    rest = [(key, what) for key, what in value.items() if key not in beside]
    if len(rest) != 1:
        raise UnknownError(str(value))
    return rest[0]


def matches(text: Told, value: str) -> bool:
    """Tell whether a text is what a matcher of texts is for."""
    kind, what = one(text, *(["ignoreCase"] if not text.get("ignoreCase") else []))
    if kind == "safeRegex":
        only(what, "regex", "googleRe2")
        return re.fullmatch(what["regex"], value) is not None
    if kind not in {"exact", "prefix", "suffix", "contains"}:
        raise UnknownError(str(text))
    return {
        "exact": value == what,
        "prefix": value.startswith(what),
        "suffix": value.endswith(what),
        "contains": what in value,
    }[kind]


def is_value(matcher: Told, value: Any) -> bool:
    """Tell whether a claim is what a matcher of values is for; what is missing is nothing."""
    kind, what = one(matcher)
    if kind == "orMatch":
        only(what, "valueMatchers")
        return any(is_value(part, value) for part in what["valueMatchers"])
    if kind == "listMatch":
        only(what, "oneOf")
        return isinstance(value, list) and any(is_value(what["oneOf"], part) for part in value)
    if kind == "stringMatch":
        return isinstance(value, str) and matches(what, value)
    raise UnknownError(str(matcher))


def admitted(rbac: Told, call: Call, data: Told | None = None) -> bool:
    """Tell whether rules let a call in: one of them allows it, or none of them denies it.

    Args:
        rbac: the filter's configuration; without rules it lets everybody in.
        call: what is asked.
        data: what filters before it found out, by their names.
    """
    only(rbac, "@type", "rules", "shadowRules", "shadowRulesStatPrefix", "statPrefix")
    if "rules" not in rbac:
        return True
    only(rbac["rules"], "action", "policies")
    action = rbac["rules"].get("action", "ALLOW")
    if action not in {"ALLOW", "DENY"}:
        raise UnknownError(action)
    found = [_is_meant(policy, call, data or {}) for policy in rbac["rules"].get("policies", {}).values()]
    return any(found) == (action == "ALLOW")


def _is_meant(policy: Told, call: Call, data: Told) -> bool:
    only(policy, "permissions", "principals")
    return any([holds(rule, call, data) for rule in policy["permissions"]]) and any(
        [holds(rule, call, data) for rule in policy["principals"]]
    )


def holds(rule: Told, call: Call, data: Told) -> bool:
    """Tell whether a permission or a principal holds."""
    kind, what = one(rule)
    if kind in {"andRules", "orRules", "andIds", "orIds"}:
        only(what, "rules", "ids")
        # Each of them is read, so that what is not known is found wherever it stands.
        found = [holds(part, call, data) for part in what.get("rules", what.get("ids"))]
        return all(found) if kind.startswith("and") else any(found)
    if kind in {"notRule", "notId"}:
        return not holds(what, call, data)
    if kind not in _KINDS:
        raise UnknownError(str(rule))
    return bool(_KINDS[kind](what, call, data))


def _authenticated(what: Told, call: Call, _: Told) -> bool:
    only(what, "principalName")
    return bool(call.identity) and ("principalName" not in what or matches(what["principalName"], call.identity))


def _metadata(what: Told, _: Call, data: Told) -> bool:
    only(what, "filter", "path", "value")
    found: Any = data.get(what["filter"])
    for step in what["path"]:
        only(step, "key")
        found = found.get(step["key"]) if isinstance(found, Mapping) else None
    return is_value(what["value"], found)


def _filter_state(what: Told, call: Call, _: Told) -> bool:
    only(what, "key", "stringMatch")
    if what["key"] != "io.istio.peer_principal":  # what a waypoint takes of the caller's certificate
        raise UnknownError(what["key"])
    return bool(call.identity) and matches(what["stringMatch"], call.identity)


def _header(what: Told, call: Call, _: Told) -> bool:
    only(what, "name", "stringMatch", "presentMatch")
    fields = call.fields if call.method else {}
    if what["name"] not in fields:
        return False
    return bool(what["presentMatch"]) if "presentMatch" in what else matches(what["stringMatch"], fields[what["name"]])


def _path(what: Told, call: Call, _: Told) -> bool:
    only(what, "path")
    return bool(call.method) and matches(what["path"], call.path.partition("?")[0])


def _in(what: Told, address: str) -> bool:
    only(what, "addressPrefix", "prefixLen")
    return bool(address) and lies_in(address, f"{what['addressPrefix']}/{what.get('prefixLen', 0)}")


@cache
def lies_in(address: str, network: str) -> bool:
    """Tell whether an address is one of a network's."""
    return ip_address(address) in ip_network(network)


_KINDS: dict[str, Any] = {
    "any": lambda what, *_: what,
    "authenticated": _authenticated,
    "destinationPort": lambda what, call, _: what == call.port,
    "directRemoteIp": lambda what, call, _: _in(what, call.address),
    "filterState": _filter_state,
    "header": _header,
    "metadata": _metadata,
    "remoteIp": lambda what, call, _: _in(what, call.forwarded or call.address),
    "requestedServerName": lambda what, call, _: matches(what, call.server_name),
    "urlPath": _path,
}
