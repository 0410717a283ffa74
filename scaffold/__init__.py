"""scaffold: declare what a service is, get a hardened and verified Kubernetes bundle.

The pipeline, each step a function of frozen values:

    catalog = scan()                         # blueprints, validated as a whole
    answers = load(["examples/orders"])      # App and Platform documents, or every problem in them
    system = resolve(catalog, answers)       # edges, selections, contributions
    units = plan(catalog, system)            # what is rendered where
    bundle = render(units)                   # files in memory
    verified = verify(bundle, system)        # or every finding
    changes = write(verified, out, tool=__version__, blueprints=digests(catalog))

Names are loaded when they are first used, so that stock cookiecutter can import our Jinja extension by itself.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from scaffold.answers.load import Answers, load
    from scaffold.bundle.disk import Change, changes, write
    from scaffold.bundle.file import Bundle, File
    from scaffold.catalog import Catalog, digests, scan
    from scaffold.errors import ScaffoldError
    from scaffold.finding import Finding
    from scaffold.plan import Unit, plan
    from scaffold.render.render import render
    from scaffold.system.model import Edge, System
    from scaffold.system.resolve import resolve
    from scaffold.verify import Verified, verify

_HOME = {
    "Answers": "scaffold.answers.load",
    "Bundle": "scaffold.bundle.file",
    "Catalog": "scaffold.catalog",
    "Change": "scaffold.bundle.disk",
    "Edge": "scaffold.system.model",
    "File": "scaffold.bundle.file",
    "Finding": "scaffold.finding",
    "ScaffoldError": "scaffold.errors",
    "System": "scaffold.system.model",
    "Unit": "scaffold.plan",
    "Verified": "scaffold.verify",
    "changes": "scaffold.bundle.disk",
    "digests": "scaffold.catalog",
    "load": "scaffold.answers.load",
    "plan": "scaffold.plan",
    "render": "scaffold.render.render",
    "resolve": "scaffold.system.resolve",
    "scan": "scaffold.catalog",
    "verify": "scaffold.verify",
    "write": "scaffold.bundle.disk",
}

__all__ = [  # noqa: RUF022  the pipeline's order says more than the alphabet's
    "scan", "load", "resolve", "plan", "render", "verify", "changes", "write", "digests",
    "Answers", "Bundle", "Catalog", "Change", "Edge", "File", "Finding", "ScaffoldError", "System", "Unit", "Verified",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
