"""What each field of an App means, in words.

May import: described_pod, described_requests, field.
"""

from __future__ import annotations

from scaffold.answers.described_pod import POD
from scaffold.answers.described_requests import REQUESTS
from scaffold.answers.field import KIND, VERSION, Field

_DATABASE = {"cnpg.io/cluster": "orders-db"}
APP = {
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
        "command": Field(
            "Command",
            "What runs instead of the image's own entry point, word by word and without a shell; by default that.",
            ["/app/orders", "serve"],
        ),
        "args": Field(
            "Arguments",
            "Words behind the command, instead of the image's own. Nothing is put in for $(NAME).",
            ["--config=/etc/orders/app.toml"],
        ),
        "team": Field(
            "Owning team",
            "Who owns the App; by default the namespace's name. A flow to another team's App, or to another namespace, "
            "is declared on both sides.",
        ),
        "workload": Field("Workload", "What kind of controller runs the pods, and how many there are."),
        "resources": Field(
            "Resources",
            "What each pod is given: requested, and limited to that.",
            {"cpu": "500m", "memory": "512Mi"},
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
        "init": Field(
            "Init containers",
            "What runs to its end before the App starts, one after the other as they stand here, with the App's "
            "rights, files, variables and flows. In a mesh a native sidecar is there first, so that what they send is "
            "in the mesh, too; under a classic one they would reach nothing.",
            {"migrate": {"command": ["/app/orders", "migrate"]}},
        ),
        "sidecars": Field(
            "Sidecars",
            "Containers that stay beside the App, by name: a database's proxy, an exporter of metrics. They start "
            "before `init`, one after the other as they stand here, and end after the App; no Job waits for them. They "
            "share the pod's network, so that its flows are theirs, and its user; nothing else that is not named.",
            {
                "exporter": {
                    "image": "registry.example.com/tools/redis-exporter:1.74.0",
                    "args": ["--redis.addr=redis://10.20.0.5:6379"],
                    "ports": ["metrics"],
                }
            },
        ),
        "shutdown": Field(
            "Time to end",
            "How many seconds the process has to end before it is killed; the first five of them, at most half, are a "
            "pause in which callers learn that it goes.",
            60,
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
            {"db-password": {"store": "main", "key": "shop/orders/db", "file": "/etc/secrets/db-password"}},
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
        "identity": Field(
            "Identity in a cloud",
            "As what the App is known outside the cluster, by its own ServiceAccount: no key is stored.",
        ),
        "security": Field("Security", "What the image needs that the defaults do not give."),
        "isolation": Field(
            "Node pool",
            "The node pool of the Platform that the pods run on, for sensitive Apps: its nodes take no others. By "
            "default they run beside any other pods.",
            "dedicated",
        ),
        "exceptions": Field(
            "Exceptions",
            "Controls that do not hold for a container, each with a reason, an approver and a last day: the only way "
            "to relax one. Rendering is refused from the day after.",
            [{"control": "non-root", "reason": "Changes owners", "approvedBy": "security", "until": "2027-03-01"}],
        ),
        "environments": Field(
            "Environments",
            "What differs on a Platform, by its name: merged into the rest before anything is derived. Mappings are "
            "merged entry by entry, null takes an entry away, and all else, lists too, stands in its place.",
            {"staging": {"workload": {"replicas": 1}}},
        ),
    },
    "Port": {
        "port": Field("Port of the process", "Where the process listens, 1024 or above: it has no privileges."),
        "endPort": Field(
            "Last port", "Of a range, which is reached by the pod's own address: no Service maps it.", 30100
        ),
        "service": Field("Port of the Service", "Where callers find it; by default the same number.", 80),
        "protocol": Field(
            "Protocol",
            "What is spoken: http and grpc can be narrowed to methods and paths; tcp and udp are any other stream and "
            "datagrams, sctp is that.",
        ),
        "limits": Field(
            "Limits",
            "How many requests are answered, of all callers together; what comes beyond is refused. None: all of them.",
            {"each": {"requests": 100, "per": "second"}},
        ),
    },
    "Peer": {
        "app": Field("App", "The name of another App.", "frontend"),
        "pods": Field("Pods", "The labels of pods that are no App.", _DATABASE),
        "cidr": Field("Network", "Addresses outside the cluster."),
        "nodes": Field(
            "Nodes", "What runs on the own network of nodes, a group of the Platform: a reported risk.", "all"
        ),
        "namespace": Field("Namespace of the peer", "Where the App or the pods live; by default here.", "web"),
    },
    "Caller": {
        "port": Field("Port", "Which port of this App may be reached: its name, or the number in the pod.", "http"),
        "loadBalancer": Field(
            "Load balancer", "The one of the Platform through which connections from outside come.", "edge"
        ),
        "cidrs": Field("Networks of callers", "Whose connections the load balancer passes on.", ["203.0.113.0/24"]),
        "internet": Field("Any public address", "Lets the load balancer in whoever comes: a reported risk."),
        "gateway": Field("Gateway", "The gateway of the Platform through which requests from outside come.", "public"),
        "host": Field("Host", "The host whose requests the gateway passes on.", "orders.example.com"),
        "account": Field(
            "Account of the pods", "As which ServiceAccount a mesh knows `pods`; none: they are outside it."
        ),
        "methods": Field("HTTP methods", "What may be asked for; none: any method.", ["GET", "POST"]),
        "paths": Field("HTTP paths", "Where it may be asked for; none: any path.", ["/api/v1/*"]),
        "token": Field("Token", "The token (JWT) without which nothing is let in, whoever asks.", {"issuer": "main"}),
        "headers": Field(
            "Headers",
            "Headers that a request has to have, each with one of these values. They are what the caller says of "
            "itself: anybody who may ask can say it.",
            {"x-tenant": ["acme"]},
        ),
        "addresses": Field(
            "Addresses of callers",
            "From which networks requests reach the gateway; it has to see the callers' own addresses.",
            ["203.0.113.0/24"],
        ),
        "refusedAgents": Field(
            "Refused programs",
            "Programs that are not served, by how their User-Agent begins; nor is who sends none. It keeps out those "
            "that say who they are, and nobody who does not want to be kept out.",
            ["curl/*", "python-requests/*"],
        ),
        "until": Field("Last day", "The last day of plain text from it in a mesh; none: for good.", "2027-03-01"),
    },
    "Callee": {
        "port": Field("Port", "Which port of the peer: an App's port by name, or the number in the pod.", 5432),
        "account": Field(
            "Account of the pods",
            "As which ServiceAccount a mesh without sidecars knows `pods`, which then reaches them through its tunnel; "
            "none: they are outside it.",
        ),
        "endPort": Field("Last port", "Where it is a range that is reached, its last port.", 30100),
        "protocol": Field(
            "Transport", "tcp for streams, udp for datagrams, sctp; by default as the App declares it, else tcp."
        ),
        "host": Field(
            "Host",
            "A name outside the cluster. Unless the Platform enforces names, say `cidrs` or `internet`, too.",
        ),
        "cidrs": Field("Networks of the host", "The host's addresses.", ["203.0.113.0/24"]),
        "internet": Field(
            "Any public address",
            "Opens the port to all public addresses, where the host's are not known: a reported risk.",
        ),
        "tls": Field(
            "TLS of the host",
            "Who encrypts. The process itself; or, in a mesh, its sidecar: then the process speaks plain HTTP to port "
            "80 of the host, and the sidecar TLS to `port`, to a certificate of that host alone.",
        ),
    },
    "Config": {
        "env": Field("Environment variables", "Variables of the process, by name.", {"LOG_LEVEL": "info"}),
        "files": Field(
            "Files",
            "Files in the container, by path. A directory holds them alone.",
            {"/etc/orders/app.toml": 'level = "info"\n'},
        ),
        "singleFiles": Field(
            "Single files",
            "Files by path that lie among those that the image has beside them. Each is mounted by subPath: it does "
            "not change while a pod runs; when it is changed here, new pods start.",
            {"/etc/nginx/nginx.conf": "events {}\n"},
        ),
    },
    **POD,
    **REQUESTS,
    "ControlException": {
        "control": Field("Control", "Which control is relaxed, by its id in SECURITY.md."),
        "reason": Field("Reason", "Why it cannot hold yet: the first thing that a reviewer reads."),
        "approvedBy": Field("Approved by", "Who decided that it may be."),
        "until": Field("Last day", "The last day on which it holds, at most a year ahead."),
        "container": Field("Container", "For which container; by default the App's own.", "orders"),
    },
    "Permission": {
        "resources": Field("Resources", "Which resources, in the plural.", ["configmaps"]),
        "verbs": Field("Verbs", "What may be done with them.", ["get", "watch"]),
        "names": Field("Names", "Which objects alone; none: all of the namespace.", ["orders-config"]),
        "group": Field("API group", "The group of the resources; empty is the core group."),
    },
    "SecretPart": {
        "text": Field("Text", "A text that is no secret, as it is.", "postgres://orders:"),
        "property": Field("Property", "A property of what lies under the secret's key.", "password"),
        "key": Field("Key", "All of what lies under another key of the same store.", "shop/orders/db-password"),
        "spelled": Field(
            "Spelled as",
            "How its value is spelled, so that nothing in it ends the part: `url` percent-encodes it, for any place in "
            "an address; `json` makes a quoted string of it; `plain` is the value as it is, a reported risk. By "
            "default `url`.",
            "json",
        ),
    },
    "Secret": {
        "store": Field("Store", "The secret store of the Platform that keeps it."),
        "key": Field("Key", "Where the store keeps it. The value itself never stands in an answer."),
        "property": Field("Property", "Which property of what lies there; by default all of it."),
        "join": Field(
            "Put together",
            "What the secret is put together from, one part after the other, where it is fetched: an address with a "
            "password in it, for example. Texts stand in it as they are.",
            [{"text": "postgres://orders:"}, {"property": "password"}, {"text": "@orders-db.data.svc:5432/orders"}],
        ),
        "file": Field(
            "File", "The file from which the process reads it; replaced when the secret changes.", "/etc/secrets/db"
        ),
        "singleFile": Field(
            "Single file",
            "The file with it, among those that the image has beside it. Mounted by subPath, it does not rotate: "
            "restart the pods after the secret has changed. A reported risk; prefer `file`.",
            "/etc/nginx/htpasswd",
        ),
        "env": Field("Environment variable", "The variable with it; set when the pod starts.", "DB_PASSWORD"),
    },
}
