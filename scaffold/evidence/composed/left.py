"""Keys of a compose service that no answer says: what is so here anyway, and what has to be seen to by a person.

Source: the Compose specification (services).

May import: nothing of the project.
"""

from __future__ import annotations

from types import MappingProxyType

# Read elsewhere; so by default; about one machine; or without a meaning in a cluster.
HERE_ANYWAY = frozenset(
    (
        *("annotations", "attach", "build", "cap_drop", "command", "container_name", "cpus", "cpu_count", "depends_on"),
        *("deploy", "develop", "entrypoint", "env_file", "environment", "expose", "extends", "healthcheck", "hostname"),
        *("image", "init", "labels", "label_file", "links", "logging", "mem_limit", "mem_reservation", "networks"),
        *("platform", "ports", "profiles", "pull_policy", "read_only", "restart", "scale", "secrets", "security_opt"),
        *("stdin_open", "stop_grace_period", "tmpfs", "tty", "user", "volumes", "memswap_limit", "mem_swappiness"),
        *("cpu_shares", "cpu_quota", "cpu_period", "blkio_config", "oom_score_adj"),
    )
)

_NO_RIGHTS = ("asks for more than a restricted pod has", "let the service do without, or run it apart from these")
_OF_THE_HOST = ("shares what is the host's, and no restricted pod does", "let the service do without")
LEFT = MappingProxyType(
    {
        "privileged": _NO_RIGHTS,
        "devices": _NO_RIGHTS,
        "device_cgroup_rules": _NO_RIGHTS,
        "gpus": _NO_RIGHTS,
        "sysctls": _NO_RIGHTS,
        "group_add": ("is not carried over", "declare spec.security.group, if files need it"),
        "network_mode": _OF_THE_HOST,
        "pid": _OF_THE_HOST,
        "ipc": _OF_THE_HOST,
        "uts": _OF_THE_HOST,
        "cgroup": _OF_THE_HOST,
        "userns_mode": _OF_THE_HOST,
        "volumes_from": ("mounts what another service has", "declare the directories under spec.security.writable"),
        "working_dir": ("is not carried over: the image's own holds", "set it in the image, `WORKDIR`"),
        "stop_signal": ("is not carried over: the image's own holds", "set it in the image, `STOPSIGNAL`"),
        "configs": ("names files that nobody read", "declare their text under spec.config.files"),
        "extra_hosts": ("gives names to addresses", "let the service use names that DNS knows, and declare spec.to"),
        "dns": ("names other resolvers", "a cluster has its own"),
        "ulimits": ("is not carried over", "a node's limits hold"),
        "shm_size": ("is not carried over: /dev/shm has 64 MB", "let the service do with that"),
    }
)
"""Why something is left, and what to do."""
