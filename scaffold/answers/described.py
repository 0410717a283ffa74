"""What each field of the answers means, in words: its label, a sentence or two, and an example.

The types say what a value may be, and their words carry examples of their own; `exported` puts both together. What a
blueprint's option means stands in its blueprint. A test walks the whole schema: no field is without its entry.

May import: field, described_platform.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from scaffold.answers.described_platform import PLATFORM
from scaffold.answers.field import KIND, VERSION, Field

if TYPE_CHECKING:
    from collections.abc import Mapping

_DATABASE = {"cnpg.io/cluster": "orders-db"}

_APP = {
    "App": {
        "apiVersion": VERSION,
        "kind": KIND,
        "metadata": Field("Identity", "Which App this is.", {"name": "orders", "namespace": "shop"}),
        "spec": Field(
            "The service",
            "What it is, serves and calls. What is not said here is not allowed.",
            {"image": "registry.example.com/shop/orders:1.4.2", "ports": {"http": {"port": 8080, "protocol": "http"}}},
        ),
    },
    "AppMetadata": {
        "name": Field("Name", "The App's name: also that of its Deployment, its Service and its ServiceAccount."),
        "namespace": Field("Namespace", "The namespace that the App lives in."),
    },
    "AppSpec": {
        "image": Field("Container image", "What runs, with a tag other than `latest`, or with a digest."),
        "team": Field(
            "Owning team",
            "Who owns the App; by default the namespace's name. A flow to another team's App, or to another namespace, "
            "is declared on both sides.",
        ),
        "workload": Field("Workload", "What kind of controller runs the pods, and how many there are."),
        "resources": Field(
            "Resources",
            "What each pod is given: requested, and limited to that.",
        ),
        "ports": Field(
            "Ports",
            "The ports that the process listens on, by name. None: a worker, which nobody can reach.",
            {"http": {"port": 8080, "service": 80, "protocol": "http"}},
        ),
        "health": Field(
            "Health",
            "How Kubernetes asks the process. By default it is ready when its first port listens, and never restarted.",
            {"ready": {"http": "/readyz"}, "live": {"http": "/livez"}},
        ),
        "from": Field(
            "Callers",
            "Who may reach this App. Nobody else can.",
            [{"app": "frontend", "namespace": "web", "port": "http"}],
        ),
        "to": Field(
            "Callees",
            "What this App reaches. Besides DNS, nothing else leaves the pod.",
            [{"pods": _DATABASE, "namespace": "data", "port": 5432}],
        ),
        "secrets": Field(
            "Secrets",
            "Secrets by name: where each lies, and where the process reads it. A value never stands here.",
            {"db-password": {"store": "vault", "key": "shop/orders/db", "file": "/etc/secrets/db-password"}},
        ),
        "config": Field(
            "Configuration",
            "Plain configuration, which anybody may read; never a secret.",
            {"env": {"LOG_LEVEL": "info"}},
        ),
        "permissions": Field(
            "API permissions",
            "What the App may do through the Kubernetes API, in its own namespace. None: it has no token.",
            [{"resources": ["configmaps"], "names": ["orders-config"], "verbs": ["get"]}],
        ),
        "security": Field("Security", "What the image needs that the defaults do not give."),
    },
    "Workload": {
        "kind": Field(
            "Controller",
            "Deployment runs equal pods; StatefulSet pods that keep a name and volumes; DaemonSet one on each node; "
            "Job runs once to its end, CronJob again and again.",
        ),
        "replicas": Field(
            "Replicas",
            "How many pods run, 3 by default: with more than one, a drain interrupts nobody. Or the least and the most "
            "of them, where they follow the load.",
            {"min": 3, "max": 10},
        ),
        "volumes": Field("Volumes", "What each pod of a StatefulSet keeps, by directory.", {"/data": {"size": "10Gi"}}),
        "peers": Field("Ports among pods", "Ports on which the pods of a StatefulSet reach each other.", ["raft"]),
        "nodes": Field("Nodes", "On how many nodes a DaemonSet runs at most, 100 by default; its quota counts them."),
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
        "cpu": Field("CPU", "Processor time of each pod: 250m is a quarter of a core."),
        "memory": Field("Memory", "Memory of each pod; a process that takes more is killed."),
    },
    "Port": {
        "port": Field("Port of the process", "Where the process listens, 1024 or above: it has no privileges."),
        "service": Field("Port of the Service", "Where callers find it; by default the same number.", 80),
        "protocol": Field(
            "Protocol",
            "What is spoken: http and grpc can be narrowed to methods and paths; tcp and udp are any other stream and "
            "datagrams.",
        ),
    },
    "Health": {
        "ready": Field("Readiness", "Whether the pod is asked for work.", {"http": "/readyz"}),
        "live": Field(
            "Liveness", "Whether the process is restarted. Leave it out unless it can hang.", {"http": "/livez"}
        ),
    },
    "Probe": {
        "http": Field("HTTP path", "The path that is asked for; any answer below 400 is fine."),
        "tcp": Field("TCP port", "The name of the port that has to listen."),
        "grpc": Field("gRPC port", "The name of the port that answers gRPC health checks.", "grpc"),
        "port": Field("Port for HTTP", "The name of the port that `http` asks; by default the first one.", "admin"),
    },
    "Peer": {
        "app": Field("App", "The name of another App.", "frontend"),
        "pods": Field("Pods", "The labels of pods that are no App.", _DATABASE),
        "cidr": Field("Network", "Addresses outside the cluster."),
        "namespace": Field("Namespace of the peer", "Where the App or the pods live; by default here.", "web"),
    },
    "Caller": {
        "port": Field("Port", "Which port of this App may be reached: its name, or the number in the pod.", "http"),
        "gateway": Field("Gateway", "The gateway of the Platform through which requests from outside come.", "public"),
        "host": Field("Host", "The host whose requests the gateway passes on.", "orders.example.com"),
        "account": Field(
            "Account of the pods", "As which ServiceAccount a mesh knows `pods`; none: they are outside it."
        ),
        "methods": Field("HTTP methods", "What may be asked for; none: any method.", ["GET", "POST"]),
        "paths": Field("HTTP paths", "Where it may be asked for; none: any path.", ["/api/v1/*"]),
    },
    "Callee": {
        "port": Field("Port", "Which port of the peer: an App's port by name, or the number in the pod.", 5432),
        "protocol": Field(
            "Transport", "tcp for streams, udp for datagrams; by default as the App declares it, else tcp."
        ),
        "host": Field("Host", "A name outside the cluster. Policies know no names: say `cidrs` or `internet`, too."),
        "cidrs": Field("Networks of the host", "The host's addresses.", ["203.0.113.0/24"]),
        "internet": Field(
            "Any public address",
            "Opens the port to all public addresses, where the host's are not known: a reported risk.",
        ),
    },
    "Config": {
        "env": Field("Environment variables", "Variables of the process, by name.", {"LOG_LEVEL": "info"}),
        "files": Field("Files", "Files in the container, by path.", {"/etc/orders/app.toml": 'level = "info"\n'}),
    },
    "Security": {
        "user": Field("User id", "As which user and group the process runs; never root."),
        "userNamespace": Field(
            "User namespace",
            "Whether the pod has users of its own: root in it, by whatever way, is nobody on the node. Its nodes need "
            "Linux 6.3, containerd 2.0 or CRI-O 1.25, and file systems with idmapped mounts for all of its volumes; on "
            "by default since Kubernetes 1.33. The user is at most 65535.",
        ),
        "writable": Field(
            "Writable directories",
            "Directories that the process writes to, and their size.",
            {"/var/cache/orders": "64Mi"},
        ),
    },
    "Permission": {
        "resources": Field("Resources", "Which resources, in the plural.", ["configmaps"]),
        "verbs": Field("Verbs", "What may be done with them.", ["get", "watch"]),
        "names": Field("Names", "Which objects alone; none: all of the namespace.", ["orders-config"]),
        "group": Field("API group", "The group of the resources; empty is the core group."),
    },
    "Secret": {
        "store": Field("Store", "The secret store of the Platform that keeps it."),
        "key": Field("Key", "Where the store keeps it. The value itself never stands in an answer."),
        "property": Field("Property", "Which property of what lies there; by default all of it."),
        "file": Field(
            "File", "The file from which the process reads it; replaced when the secret changes.", "/etc/secrets/db"
        ),
        "env": Field("Environment variable", "The variable with it; set when the pod starts.", "DB_PASSWORD"),
    },
}

FIELDS: Mapping[str, Mapping[str, Field]] = MappingProxyType({**_APP, **PLATFORM})
"""By the name of a type, and of a field as documents spell it; a type has its bases' entries, too."""

EXAMPLES: Mapping[str, Any] = MappingProxyType(
    {
        "App": {
            "apiVersion": "scaffold/v1",
            "kind": "App",
            "metadata": _APP["App"]["metadata"].example,
            "spec": {
                **_APP["App"]["spec"].example,
                **{name: _APP["AppSpec"][name].example for name in ("health", "from", "to", "config")},
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
