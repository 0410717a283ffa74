"""What a team may declare of a port, or of a range of them, on which its App listens.

May import: answer, numbers.
"""

from __future__ import annotations

from typing import Literal

from msgspec import field

from scaffold.answers.answer import Answer
from scaffold.answers.numbers import ContainerPort, PortNumber, RequestCount, numbered


class Rate(Answer, frozen=True):
    """How many requests are answered in a second, a minute or an hour; what comes beyond is refused at once."""

    requests: RequestCount
    per: Literal["second", "minute", "hour"]


class Limits(Answer, frozen=True):
    """How many requests a port answers: `each` pod by itself, so that more pods answer more; `all` of them together."""

    each: Rate | None = None
    all: Rate | None = None


class Port(Answer, frozen=True):
    """A port the process listens on; `service` is the Service's port, by default the same number.

    With `endPort` it is all ports from `port` to that one. No Service maps them: callers know the pod's address.
    """

    port: ContainerPort
    endPort: ContainerPort | None = None  # noqa: N815  Kubernetes' spelling
    service: PortNumber | None = None
    protocol: Literal["http", "grpc", "tcp", "udp", "sctp"] = "tcp"
    limits: Limits = field(default_factory=Limits)

    @property
    def l4(self) -> str:
        """The transport that policies and Services name: TCP, UDP or SCTP."""
        return self.protocol.upper() if self.protocol in {"udp", "sctp"} else "TCP"

    @property
    def last(self) -> int:
        """The last of its ports; `port` where it is one."""
        return self.endPort or self.port

    @property
    def can_be_asked(self) -> bool:
        """Whether it is one port that the kubelet can ask: it asks over TCP only."""
        return self.l4 == "TCP" and self.endPort is None

    def __str__(self) -> str:
        return numbered(self.port, self.last)
