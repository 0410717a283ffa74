"""Whom ztunnel lets in at a pod, of the workloads and policies that istiod sends it.

The meaning is that of ztunnel's own reading (src/rbac.rs, src/state.rs of istio/ztunnel), in JSON: what it has not, as
a rule on methods, istiod does not send. What is not known here fails the test.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Any

from conformance.istio.rbac import Call, Told, UnknownError, one, only

_SCHEME = "spiffe://"


class Ztunnel:
    """What the node's proxy knows."""

    def __init__(self, told: Told) -> None:
        """Take what istiod sends: each workload, each policy."""
        self.workloads = {f"{found['namespace']}/{found['name']}": found for found in told["Workloads"]}
        self._policies = {f"{found['namespace']}/{found['name']}": found for found in told["Authorizations"]}

    def policies(self, pod: str) -> list[Told]:
        """Return what holds at a pod: what it names, and what holds in its namespace and everywhere."""
        workload = self.workloads[pod]
        wide = [
            found
            for found in self._policies.values()
            if found.get("scope", "GLOBAL") == "GLOBAL"
            or (found["scope"] == "NAMESPACE" and found["namespace"] == workload["namespace"])
        ]
        # One that it does not have yet, ztunnel leaves out, whatever it would say.
        named = [self._policies[name] for name in workload.get("authorizationPolicies", ()) if name in self._policies]
        return [*wide, *named]

    def captures(self, pod: str) -> bool:
        """Tell whether it stands before a pod at all."""
        return self.workloads[pod].get("tunnelProtocol") == "HBONE"

    def admits(self, pod: str, call: Call) -> bool:
        """Tell whether it lets a connection in: no policy denies it, and one allows it, if one might."""
        if not self.captures(pod):
            return True
        found = [(policy.get("action", "ALLOW"), _is_meant(policy, call)) for policy in self.policies(pod)]
        allowed = [meant for action, meant in found if action == "ALLOW"]
        return ("DENY", True) not in found and (not allowed or any(allowed))

    def takes_plaintext(self, pod: str, port: int) -> bool:
        """Tell whether no policy denies a connection at a port for having no certificate."""
        plain, known = Call("", "192.0.2.1", port), Call(f"{_SCHEME}a/ns/b/sa/c", "192.0.2.1", port)
        denied = [
            policy
            for policy in (self.policies(pod) if self.captures(pod) else [])
            if policy.get("action") == "DENY" and _is_meant(policy, plain) and not _is_meant(policy, known)
        ]
        return not denied


def _is_meant(policy: Told, call: Call) -> bool:
    only(policy, "name", "namespace", "scope", "action", "groups")
    return any([all([_clause(rule, call) for rule in group.get("rules", ())]) for group in policy.get("groups", ())])


def _clause(rule: Told, call: Call) -> bool:
    only(rule, "matches")
    # One that says nothing is none, and no match either.
    return not rule.get("matches") or any([bool(match) and _match(match, call) for match in rule["matches"]])


def _match(match: Told, call: Call) -> bool:
    for name, values in match.items():
        field = name[3:4].lower() + name[4:] if name.startswith("not") else name
        if field not in _FIELDS:
            raise UnknownError(name)
        if any([_FIELDS[field](value, call) for value in values]) == name.startswith("not"):
            return False
    return True


def _text(text: Told, value: str) -> bool:
    kind, what = one(text)
    if kind not in {"exact", "prefix", "suffix", "presence"}:
        raise UnknownError(kind)
    if kind == "presence":
        return bool(value)
    return {"exact": value == what, "prefix": value.startswith(what), "suffix": value.endswith(what)}[kind]


def _parts(call: Call) -> tuple[str, str]:
    """Return the namespace and the account of who calls."""
    parts = call.identity.split("/")
    return (parts[4], parts[6]) if call.identity else ("", "")


def _account(value: Told, call: Call) -> bool:
    only(value, "namespace", "serviceAccount")
    return bool(call.identity) and _parts(call) == (value["namespace"], value["serviceAccount"])


def _address(value: Told, call: Call) -> bool:
    only(value, "address", "length")
    network = ip_network((base64.b64decode(value["address"]), value.get("length", 0)))
    return bool(call.address) and ip_address(call.address) in network


_FIELDS: dict[str, Callable[[Any, Call], bool]] = {
    "destinationPorts": lambda value, call: value == call.port,
    "namespaces": lambda value, call: _text(value, _parts(call)[0]),
    "principals": lambda value, call: bool(call.identity) and _text(value, call.identity.removeprefix(_SCHEME)),
    "serviceAccounts": _account,
    "sourceIps": _address,
}
