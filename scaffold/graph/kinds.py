"""Which objects of manifests are read, the shape that each must have, and which kinds rule flows but are not evaluated.

May import: kinds_calico, kinds_cilium, kinds_cluster, kinds_istio, kinds_linkerd, shapes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.graph import kinds_calico, kinds_cilium, kinds_cluster, kinds_istio, kinds_linkerd
from scaffold.graph.shapes import (
    block,
    every,
    excepted,
    fields,
    filled,
    flag,
    items,
    number,
    port,
    table,
    text,
    texts,
    word,
)

if TYPE_CHECKING:
    from scaffold.graph.shapes import Shape, Steps, Wrong

_DIGITS = 5  # of a port's number; Python refuses to read thousands of them
_PROTOCOL = word("TCP", "UDP", "SCTP")


def _expression(value: dict[str, Any], at: Steps) -> Wrong:
    wants = value["operator"] in {"In", "NotIn"}
    if wants != bool(value.get("values")):
        yield at, f"{value['operator']} is written {'with' if wants else 'without'} values", ""


def _one_peer(value: dict[str, Any], at: Steps) -> Wrong:
    if not value:
        yield at, "an item without a selector and without ipBlock means nobody knows whom", "write `podSelector: {}`"
    if "ipBlock" in value and len(value) > 1:
        yield at, "ipBlock stands alone", "make two items of it"


def _range(value: dict[str, Any], at: Steps) -> Wrong:
    first, last = value.get("port"), value.get("endPort")
    if last is not None and (not isinstance(first, int) or last < first):
        yield (*at, "endPort"), "endPort needs a port by number that is not above it", ""


_SELECTOR = fields(
    closed=True,
    matchLabels=texts,
    matchExpressions=items(
        every(
            fields(
                ("key", "operator"),
                closed=True,
                key=text,
                operator=word("In", "NotIn", "Exists", "DoesNotExist"),
                values=items(text),
            ),
            _expression,
        )
    ),
)
_BLOCK = every(fields(("cidr",), closed=True, cidr=block, except_=items(block)), excepted)
_PEER = every(fields(closed=True, podSelector=_SELECTOR, namespaceSelector=_SELECTOR, ipBlock=_BLOCK), _one_peer)
_PORTS = items(every(fields(closed=True, protocol=_PROTOCOL, port=port, endPort=number(1)), _range))
_NETWORK_POLICY = fields(
    closed=True,
    podSelector=_SELECTOR,
    policyTypes=items(word("Ingress", "Egress")),
    ingress=items(fields(closed=True, from_=items(_PEER), ports=_PORTS)),
    egress=items(fields(closed=True, to=items(_PEER), ports=_PORTS)),
)
_CONTAINERS = items(
    fields(ports=items(fields(("containerPort",), name=text, protocol=_PROTOCOL, containerPort=number(1))))
)
_POD = fields(
    containers=_CONTAINERS, initContainers=_CONTAINERS, hostNetwork=flag, serviceAccountName=text, serviceAccount=text
)
_TEMPLATE = fields(metadata=fields(labels=texts, annotations=texts), spec=_POD)
_CONTROLLER = fields(template=_TEMPLATE)
_SERVICE = fields(
    selector=texts,
    ports=items(
        fields(("port",), name=text, protocol=_PROTOCOL, port=number(1), targetPort=port, appProtocol=text),
    ),
)


def _said(value: dict[str, Any], at: Steps) -> Wrong:
    # For a sidecar it would mean anything, for ztunnel nothing: a denial that denies nobody.
    if not any(value.values()):
        yield at, "it asks for nothing, which Istio refuses", "leave it out, with the item that holds it"


_ASKED = every(table(items(text)), _said)
_MATCHED = fields(matchLabels=texts)
_TARGET = fields(group=text, kind=text, name=text, namespace=text)
_AUTHORIZATION = fields(
    selector=_MATCHED,
    targetRef=_TARGET,
    targetRefs=items(_TARGET),
    action=word("ALLOW", "DENY", "AUDIT", "CUSTOM"),
    rules=items(
        fields(
            closed=True,
            from_=filled(fields(("source",), source=_ASKED)),
            to=filled(fields(("operation",), operation=_ASKED)),
            when=items(fields(("key",), key=text)),
        )
    ),
)
_MODE = fields(mode=word("UNSET", "DISABLE", "PERMISSIVE", "STRICT"))


def _numbered(value: dict[str, Any], at: Steps) -> Wrong:
    for key in value:
        if not (key.isascii() and key.isdecimal() and len(key) <= _DIGITS):
            yield (*at, key), "the key is no port's number", ""


_AUTHENTICATION = fields(selector=_MATCHED, mtls=_MODE, portLevelMtls=every(table(_MODE), _numbered))

SPECS: dict[tuple[str, str], Shape] = {
    ("", "Namespace"): fields(),
    ("", "Pod"): _POD,
    ("", "Service"): _SERVICE,
    ("apps", "DaemonSet"): _CONTROLLER,
    ("apps", "Deployment"): _CONTROLLER,
    ("apps", "ReplicaSet"): _CONTROLLER,
    ("apps", "StatefulSet"): _CONTROLLER,
    ("batch", "CronJob"): fields(jobTemplate=fields(spec=_CONTROLLER)),
    ("batch", "Job"): _CONTROLLER,
    ("cilium.io", "CiliumClusterwideNetworkPolicy"): kinds_cilium.POLICY,
    ("cilium.io", "CiliumNetworkPolicy"): kinds_cilium.POLICY,
    ("gateway.networking.k8s.io", "Gateway"): fields(gatewayClassName=text, infrastructure=fields(labels=texts)),
    **kinds_istio.SPECS,
    ("networking.k8s.io", "NetworkPolicy"): _NETWORK_POLICY,
    **kinds_cluster.SPECS,
    **kinds_calico.SPECS,
    **kinds_linkerd.SPECS,
    ("security.istio.io", "AuthorizationPolicy"): _AUTHORIZATION,
    ("security.istio.io", "PeerAuthentication"): _AUTHENTICATION,
}
"""The objects that are read, by group and kind, with the shape of their spec."""

WIDE = frozenset(
    (
        "AdminNetworkPolicy",
        "BaselineAdminNetworkPolicy",
        "CiliumClusterwideNetworkPolicy",
        "ClusterNetworkPolicy",
        "GlobalNetworkPolicy",
        "Namespace",
        "Tier",
    )
)
"""The kinds among them that are in no namespace."""

METADATA = fields(
    name=text,
    namespace=text,
    labels=texts,
    annotations=texts,
    ownerReferences=items(fields(kind=text, name=text, controller=flag)),
)

# Groups whose kinds decide on flows, too, but are not evaluated: a graph without them may say too much or too little.
_RULING = (
    ("cilium.io", "NetworkPolicy"),
    ("crd.projectcalico.org", "NetworkPolicy"),
    ("projectcalico.org", "NetworkPolicy"),
    ("projectcalico.org", "NetworkSet"),
    ("policy.networking.k8s.io", "NetworkPolicy"),
    ("antrea.io", "NetworkPolicy"),
    ("linkerd.io", "ServerAuthorization"),
    ("consul.hashicorp.com", "ServiceIntentions"),
    ("kuma.io", "TrafficPermission"),
)


def rules_flows(group: str, kind: str) -> bool:
    """Tell whether a kind that is not read decides on flows, too: other vendors' policies."""
    return any((group == domain or group.endswith(f".{domain}")) and kind.endswith(end) for domain, end in _RULING)
