"""The system: the resolved, frozen whole from which every file is rendered.

May import: answers.schema, blueprint, contributions, networks, errors, value.
"""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, Literal, TypeAlias

from scaffold.networks import is_never_opened
from scaffold.value import Value

if TYPE_CHECKING:
    from scaffold.answers.platform import Platform
    from scaffold.answers.schema import App
    from scaffold.blueprint import Blueprint
    from scaffold.contributions import (
        AccountAnnotationEntry,
        AnnotationEntry,
        EnvEntry,
        EnvFromEntry,
        FileEntry,
        GivenSecretEntry,
        LabelEntry,
        NodeEntry,
        ProxyEntry,
        ReadEntry,
        RenewalEntry,
        ServiceLabelEntry,
        SidecarEntry,
        StoreAnnotationEntry,
        StoreObjectEntry,
        StoreTokenEntry,
        VolumeEntry,
    )
    from scaffold.errors import Place

Labels: TypeAlias = tuple[tuple[str, str], ...]

Half: TypeAlias = Literal["opened", "agreed", "foreign", "relayed", "withheld"]
"""Who answers for one end of an edge: a unit of ours opens it; an App that is rendered elsewhere declares it, too, and
its own bundle opens it; it lies with somebody else and is assumed open; a gateway passes it on, to which another edge
leads; or the App's team has not agreed, and it stays shut."""


API_SERVER = ("kube-apiserver",)
NODE = ("host",)
NODES = ("host", "remote-node")


class Endpoint(Value, frozen=True, order=True):
    """One end of an edge: pods (namespace, labels; `app` is the key of a loaded App, else empty), a network, or a name.

    `host` is a name outside the cluster: only where something enforces names, and only as a target.

    `account` is the ServiceAccount as which a mesh knows the pods; empty where they have no identity that is known.
    `excepted` are the ranges inside the network that stay shut all the same. With `proxy` it is not the App's own pods
    but the proxy through which the mesh leads what comes to them. `entities` are what the network plugin knows by
    itself, by no address: of the cluster (`API_SERVER`, `NODES`), or the pod's own node (`NODE`).
    """

    namespace: str = ""
    labels: Labels = ()
    cidr: str = ""
    app: str = ""
    account: str = ""
    excepted: tuple[str, ...] = ()
    host: str = ""
    proxy: bool = False
    entities: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """How its App is called, given or not: `namespace/name`; pods that are none are called by their labels."""
        return self.app or f"{self.namespace}/{'-'.join(value for _, value in self.labels)}"


class Asked(Value, frozen=True, order=True):
    """What a request has to show, all of it: nothing where it is empty.

    A token of `issuer` (as it calls itself) for one of `audiences`, with one of the values of each claim; one of the
    values of each header; an address, of the caller behind a gateway, in one of `addresses`; a User-Agent that begins
    with none of `agents`.
    """

    issuer: str = ""
    audiences: tuple[str, ...] = ()
    claims: tuple[tuple[str, tuple[str, ...]], ...] = ()
    headers: tuple[tuple[str, tuple[str, ...]], ...] = ()
    addresses: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()

    @property
    def kinds(self) -> frozenset[str]:
        """What is asked, in words."""
        named = {"a token": self.issuer, "addresses": self.addresses, "refusedAgents": self.agents}
        headers = {f"the header {name}" for name, _ in self.headers}
        claims = {f"the claim {name}" for name, _ in self.claims}
        return frozenset(headers | claims | {word for word, value in named.items() if value})


class HttpMatch(Value, frozen=True, order=True):
    """The HTTP requests that a flow is for: any of `methods` on any of `paths` (`/x/*`: all below); empty means all.

    Only those that show what is `asked`.
    """

    methods: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    asked: Asked = Asked()

    def overlaps(self, other: HttpMatch) -> bool:
        """Tell whether some request is among both, whatever is asked of it."""
        if self.methods and other.methods and not {*self.methods} & {*other.methods}:
            return False
        return any(_meet(one, two) for one in self.paths or ("/*",) for two in other.paths or ("/*",))


def _meet(one: str, two: str) -> bool:
    if one.endswith("*"):
        return two.startswith(one[:-1]) or (two.endswith("*") and one[:-1].startswith(two[:-1]))
    return one.startswith(two[:-1]) if two.endswith("*") else one == two


ANYTHING = HttpMatch()


class Edge(Value, frozen=True, order=True):
    """One flow: `source` opens connections to `target` on the pod port `port` over `protocol` (TCP, UDP or SCTP).

    With `end_port` it is all ports from `port` to that one; 0 is one port.

    `http` is what the target lets it ask for: any of them. `carried` is the port of the target to which the mesh
    carries it; 0: it goes to `port` itself.
    `through` is the proxy by which the mesh leads it there; `served` the port of the Service under which that knows it;
    `counted`: and under that alone, since what is sent to pods' own addresses would not be counted.
    `origin` is `declared` or the id of the blueprint that needs the flow; `places` are the answers that declare it.
    `until` is the last day on which it may be declared; empty: any day.
    """

    source: Endpoint
    target: Endpoint
    port: int
    protocol: str
    reason: str
    egress: Half
    ingress: Half
    origin: str
    places: tuple[Place, ...] = ()
    http: tuple[HttpMatch, ...] = (ANYTHING,)
    end_port: int = 0
    carried: int = 0
    until: str = ""
    through: Endpoint | None = None
    served: int = 0
    counted: bool = False

    @property
    def asked(self) -> tuple[int, ...]:
        """The ports under which who looks into its requests knows it, sorted."""
        return tuple(sorted({self.served} if self.counted else {self.port, self.served or self.port}))

    @property
    def last(self) -> int:
        """The last of its ports."""
        return self.end_port or self.port

    @property
    def wire(self) -> tuple[int, int]:
        """The first and the last port that network policies see."""
        return (self.carried, self.carried) if self.carried else (self.port, self.last)

    @property
    def hops(self) -> tuple[Edge, ...]:
        """The flows that network policies see of it: itself, or to the proxy, and from there to the target."""
        if self.through is None:
            return (self,)
        onward = f"the proxy of {self.target.key} passes on what it lets in"
        ours, last = self.ingress, self.carried
        return (
            Edge(self.source, self.through, last, "TCP", self.reason, self.egress, ours, self.origin, self.places),
            Edge(self.through, self.target, self.port, "TCP", onward, ours, ours, "declared", carried=last),
        )

    @property
    def of_the_node(self) -> bool:
        """Whether the node itself opens it, from an address that nobody else has: to a mesh it is no caller."""
        return bool(self.source.cidr) and is_never_opened(ip_network(self.source.cidr))

    @property
    def in_force(self) -> bool:
        """Whether nobody withholds this flow."""
        return "withheld" not in {self.egress, self.ingress}

    @property
    def is_ours(self) -> bool:
        """Whether an App has an end of it, or what is rendered opens one; else it is a prerequisite."""
        return bool(self.source.app or self.target.app) or "opened" in {self.egress, self.ingress}


class Selection(Value, frozen=True):
    """One run of a blueprint that the answers ask for.

    `subject` is an App's key or a namespace; `key` and `item` (JSON) are what `each` yielded.
    """

    blueprint: Blueprint
    subject: str
    key: str = ""
    item: str = "null"  # JSON: a frozen value holds no dict


class Additions(Value, frozen=True):
    """What blueprints add to one App's pods, and to what its team reads, each with the id of its blueprint."""

    labels: tuple[tuple[LabelEntry, str], ...] = ()
    sidecars: tuple[tuple[SidecarEntry, str], ...] = ()
    files: tuple[tuple[FileEntry, str], ...] = ()
    volumes: tuple[tuple[VolumeEntry, str], ...] = ()
    env: tuple[tuple[EnvEntry, str], ...] = ()
    env_from: tuple[tuple[EnvFromEntry, str], ...] = ()
    proxies: tuple[tuple[ProxyEntry, str], ...] = ()
    service_labels: tuple[tuple[ServiceLabelEntry, str], ...] = ()
    annotations: tuple[tuple[AnnotationEntry, str], ...] = ()
    account: tuple[tuple[AccountAnnotationEntry, str], ...] = ()
    reads: tuple[tuple[ReadEntry, str], ...] = ()
    renewals: tuple[tuple[RenewalEntry, str], ...] = ()
    given_secrets: tuple[tuple[GivenSecretEntry, str], ...] = ()
    store_annotations: tuple[tuple[StoreAnnotationEntry, str], ...] = ()
    store_objects: tuple[tuple[StoreObjectEntry, str], ...] = ()
    store_tokens: tuple[tuple[StoreTokenEntry, str], ...] = ()
    nodes: tuple[tuple[NodeEntry, str], ...] = ()


class Relaxed(Value, frozen=True):
    """A control that an answer relaxes for one container; `allows` are findings, as (check, part of the container).

    `level` is the highest level of Pod Security that still admits the pod; `text` says what is open.
    """

    control: str
    container: str
    reason: str
    approved_by: str
    until: str
    text: str
    level: str
    allows: tuple[tuple[str, str], ...]
    place: Place


class Member(Value, frozen=True):
    """One App with what was added to its pods, and the controls that do not hold for them."""

    app: App
    additions: Additions
    relaxed: tuple[Relaxed, ...] = ()


class Space(Value, frozen=True):
    """A namespace with what blueprints add to it, and the level of Pod Security that admits its pods.

    `reads` is what every team in it reads.
    """

    name: str
    labels: Labels
    annotations: Labels = ()
    reads: tuple[ReadEntry, ...] = ()
    level: str = "restricted"


class System(Value, frozen=True):
    """Platform, apps (sorted by key), edges (sorted), selections (in the order of the catalog), namespaces (sorted).

    `requirements` are what others have to provide: who, and what.
    `known` are the teams of Apps that are rendered elsewhere, by their pods. `gateway` are the pods through which Apps
    reach hosts outside, where there are any: what opens them is rendered.
    """

    platform: Platform
    members: tuple[Member, ...]
    edges: tuple[Edge, ...]
    selections: tuple[Selection, ...]
    spaces: tuple[Space, ...]
    requirements: tuple[tuple[str, str], ...] = ()
    known: tuple[tuple[Endpoint, str], ...] = ()
    gateway: Endpoint | None = None

    @property
    def flows(self) -> tuple[Edge, ...]:
        """What network policies see of the edges, sorted: in place of each that a proxy passes on its two hops."""
        return tuple(sorted({hop for edge in self.edges for hop in edge.hops}))

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces that the apps live in, sorted."""
        return tuple(space.name for space in self.spaces)
