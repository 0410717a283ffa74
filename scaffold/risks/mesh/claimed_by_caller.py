"""A caller is told from others by what it says of itself.

What: who may ask is decided by what somebody else has made sure of: a certificate, a token, an address.
Why: a header is written by whoever sends the request, a User-Agent, too. It sorts requests of callers who are honest;
    it keeps out nobody who wants in, and no program that calls itself a browser.
Fields: App spec.from: headers, refusedAgents.
Reference: OWASP Automated Threats to Web Applications; CWE-290, authentication bypass by spoofing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.system.model import System


def check(system: System) -> Iterator[Finding]:
    """Yield a warning for each such flow: a risk that remains."""
    for edge in system.edges:
        headers = sorted({name for match in edge.http for name, _ in match.asked.headers})
        agents = ["User-Agent"] if any(match.asked.agents for match in edge.http) else []
        if edge.ingress == "opened" and (headers or agents):
            place = str(edge.places[0]) if edge.places else edge.origin
            reason = f"{edge.reason}: {', '.join(headers + agents)} is the caller's own choice, and anybody may send it"
            remedy = "where it has to keep somebody out, ask for a `token`; a bot may call itself a browser"
            yield Finding("warning", "mesh/claimed-by-caller", place, reason, remedy)
