"""A pod takes what the Pod Security Standards allow, and no App needs.

What: no capability, no sysctl and no SELinux option is set; the seccomp profile is the pod's, so that injected sidecars
    have it, too; the pod is not for Windows, which the standard exempts from much of it.
Why: each takes away a layer that stands between a container and its node.
Fields: containers[*].securityContext.capabilities.add; spec.securityContext.sysctls, .seccompProfile; .seLinuxOptions
    of both; spec.os.name.
Allowed: unset; of seccompProfile.type RuntimeDefault and Localhost; of os.name linux.
Reference: PSS restricted (capabilities, sysctls, seLinuxOptions, seccompProfile), CIS Kubernetes 5.2.9 and 5.7.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import PodTemplate, Rendered

_PROFILES = ("RuntimeDefault", "Localhost")


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each loosened layer."""
    for pod in rendered.pods:
        for place, reason in (*_of_pod(pod), *_of_contexts(pod)):
            yield Finding("error", "pod-security/loosened-isolation", place, reason)


def _of_pod(pod: PodTemplate) -> Iterator[tuple[str, str]]:
    system = (pod.spec.get("os") or {}).get("name")
    if system not in {None, "linux"}:
        yield pod.place("/os"), f"the pod is for {system}"
    profile = (pod.spec.get("securityContext") or {}).get("seccompProfile") or {}
    if profile.get("type") not in _PROFILES:
        yield pod.place("/securityContext"), f"seccompProfile.type is {profile.get('type')}"


def _of_contexts(pod: PodTemplate) -> Iterator[tuple[str, str]]:
    for place, owner in ((pod.place(), pod.spec), *pod.containers()):
        context = owner.get("securityContext") or {}
        added = (context.get("capabilities") or {}).get("add")
        wrong = {
            "seLinuxOptions": context.get("seLinuxOptions"),
            "sysctls": context.get("sysctls"),
            "capabilities": added,
        }
        for field, value in wrong.items():
            if value:
                yield f"{place}/securityContext", f"{field}: {value}"
