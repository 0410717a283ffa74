"""The words that a blueprint's options may have as their types.

May import: words.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from scaffold.answers.numbers import PortNumber
from scaffold.answers.words import (
    AccountName,
    Audience,
    Base64,
    Cidr,
    Cpu,
    DottedName,
    HttpsUrl,
    LabelKey,
    LabelValue,
    Mount,
    Namespace,
    RuntimeClass,
    Size,
    Socket,
)

WORDS: dict[str, Any] = {
    "account": AccountName,
    "audience": Audience,
    "base64": Annotated[Base64, Meta(extra={"quiet": True})],
    "boolean": bool,
    "cidrs": Annotated[list[Cidr], Meta(max_length=50, description="at most 50 networks")],
    "cpu": Cpu,
    "https-url": HttpsUrl,
    "labels": Annotated[dict[LabelKey, LabelValue], Meta(min_length=1, max_length=20, description="1 to 20 labels")],
    "mount": Mount,
    "name": DottedName,
    "namespace": Namespace,
    "namespaces": Annotated[list[Namespace], Meta(max_length=50, description="at most 50 namespaces")],
    "port": PortNumber,
    "runtime-classes": Annotated[list[RuntimeClass], Meta(max_length=20, description="at most 20 runtime classes")],
    "size": Size,
    "socket": Socket,
}
"""What a blueprint's options may be, by the name that a blueprint gives it."""
