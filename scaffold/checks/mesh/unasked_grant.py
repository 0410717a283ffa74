"""The mesh lets in somebody else, or something else, than the edges say.

What: the rules at each App grant exactly the declared callers the declared ports, methods and paths, under all of the
    declared conditions at once; nothing is left to what nobody can judge here, and nothing is denied that was declared.
Why: `rules: [{}]` lets everybody in, and one selector that matches nothing switches all rules off. Rules are
    alternatives: a token that is asked for in a rule beside the caller's is asked of nobody. A network policy cannot
    make up for it: labels can be chosen by whoever creates pods.
Fields: AuthorizationPolicy spec; App spec.from.
Reference: Istio, AuthorizationPolicy; NIST SP 800-204B.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered
    from scaffold.reach.grants import Grant


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each grant that is too much, that is missing, or that cannot be judged."""
    for found in rendered.judgements:
        if not found.pod.account:
            yield _finding(found.pod, "no sidecar is injected: the mesh enforces nothing there")
        for grant in sorted(found.unexpected):
            yield _finding(found.pod, f"allowed, but nobody declared it: {_spelled(grant)}")
        for grant in sorted(found.missing):
            yield _finding(found.pod, f"declared, but not allowed: {_spelled(grant)}")
        for reason in found.unjudged:
            yield _finding(found.pod, f"cannot be judged: {reason}")


def _finding(place: object, reason: str) -> Finding:
    return Finding("error", "mesh/unasked-grant", str(place), reason)


def _spelled(grant: Grant) -> str:
    _, first, last = grant.ports
    ports = f"port {first}" if first == last else f"ports {first} to {last}"
    said = [f"{grant.caller.kind} {grant.caller.value}".rstrip() + f" on {ports}"]
    said += [" ".join(part for part in (grant.method, grant.path) if part)] if grant.method or grant.path else []
    said += [f"{'not ' if one.negated else ''}{one.field} {' or '.join(one.values)}" for one in grant.conditions]
    return ", ".join(said)
