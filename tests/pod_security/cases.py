"""One sound pod, and one tweak of it for each thing that a check of the standards forbids or allows.

A case says in which versions its check refuses the tweaked pod, and in which nothing does.
"""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from harness import put

SOUND = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "sound", "annotations": {}},
    "spec": {
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [
            {
                "name": "one",
                "image": "registry.example.com/one:1",
                "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
            }
        ],
    },
}


@dataclass(frozen=True)
class Case:
    """A check's id, the level at which it is asked, the tweak; the versions that refuse, and those that admit."""

    check: str
    level: str
    change: Any
    refused: str = ""
    admitted: str = ""

    def pod(self) -> dict[str, Any]:
        value = deepcopy(SOUND)
        self.change(value)
        return value

    def verdicts(self) -> dict[str, set[str]]:
        """Return the ids that are violated, by version."""
        return {version: {self.check} for version in self.refused.split()} | {
            version: set() for version in self.admitted.split()
        }


def spec(*path, to):
    return put("spec", *path, to=to)


def whole(*path, to):
    return spec("securityContext", *path, to=to)


def container(*path, to):
    return spec("containers", 0, *path, to=to)


def own(*path, to):
    return container("securityContext", *path, to=to)


def both(*changes):
    return lambda pod: [change(pod) for change in changes]


def annotated(key, value):
    return put("metadata", "annotations", key, to=value)


def volume(**source):
    return spec("volumes", to=[{"name": "v", **source}])


def connects(probe, kind, host):
    return container(*probe.split("/"), kind, to={"host": host, "port": 8080})


def sysctl(name):
    return whole("sysctls", to=[{"name": name, "value": "1"}])


WINDOWS, USERS = spec("os", to={"name": "windows"}), spec("hostUsers", to=False)
BARE = {"name": "bare", "image": "registry.example.com/bare:1"}
APP_ARMOR, SECCOMP = "container.apparmor.security.beta.kubernetes.io/one", "seccomp.security.alpha.kubernetes.io/pod"
ALL = "v1.0 v1.18 v1.24 v1.30 v1.34 v1.35 v1.37 latest"

BASELINE = [
    Case("privileged", "baseline", own("privileged", to=True), ALL),
    Case("privileged", "baseline", own("privileged", to=False), "", ALL),
    Case("privileged", "baseline", spec("initContainers", to=[BARE | {"securityContext": {"privileged": True}}]), ALL),
    Case(
        "privileged",
        "baseline",
        spec("ephemeralContainers", to=[BARE | {"securityContext": {"privileged": True}}]),
        ALL,
    ),
    Case("hostNamespaces", "baseline", spec("hostNetwork", to=True), ALL),
    Case("hostNamespaces", "baseline", spec("hostPID", to=True), ALL),
    Case("hostNamespaces", "baseline", spec("hostIPC", to=True), ALL),
    Case("hostNamespaces", "baseline", spec("hostPID", to=False), "", ALL),
    Case("hostPathVolumes", "baseline", volume(hostPath={"path": "/"}), ALL),
    Case("hostPathVolumes", "baseline", volume(nfs={"server": "x", "path": "/"}), "", ALL),
    Case("hostPorts", "baseline", container("ports", to=[{"containerPort": 80, "hostPort": 80}]), ALL),
    Case("hostPorts", "baseline", container("ports", to=[{"containerPort": 80, "hostPort": 0}]), "", ALL),
    *(
        Case("hostProbesAndHostLifecycle", "baseline", connects(probe, kind, "x"), "v1.34 latest", "v1.0 v1.33")
        for probe in ("livenessProbe", "readinessProbe", "startupProbe", "lifecycle/postStart", "lifecycle/preStop")
        for kind in ("httpGet", "tcpSocket")
    ),
    Case("hostProbesAndHostLifecycle", "baseline", connects("livenessProbe", "httpGet", ""), "", ALL),
    Case("capabilities_baseline", "baseline", own("capabilities", "add", to=["NET_RAW"]), ALL),
    Case("capabilities_baseline", "baseline", own("capabilities", "add", to=["CHOWN", "MKNOD"]), "", ALL),
    Case("appArmorProfile", "baseline", whole("appArmorProfile", to={"type": "Unconfined"}), ALL),
    Case("appArmorProfile", "baseline", own("appArmorProfile", to={}), ALL),
    Case("appArmorProfile", "baseline", own("appArmorProfile", to={"type": "Localhost"}), "", ALL),
    Case("appArmorProfile", "baseline", annotated(APP_ARMOR, "unconfined"), ALL),
    Case("appArmorProfile", "baseline", annotated(APP_ARMOR, "localhost/x"), "", ALL),
    Case("appArmorProfile", "baseline", annotated(APP_ARMOR, ""), "", ALL),
    Case("seLinuxOptions", "baseline", whole("seLinuxOptions", to={"type": "spc_t"}), ALL),
    Case("seLinuxOptions", "baseline", own("seLinuxOptions", to={"user": "root"}), ALL),
    Case("seLinuxOptions", "baseline", own("seLinuxOptions", to={"role": "sysadm_r"}), ALL),
    Case("seLinuxOptions", "baseline", own("seLinuxOptions", to={"type": "container_t", "level": "s0"}), "", ALL),
    Case(
        "seLinuxOptions",
        "baseline",
        whole("seLinuxOptions", to={"type": "container_engine_t"}),
        "v1.30",
        "v1.31 latest",
    ),
    Case("procMount", "baseline", own("procMount", to="Unmasked"), ALL),
    Case("procMount", "baseline", own("procMount", to="Default"), "", ALL),
    Case("procMount", "baseline", both(own("procMount", to="Unmasked"), USERS), "v1.0 v1.34", "v1.35 latest"),
    Case("seccompProfile_baseline", "baseline", whole("seccompProfile", to={"type": "Unconfined"}), "v1.19", "v1.18"),
    Case("seccompProfile_baseline", "baseline", own("seccompProfile", to={}), "v1.19 latest", "v1.18"),
    Case("seccompProfile_baseline", "baseline", whole("seccompProfile", to=...), "", ALL),
    Case("seccompProfile_baseline", "baseline", annotated(SECCOMP, "unconfined"), "v1.0 v1.18", "v1.19 latest"),
    Case("seccompProfile_baseline", "baseline", annotated(SECCOMP, "docker/default"), "", ALL),
    Case("seccompProfile_baseline", "baseline", annotated(f"container.{SECCOMP[:-3]}one", "x"), "v1.18", "v1.19"),
    Case("sysctls", "baseline", sysctl("kernel.msgmax"), ALL),
    Case("sysctls", "baseline", sysctl("net.ipv4.ip_unprivileged_port_start"), "", ALL),
    Case("sysctls", "baseline", sysctl("net.ipv4.ip_local_reserved_ports"), "v1.0 v1.26", "v1.27 latest"),
    Case("sysctls", "baseline", sysctl("net.ipv4.tcp_keepalive_time"), "v1.0 v1.28", "v1.29 latest"),
    Case("sysctls", "baseline", sysctl("net.ipv4.tcp_rmem"), "v1.0 v1.31", "v1.32 latest"),
    Case("sysctls", "baseline", sysctl("net.ipv4.tcp_notsent_lowat"), "v1.0 v1.36", "v1.37 v1.99 latest"),
    Case("windowsHostProcess", "baseline", whole("windowsOptions", to={"hostProcess": True}), ALL),
    Case("windowsHostProcess", "baseline", own("windowsOptions", to={"hostProcess": True}), ALL),
    Case("windowsHostProcess", "baseline", own("windowsOptions", to={"hostProcess": False}), "", ALL),
]
RESTRICTED = [
    Case("hostNamespaces", "restricted", spec("hostNetwork", to=True), ALL),
    Case("restrictedVolumes", "restricted", volume(hostPath={"path": "/"}), ALL),
    Case("restrictedVolumes", "restricted", volume(nfs={"server": "x", "path": "/"}), ALL),
    Case("restrictedVolumes", "restricted", volume(emptyDir={}), "", ALL),
    Case("restrictedVolumes", "restricted", volume(image={"reference": "x"}, hostPath=None), "", ALL),
    Case("restrictedVolumes", "restricted", volume(), "", ALL),
    Case("allowPrivilegeEscalation", "restricted", own("allowPrivilegeEscalation", to=...), "v1.8 latest", "v1.0 v1.7"),
    Case("allowPrivilegeEscalation", "restricted", own("allowPrivilegeEscalation", to=True), "v1.8 latest", "v1.7"),
    Case(
        "allowPrivilegeEscalation",
        "restricted",
        both(own("allowPrivilegeEscalation", to=...), WINDOWS),
        "v1.8 v1.24",
        "v1.25 latest",
    ),
    Case("capabilities_restricted", "restricted", own("capabilities", to=...), "v1.22 latest", "v1.0 v1.21"),
    Case("capabilities_restricted", "restricted", own("capabilities", "drop", to=["all"]), "v1.22 latest", "v1.21"),
    Case("capabilities_restricted", "restricted", own("capabilities", "add", to=["CHOWN"]), "v1.22 latest", "v1.21"),
    Case("capabilities_restricted", "restricted", own("capabilities", "add", to=["SYS_ADMIN"]), "v1.22 latest"),
    Case("capabilities_baseline", "restricted", own("capabilities", "add", to=["SYS_ADMIN"]), "v1.0 v1.21"),
    Case("capabilities_restricted", "restricted", own("capabilities", "add", to=["NET_BIND_SERVICE"]), "", ALL),
    Case(
        "capabilities_restricted",
        "restricted",
        both(own("capabilities", to=...), WINDOWS),
        "v1.22 v1.24",
        "v1.21 v1.25 latest",
    ),
    Case("procMount_restricted", "restricted", own("procMount", to="Unmasked"), "v1.35 latest"),
    Case("procMount", "restricted", own("procMount", to="Unmasked"), "v1.0 v1.34"),
    Case("seccompProfile_restricted", "restricted", whole("seccompProfile", to=...), "v1.19 latest", "v1.18"),
    Case("seccompProfile_restricted", "restricted", own("seccompProfile", to={"type": "Unconfined"}), "v1.19 latest"),
    Case("seccompProfile_restricted", "restricted", own("seccompProfile", to={"type": "Localhost"}), "", ALL),
    Case(
        "seccompProfile_restricted",
        "restricted",
        both(whole("seccompProfile", to=...), own("seccompProfile", to={"type": "RuntimeDefault"})),
        "",
        ALL,
    ),
    Case(
        "seccompProfile_restricted",
        "restricted",
        both(whole("seccompProfile", to=...), WINDOWS),
        "v1.19 v1.24",
        "v1.18 v1.25 latest",
    ),
    Case("runAsNonRoot", "restricted", whole("runAsNonRoot", to=...), ALL),
    Case("runAsNonRoot", "restricted", own("runAsNonRoot", to=False), ALL),
    Case("runAsNonRoot", "restricted", both(whole("runAsNonRoot", to=...), own("runAsNonRoot", to=True)), "", ALL),
    Case("runAsUser", "restricted", whole("runAsUser", to=0), "v1.23 latest", "v1.22"),
    Case("runAsUser", "restricted", own("runAsUser", to=0), "v1.23 latest", "v1.22"),
    Case("runAsUser", "restricted", own("runAsUser", to=10001), "", ALL),
]
# Since 1.35 a user namespace relaxes what root may do, also where the standard's own fixtures do not ask.
RELAXED = [
    Case("runAsNonRoot", "restricted", both(USERS, whole("runAsNonRoot", to=...)), "v1.30 v1.34", "v1.35 latest"),
    Case("runAsNonRoot", "restricted", both(USERS, whole("runAsNonRoot", to=False)), "v1.30 v1.34", "v1.35 latest"),
    Case("runAsNonRoot", "restricted", both(USERS, own("runAsNonRoot", to=False)), "v1.30 v1.34", "v1.35 latest"),
    Case("runAsUser", "restricted", both(USERS, whole("runAsUser", to=0)), "v1.30 v1.34", "v1.35 latest"),
    Case("runAsUser", "restricted", both(USERS, own("runAsUser", to=0)), "v1.30 v1.34", "v1.35 latest"),
    Case("procMount_restricted", "restricted", both(USERS, own("procMount", to="Unmasked")), "v1.35 latest"),
    Case("procMount", "restricted", both(USERS, own("procMount", to="Unmasked")), "v1.30 v1.34"),
    Case("privileged", "restricted", both(USERS, own("allowPrivilegeEscalation", to=False)), "", "v1.30 v1.35 latest"),
    *(
        Case(check, "restricted", both(spec("hostUsers", to=True), change), "v1.30 v1.34 v1.35 latest")
        for check, change in (("runAsNonRoot", whole("runAsNonRoot", to=...)), ("runAsUser", whole("runAsUser", to=0)))
    ),
]
CASES = [*BASELINE, *RESTRICTED, *RELAXED]
