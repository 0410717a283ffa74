"""A pod loosens what separates it from the node's kernel.

What: no procMount, AppArmor, SELinux or sysctl setting other than the default.
Why: each takes away a layer that stands between a container and the node.
Fields: spec.securityContext and containers[*].securityContext: .procMount, .appArmorProfile.type, .seLinuxOptions;
    spec.securityContext.sysctls.
Allowed: unset, Default; unset, RuntimeDefault, Localhost; unset; unset.
Reference: PSS baseline (procMount, appArmorProfile, seLinuxOptions, sysctls).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each loosened layer."""
    for pod in rendered.pods:
        whole = pod.spec.get("securityContext") or {}
        contexts = [(pod.place(), whole)]
        contexts += [(place, container.get("securityContext") or {}) for place, container in pod.containers()]
        for place, context in contexts:
            wrong = {
                "procMount": context.get("procMount") not in {None, "Default"},
                "appArmorProfile": (context.get("appArmorProfile") or {}).get("type")
                not in {None, "RuntimeDefault", "Localhost"},
                "seLinuxOptions": bool(context.get("seLinuxOptions")),
                "sysctls": bool(context.get("sysctls")),
            }
            for field in (field for field, holds in wrong.items() if holds):
                reason = f"{field} is {context[field]}"
                yield Finding("error", "pod-security/loosened-isolation", place, reason, f"leave {field} out")
