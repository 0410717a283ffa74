"""Read one workload by itself: everything of its answers but the flows.

May import: the topics of adopt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.adopt.containers import containers
from scaffold.adopt.permissions import permissions
from scaffold.adopt.ports import ports
from scaffold.adopt.probes import health
from scaffold.adopt.secrets import secrets
from scaffold.adopt.security import security
from scaffold.adopt.storage import storage
from scaffold.adopt.workloads import workload

if TYPE_CHECKING:
    from scaffold.adopt.draft import Draft
    from scaffold.adopt.objects import Found
    from scaffold.adopt.ports import Opened
    from scaffold.adopt.site import Site


def read(draft: Draft, found: Found, site: Site) -> list[Opened]:
    """Read a workload, and return its ports."""
    workload(draft, found)
    opened = ports(draft)
    known = containers(draft, found, opened)
    health(draft, opened)
    mounted = storage(draft, found)
    secrets(draft, known.secret, mounted, (found, site))
    security(draft)
    permissions(draft, found, site)
    return opened
