"""What the evaluation of policies works on: pods, policies and flows, from anybody's manifests.

May import: value.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from scaffold.value import Value

ALL_PORTS = ("ANY", 0, 65535)

PortRange: TypeAlias = tuple[str, int, int]
"""Protocol, first and last port; `ALL_PORTS` for every port of every protocol."""

Labels: TypeAlias = tuple[tuple[str, str], ...]


class Pod(Value, frozen=True, order=True):
    """A pod, or any number that policies cannot tell apart.

    `ports` are its named ports: name, protocol, number. `account` is the ServiceAccount as which it is in the mesh;
    empty: the mesh does not capture it, it has no identity, and nothing is enforced at it. `uncaptured` are the ports
    at which the mesh is passed by. With `tunnelled`, what others of the mesh send comes on the tunnel's port alone,
    and nothing looks into it. `through` is the proxy (`namespace/name`) by which the mesh leads that to them. `proxy`
    says that it is such a one: for `all`, or for `services`, which pods' addresses pass by.
    """

    namespace: str
    name: str
    labels: Labels = ()
    ports: tuple[tuple[str, str, int], ...] = ()
    account: str = ""
    uncaptured: tuple[PortRange, ...] = ()
    tunnelled: bool = False
    through: str = ""
    proxy: str = ""

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


class Net(Value, frozen=True, order=True):
    """Addresses outside the cluster that no rule tells apart; `sample` is one of them."""

    sample: str

    def __str__(self) -> str:
        return self.sample


class Name(Value, frozen=True, order=True):
    """What a policy knows by its name alone: hosts outside (`*` in it: any that match), or an `entity` of the cluster.

    A host begins no flow. Their addresses are not known: no rule on addresses stands for them.
    """

    name: str
    entity: bool = False

    def __str__(self) -> str:
        return self.name


WHOLE = frozenset(Name(text, entity=True) for text in ("all", "cluster", "world"))
"""Entities that stand for others: everybody, all pods, all that is outside."""

Node: TypeAlias = Pod | Net | Name


class Requirement(Value, frozen=True):
    """One part of a label selector: the key's value is (`negated`: is not) among `values`; None: the key exists."""

    key: str
    values: frozenset[str] | None
    negated: bool = False

    def holds(self, labels: dict[str, str]) -> bool:
        """Tell whether labels satisfy this requirement (`NotIn` holds where the key is missing, as in Kubernetes)."""
        matched = self.key in labels and (self.values is None or labels[self.key] in self.values)
        return matched != self.negated


Selector: TypeAlias = tuple[Requirement, ...]
"""All of its requirements; an empty one selects everything."""


class Peer(Value, frozen=True):
    """One item of `from` or `to`: an address block, or pods by selectors (`namespaces` of None: the policy's own).

    Or (`name`) hosts outside by name or pattern, or an entity: one of `WHOLE`, or one that stands for itself.
    """

    name: Name | None = None
    cidr: str = ""
    excepted: tuple[str, ...] = ()
    namespaces: Selector | None = None
    pods: Selector = ()


class Port(Value, frozen=True):
    """One item of `ports`; `name` for a named port, `first` of None for every port of the protocol."""

    protocol: str
    name: str = ""
    first: int | None = None
    last: int | None = None


Action: TypeAlias = Literal["allow", "deny", "pass"]
"""What becomes of what a rule matches; what is passed goes on with the next tier."""


class Rule(Value, frozen=True):
    """One rule: any of its peers (None: everybody) on any of its ports (None: every port).

    `asked` are the names (or patterns) that may be asked for there, through a proxy that learns what they are answered
    with; None: no proxy reads it. `part` is the entry of the policy's spec that it is made of, where that is another
    than the one of its direction and number.
    """

    peers: tuple[Peer, ...] | None
    ports: tuple[Port, ...] | None
    asked: tuple[str, ...] | None = None
    part: tuple[str | int, ...] = ()
    action: Action = "allow"


class Tier(Value, frozen=True):
    """Policies that are asked together, tier after tier by `order`.

    `default` is what becomes of what none of their rules matches, of pods that one of them selects for a direction.
    """

    order: float
    name: str
    default: Literal["deny", "pass"]


ADMIN = Tier(1_000, "Admin", "pass")
NORMAL = Tier(1_000_000, "default", "deny")
BASELINE = Tier(10_000_000, "Baseline", "pass")
"""Kubernetes' own tiers, NetworkPolicies in the middle one; what is left after the last is allowed.

The numbers are Calico's, which has more of them (`api/pkg/apis/projectcalico/v3/tier.go`).
"""
NETWORK_POLICIES = 1_000
"""The order of each NetworkPolicy in its tier, as Calico has it: they only allow, so none of them is the first."""


class Policy(Value, frozen=True):
    """A policy: its rules in their order; `ingress` or `egress` of None where it does not isolate that direction.

    A `namespace` of nothing: it holds in all of them, or in those that `spaces` selects.
    """

    namespace: str
    name: str
    pods: Selector
    ingress: tuple[Rule, ...] | None
    egress: tuple[Rule, ...] | None
    spaces: Selector | None = None
    tier: Tier = NORMAL
    order: float = NETWORK_POLICIES

    def rules(self, direction: str) -> tuple[Rule, ...] | None:
        """Return the rules for `ingress` or `egress`."""
        return self.egress if direction == "egress" else self.ingress
