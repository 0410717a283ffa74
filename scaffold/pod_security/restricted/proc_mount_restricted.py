"""The mask of /proc stays in a user namespace, too, where baseline lets it go since 1.35.

Fields: containers[*].securityContext.procMount.
Allowed: Default, unset.
"""

from __future__ import annotations

from scaffold.pod_security.baseline.proc_mount import unmasked
from scaffold.pod_security.check import Check

check = Check("procMount_restricted", (("1.35", unmasked),), overrides="procMount")
