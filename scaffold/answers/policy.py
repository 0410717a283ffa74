"""What a platform team may say of pods: where they run, what from, and what they take.

May import: answer, words.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, field

from scaffold.answers.answer import Answer
from scaffold.answers.words import Cpu, LabelKey, LabelValue, RuntimeClass, Size

# No empty one: the API server does not give it back, which would look like drift.
TaintValue: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$(?!\n)", max_length=63,
        description="a taint's value: letters, digits, '-', '_' and '.', at most 63",
        examples=["sensitive"], extra={"remedy": "leave it out where the taint has none"},
    ),
]  # fmt: skip

# The registry by name, with a dot or a port: without one, it would be a part of Docker Hub's path.
_LABEL, _PART = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?", "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
RegistryPath: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"^(?:localhost|(?=[^/]*[.:]){_LABEL}(?:\.{_LABEL})*)(?::[0-9]{{1,5}})?(?:/{_PART})*/?$(?!\n)",
        max_length=255, description="a registry, with or without a path: registry.example.com/ or docker.io/library/",
        examples=["registry.example.com/"], extra={"remedy": "as in the names of images; Docker Hub is docker.io/"},
    ),
]  # fmt: skip


class Taint(Answer, frozen=True):
    """What keeps other pods off a node. PreferNoSchedule is no choice: the scheduler may do otherwise."""

    key: LabelKey
    value: TaintValue | None = None
    effect: Literal["NoSchedule", "NoExecute"] = "NoSchedule"


class Overhead(Answer, frozen=True):
    """What a RuntimeClass adds to each pod: its virtual machine, or its kernel."""

    cpu: Cpu | None = None
    memory: Size | None = None


class NodePool(Answer, frozen=True):
    """Nodes for sensitive Apps: without the taints other pods would come in, without the labels the App would leave."""

    labels: Annotated[dict[LabelKey, LabelValue], Meta(min_length=1, max_length=20, description="1 to 20 labels")]
    taints: Annotated[list[Taint], Meta(min_length=1, max_length=20, description="1 to 20 taints")]
    runtimeClass: RuntimeClass | None = None  # noqa: N815  Kubernetes' spelling
    overhead: Overhead | None = None


class Amounts(Answer, frozen=True):
    """What a container takes that says nothing."""

    cpu: Cpu = "250m"
    memory: Size = "256Mi"


class Most(Answer, frozen=True):
    """What a container may take at most; None: as much as its namespace has."""

    cpu: Cpu | None = None
    memory: Size | None = None


class ResourcePolicy(Answer, frozen=True):
    """What a container takes, and what it may."""

    default: Amounts = field(default_factory=Amounts)
    most: Most = field(default_factory=Most)
