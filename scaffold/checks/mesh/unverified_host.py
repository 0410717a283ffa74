"""A mesh speaks to a host without knowing that it is that host, or in plain text.

What: each DestinationRule is for a host that an App of its namespace lets its sidecar encrypt to: TLS, with the host's
    name in the certificate, signed by an authority of the system, for that namespace; and each such host has one.
Why: with mode DISABLE callers send plain text, to Apps of the mesh, too; without subjectAltNames any certificate that
    a known authority has signed will do; a rule that is exported holds for every namespace.
Fields: DestinationRule spec; App spec.to[].tls.
Reference: Istio, DestinationRule; CWE-297, improper validation of a certificate with host mismatch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding
from scaffold.reach.egress import relay_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.answers.schema import App
    from scaffold.manifests import Rendered


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each rule that is not exactly a declared one, and for each host that has none."""
    apps = [member.app for member in rendered.system.members]
    wanted = {space: _wanted(app for app in apps if app.namespace == space) for space in rendered.system.namespaces}
    undeclared, missing = rendered.beside("DestinationRule", wanted)
    relay = relay_of(rendered.system)
    for manifest in undeclared:
        if relay and manifest.spec.get("host") == relay.service:
            continue  # how sidecars speak to the gateway for egress, `unasked_way` judges
        reason = "no TLS to a host that an App of the namespace declared, to a certificate of that host"
        yield Finding("error", "mesh/unverified-host", f"{manifest.path}#/spec", reason)
    for key, spec in missing:
        yield Finding("error", "mesh/unverified-host", key, f"nothing encrypts what is sent to {spec['host']}")


def _wanted(apps: Iterable[App]) -> list[dict[str, Any]]:
    made = []
    for host in sorted({str(callee.host) for app in apps for callee in app.spec.callees if callee.tls == "sidecar"}):
        tls = {"mode": "SIMPLE", "sni": host, "subjectAltNames": [host], "caCertificates": "system"}
        policy = {"portLevelSettings": [{"port": {"number": 80}, "tls": tls}]}
        made.append({"host": host, "exportTo": ["."], "trafficPolicy": policy})
    return made
