"""The numbers of answers: each kind, its bounds, and how messages call it.

May import: nothing of the project.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta

ContainerPort: TypeAlias = Annotated[
    int,
    Meta(
        ge=1024,
        le=65535,
        description="a port that the process listens on, 1024 to 65535",
        examples=[8080],
        extra={
            "remedy": "a process without privileges cannot listen lower: listen high and map the Service, "
            "{port: 8080, service: 80}"
        },
    ),
]
RequestCount: TypeAlias = Annotated[
    int, Meta(ge=1, le=1000000, description="a number of requests, 1 to 1,000,000", examples=[100])
]
PortNumber: TypeAlias = Annotated[int, Meta(ge=1, le=65535, description="a port number, 1 to 65535", examples=[443])]
UserId: TypeAlias = Annotated[
    int,
    Meta(
        ge=1,
        le=2147483647,
        description="the numeric id of the user that the process runs as, 1 or above",
        examples=[10001],
        extra={"remedy": "0 is root; leave it out, or give the id that the image was built for"},
    ),
]
# Group 0 is no root: a process of another user has none of root's rights by it.
GroupId: TypeAlias = Annotated[
    int,
    Meta(
        ge=0,
        le=2147483647,
        description="the numeric id of a group, 0 or above",
        examples=[0],
        extra={"remedy": "leave it out for the user's number, or give the group that the image was built for"},
    ),
]
Replicas: TypeAlias = Annotated[int, Meta(ge=1, le=1000, description="how many pods, 1 to 1000", examples=[3])]
# CPU is limited to its request, and the controller lets a tenth pass: above 90 it would never see a reason to add pods.
Utilization: TypeAlias = Annotated[
    int,
    Meta(
        ge=1,
        le=90,
        description="percent of the requested CPU, 1 to 90",
        examples=[70],
        extra={"remedy": "leave it out for 70; above 90 of what a pod may take at most, none would ever be added"},
    ),
]
Nodes: TypeAlias = Annotated[int, Meta(ge=1, le=5000, description="how many nodes at most, 1 to 5000", examples=[20])]
Seconds: TypeAlias = Annotated[int, Meta(ge=1, le=604800, description="seconds, 1 to 604800 (a week)", examples=[3600])]
StartSeconds: TypeAlias = Annotated[
    int, Meta(ge=5, le=3600, description="seconds, 5 to 3600 (an hour)", examples=[300])
]
# A second for the pause before the signal, and one to end in.
ShutdownSeconds: TypeAlias = Annotated[
    int, Meta(ge=2, le=3600, description="seconds, 2 to 3600 (an hour)", examples=[30])
]
Retries: TypeAlias = Annotated[
    int, Meta(ge=0, le=100, description="how many times it is tried again, 0 to 100", examples=[2])
]


def numbered(first: int, last: int) -> str:
    """Return one port, or a range of them, as people write it: `8080`, `30000-30100`."""
    return f"{first}-{last}" if last > first else str(first)
