"""Who calls it, what it calls, and the host by which it is reached from outside.

May import: around, question, seen, service, spelling, answers.platform (which Platform enforces names).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from scaffold.wizard.around import key
from scaffold.wizard.question import APP, PLATFORM, Choice, Default, Patch, Question, or_yaml
from scaffold.wizard.questions.service import GATEWAY, PRESETS
from scaffold.wizard.spelling import peers
from scaffold.wizard.spelling.entries import NONE, Misspelt, entries

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from scaffold.documents.reading import Document
    from scaffold.wizard.questions.seen import Seen

_FROM, _TO = ("spec", "from"), ("spec", "to")
_GATEWAYS = ("spec", "gateways")
_POLICIES = "https://kubernetes.io/docs/concepts/services-networking/network-policies/"
INTERNET = "internet"
_MOST_NEARBY = 5


def questions(seen: Seen) -> Iterator[Question]:
    """Yield the questions of the section."""
    preset = PRESETS.get(seen.text("preset"))
    if preset is not None and preset.listens:
        if seen.text("preset") == GATEWAY:
            yield from _exposure(seen)
        yield _callers(seen)
    yield _callees(seen)
    for index, callee in enumerate(seen.value(_TO) or []):
        if "host" in callee and not callee.get("cidrs") and not callee.get("internet"):
            yield _host(index, callee)


def _callers(seen: Seen) -> Question:
    near = [key(app) for app in seen.around.apps if _calls(app, seen.text("namespace"), seen.text("name"))]
    ports = list(seen.value(("spec", "ports")) or {})
    known = tuple(key(app) for app in seen.around.apps)
    return Question(
        "callers",
        "Network",
        "Called by",
        "Who calls it?" + _nearby(known),
        f"Nobody else can: {peers.CALLERS}. Behind a name the port, where it has several: frontend:http. Whoever is in "
        "another namespace has to declare the flow, too: you will be told which file to hand over.",
        or_yaml(_FROM, partial(_read_callers, seen, ports)),
        ((APP, _FROM),),
        seen.around.default(_FROM, peers.spell)
        or Default(", ".join(near) or NONE, "they say so" if near else "nobody was found"),
        link=_POLICIES,
        known=known,
    )


def _read_callers(seen: Seen, ports: list[str], text: str) -> list[dict[str, Any]]:
    exposed = seen.value(("spec", "from")) if seen.text("preset") == GATEWAY else None
    found = peers.read(text)
    if any("host" in one for one in found):
        raise Misspelt("a host outside calls through a gateway", "choose the preset of a web API behind a gateway")
    if found and not ports:
        raise Misspelt("it has no port", f"go back and name one, or write {NONE}")
    return [*(exposed or []), *({"port": ports[0], **one} if "port" not in one else one for one in found)]


def _calls(app: Document, namespace: str, name: str) -> bool:
    own = app.value["metadata"]["namespace"]
    return any(
        one.get("app") == name and one.get("namespace", own) == namespace
        for one in (app.value.get("spec") or {}).get("to") or []
        if isinstance(one, dict)
    )


def _callees(seen: Seen) -> Question:
    maybe = seen.around.maybe(_TO, peers.spell)
    also = " Perhaps, too: " + "; ".join(f"{text} ({source})" for text, source in maybe.items()) if maybe else ""
    known = [f"{name}:{port}" for name, ports in _ports_of(seen).items() for port in ports]
    return Question(
        "callees",
        "Network",
        "Calls",
        "What does it call?" + _nearby(known),
        f"Besides DNS nothing else leaves the pod: {peers.CALLEES}. An App by its name (namespace/name elsewhere), "
        "pods that are no App by a label, what is outside the cluster by its host or network; behind each its port."
        + also,
        or_yaml(_TO, partial(_read_callees, _ports_of(seen))),
        ((APP, _TO),),
        seen.around.default(_TO, peers.spell) or Default(NONE, "nothing was found"),
        link=_POLICIES,
        known=(*maybe, *known),
    )


def _nearby(known: Sequence[str]) -> str:
    """Return the Apps that were found nearby, as they may be typed."""
    more = len(known) - _MOST_NEARBY
    named = ", ".join(known[:_MOST_NEARBY]) + (f" and {more} more" if more > 0 else "")
    return f" Nearby: {named}" if named else ""


def _ports_of(seen: Seen) -> dict[str, list[str]]:
    """Return the ports of the Apps nearby, by name."""
    return {key(app): list((app.value.get("spec") or {}).get("ports") or {}) for app in seen.around.apps}


def _read_callees(ports: Mapping[str, list[str]], text: str) -> list[dict[str, Any]]:
    made = []
    for one in peers.read(text):
        if "port" not in one:
            [near] = [ports[name] for name in ports if name.endswith(f"/{one.get('app')}")][:1] or [[]]
            if not near:
                raise Misspelt("its port is missing", "write it behind the name: inventory:8080")
            one["port"] = near[0]
        made.append(one)
    return made


def _host(index: int, callee: Mapping[str, Any]) -> Question:
    host, port = callee["host"], callee["port"]
    return Question(
        f"host.{host}:{port}",
        "Network",
        f"Addresses of {host}",
        f"Which addresses does {host} have?",
        f"NetworkPolicy knows addresses, and no names. Type the host's networks, such as 203.0.113.0/24; or "
        f"{INTERNET}, which opens port {port} to every public address: a risk, which SECURITY.md says first. With "
        f"{NONE} the name alone is enough: only where the cluster enforces names.",
        partial(_read_host, index),
        (),
        Default(INTERNET, "a reported risk"),
        link=_POLICIES,
    )


def _read_host(index: int, text: str) -> list[Patch]:
    path = (*_TO, index)
    if text.strip() in {INTERNET, NONE}:
        return [Patch(APP, path=(*path, "internet"), value=True)] if text.strip() == INTERNET else []
    return [Patch(APP, (*path, "cidrs"), [one["cidr"] for one in _networks(text)])]


def _networks(text: str) -> list[dict[str, Any]]:
    found = peers.read(text)
    if not found or any("cidr" not in one for one in found):
        raise Misspelt("no network", f"such as 203.0.113.0/24, several between commas; or {INTERNET}")
    return found


def _exposure(seen: Seen) -> Iterator[Question]:
    gateways = (seen.around.platform or {}).get("gateways") or {}
    if gateways:
        yield Question(
            "gateway",
            "Network",
            "Gateway",
            "Through which gateway do requests come from outside?",
            "A gateway that the Platform declares: it is let in, and nobody else from outside.",
            lambda _: [],
            (),
            Default(next(iter(gateways)), seen.around.platforms[0].file),
            tuple(Choice(name, f"in the namespace {one.get('namespace')}") for name, one in gateways.items()),
            "https://gateway-api.sigs.k8s.io/",
        )
    elif not seen.around.platforms:
        yield _gateway()
    yield Question(
        "exposure",
        "Network",
        "Exposed as",
        "Under which host is it reached from outside, and at which paths?",
        "The host's full name; behind it paths, if not all of them: orders.example.com /api/v1/* /healthz",
        partial(_read_exposure, seen),
        (),
        Default(f"{seen.text('name')}.example.com", "a placeholder"),
        link="https://gateway-api.sigs.k8s.io/api-types/httproute/",
    )


def _gateway() -> Question:
    return Question(
        "gateway",
        "Network",
        "Gateway",
        "In which namespace does the cluster's gateway run, and what is it called?",
        "namespace/name of the Gateway (Gateway API) that takes requests from outside. It is let in by the label that "
        "its pods have by that API: gateway.networking.k8s.io/gateway-name. What a mesh has to know besides, as YAML: "
        "{public: {namespace: gateways, labels: {app: public}, account: public-istio}}",
        or_yaml(_GATEWAYS, _read_gateway, PLATFORM),
        ((PLATFORM, _GATEWAYS),),
        Default("gateways/public", "a usual name"),
        link="https://gateway-api.sigs.k8s.io/",
    )


def _read_gateway(text: str) -> dict[str, Any]:
    namespace, found, name = text.strip().partition("/")
    if not found:
        raise Misspelt("no namespace and name", "for example gateways/public")
    labels = {"gateway.networking.k8s.io/gateway-name": name}
    return {name: {"namespace": namespace, "labels": labels}}


def _read_exposure(seen: Seen, text: str) -> list[Patch]:
    host, *paths = text.split()
    ports = list(seen.value(("spec", "ports")) or {})
    if entries(text) != [text.strip()] or not ports:
        raise Misspelt("one host, and no commas", "orders.example.com /api/v1/* /healthz")
    gateway = next(iter(seen.value(_GATEWAYS, PLATFORM) or {}), seen.text("gateway"))
    made = {"gateway": gateway, "port": ports[0], "host": host} | ({"paths": paths} if paths else {})
    return [Patch(APP, _FROM, [made])]
