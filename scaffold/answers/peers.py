"""What a team may declare of flows: who reaches an App, and what it reaches.

May import: answer, numbers, words.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, field

from scaffold.answers.answer import Answer
from scaffold.answers.numbers import PortNumber
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


class Peer(Answer, frozen=True):
    """The other end of a flow: exactly one of `app`, `pods` (labels) and `cidr`. `namespace` defaults to the App's."""

    app: AppName | None = None
    pods: (
        Annotated[dict[LabelKey, LabelValue], Meta(min_length=1, max_length=20, description="1 to 20 labels")] | None
    ) = None
    cidr: Cidr | None = None
    namespace: Namespace | None = None


class Caller(Peer, frozen=True, kw_only=True):
    """Who may reach this App, on which of its ports (by name or pod port).

    `account` is the ServiceAccount of `pods`, as which a mesh knows them; without one they are outside it. `methods`
    and `paths` narrow what an HTTP or gRPC port is asked for. `gateway` is a fourth kind of caller: requests from
    outside for one `host`, through a gateway of the Platform.
    """

    ONE_OF = ("app", "pods", "cidr", "gateway")

    port: PortName | PortNumber
    gateway: StoreName | None = None
    host: HostName | None = None
    account: AccountName | None = None
    methods: Annotated[list[HttpMethod], Meta(max_length=7, description="at most 7 methods")] = field(
        default_factory=list
    )
    paths: Annotated[list[HttpPattern], Meta(max_length=50, description="at most 50 paths")] = field(
        default_factory=list
    )


class Callee(Peer, frozen=True, kw_only=True):
    """What this App reaches: the callee's port by name, or the pod port by number where no App file declares it.

    `host` is a fourth kind of peer: a name outside the cluster. NetworkPolicy knows no names, so it comes with the
    host's networks (`cidrs`), or with `internet: true`, which opens the port to all public addresses and is reported;
    with neither where the Platform enforces names.
    """

    ONE_OF = ("app", "pods", "cidr", "host")

    port: PortName | PortNumber
    protocol: L4 | None = None
    host: HostName | None = None
    cidrs: Annotated[list[Cidr], Meta(max_length=50, description="at most 50 networks")] = field(default_factory=list)
    internet: bool = False
