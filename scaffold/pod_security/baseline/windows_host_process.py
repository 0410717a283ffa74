"""A HostProcess container runs on a Windows node as one of its own processes.

Fields: securityContext.windowsOptions.hostProcess of the pod and of containers[*].
Allowed: false, unset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.pod_security.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.pod_security.pod import Pod


def _host_processes(pod: Pod) -> Iterator[tuple[str, str]]:
    for place, context in pod.contexts():
        if context.windows_options and context.windows_options.host_process:
            yield f"{place}/windowsOptions/hostProcess", "hostProcess is true"


check = Check("windowsHostProcess", (("1.0", _host_processes),))
