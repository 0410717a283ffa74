"""What the fields mean that say what a pod is: its controller, what it runs and takes, and how it is asked.

May import: field.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from scaffold.answers.field import Field

if TYPE_CHECKING:
    from collections.abc import Mapping

POD: Mapping[str, Mapping[str, Field]] = MappingProxyType(
    {
        "Workload": {
            "kind": Field(
                "Controller",
                "Deployment runs equal pods; StatefulSet pods that keep a name and volumes; DaemonSet one on each "
                "node; Job runs once to its end, CronJob again and again. A Pod is one by itself: when it is gone, "
                "nothing makes it again.",
            ),
            "replicas": Field(
                "Replicas",
                "How many pods run, 3 by default: with more than one, a drain interrupts nobody. Or the least and the "
                "most of them, where they follow the load.",
                {"min": 3, "max": 10},
            ),
            "volumes": Field(
                "Volumes", "What each pod of a StatefulSet keeps, by directory.", {"/data": {"size": "10Gi"}}
            ),
            "peers": Field("Ports among pods", "Ports on which the pods of a StatefulSet reach each other.", ["raft"]),
            "nodes": Field(
                "Nodes", "On how many nodes a DaemonSet runs at most, 100 by default; its quota counts them."
            ),
            "schedule": Field("Schedule", "When a CronJob runs."),
            "timeZone": Field("Time zone", "The time zone of the schedule; UTC by default."),
            "deadline": Field("Deadline", "After how many seconds a Job or a run is ended; an hour by default."),
            "retries": Field("Retries", "How often a Job or a run is tried again, 2 times by default."),
        },
        "Autoscaling": {
            "min": Field("Least", "How many pods run without load."),
            "max": Field("Most", "How many pods run at most; the namespace's quota has room for them.", 10),
            "cpu": Field("Target CPU", "How busy pods are on the average: pods are added above, and taken away below."),
        },
        "Volume": {
            "size": Field("Size", "How much a pod may keep there.", "10Gi"),
            "storageClass": Field("Storage class", "What makes the volume; by default the cluster's own."),
        },
        "Resources": {
            "cpu": Field(
                "CPU",
                "Processor time of each pod: 250m, a quarter of a core, unless the Platform has another default.",
            ),
            "memory": Field(
                "Memory",
                "Memory of each pod: 256Mi, unless the Platform has another default. What takes more is killed.",
            ),
        },
        "InitContainer": {
            "command": Field(
                "Command",
                "What runs, word by word and without a shell. Nothing is put in for $(NAME): it would show in the list "
                "of processes.",
                ["/app/ledger", "migrate"],
            ),
            "args": Field("Arguments", "Words behind the command; the image's own are never taken.", ["--all"]),
            "image": Field("Container image", "What it runs from; by default the App's image."),
            "resources": Field("Resources", "What it is given while it runs; by default as much as the App."),
        },
        "Sidecar": {
            "image": Field("Container image", "What runs, with a tag other than `latest`, or with a digest."),
            "command": Field(
                "Command",
                "What runs, word by word and without a shell, instead of what the image says.",
                ["/bin/exporter"],
            ),
            "args": Field(
                "Arguments",
                "Words behind the command. Nothing is put in for $(NAME); everybody on the node can see them.",
                ["--web.listen-address=:9121"],
            ),
            "env": Field("Environment variables", "Plain variables; the App's are not seen.", {"LOG_LEVEL": "info"}),
            "resources": Field("Resources", "What it is given beside the App, as long as the pod runs."),
            "ports": Field("Ports", "Which of the App's `ports` it serves instead of the App's process.", ["metrics"]),
            "started": Field(
                "Started",
                "How to ask whether it has started, on a port that it serves, or by a command: what follows it waits "
                "until then, five minutes at most. Without it, until its process runs.",
                {"tcp": "metrics"},
            ),
            "writable": Field("Writable directories", "Directories of its own, with their size."),
            "mounts": Field(
                "Shared directories",
                "Which of the App's directories it sees, at the same path: writable ones and volumes to `read` or "
                "`write`, directories of files to `read`, with the secrets that lie there.",
                {"/var/log/orders": "read"},
            ),
        },
        "Health": {
            "ready": Field("Readiness", "Whether the pod is asked for work.", {"http": "/readyz"}),
            "live": Field(
                "Liveness", "Whether the process is restarted. Leave it out unless it can hang.", {"http": "/livez"}
            ),
            "startup": Field(
                "Time to start",
                "How many seconds the process may take to start before liveness counts; 300 by default.",
                600,
            ),
        },
        "Probe": {
            "http": Field("HTTP path", "The path that is asked for; any answer below 400 is fine."),
            "tcp": Field("TCP port", "The name of the port that has to listen."),
            "grpc": Field("gRPC port", "The name of the port that answers gRPC health checks.", "grpc"),
            "exec": Field(
                "Command",
                "What is run inside the container, word by word and without a shell; it is fine when it ends with 0.",
                ["/app/ledger", "ping"],
            ),
            "port": Field("Port for HTTP", "The name of the port that `http` asks; by default the first one.", "admin"),
        },
        "Security": {
            "user": Field(
                "User id",
                "As which user the process runs; never root. An image that was built for a fixed one needs that, "
                "such as 999 of Postgres or Redis; 10000 or below is a reported risk without a user namespace. "
                "`assigned`, the default where the Platform's distribution is openshift: the cluster chooses one as it "
                "admits the pod, and the image has to run as any user of group 0.",
            ),
            "group": Field(
                "Group id",
                "As which group it runs, and which its volumes belong to; by default the user's number. 0, which is "
                "not root, for an image whose files any user of group 0 may use.",
            ),
            "userNamespace": Field(
                "User namespace",
                "Whether the pod has users of its own: root in it, by whatever way, is nobody on the node. Its nodes "
                "need Linux 6.3, containerd 2.0 or CRI-O 1.25, and file systems with idmapped mounts for all of its "
                "volumes; on by default since Kubernetes 1.33. The ids are at most 65535.",
            ),
            "writable": Field(
                "Writable directories",
                "Directories that the process writes to, and their size.",
                {"/var/cache/orders": "64Mi"},
            ),
        },
    }
)
"""By the name of a type, and of a field, as in `described.FIELDS`."""
