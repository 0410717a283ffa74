"""What each field of the answers means, in words: its label, a sentence or two, and an example.

The types say what a value may be, and their words carry examples of their own; `exported` puts both together. What a
blueprint's option means stands in its blueprint. A test walks the whole schema: no field is without its entry.

May import: nothing of the project.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Field(NamedTuple):
    """A field in words. The example may be left out where the type's own one will do, or the default says enough."""

    title: str
    text: str
    example: Any = None


def label(name: str) -> str:
    """Return a name such as `trustDomain` in words: `Trust domain`."""
    words = re.sub("(?<=[a-z])[A-Z]", lambda found: f" {found[0].lower()}", name)
    return words[:1].upper() + words[1:]


_VERSION = Field("Version of the answers", "What this document is written for; it decides what the fields mean.")
_KIND = Field("Kind of document", "App says what one service is; Platform says what the cluster is.")
_DATABASE = {"cnpg.io/cluster": "orders-db"}

_APP = {
    "App": {
        "apiVersion": _VERSION,
        "kind": _KIND,
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
        "resources": Field("Resources", "What each pod is given: requested, and limited to that."),
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
            "Replicas", "How many pods run, 3 by default: with more than one, a drain interrupts nobody."
        ),
        "volumes": Field("Volumes", "What each pod of a StatefulSet keeps, by directory.", {"/data": {"size": "10Gi"}}),
        "peers": Field("Ports among pods", "Ports on which the pods of a StatefulSet reach each other.", ["raft"]),
        "nodes": Field("Nodes", "On how many nodes a DaemonSet runs at most, 100 by default; its quota counts them."),
        "schedule": Field("Schedule", "When a CronJob runs."),
        "timeZone": Field("Time zone", "The time zone of the schedule; UTC by default."),
        "deadline": Field("Deadline", "After how many seconds a Job or a run is ended; an hour by default."),
        "retries": Field("Retries", "How often a Job or a run is tried again, 2 times by default."),
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

_PLATFORM = {
    "Platform": {
        "apiVersion": _VERSION,
        "kind": _KIND,
        "metadata": Field("Identity", "Which cluster this is.", {"name": "production"}),
        "spec": Field("The cluster", "What the cluster is; what is not said has its default.", {"kubernetes": "1.36"}),
    },
    "PlatformMetadata": {"name": Field("Name", "The name of the cluster, or of its kind.", "production")},
    "PlatformSpec": {
        "kubernetes": Field(
            "Kubernetes", "The oldest minor version, of API server and kubelets, that must accept the bundle."
        ),
        "controlPlane": Field(
            "Control plane",
            "self-managed where the API server's flags and files are yours, and an audit policy is rendered; managed "
            "where they are a provider's.",
        ),
        "clusterNetworks": Field(
            "Networks of the cluster",
            "Networks of pods, Services and nodes, which no rule on addresses may open.",
            ["10.244.0.0/16", "10.96.0.0/12"],
        ),
        "dns": Field("DNS", "Who resolves names."),
        "apiServer": Field(
            "API server",
            "How Apps with permissions reach the API server; without it, permissions are refused.",
            {"cidrs": ["10.0.0.10/32"], "audience": "https://kubernetes.default.svc.cluster.local"},
        ),
        "gateways": Field(
            "Gateways",
            "What takes requests from outside, by name.",
            {"public": {"namespace": "gateways", "labels": {"gateway.networking.k8s.io/gateway-name": "public"}}},
        ),
        "teams": Field(
            "Teams", "Its people, by team; every App's team is one.", {"payments": {"group": "payments-developers"}}
        ),
        "mesh": Field("Service mesh", "The mesh that knows callers by identity and encrypts; none: there is none."),
        "secretStores": Field("Secret stores", "Where secrets lie, by name."),
    },
    "Dns": {
        "namespace": Field("Namespace of the resolver", "Where the pods that resolve names run."),
        "labels": Field("Labels of the resolver", "The labels of these pods."),
        "port": Field("Port of the resolver", "Where the pods listen."),
        "cidrs": Field(
            "Addresses of the resolver",
            "Addresses that resolve names: of NodeLocal DNSCache, or of a cloud's resolver.",
            ["169.254.20.10/32"],
        ),
    },
    "ApiServer": {
        "cidrs": Field(
            "Networks of the API server", "Its endpoints, not its Service: policies see these.", ["10.0.0.10/32"]
        ),
        "audience": Field("Audience of tokens", "Whom tokens for the API server are made for."),
        "port": Field("Port of the API server", "Where its endpoints listen."),
    },
    "Gateway": {
        "namespace": Field("Namespace of the gateway", "Where its pods run.", "gateways"),
        "labels": Field(
            "Labels of the gateway", "The labels of its pods.", {"gateway.networking.k8s.io/gateway-name": "public"}
        ),
        "account": Field("Account of the gateway", "Its ServiceAccount, as which a mesh knows it.", "public-istio"),
        "https": Field("HTTPS listener", "The name of its listener for HTTPS, which routes attach to."),
        "http": Field("HTTP listener", "The name of its listener for HTTP, which redirects to HTTPS."),
    },
    "Groups": {
        "group": Field("Group of the team", "Who reads what runs for the team, and logs; never secrets."),
        "breakGlass": Field("Group for incidents", "Who enters pods, while that is granted.", "payments-oncall"),
    },
}

FIELDS: Mapping[str, Mapping[str, Field]] = MappingProxyType({**_APP, **_PLATFORM})
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
            "metadata": _PLATFORM["Platform"]["metadata"].example,
            "spec": {
                **_PLATFORM["Platform"]["spec"].example,
                **{
                    name: _PLATFORM["PlatformSpec"][name].example
                    for name in ("clusterNetworks", "apiServer", "gateways")
                },
            },
        },
    }
)
"""A whole document of each kind."""
