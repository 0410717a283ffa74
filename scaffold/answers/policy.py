"""What a platform team may say of pods: where they run.

May import: answer, words.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

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
