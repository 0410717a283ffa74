"""A build.gradle, in Groovy or Kotlin: clients of servers, of which only `"group:artifact"` is read.

Source: Gradle's documentation (declaring dependencies).

May import: clients, files, model.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scaffold.evidence.clients import client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.evidence.files import Text
    from scaffold.evidence.model import Fact

FILES = ("build.gradle.kts", "build.gradle")

_RUNS = re.compile(r"\s*(?:implementation|api|compile|runtimeOnly|runtime)\b[^\"']{0,40}[\"']([\w.-]+):([\w.-]+)")


def read(text: Text) -> Iterator[Fact]:
    """Yield what is found."""
    for number, line in enumerate(text.text.split("\n"), 1):
        found = _RUNS.match(line)
        if found:
            yield from client("java", found[2], text.place(number))
