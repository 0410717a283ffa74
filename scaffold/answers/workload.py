"""What a team may declare of its workload, kind by kind; the rules are in `workloads`.

May import: answer, words.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, field

from scaffold.answers.answer import Answer
from scaffold.answers.numbers import Nodes, Replicas, Retries, Seconds, Utilization
from scaffold.answers.words import (
    ContainerPath,
    PortName,
    Schedule,
    Size,
    StorageClass,
    TimeZone,
)


class Volume(Answer, frozen=True):
    """What a pod of a StatefulSet keeps: its size, and the StorageClass that makes it (by default the cluster's)."""

    size: Size
    storageClass: StorageClass | None = None  # noqa: N815  Kubernetes' spelling


class Autoscaling(Answer, frozen=True):
    """As many pods as the load needs, between two bounds: as many as keep each near `cpu`, on the average."""

    min: Replicas
    max: Replicas
    cpu: Utilization = 70


class Workload(Answer, frozen=True):
    """What kind of controller runs the pods; each kind has fields of its own (`FIELDS_OF`).

    `replicas` are 3 by default: a number, or bounds between which they follow the load. A StatefulSet keeps `volumes`
    (directory: size) for each pod, and its pods reach each other on the ports `peers`. A DaemonSet runs on `nodes` at
    most, 100 by default, which its quota counts. A Job and each run of a CronJob end after `deadline` seconds (an hour)
    and are tried again `retries` times (2). A Pod is one by itself: nothing makes it again.
    """

    FIELDS_OF: ClassVar[dict[str, tuple[str, ...]]] = {
        "Deployment": ("replicas",),
        "StatefulSet": ("replicas", "volumes", "peers"),
        "DaemonSet": ("nodes",),
        "Job": ("deadline", "retries"),
        "CronJob": ("schedule", "timeZone", "deadline", "retries"),
        "Pod": (),
    }

    kind: Literal["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"] = "Deployment"
    replicas: Replicas | Autoscaling | None = None
    volumes: Annotated[dict[ContainerPath, Volume], Meta(max_length=10, description="at most 10 volumes")] = field(
        default_factory=dict
    )
    peers: Annotated[list[PortName], Meta(max_length=20, description="at most 20 ports")] = field(default_factory=list)
    nodes: Nodes | None = None
    schedule: Schedule | None = None
    timeZone: TimeZone | None = None  # noqa: N815  Kubernetes' spelling
    deadline: Seconds | None = None
    retries: Retries | None = None

    @property
    def ends(self) -> bool:
        """Tell whether its pods run to an end, instead of serving until they are stopped."""
        return self.kind in {"Job", "CronJob"}

    @property
    def scale(self) -> Autoscaling | None:
        """The bounds of an autoscaler; None where the number of pods is fixed."""
        return self.replicas if isinstance(self.replicas, Autoscaling) else None

    @property
    def pods(self) -> int:
        """How many pods there are at most while nothing is rolled out."""
        if isinstance(self.replicas, Autoscaling):
            return self.replicas.max
        if self.kind == "DaemonSet":
            return self.nodes or 100
        return 1 if self.ends or self.kind == "Pod" else self.replicas or 3

    @property
    def least(self) -> int:
        """How many pods there are at least while nothing is rolled out; of a DaemonSet nobody says: 0."""
        if isinstance(self.replicas, Autoscaling):
            return self.replicas.min
        return 0 if self.kind == "DaemonSet" else self.pods
