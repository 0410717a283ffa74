"""What each field of the Platform means, in words; what a blueprint's option means stands in its blueprint.

May import: distributions, field.
"""

from __future__ import annotations

from scaffold.answers.distributions import told
from scaffold.answers.field import KIND, VERSION, Field

PLATFORM = {
    "Platform": {
        "apiVersion": VERSION,
        "kind": KIND,
        "metadata": Field("Identity", "Which cluster this is.", {"name": "production"}),
        "spec": Field("The cluster", "What the cluster is; what is not said has its default.", {"kubernetes": "1.36"}),
    },
    "PlatformMetadata": {"name": Field("Name", "The name of the cluster, or of its kind.", "production")},
    "PlatformSpec": {
        "kubernetes": Field(
            "Kubernetes", "The oldest minor version, of API server and kubelets, that must accept the bundle."
        ),
        "distribution": Field(
            "Distribution",
            f"Which distribution of Kubernetes this is: it brings the fields that are not said. Namely {told()}.",
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
        "cpuLimits": Field(
            "CPU limits",
            "Whether containers are limited to the CPU that they request. Without limits they take what is idle, and "
            "are not throttled; but a busy one, an intruder's too, takes all of it, and no pod is Guaranteed: a "
            "reported risk. Memory and storage are always limited.",
        ),
        "dns": Field("DNS", "Who resolves names; nobody else is asked."),
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
        "pullSecret": Field(
            "Secret to pull images",
            "The name of the Secret with which images are pulled. It is made in each namespace by whoever runs the "
            "registry; its value never stands in an answer.",
            "registry",
        ),
    },
    "Groups": {
        "group": Field("Group of the team", "Who reads what runs for the team, and logs; never secrets."),
        "breakGlass": Field("Group for incidents", "Who enters pods, while that is granted.", "payments-oncall"),
    },
    "Dns": {
        "namespace": Field("Namespace of the resolver", "Where the pods that resolve names run."),
        "labels": Field("Labels of the resolver", "The labels of these pods."),
        "port": Field("Port of the resolver", "Where the pods listen, whatever the port of their Service is."),
        "cache": Field(
            "Labels of a cache",
            "The labels of pods of NodeLocal DNSCache, in the same namespace, where the network plugin hands over to "
            "them what the resolver is asked: Cilium's local redirects, GKE's Dataplane V2.",
            {"k8s-app": "node-local-dns"},
        ),
        "cidrs": Field(
            "Addresses of the resolver",
            "Addresses that resolve names, on port 53: of NodeLocal DNSCache, of a cloud's resolver, or of one outside "
            "the cluster.",
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
}
