"""What a platform team may declare: the `Platform` document, field by field.

What a secrets backend or a mesh needs to know is declared by its blueprint: `options` adds to these types.

May import: answer, option_words, policy, request_words, words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from msgspec import Meta, field

from scaffold.answers.answer import Answer, Variant
from scaffold.answers.numbers import PortNumber
from scaffold.answers.option_words import Issuer
from scaffold.answers.policy import NodePool, RegistryPath, ResourcePolicy
from scaffold.answers.request_words import KeysUrl, TokenAudience
from scaffold.answers.words import (
    AccountName,
    Audience,
    Cidr,
    EnvValue,
    GroupName,
    LabelKey,
    LabelValue,
    Namespace,
    PullSecret,
    StoreName,
    Team,
)

if TYPE_CHECKING:
    from scaffold.answers.peers import Callee


class PlatformMetadata(Answer, frozen=True):
    """A Platform is known by its name."""

    name: Namespace


class Dns(Answer, frozen=True):
    """Who resolves names: pods by namespace and labels, and addresses (NodeLocal DNSCache, a cloud's resolver).

    `cache` are the labels of pods on each node that some network plugins put before them.
    """

    namespace: Namespace = "kube-system"
    labels: Annotated[dict[LabelKey, LabelValue], Meta(min_length=1, description="at least one label")] = field(
        default_factory=lambda: {"k8s-app": "kube-dns"}
    )
    port: PortNumber = 53
    cache: (
        Annotated[dict[LabelKey, LabelValue], Meta(min_length=1, max_length=20, description="1 to 20 labels")] | None
    ) = None
    cidrs: Annotated[list[Cidr], Meta(max_length=10, description="at most 10 networks")] = field(default_factory=list)


class ApiServer(Answer, frozen=True):
    """How pods reach the API server, which no label selects: its endpoints' networks, their port, and its audience."""

    cidrs: Annotated[list[Cidr], Meta(min_length=1, max_length=10, description="1 to 10 networks")]
    audience: Audience
    port: PortNumber = 6443


class Gateway(Answer, frozen=True):
    """A gateway that takes requests from outside: its pods, and its identity in a mesh.

    How routes attach to it is for its kind to say, which a blueprint adds (`POINTS`). `seesCallers` says that
    connections reach it with the callers' own addresses, and nobody passes them on before it.
    """

    namespace: Namespace
    labels: Annotated[dict[LabelKey, LabelValue], Meta(min_length=1, max_length=20, description="1 to 20 labels")]
    account: AccountName | None = None
    seesCallers: bool = False  # noqa: N815  Kubernetes' spelling


class TokenIssuer(Answer, frozen=True):
    """Who makes tokens (JWT): as they call it, where it publishes its keys, and for whom the tokens are made.

    `cidrs` are the networks of what publishes the keys, which are fetched for the mesh.
    """

    issuer: Issuer
    jwksUri: KeysUrl  # noqa: N815  the field's spelling
    audiences: Annotated[list[TokenAudience], Meta(min_length=1, max_length=20, description="1 to 20 audiences")]
    cidrs: Annotated[list[Cidr], Meta(max_length=50, description="at most 50 networks")] = field(default_factory=list)


class LoadBalancer(Answer, frozen=True):
    """What passes connections from outside on to pods, without looking into them.

    Where the `source` is preserved, pods see who calls. Else they see the balancer, or the nodes: `cidrs`.
    `healthChecks` are the networks from which it asks pods themselves whether they are well; none: it asks nodes.
    """

    source: Literal["preserved", "unpreserved"]
    cidrs: Annotated[list[Cidr], Meta(max_length=50, description="at most 50 networks")] = field(default_factory=list)
    healthChecks: Annotated[  # noqa: N815  Kubernetes' spelling
        list[Cidr], Meta(max_length=50, description="at most 50 networks")
    ] = field(default_factory=list)
    loadBalancerClass: LabelKey | None = None  # noqa: N815  Kubernetes' spelling
    annotations: Annotated[dict[LabelKey, EnvValue], Meta(max_length=50, description="at most 50 annotations")] = field(
        default_factory=dict
    )
    nodePorts: bool = False  # noqa: N815  Kubernetes' spelling


class Nodes(Answer, frozen=True):
    """Some of the nodes, by their networks: what runs on a node's own network has its address, and no labels."""

    cidrs: Annotated[list[Cidr], Meta(min_length=1, max_length=50, description="1 to 50 networks")]


class Groups(Answer, frozen=True):
    """The people of a team, as groups of the identity provider: who reads, and who enters pods in an incident."""

    group: GroupName
    breakGlass: GroupName | None = None  # noqa: N815  Kubernetes' spelling


class PlatformSpec(Answer, frozen=True):
    """What the cluster is.

    `kubernetes` is the oldest minor version, of API server and kubelets, that must accept the bundle;
    `distribution` brings defaults of other fields (see `distributions`); `controlPlane` is self-managed where its
    flags and files are yours; `ipFamilies` are the families of addresses that it has, if it is said;
    `clusterNetworks` are the networks of pods, Services and nodes, which no rule on addresses may open;
    `pullSecret` is the Secret of each namespace with which images are pulled. Without `cpuLimits`, containers take
    CPU that is idle beyond what they request. `nodePools` are nodes for the Apps alone that name them; images come
    from `registries`, if there are any. `resources` are what containers take.
    """

    kubernetes: Literal["1.35", "1.36", "1.37"] = "1.35"
    distribution: Literal["kubeadm", "eks", "gke", "aks", "openshift"] | None = None
    controlPlane: Literal["managed", "self-managed"] = "managed"  # noqa: N815  Kubernetes' spelling
    ipFamilies: Annotated[list[Literal["IPv4", "IPv6"]], Meta(max_length=2, description="at most 2 families")] = field(  # noqa: N815  Kubernetes' spelling
        default_factory=list
    )
    clusterNetworks: Annotated[list[Cidr], Meta(max_length=50, description="at most 50 networks")] = field(  # noqa: N815  Kubernetes' spelling
        default_factory=list
    )
    resources: ResourcePolicy = field(default_factory=ResourcePolicy)
    cpuLimits: bool = True  # noqa: N815  Kubernetes' spelling
    dns: Dns = field(default_factory=Dns)
    apiServer: ApiServer | None = None  # noqa: N815  Kubernetes' spelling
    pullSecret: PullSecret | None = None  # noqa: N815  Kubernetes' spelling
    gateways: Annotated[dict[StoreName, Gateway], Meta(max_length=20, description="at most 20 gateways")] = field(
        default_factory=dict
    )
    loadBalancers: Annotated[  # noqa: N815  Kubernetes' spelling
        dict[StoreName, LoadBalancer], Meta(max_length=20, description="at most 20 load balancers")
    ] = field(default_factory=dict)
    nodes: Annotated[dict[StoreName, Nodes], Meta(max_length=20, description="at most 20 groups of nodes")] = field(
        default_factory=dict
    )
    issuers: Annotated[dict[StoreName, TokenIssuer], Meta(max_length=20, description="at most 20 issuers")] = field(
        default_factory=dict
    )
    teams: Annotated[dict[Team, Groups], Meta(max_length=200, description="at most 200 teams")] = field(
        default_factory=dict
    )
    registries: Annotated[list[RegistryPath], Meta(max_length=50, description="at most 50 registries")] = field(
        default_factory=list
    )
    nodePools: Annotated[dict[StoreName, NodePool], Meta(max_length=20, description="at most 20 node pools")] = field(  # noqa: N815  Kubernetes' spelling
        default_factory=dict
    )
    network: Variant | None = None
    egressGateway: Variant | None = None  # noqa: N815  the field's spelling
    mesh: Variant | None = None
    cloudIdentity: Variant | None = None  # noqa: N815  Kubernetes' spelling
    secretStores: dict[StoreName, Variant] = field(default_factory=dict)  # noqa: N815  Kubernetes' spelling


class Platform(Answer, frozen=True):
    """One cluster. `kind: Platform` is written once by the platform team; without one the defaults hold."""

    apiVersion: Literal["scaffold/v1"]  # noqa: N815  Kubernetes' spelling
    kind: Literal["Platform"]
    metadata: PlatformMetadata
    spec: PlatformSpec = field(default_factory=PlatformSpec)


class Point(NamedTuple):
    """A field whose choices come from blueprints: the key that names one, in words; one or many.

    With a `base` there are many, each of that type whatever its choice is, and the key may be left out: it is
    `default`.
    """

    tag: str
    title: str
    text: str
    many: bool = False
    base: type[Answer] | None = None
    default: str = ""


POINTS = {
    "platform.secretStores": Point("backend", "Backend", "What keeps the secrets.", many=True),
    "platform.network": Point(
        "plugin", "Plugin", "Which network plugin enforces policies, and with what besides NetworkPolicy."
    ),
    "platform.gateways": Point(
        "kind", "Kind", "What kind of gateway it is, and so of routes.", many=True, base=Gateway, default="gateway-api"
    ),
    "platform.egressGateway": Point("mode", "Mode", "How what Apps send to hosts outside is passed on."),
    "platform.mesh": Point("mode", "Mode", "Which mesh it is, and how pods join it."),
    "platform.cloudIdentity": Point("mode", "Mode", "How the cloud knows a pod's ServiceAccount."),
    "app.identity": Point("cloud", "Cloud", "Whose identity it is."),
}
"""By the kind of document in lower case, and the field of its spec."""


def relays_names(spec: PlatformSpec) -> bool:
    """Tell whether a gateway passes on what Apps send to hosts, by their names."""
    return getattr(spec.egressGateway, "names", "") == "enforced"


def is_relayed(callee: Callee, spec: PlatformSpec) -> bool:
    """Tell whether a gateway passes on what is sent to a callee: a host without addresses of its own."""
    return bool(callee.host) and not callee.cidrs and not callee.internet and relays_names(spec)


def opens_names(spec: PlatformSpec) -> bool:
    """Tell whether the network plugin of a Platform opens names, and with them what resolves them."""
    return getattr(spec.network, "names", "") == "enforced"


def knows_nodes(spec: PlatformSpec) -> bool:
    """Tell whether the network plugin of a Platform knows nodes and the API server as what they are, by no address."""
    return getattr(spec.network, "nodes", "") == "entities"


def has_entities(spec: PlatformSpec) -> bool:
    """Tell whether the network plugin of a Platform can be told of entities, however it knows nodes."""
    return bool(getattr(spec.network, "nodes", ""))


def enforces_names(spec: PlatformSpec) -> bool:
    """Tell whether something of a Platform lets a pod reach a host by its name alone: what has `names: enforced`."""
    return any(getattr(getattr(spec, name), "names", "") == "enforced" for name in spec.__struct_fields__)
