"""The other ends of flows on one line, as `scaffold graph` spells them: Apps, pods by a label, networks, hosts.

    [NAMESPACE/]APP[:PORT]   [NAMESPACE/]KEY=VALUE[&KEY=VALUE][:PORT]   NETWORK[:PORT]   HOST[:PORT]   and /udp behind

May import: entries, walker (what looks like a credential).
"""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from scaffold.answers.walker import shown
from scaffold.wizard.spelling.entries import Misspelt, entries, spelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CALLERS = "frontend, web/frontend, data/app=reporter, 10.20.0.0/16, or none"
CALLEES = "inventory:8080, data/cnpg.io/cluster=db:5432, api.example.com:443, 10.20.0.0/16:6379, or none"
_URL = re.compile(r"[a-z][a-z0-9+.-]*://(?P<rest>[^/?#]*).*", re.IGNORECASE)
_PORT = re.compile(r"(?P<who>.+?):(?P<port>[A-Za-z0-9-]{1,15})(?:/(?P<protocol>tcp|udp|sctp))?")
_SERVICE = re.compile(r"(?P<app>[a-z0-9-]+)\.(?P<namespace>[a-z0-9-]+)\.svc(?:\.cluster\.local)?\.?")
_HTTPS = 443


def read(text: str) -> list[dict[str, Any]]:
    """Return the entries of a list of peers; a port that was not named is left out.

    Raises:
        Misspelt: an entry is none, or there is a password in it.
    """
    return [_peer(entry) for entry in entries(text)]


def _peer(entry: str) -> dict[str, Any]:
    url = _URL.fullmatch(entry)
    entry = url["rest"] if url else entry
    if "@" in entry or shown(entry).startswith("text with"):
        raise Misspelt("an address with a user or a password in it", "name the host and its port alone: db:5432")
    if _network(entry) is not None:
        return {"cidr": _network(entry)}
    found = _PORT.fullmatch(entry)
    who = (found["who"] if found else entry).removeprefix("[").removesuffix("]")
    made = _whom(who)
    if found:
        made["port"] = int(found["port"]) if found["port"].isdigit() else found["port"]
        if found["protocol"] and found["protocol"] != "tcp":
            made["protocol"] = found["protocol"]
    elif "host" in made:
        made["port"] = _HTTPS
    return made


def _whom(who: str) -> dict[str, Any]:
    network, service = _network(who), _SERVICE.fullmatch(who)
    if network is not None:
        return {"cidr": network}
    if service is not None:
        return {"app": service["app"], "namespace": service["namespace"]}
    if "=" in who:
        return _pods(who)
    if "." in who and "/" not in who:
        return {"host": who.lower()}
    namespace, _, app = who.rpartition("/")
    if not re.fullmatch(r"[A-Za-z0-9-]+", app) or "/" in namespace:
        raise Misspelt("nobody is called like this", "an App, namespace/app, namespace/label=value, a host, a network")
    return {"app": app} | ({"namespace": namespace} if namespace else {})


def _pods(who: str) -> dict[str, Any]:
    """Read labels, behind a namespace or not: a namespace has no dots, and the prefix of a label has."""
    namespace, found, rest = who.partition("/")
    if not found or "." in namespace or "=" in namespace:
        namespace, rest = "", who
    labels = dict(pair.split("=", 1) for pair in rest.split("&") if "=" in pair)
    if len(labels) != rest.count("&") + 1:
        raise Misspelt("no labels", "write namespace/key=value, and several as key=value&key=value")
    return {"pods": labels} | ({"namespace": namespace} if namespace else {})


def _network(text: str) -> str | None:
    """Return a network, or one address as a network of itself; None where it is neither."""
    try:
        return str(ip_network(text.removeprefix("[").removesuffix("]"), strict=False))
    except ValueError:
        return None


def spell(peers: Iterable[Mapping[str, Any]]) -> str | None:
    """Spell peers; None where more is said of one than a line says."""
    made = [_spell(peer) for peer in peers]
    return None if None in made else spelled([one for one in made if one])


def _spell(peer: Mapping[str, Any]) -> str | None:
    if peer.keys() - {"app", "pods", "cidr", "host", "namespace", "port", "protocol", "cidrs", "internet"}:
        return None
    who = peer.get("app") or peer.get("host") or peer.get("cidr")
    if peer.get("pods"):
        who = "&".join(f"{key}={value}" for key, value in peer["pods"].items())
    if not who:
        return None
    whole = f"{peer['namespace']}/{who}" if peer.get("namespace") else str(who)
    if "port" not in peer:
        return whole
    if whole.count(":") > 1:
        whole = f"[{whole}]"
    return f"{whole}:{peer['port']}" + (f"/{peer['protocol']}" if peer.get("protocol") else "")
