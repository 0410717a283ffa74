"""What each field of the answers means, in words: its label, a sentence or two, and an example.

The types say what a value may be, and their words carry examples of their own; `exported` puts both together. A test
walks the whole schema: no field is without its entry.

May import: field, described_app, described_platform.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from scaffold.answers.described_app import APP
from scaffold.answers.described_platform import PLATFORM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scaffold.answers.field import Field

FIELDS: Mapping[str, Mapping[str, Field]] = MappingProxyType({**APP, **PLATFORM})
"""By the name of a type, and of a field as documents spell it; a type has its bases' entries, too."""

EXAMPLES: Mapping[str, Any] = MappingProxyType(
    {
        "App": {
            "apiVersion": "scaffold/v1",
            "kind": "App",
            "metadata": APP["App"]["metadata"].example,
            "spec": {
                **APP["App"]["spec"].example,
                **{name: APP["AppSpec"][name].example for name in ("health", "from", "to", "config")},
            },
        },
        "Platform": {
            "apiVersion": "scaffold/v1",
            "kind": "Platform",
            "metadata": PLATFORM["Platform"]["metadata"].example,
            "spec": {
                **PLATFORM["Platform"]["spec"].example,
                **{
                    name: PLATFORM["PlatformSpec"][name].example
                    for name in ("clusterNetworks", "apiServer", "gateways")
                },
            },
        },
    }
)
"""A whole document of each kind."""
