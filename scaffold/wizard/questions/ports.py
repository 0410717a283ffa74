"""Where it listens, and how it is asked whether it is well.

May import: around, question, seen, service, spelling.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from scaffold.wizard.question import APP, Default, Question, or_yaml
from scaffold.wizard.questions.service import PRESETS
from scaffold.wizard.spelling.entries import NONE, Misspelt
from scaffold.wizard.spelling.ports import FORM, read, spell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scaffold.wizard.questions.seen import Seen

_PORTS, _HEALTH = ("spec", "ports"), ("spec", "health")
_MOST_PATHS = 2


def questions(seen: Seen) -> Iterator[Question]:
    """Yield the questions of the section."""
    preset = PRESETS.get(seen.text("preset"))
    if preset is None or not preset.listens:
        return
    yield Question(
        "ports",
        "Ports",
        "Ports",
        "Where does it listen, and what does it speak?",
        f"{FORM}. Protocols are http, grpc, tcp, udp and sctp. A process without privileges listens at 1024 or above; "
        "its Service may answer at any port.",
        or_yaml(_PORTS, lambda text: read(text, preset.protocol)),
        ((APP, _PORTS),),
        seen.around.default(_PORTS, lambda found: spell(found, preset.protocol))
        or Default(f"{preset.port}/{preset.protocol}", "the usual port"),
        link="https://kubernetes.io/docs/concepts/services-networking/service/",
    )
    asked = _asked(seen.value(_PORTS) or {})
    if asked:
        yield _health(seen, *asked)


def _asked(ports: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the first port that can be asked with more than a connection, and its protocol."""
    return next(((n, port["protocol"]) for n, port in ports.items() if port["protocol"] in {"http", "grpc"}), None)


def _health(seen: Seen, port: str, protocol: str) -> Question:
    paths = "One path says that it is ready for work; a second one, if there is, that it lives: /readyz /livez"
    return Question(
        "health",
        "Ports",
        "Health",
        "Which HTTP path says that it is ready?" if protocol == "http" else "Does it answer gRPC's health checks?",
        (paths if protocol == "http" else "Type grpc, if it serves grpc.health.v1.Health")
        + f". With {NONE} it counts as ready when its port listens. A path that says it lives is asked all the time: "
        "who does not answer is restarted, so it must not depend on a database.",
        or_yaml(_HEALTH, partial(_read, port)),
        ((APP, _HEALTH),),
        seen.around.default(_HEALTH, _spell) or Default(NONE, "none was found"),
        link="https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/",
    )


def _read(port: str, text: str) -> dict[str, Any] | None:
    words = text.split()
    if words == [NONE]:
        return None
    if words == ["grpc"]:
        return {"ready": {"grpc": port}, "live": {"grpc": port}}
    if not words or len(words) > _MOST_PATHS or not all(word.startswith("/") for word in words):
        raise Misspelt("no path", f"/readyz, or /readyz /livez, or {NONE}")
    kinds = zip(("ready", "live"), words, strict=False)
    return {kind: {"http": path} for kind, path in kinds}


def _spell(found: Mapping[str, Any]) -> str | None:
    probes = [found[kind] for kind in ("ready", "live") if kind in found]
    if set(found) <= {"ready", "live"} and "ready" in found:
        if all(set(probe) == {"http"} for probe in probes):
            return " ".join(str(probe["http"]) for probe in probes)
        if all(set(probe) == {"grpc"} for probe in probes):
            return "grpc"
    return None
