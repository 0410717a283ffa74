"""What a team may declare of flows: who reaches an App, and what it reaches.

May import: answer, day, numbers, request_words, words.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, field

from scaffold.answers.answer import Answer
from scaffold.answers.day import Day
from scaffold.answers.numbers import PortNumber
from scaffold.answers.request_words import (
    AgentPattern,
    ClaimName,
    ClaimValue,
    HeaderName,
    HeaderValue,
    TokenAudience,
)
from scaffold.answers.words import (
    L4,
    AccountName,
    AppName,
    Cidr,
    HostName,
    HttpMethod,
    HttpPattern,
    LabelKey,
    LabelValue,
    Namespace,
    PortName,
    StoreName,
)

Values: TypeAlias = Annotated[list[ClaimValue], Meta(min_length=1, max_length=20, description="1 to 20 values")]
HeaderValues: TypeAlias = Annotated[list[HeaderValue], Meta(min_length=1, max_length=20, description="1 to 20 values")]


class Token(Answer, frozen=True):
    """A token that each request has to carry: of one issuer of the Platform, for one of `audiences`, with all `claims`.

    A claim has one of its values. With `forward` the process is given the token, too; else it is taken off.
    """

    issuer: StoreName
    audiences: Annotated[list[TokenAudience], Meta(max_length=20, description="at most 20 audiences")] = field(
        default_factory=list
    )
    claims: Annotated[dict[ClaimName, Values], Meta(max_length=10, description="at most 10 claims")] = field(
        default_factory=dict
    )
    forward: bool = False


class Peer(Answer, frozen=True):
    """The other end of a flow: exactly one of `app`, `pods` (labels), `cidr` and `nodes` (a group of the Platform).

    `namespace` defaults to the App's.
    """

    app: AppName | None = None
    pods: (
        Annotated[dict[LabelKey, LabelValue], Meta(min_length=1, max_length=20, description="1 to 20 labels")] | None
    ) = None
    cidr: Cidr | None = None
    nodes: StoreName | None = None
    namespace: Namespace | None = None


class Caller(Peer, frozen=True, kw_only=True):
    """Who may reach this App, on which of its ports (by name or pod port).

    `account` is the ServiceAccount of `pods`, as which a mesh knows them; without one they are outside it. `methods`
    and `paths` narrow what an HTTP or gRPC port is asked for. `loadBalancer` is one of the Platform's, which
    passes on connections from `cidrs`, or from any public address with `internet: true`: a reported risk. `gateway` is
    a kind of caller of its own: requests from
    outside for one `host`, through a gateway of the Platform. What an entry asks of a request holds all together: a
    `token`, `headers` with one of their values each, an address of the caller behind the gateway, another User-Agent.
    `until` is the last day on which a mesh takes a caller without an identity, in plain text.
    """

    ONE_OF = ("app", "pods", "cidr", "nodes", "loadBalancer", "gateway")

    port: PortName | PortNumber
    loadBalancer: StoreName | None = None  # noqa: N815  Kubernetes' spelling
    cidrs: Annotated[list[Cidr], Meta(max_length=50, description="at most 50 networks")] = field(default_factory=list)
    internet: bool = False
    gateway: StoreName | None = None
    host: HostName | None = None
    account: AccountName | None = None
    methods: Annotated[list[HttpMethod], Meta(max_length=7, description="at most 7 methods")] = field(
        default_factory=list
    )
    paths: Annotated[list[HttpPattern], Meta(max_length=50, description="at most 50 paths")] = field(
        default_factory=list
    )
    token: Token | None = None
    headers: Annotated[dict[HeaderName, HeaderValues], Meta(max_length=10, description="at most 10 headers")] = field(
        default_factory=dict
    )
    addresses: Annotated[list[Cidr], Meta(max_length=50, description="at most 50 networks")] = field(
        default_factory=list
    )
    refusedAgents: Annotated[  # noqa: N815  Kubernetes' spelling
        list[AgentPattern], Meta(max_length=50, description="at most 50 patterns")
    ] = field(default_factory=list)
    until: Day | None = None

    @property
    def known(self) -> bool:
        """Whether a mesh knows who it is."""
        return bool(self.app or self.account or self.gateway)


class Callee(Peer, frozen=True, kw_only=True):
    """What this App reaches: the callee's port by name, or the pod port by number where no App file declares it.

    `host` is a kind of peer of its own: a name outside the cluster. NetworkPolicy knows no names, so it comes with the
    host's networks (`cidrs`), or with `internet: true`, which opens the port to all public addresses and is reported;
    with neither where the Platform enforces names. `account` is the ServiceAccount of `pods`, as which a mesh that
    carries connections to its own in a tunnel knows them; without one they are outside it.
    With `endPort` it is all ports from `port` to that one. Where `tls` is the sidecar's, the process speaks plain HTTP
    to the host's port 80, and what leaves the pod is TLS to `port`, to nobody but that host.
    """

    ONE_OF = ("app", "pods", "cidr", "nodes", "host")

    port: PortName | PortNumber
    account: AccountName | None = None
    endPort: PortNumber | None = None  # noqa: N815  Kubernetes' spelling
    protocol: L4 | None = None
    host: HostName | None = None
    cidrs: Annotated[list[Cidr], Meta(max_length=50, description="at most 50 networks")] = field(default_factory=list)
    internet: bool = False
    tls: Literal["process", "sidecar"] = "process"
