"""What distributions of Kubernetes bring: the values of fields that nobody said anything about, in one table.

They are put under what was written, field by field, before it is read: what people say wins, and has its place.

May import: documents.
"""

from __future__ import annotations

from copy import deepcopy
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from scaffold.documents.reading import Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class Distribution(NamedTuple):
    """One of them: fields of the Platform's spec and of each App's by their paths, and what they take for granted.

    `operator` is who configures the API server, whose flags and files are then nobody else's; empty: whoever
    installed it.
    """

    operator: str
    premise: str
    platform: Mapping[str, Any]
    app: Mapping[str, Any] = MappingProxyType({})


_KUBE_DNS = {"dns.namespace": "kube-system", "dns.labels": {"k8s-app": "kube-dns"}, "dns.port": 53}
_NODE_LOCAL = "where NodeLocal DNSCache runs, spec.dns.cidrs of the Platform has its address, as 169.254.20.10/32"

DISTRIBUTIONS: Mapping[str, Distribution] = MappingProxyType(
    {
        "kubeadm": Distribution(
            operator="",
            premise=f"names are resolved by CoreDNS in kube-system; {_NODE_LOCAL}",
            platform={"controlPlane": "self-managed", **_KUBE_DNS},
        ),
        "eks": Distribution(
            operator="AWS",
            premise="names are resolved by the pods of the CoreDNS add-on; where the node itself does, as in Auto "
            "Mode, spec.dns.cidrs of the Platform has the address that stands in a pod's /etc/resolv.conf",
            platform={"controlPlane": "managed", **_KUBE_DNS},
        ),
        "gke": Distribution(
            operator="Google",
            premise="names are resolved by kube-dns, by NodeLocal DNSCache at 169.254.20.10 or, in Dataplane V2, by "
            "its pods, or by Cloud DNS at 169.254.169.254; where NodeLocal DNSCache runs without Dataplane V2, "
            "spec.dns.cidrs of the Platform has besides these the address of the Service kube-dns",
            platform={
                "controlPlane": "managed",
                **_KUBE_DNS,
                "dns.cache": {"k8s-app": "node-local-dns"},
                "dns.cidrs": ["169.254.20.10/32", "169.254.169.254/32"],
            },
        ),
        "aks": Distribution(
            operator="Microsoft",
            premise="names are resolved by CoreDNS in kube-system, or by LocalDNS at 169.254.10.11",
            platform={"controlPlane": "managed", **_KUBE_DNS, "dns.cidrs": ["169.254.10.11/32"]},
        ),
        "openshift": Distribution(
            operator="an operator of the cluster",
            premise="names are resolved by the pods of the DNS operator, which listen on 5353",
            platform={
                "controlPlane": "managed",
                "dns.namespace": "openshift-dns",
                "dns.labels": {"dns.operator.openshift.io/daemonset-dns": "default"},
                "dns.port": 5353,
            },
            # Its SecurityContextConstraints restricted-v2, in force for everybody, admits ids of a range that each
            # namespace has for itself, and assigns them where a pod says none.
            app={"security.user": "assigned"},
        ),
    }
)
"""By the name that a Platform gives it. `dns.port` is that of the pods, which policies name, not that of a Service."""


def underlaid(documents: Sequence[Document]) -> list[Document]:
    """Return the documents with the fields of the Platform's distribution under their own; no place is changed."""
    found = next((DISTRIBUTIONS[name] for name in map(_named, documents) if name in DISTRIBUTIONS), None)
    if found is None:
        return list(documents)
    layers = {"Platform": found.platform, "App": found.app}
    return [
        Document(document.file, _under(document.value, layers.get(document.kind, {})), document.mark)
        for document in documents
    ]


def assigns_ids(name: str | None) -> bool:
    """Tell whether a distribution assigns the ids of pods as it admits them, and admits no others."""
    return name is not None and DISTRIBUTIONS[name].app.get("security.user") == "assigned"


def told() -> str:
    """Return what each of them brings, in words, for who chooses one."""
    parts = []
    for name, one in DISTRIBUTIONS.items():
        fields = [*(f"{at}: {_flow(value)}" for at, value in one.platform.items())]
        fields += [f"each App's {at}: {_flow(value)}" for at, value in one.app.items()]
        parts.append(f"{name} brings {', '.join(fields)}")
    return "; ".join(parts)


def premise(spec: Mapping[str, Any]) -> str:
    """Return what the distribution of a Platform's spec (JSON) takes for granted; nothing where that says otherwise."""
    found = DISTRIBUTIONS.get(spec["distribution"])
    if found is None:
        return ""
    brought = {at.removeprefix("dns."): value for at, value in found.platform.items() if at.startswith("dns.")}
    return found.premise if all(spec["dns"][name] == value for name, value in brought.items()) else ""


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    return "[" + ", ".join(map(_flow, value)) + "]" if isinstance(value, list) else str(value)


def _named(document: Document) -> str:
    """Return the distribution that a document names: only a Platform does, and only in its place."""
    spec = document.value.get("spec") if document.kind == "Platform" else None
    name = spec.get("distribution") if isinstance(spec, dict) else None
    return name if isinstance(name, str) else ""


def _under(value: Any, fields: Mapping[str, Any]) -> Any:
    """Return a document's value with the fields that its spec does not say; where that is no mapping, as it is."""
    spec = value.get("spec") if isinstance(value, dict) else None
    if not isinstance(spec, dict):
        return value
    for at, default in fields.items():
        spec = _with(spec, at.split("."), default)
    return {**value, "spec": spec}


def _with(value: Any, path: Iterable[str], default: Any) -> Any:
    if not isinstance(value, dict):
        return value
    step, *rest = path
    return {**value, step: _with(value.get(step, {}), rest, default)} if rest else {step: deepcopy(default), **value}
