"""The API server's default admits privileged pods, or exempts what nobody declared.

What: PodSecurity is configured in the file: baseline or restricted is enforced, at a pinned version; restricted is
    warned of and audited; exempt are the namespaces and runtime classes that the Platform names, no user, and no
    namespace of an App.
Why: the default is all that protects a namespace without labels, and an exemption beats every label, so that one name
    too many takes back what a namespace says of itself.
Fields: AdmissionConfiguration: plugins[PodSecurity].configuration: defaults, exemptions.
Reference: pod-security.admission.config.k8s.io/v1; CIS Kubernetes 5.2.1.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered

_ID = "control-plane/loosened-admission"
_GROUP = "pod-security.admission.config.k8s.io/"
_PINNED = re.compile(r"v1\.[0-9]+\Z")
_LEVELS = {"enforce": {"baseline", "restricted"}, "audit": {"restricted"}, "warn": {"restricted"}}
_EXEMPT = {"namespaces": "exemptNamespaces", "runtimeClasses": "exemptRuntimeClasses"}


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each default that is too low, and for each exemption that was not declared."""
    for manifest in rendered.manifests:
        if manifest.kind != "AdmissionConfiguration":
            continue
        plugins = manifest.value.get("plugins") or ()
        found = [plugin.get("configuration") or {} for plugin in plugins if plugin.get("name") == "PodSecurity"]
        if len(found) != 1 or not str(found[0].get("apiVersion")).startswith(_GROUP):
            yield Finding("error", _ID, manifest.path, "PodSecurity is not configured here, once")
            continue
        for reason in (*_defaults(found[0].get("defaults") or {}), *_exemptions(rendered, found[0])):
            yield Finding("error", _ID, manifest.path, reason)


def _defaults(defaults: dict[str, Any]) -> Iterator[str]:
    for mode, allowed in _LEVELS.items():
        if defaults.get(mode) not in allowed:
            yield f"{mode} is {defaults.get(mode)}, not {' or '.join(sorted(allowed))}"
    if not _PINNED.match(str(defaults.get("enforce-version"))):
        yield "what is enforced is not pinned to a version: an upgrade could stop running services"


def _exemptions(rendered: Rendered, configuration: dict[str, Any]) -> Iterator[str]:
    exemptions = configuration.get("exemptions") or {}
    if exemptions.get("usernames"):
        yield "a user is exempt: that of a controller exempts all that it creates"
    declared: Any = getattr(rendered.system.platform.spec, "podSecurity", None)
    for kind, option in _EXEMPT.items():
        if len(exemptions.get(kind) or ()) != len(set(exemptions.get(kind) or ())):
            yield f"one of the {kind} is exempt twice, with which the API server does not start"
        for name in sorted(set(exemptions.get(kind) or ()) - set(getattr(declared, option, ()))):
            yield f"{name} ({kind}) is exempt, and the Platform does not say so"
    for name in sorted(set(exemptions.get("namespaces") or ()) & set(rendered.system.namespaces)):
        yield f"the namespace {name} is exempt: Apps live there, and it would admit whatever else is made in it"
