"""Which pods get Linkerd's proxy, which of their ports it does not see, and what holds at ports that nobody names.

The rules of the injector (pkg/inject of linkerd/linkerd2): annotations of the pod, else of its namespace.

May import: model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scaffold.reach.model import PortRange

TUNNEL: PortRange = ("TCP", 4143, 4143)
"""Where a proxy takes what others of the mesh send, for whichever port of the pod (by default, since 2.18)."""

OWN = (4190, 4191)
"""The proxy's own ports, which are not led through it: no policy of the mesh holds there."""

INJECT = "linkerd.io/inject"
DEFAULT_POLICY = "config.linkerd.io/default-inbound-policy"
_SKIPPED = "config.linkerd.io/skip-inbound-ports"
_ON = ("enabled", "ingress")
_LAST = 65535


def notes(manifests: Iterable[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """Return the annotations of each namespace."""
    spaces = (manifest["metadata"] for manifest in manifests if manifest.get("kind") == "Namespace")
    return {metadata["name"]: metadata.get("annotations") or {} for metadata in spaces}


def account(template: dict[str, Any], namespace: Mapping[str, str]) -> str:
    """Return the ServiceAccount as which a template's pods are in the mesh; empty where they get no proxy.

    Args:
        template: a pod template.
        namespace: the annotations of its namespace.
    """
    spec, own = template.get("spec") or {}, _annotations(template)
    if spec.get("hostNetwork") or (own.get(INJECT) or namespace.get(INJECT)) not in _ON:
        return ""
    return str(spec.get("serviceAccountName") or spec.get("serviceAccount") or "default")


def uncaptured(template: dict[str, Any], namespace: Mapping[str, str]) -> tuple[PortRange, ...]:
    """Return the ports that go past a template's proxy: its own, and those that annotations lead past it."""
    skipped = _annotations(template).get(_SKIPPED) or namespace.get(_SKIPPED) or ""
    ranges = {("TCP", first, last) for first, last in map(_range, str(skipped).split(",")) if 0 <= first <= last}
    return tuple(sorted({*ranges, *(("TCP", port, port) for port in OWN)}))


def _range(text: str) -> tuple[int, int]:
    first, _, last = text.strip().partition("-")
    try:
        return int(first), min(int(last or first), _LAST)
    except ValueError:
        return _LAST, 0  # no range at all


def default_policies(manifests: Iterable[dict[str, Any]]) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    """Return the default policies that are named: those of namespaces, and those of workloads by namespace and name."""
    objects = list(manifests)
    spaces = {name: str(own[DEFAULT_POLICY]) for name, own in notes(objects).items() if DEFAULT_POLICY in own}
    workloads = {}
    for manifest in objects:
        template, metadata = _template(manifest), manifest.get("metadata") or {}
        if policy := _annotations(template).get(DEFAULT_POLICY):
            workloads[metadata.get("namespace", "default"), metadata.get("name", "")] = str(policy)
    return spaces, workloads


def _template(manifest: dict[str, Any]) -> dict[str, Any]:
    spec = manifest.get("spec") or {}
    if manifest.get("kind") == "CronJob":
        spec = (spec.get("jobTemplate") or {}).get("spec") or {}
    return (manifest if manifest.get("kind") == "Pod" else spec.get("template")) or {}


def _annotations(template: dict[str, Any]) -> dict[str, Any]:
    return (template.get("metadata") or {}).get("annotations") or {}
