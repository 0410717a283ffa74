"""What each field of the Platform means, in words; what a blueprint's option means stands in its blueprint.

May import: distributions, field.
"""

from __future__ import annotations

from scaffold.answers.distributions import told
from scaffold.answers.field import KIND, VERSION, Field

_POOL = "node-restriction.kubernetes.io/pool"
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
        "ipFamilies": Field(
            "Families of addresses",
            "Which families of addresses pods and Services have; of two, each Service has an address of either. None: "
            "it is not said, and Services have what the cluster gives them.",
            ["IPv4", "IPv6"],
        ),
        "clusterNetworks": Field(
            "Networks of the cluster",
            "Networks of pods, Services and nodes, which no rule on addresses may open.",
            ["10.244.0.0/16", "10.96.0.0/12"],
        ),
        "resources": Field(
            "Resources of containers",
            "What a container is given where its App says none, and what it may take at most.",
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
        "loadBalancers": Field(
            "Load balancers",
            "What passes connections from outside on to pods, by name; TLS is the Apps' own.",
            {"edge": {"source": "preserved"}},
        ),
        "nodes": Field(
            "Nodes",
            "Groups of nodes by name, for flows with what runs on a node's own network: an agent, the kubelet.",
            {"all": {"cidrs": ["10.0.0.0/20"]}},
        ),
        "issuers": Field(
            "Issuers of tokens",
            "Who makes the tokens (JWT) that Apps may ask of their callers, by name.",
            {
                "main": {
                    "issuer": "https://login.example.com",
                    "jwksUri": "https://login.example.com/keys",
                    "audiences": ["orders"],
                }
            },
        ),
        "teams": Field(
            "Teams", "Its people, by team; every App's team is one.", {"payments": {"group": "payments-developers"}}
        ),
        "cloudIdentity": Field(
            "Identities in the cloud", "How the cloud knows a pod's ServiceAccount; needed by Apps with an `identity`."
        ),
        "registries": Field(
            "Registries",
            "Where images come from, by registry or by a path of one; as names are read, nginx is "
            "docker.io/library/nginx. None: from anywhere.",
            ["registry.example.com/", "docker.io/library/"],
        ),
        "nodePools": Field(
            "Node pools",
            "Nodes for sensitive Apps, by name; an App runs there if its isolation says so, and no other App does.",
            {"dedicated": {"labels": {_POOL: "dedicated"}, "taints": [{"key": "dedicated", "value": "sensitive"}]}},
        ),
        "network": Field(
            "Network plugin",
            "What enforces policies, where it can do more than NetworkPolicy; none: any plugin that enforces that.",
        ),
        "egressGateway": Field(
            "Gateway for egress",
            "What takes connections that Apps open to hosts outside, and passes them on by their names.",
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
    "ResourcePolicy": {
        "default": Field("Default", "What a container is given whose App says nothing."),
        "most": Field(
            "Most",
            "What a container may take at most: more is refused here, and by the API server in each namespace. What a "
            "mesh adds is the mesh's own. CPU is bounded there only where it is limited.",
            {"cpu": "2", "memory": "4Gi"},
        ),
    },
    "Amounts": {
        "cpu": Field("CPU by default", "Processor time: 250m is a quarter of a core."),
        "memory": Field("Memory by default", "Memory; a process that takes more is killed."),
    },
    "Most": {
        "cpu": Field("CPU at most", "The most that a container may request, and be limited to; none: any.", "2"),
        "memory": Field("Memory at most", "The most that a container may request; none: any.", "4Gi"),
    },
    "NodePool": {
        "labels": Field(
            "Labels of the nodes",
            "What the pool's nodes, and no others, are labelled with. One below node-restriction.kubernetes.io/ no "
            "node can give itself.",
            {_POOL: "dedicated"},
        ),
        "taints": Field("Taints of the nodes", "What keeps other pods off them.", [{"key": "dedicated"}]),
        "runtimeClass": Field(
            "Runtime class",
            "The RuntimeClass of pods in the pool, such as one of virtual machines; none: the nodes' own.",
        ),
        "overhead": Field(
            "Overhead of the runtime class",
            "What it adds to each pod, as its `overhead.podFixed` says: quotas count it.",
            {"cpu": "250m", "memory": "160Mi"},
        ),
    },
    "Taint": {
        "key": Field("Key of the taint", "Its key; not one that Kubernetes sets itself.", "dedicated"),
        "value": Field("Value of the taint", "Its value, where it has one."),
        "effect": Field("Effect of the taint", "NoSchedule keeps pods off; NoExecute also ends those that are there."),
    },
    "Overhead": {
        "cpu": Field("CPU of the runtime", "Processor time that each pod takes beside its containers."),
        "memory": Field("Memory of the runtime", "Memory that each pod takes beside its containers.", "160Mi"),
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
        "seesCallers": Field(
            "Sees callers",
            "Whether connections reach it with their callers' own addresses: externalTrafficPolicy Local or the PROXY "
            "protocol, and no proxy before it that passes requests on.",
        ),
    },
    "LoadBalancer": {
        "source": Field("Source", "Whether pods see their callers' own addresses.", "preserved"),
        "cidrs": Field(
            "Networks",
            "Where the source is not preserved, as whom connections reach the pods: the balancer's own "
            "addresses, or the nodes'.",
            ["10.0.0.0/20"],
        ),
        "healthChecks": Field(
            "Networks of health checks",
            "From where it asks pods themselves whether they are well, on ports that it passes on, as those do whose "
            "targets are pods' addresses; none: it asks nodes.",
            ["10.0.0.0/20"],
        ),
        "loadBalancerClass": Field(
            "Class", "Which controller makes it; by default the cluster's.", "service.k8s.aws/nlb"
        ),
        "annotations": Field(
            "Annotations",
            "What that controller has to know.",
            {"service.beta.kubernetes.io/aws-load-balancer-scheme": "internal"},
        ),
        "nodePorts": Field(
            "Ports of nodes", "Whether it reaches pods by ports of nodes; by default by their own addresses."
        ),
    },
    "Nodes": {
        "cidrs": Field("Networks", "Where the nodes have their addresses.", ["10.0.0.0/20"]),
    },
    "TokenIssuer": {
        "issuer": Field("Name of the issuer", "What its tokens say in `iss`, letter by letter."),
        "jwksUri": Field("Keys of the issuer", "Where it publishes the keys that its tokens are signed with."),
        "audiences": Field(
            "Audiences of the issuer",
            "For whom its tokens are made: others are refused, however well signed.",
            ["orders"],
        ),
        "cidrs": Field(
            "Networks of the keys",
            "Where the keys are fetched from, by the mesh's control plane; none: it is not said.",
            ["203.0.113.7/32"],
        ),
    },
}
