"""Hostile strings in every string field of the schema: refused, or the exact value and no change of structure."""

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
import yaml
from harness import app, documents, in_a_month, platform, run_answers
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec import inspect

from scaffold.answers import words
from scaffold.answers.load import from_documents
from scaffold.documents.reading import Document, Mark
from scaffold.errors import AnswersError
from scaffold.verify import verify

# Every field of the schema, filled. Strings are unique, so that each can be found again in the output.
FULL = app(
    command=["/app/api", "serve"],
    args=["--listen"],
    team="payments",
    workload={"kind": "Deployment", "replicas": 2},
    resources={"cpu": "250m", "memory": "256Mi"},
    ports={
        "http": {
            "port": 8080,
            "service": 80,
            "protocol": "http",
            "limits": {"each": {"requests": 100, "per": "second"}, "all": {"requests": 1000, "per": "minute"}},
        },
        "admin": {"port": 8081},
        "open": {"port": 8443, "service": 443},
        "cache": {"port": 9121},
        "media": {"port": 30000, "endPort": 30010, "protocol": "udp"},
    },
    health={"ready": {"http": "/readyz", "port": "admin"}, "live": {"tcp": "admin"}, "startup": 60},
    init={
        "migrate": {
            "command": ["/app/migrate", "--once"],
            "args": ["all"],
            "image": "registry.example.com/shop/migrate:1.2.3",
            "resources": {"cpu": "100m", "memory": "128Mi"},
        }
    },
    sidecars={
        "exporter": {
            "image": "registry.example.com/tools/exporter:1.2.3",
            "command": ["/bin/exporter"],
            "args": ["--all"],
            "env": {"EXPORTER_LEVEL": "quiet"},
            "resources": {"cpu": "50m", "memory": "64Mi"},
            "ports": ["cache"],
            "started": {"http": "/started", "port": "cache"},
            "writable": {"/var/lib/exporter": "32Mi"},
            "mounts": {"/var/cache/api": "write", "/etc/api": "read"},
        }
    },
    shutdown=60,
    secrets={
        "db": {"store": "vault", "key": "shop/api/db", "property": "password", "file": "/etc/api/secrets/db"},
        "payment": {"store": "vault", "key": "shop/api/payment", "property": "key", "env": "PAYMENT"},
        "dsn": {
            "store": "vault",
            "key": "shop/api/dsn",
            "join": [
                {"text": "postgres://api:"},
                {"property": "joined", "spelled": "url"},
                {"text": "@db/"},
                {"key": "shop/api/dsn-name", "spelled": "plain"},
            ],
            "env": "DSN",
        },
        "users": {"store": "vault", "key": "shop/api/users", "property": "users", "singleFile": "/etc/nginx/htpasswd"},
        "bucket": {"store": "aws", "key": "shop/api/bucket", "file": "/etc/api/secrets/bucket"},
        "maps": {"store": "google", "key": "api-maps", "file": "/etc/api/secrets/maps"},
        "signing": {"store": "azure", "key": "key/api-signing", "file": "/etc/api/secrets/signing"},
        "shared": {"store": "cluster", "key": "api-shared", "property": "half", "file": "/etc/api/secrets/shared"},
        "driven": {"store": "driver", "key": "shop/api/driven", "property": "driven", "file": "/etc/driver/driven"},
        "sealed": {"store": "sealer", "key": "api-sealed", "property": "unsealed", "file": "/etc/api/secrets/sealed"},
        "enciphered": {"store": "cipher", "key": "api-ciphers", "property": "plain", "file": "/etc/api/secrets/plain"},
        "made": {"store": "given", "key": "api-made", "property": "other", "file": "/etc/api/secrets/made"},
    },
    config={
        "env": {"GREETING": "hello"},
        "files": {"/etc/api/app.toml": "text\nof lines\n"},
        "singleFiles": {"/etc/nginx/nginx.conf": "other\nlines\n"},
    },
    permissions=[{"resources": ["configmaps"], "names": ["api-config"], "verbs": ["get"], "group": ""}],
    identity={"cloud": "aws", "role": "arn:aws:iam::111122223333:role/api"},
    security={"user": 10002, "group": 10003, "userNamespace": True, "writable": {"/var/cache/api": "64Mi"}},
    isolation="dedicated",
    exceptions=[
        {
            "control": "non-root",
            "container": "api",
            "reason": "It changes the owner of its files",
            "approvedBy": "security@example.com",
            "until": in_a_month(),
        }
    ],
    **{
        "from": [
            {"app": "web", "namespace": "front", "port": "http"},
            {"cidr": "198.51.100.0/24", "port": "media"},
            {"nodes": "workers", "port": "media"},
            {"loadBalancer": "edge", "port": "open", "cidrs": ["198.51.100.0/25"]},
            {"loadBalancer": "world", "port": "open", "internet": True},
            {"gateway": "inner", "port": "http", "host": "api.example.net"},
            {
                "gateway": "public",
                "port": "http",
                "host": "api.example.org",
                "methods": ["GET"],
                "paths": ["/api/v1", "/exact"],
                "token": {
                    "issuer": "main",
                    "audiences": ["orders"],
                    "claims": {"groups": ["buyers"]},
                    "forward": True,
                },
                "headers": {"x-tenant": ["acme"]},
                "addresses": ["198.51.100.0/24"],
                "refusedAgents": ["curl/*"],
            },
            {
                "pods": {"example.com/kind": "report"},
                "namespace": "batch",
                "account": "reporter",
                "port": "http",
                "methods": ["GET"],
                "paths": ["/api/v1"],
            },
            {"pods": {"example.com/kind": "old"}, "port": "cache", "until": in_a_month()},
        ],
        "to": [
            {"app": "stock", "port": 9000, "protocol": "tcp"},
            {
                "pods": {"example.com/kind": "db"},
                "namespace": "data",
                "port": 5432,
                "endPort": 5440,
                "protocol": "sctp",
            },
            {"cidr": "10.20.0.0/16", "port": 6379},
            {"nodes": "workers", "port": 9100},
            {"host": "api.example.com", "cidrs": ["203.0.113.0/24"], "internet": False, "port": 443},
            {"host": "pay.example.com", "internet": True, "port": 443},
            {"host": "mail.example.com", "internet": True, "port": 443, "tls": "sidecar"},
        ],
    },
)
OTHER = {"health": {"live": {"grpc": "http"}}}
# Other kinds of workload, which have neither callers nor probes.
STATEFUL = app(
    name="store",
    namespace="books",
    workload={
        "kind": "StatefulSet",
        "replicas": 2,
        "volumes": {"/var/lib/store": {"size": "10Gi", "storageClass": "fast"}},
        "peers": ["raft"],
    },
    ports={"raft": {"port": 7000}},
    health={"ready": {"exec": ["/app/store", "ready"]}, "live": {"exec": ["/app/store", "live"]}},
)
CRON = app(
    name="nightly",
    namespace="nights",
    workload={"kind": "CronJob", "schedule": "30 3 * * *", "timeZone": "Etc/UTC", "deadline": 600, "retries": 1},
    environments={"production": {"shutdown": 61}},
)
SCALED = {"workload": {"replicas": {"min": 2, "max": 4, "cpu": 60}}}
DAEMON = {"workload": {"kind": "DaemonSet", "nodes": 5}}
PLATFORM = platform(
    kubernetes="1.36",
    distribution="kubeadm",
    controlPlane="self-managed",
    cpuLimits=False,
    gateways={
        "public": {
            "namespace": "gateways",
            "labels": {"example.com/gateway": "yes"},
            "account": "public-gateway",
            "https": "tls",
            "http": "plain",
            "seesCallers": True,
        },
        "inner": {
            "kind": "istio",
            "namespace": "inner",
            "labels": {"example.com/gateway": "inner"},
            "account": "inner-gateway",
            "httpsPort": 8443,
            "httpPort": 8081,
        },
    },
    rateLimit={
        "namespace": "rate-limit",
        "labels": {"example.com/limits": "yes"},
        "service": "limits",
        "port": 8082,
        "domain": "shops",
    },
    issuers={
        "main": {
            "issuer": "https://login.example.com",
            "jwksUri": "https://login.example.com/keys",
            "audiences": ["orders", "stock"],
            "cidrs": ["203.0.113.7/32"],
        }
    },
    mesh={
        "mode": "istio-sidecar",
        "namespace": "mesh-system",
        "labels": {"example.com/mesh": "yes"},
        "revision": "canary",
        "trustDomain": "example.com",
        "judgedBy": "istio-sidecar",
        "cpu": "150m",
        "memory": "192Mi",
    },
    secretStores={
        "vault": {
            "backend": "vault",
            "server": "https://vault.example.com:8200",
            "cidrs": ["10.30.0.5/32"],
            "namespace": "vault",
            "labels": {"example.com/vault": "yes"},
            "port": 8201,
            "path": "kv/apps",
            "mount": "kubernetes/production",
            "role": "apps",
            "audience": "vault.example.com",
            "caBundle": "Y2VydGlmaWNhdGU=",
            "operator": "external-secrets",
        },
        "aws": {
            "backend": "aws-secrets-manager",
            "region": "eu-central-1",
            "roles": "arn:aws:iam::111122223333:role/secrets.",
            "cidrs": ["10.31.0.0/24"],
            "sts": ["10.31.1.0/24"],
            "operator": "external-secrets",
        },
        "google": {
            "backend": "gcp-secret-manager",
            "project": "acme-secrets",
            "pool": "projects/123456789012/locations/global/workloadIdentityPools/acme/providers/books",
            "cidrs": ["199.36.153.8/30"],
            "operator": "external-secrets",
        },
        "azure": {
            "backend": "azure-key-vault",
            "server": "https://acme.vault.azure.net",
            "cloud": "public",
            "tenant": "72f988bf-86f1-41af-91ab-2d7cd011db47",
            "clients": {"shop/api": "6e2a1c52-7d0c-4c0f-9f59-0d7c1f5b3a11"},
            "cidrs": ["10.32.0.0/24"],
            "entra": ["20.190.128.0/18"],
            "operator": "external-secrets",
        },
        "cluster": {
            "backend": "kubernetes-secret",
            "namespace": "secrets-of-all",
            "server": "https://other.example.com:6443",
            "cidrs": ["10.33.0.1/32"],
            "port": 6444,
            "audience": "https://other.example.com",
            "caBundle": "Q2VydGlmaWNhdGVz",
            "operator": "external-secrets",
        },
        "driver": {
            "backend": "vault-csi",
            "server": "https://driven.example.com",
            "cidrs": ["10.35.0.1/32"],
            "namespace": "vault-driven",
            "labels": {"example.com/driven": "yes"},
            "port": 8203,
            "path": "kv/driven",
            "mount": "kubernetes/driven",
            "audience": "driven.example.com",
            "providerNamespace": "vault-provider",
            "provider": {"example.com/provider": "driver"},
            "operator": "csi-driver",
        },
        "sealer": {
            "backend": "sealed-secrets",
            "controller": "sealer-of-all",
            "namespace": "sealers",
            "operator": "nobody",
        },
        "cipher": {
            "backend": "sops",
            "age": ["age1" + 58 * "q"],
            "awsKms": ["arn:aws:kms:eu-central-1:111122223333:alias/ciphers"],
            "gcpKms": ["projects/acme-secrets/locations/global/keyRings/ciphers/cryptoKeys/all"],
            "azureKeys": ["https://ciphers.vault.azure.net/keys/all/0123456789abcdef0123456789abcdef"],
            "operator": "nobody",
        },
        "given": {"backend": "existing-secret", "maker": "database-operator", "operator": "nobody"},
    },
    resources={"default": {"cpu": "300m", "memory": "320Mi"}, "most": {"cpu": "2", "memory": "4Gi"}},
    registries=["registry.example.com/", "other.example.com/a"],
    nodePools={
        "dedicated": {
            # Two that no node can give itself: with one of another name there is no risk to report yet.
            "labels": {
                "node-restriction.kubernetes.io/pool": "sensitive",
                "example.com.node-restriction.kubernetes.io/pool": "ours",
            },
            "taints": [{"key": "example.com/pool", "value": "strangers", "effect": "NoExecute"}],
            "runtimeClass": "gvisor.example",
            "overhead": {"cpu": "350m", "memory": "176Mi"},
        }
    },
    clusterNetworkPolicy={"served": True},
    podSecurity={"exemptNamespaces": ["node-system"], "exemptRuntimeClasses": ["kata.example"]},
    encryption={"provider": "kms", "kmsName": "kms.example", "kmsEndpoint": "unix:///run/kms.example/kms.sock"},
    pullSecret="images",
    cloudIdentity={"mode": "irsa", "issuer": "https://oidc.example.com/id/1", "cidrs": ["10.0.16.0/24"]},
    externalSecrets={"namespace": "eso", "labels": {"example.com/eso": "yes"}},
    ipFamilies=["IPv4", "IPv6"],
    clusterNetworks=["10.96.0.0/12", "fd00:10:96::/108"],
    nodes={"workers": {"cidrs": ["10.35.0.0/24"]}},
    loadBalancers={
        "edge": {
            "source": "unpreserved",
            "cidrs": ["10.36.0.0/24"],
            "loadBalancerClass": "example.com/balancer",
            "annotations": {"example.com/scheme": "internal"},
            "nodePorts": True,
        },
        "world": {"source": "preserved", "healthChecks": ["10.37.0.0/24"]},
    },
    apiServer={"cidrs": ["10.0.0.1/32"], "port": 6443, "audience": "https://kubernetes.default.svc"},
    dns={
        "namespace": "dns-system",
        "labels": {"example.com/dns": "yes"},
        "port": 5353,
        "cache": {"example.com/cache": "yes"},
        "cidrs": ["169.254.20.10/32"],
    },
)
# A Platform that knows its teams takes no other of an App, so that any text for one would be refused.
MESH = {"mesh": PLATFORM["spec"]["mesh"]}
TEAMS = platform(
    **MESH,
    teams={
        "payments": {"group": "payments developers", "breakGlass": "payments on call"},
        "spare": {"group": "nobody here"},
    },
)
OWNED = app(name="client", team="payments")
# To its stores in one cloud an App is one and the same: what contradicts the stores above.
STORES = platform(
    **{
        **{key: value for key, value in PLATFORM["spec"].items() if key != "distribution"},  # a cluster of Google's
        "secretStores": {
            **PLATFORM["spec"]["secretStores"],
            "aws": {
                "backend": "aws-parameter-store",
                "region": "eu-central-2",
                "role": "arn:aws:iam::111122223333:role/all",
                "cidrs": ["10.34.0.0/24"],
                "sts": ["10.34.1.0/24"],
                "prefix": "/acme/",
                "operator": "external-secrets",
            },
            "google": {
                "backend": "gcp-secret-manager",
                "project": "acme-secrets",
                "cluster": "acme-cluster",
                "location": "europe-west3",
                "clusterProject": "acme-clusters",
                "cidrs": ["199.36.153.8/30"],
                "operator": "external-secrets",
            },
            "azure": {
                **PLATFORM["spec"]["secretStores"]["azure"],
                "clients": {},
                "client": "0e1d2c3b-4a59-4876-9504-132231405069",
            },
        },
    }
)
ASSOCIATION = "arn:aws:eks:eu-central-1:111122223333:cluster/production"
AGENTS = platform(**MESH, cloudIdentity={"mode": "eks-pod-identity", "cluster": ASSOCIATION, "addresses": "ipv4"})
CLIENT_OF_AGENTS = app(name="client", identity={"cloud": "aws", "role": "arn:aws:iam::111122223333:role/client"})
CLIENT, TENANT = "11111111-2222-3333-4444-555555555555", "00000000-0000-0000-0000-000000000001"
AZURE = platform(
    **MESH,
    cloudIdentity={
        "mode": "azure-workload-identity",
        "issuer": "https://oidc.example.com/id/1/",
        "tenant": TENANT,
        "audience": "api://AzureADTokenExchangeUSGov",
        "cidrs": ["20.190.128.0/18"],
    },
)
CLIENT_OF_AZURE = app(name="client", identity={"cloud": "azure", "client": CLIENT})
GOOGLE = platform(
    **MESH,
    cloudIdentity={
        "mode": "gke-workload-identity",
        "project": "books-production",
        "number": "123456789012",
        "dataplane": "v2",
        "nodes": "standard",
    },
)
ACCOUNT_OF_GOOGLE = "client-reader@books-production.iam.gserviceaccount.com"
CLIENT_OF_GOOGLE = app(name="client", identity={"cloud": "gcp", "account": ACCOUNT_OF_GOOGLE})
# What only an App without an account says of it: the number of the project.
PRINCIPAL = app(name="client", identity={"cloud": "gcp"})
# What is on a node has no address to a plugin that knows names.
NAMES = platform(
    **MESH,
    network={"plugin": "cilium", "names": "enforced", "judgedBy": "cilium", "nodes": "entities"},
    dns={**PLATFORM["spec"]["dns"], "cidrs": ["203.0.113.53/32"]},
)
CALLER = app(name="client", to=[{"host": "names.example.com", "port": 443}])
RELAYED = platform(
    mesh=PLATFORM["spec"]["mesh"],
    egressGateway={
        "mode": "istio-egress",
        "namespace": "egress",
        "labels": {"example.com/egress": "yes"},
        "account": "egress-gateway",
        "service": "egress",
        "port": 8443,
        "podPort": 9443,
        "names": "enforced",
        "judgedBy": "istio",
    },
)
LED = platform(
    mesh={"mode": "istio-ambient"},
    egressGateway={
        "mode": "istio-egress-waypoint",
        "namespace": "egress",
        "name": "out",
        "labels": {"gateway.networking.k8s.io/gateway-name": "out", "example.com/egress": "yes"},
        "names": "enforced",
        "judgedBy": "istio-waypoint",
    },
)
# What a driver fetches as the App itself: of one cloud it is nobody, of another it needs no answer.
_DRIVER = {"providerNamespace": "providers", "operator": "csi-driver"}


def _vault(**own: Any) -> dict[str, Any]:
    return {
        "backend": "azure-key-vault-csi", "tenant": TENANT, "cidrs": ["10.38.0.0/24"], "entra": ["10.39.0.0/24"],
        **_DRIVER, **own,
    }  # fmt: skip


DRIVERS = platform(
    cloudIdentity=PLATFORM["spec"]["cloudIdentity"],
    secretStores={
        "aws": {
            "backend": "aws-csi",
            "service": "ssmparameter",
            "region": "eu-north-1",
            "prefix": "/driven/",
            "cidrs": ["10.36.0.0/24"],
            "provider": {"example.com/provider": "aws"},
            **_DRIVER,
        },
        "google": {
            "backend": "gcp-secret-manager-csi",
            "project": "acme-driven",
            "clusterProject": "acme-clusters",
            "installed": "gke",
            "cidrs": ["10.37.0.0/24"],
            "provider": {"example.com/provider": "google"},
            **_DRIVER,
        },
        "azure": _vault(
            vault="driven", cloud="china", clients={"shop/client": CLIENT}, provider={"example.com/provider": "azure"}
        ),
        "shared": _vault(vault="shared", client=CLIENT, provider={"example.com/provider": "shared"}),
    },
)
READER = app(
    name="client",
    identity={"cloud": "aws", "role": "arn:aws:iam::111122223333:role/client"},
    secrets={
        "aws": {"store": "aws", "key": "client/a", "property": "b", "file": "/etc/aws/a"},
        "google": {"store": "google", "key": "client-b", "property": "c", "file": "/etc/google/b"},
        "azure": {"store": "azure", "key": "key/client-c", "file": "/etc/azure/c"},
        "shared": {"store": "shared", "key": "cert/client-d", "file": "/etc/shared/d"},
    },
)
# Of pods that nobody declared only a tunnel asks for the account.
TUNNELLED = platform(mesh={"mode": "istio-ambient"})
TUNNELLER = app(
    name="client",
    to=[{"pods": {"example.com/db": "orders"}, "namespace": "data", "account": "orders-db", "port": 5432}],
)
BASES = {
    "App": FULL, "StatefulSet": STATEFUL, "CronJob": CRON, "Platform": PLATFORM, "Teams": TEAMS, "Owned": OWNED,
    "Agents": AGENTS, "Client of Agents": CLIENT_OF_AGENTS,
    "Azure": AZURE, "Client of Azure": CLIENT_OF_AZURE, "Google": GOOGLE, "Client of Google": CLIENT_OF_GOOGLE,
    "Principal": PRINCIPAL, "Stores": STORES, "Names": NAMES, "Caller": CALLER,
    "Drivers": DRIVERS, "Reader": READER, "Relayed": RELAYED, "Led": LED, "Tunnelled": TUNNELLED, "Tunneller": TUNNELLER,
}  # fmt: skip
# The one other document that it is read with: each more would only take time.
BESIDE = {
    "Platform": "App", "Teams": "Owned", "Owned": "Teams", "Agents": "Client of Agents", "Client of Agents": "Agents", "Stores": "App",
    "Azure": "Client of Azure", "Client of Azure": "Azure",
    "Google": "Principal", "Client of Google": "Google", "Principal": "Google",
    "Names": "Caller", "Caller": "Names", "Drivers": "Reader", "Reader": "Drivers", "Relayed": "Caller", "Led": "Caller",
    "Tunnelled": "Tunneller", "Tunneller": "Tunnelled",
}  # fmt: skip
# Of a document that is like another one, what is its own.
OWN = {
    "Teams": {"teams"}, "Owned": {"team"}, "Agents": {"cloudIdentity"}, "Azure": {"cloudIdentity"}, "Google": {"cloudIdentity"},
    "Client of Agents": {"identity"}, "Client of Azure": {"identity"}, "Client of Google": {"identity"}, "Principal": {"identity"},
    "Stores": {"aws", "azure", "google"}, "Names": {"network", "dns"}, "Caller": {"to"},
    "Drivers": {"secretStores"}, "Reader": {"secrets"}, "Relayed": {"egressGateway"}, "Led": {"egressGateway"},
    "Tunnelled": {"mesh"}, "Tunneller": {"to"},
}  # fmt: skip

STRINGS = [
    "", " ", "yes", "null", "0440", "a: b", "a #b", "- a", "{{ 7 * 7 }}", "{% raw %}", "{# #}", "{{ cookiecutter }}", "\n", "a\n", "a\nb: c",
    "a\r\nb", "\t", "a\n---\nkind: Secret", '"', "'", "\\", '"\nx: y', "&a", "*a", "!!python/object:os.system", "|", ">-", "%YAML", "@", "`",
    "]", "}", "a, b", "\x00", "\x01", "\x1b[31m", "\x7f", "\x85", "\xa0", "\u2028", "\u2029", "\ufeff", "\ufffe", "\u202eevil", "\U0001f600",
    "é" * 30, "..", "../../etc/passwd", "/etc/../x", "//", "$(HOME)", "$$", "`id`", "; rm -rf /", "x" * 65536, "a\n" * 32768, "-", "--help", "~",
    "default", "kube-system", "a" * 63, "a" * 64, "A", "1", "a.b", "a_b", "a/b", "=1+1", "<<", "?", ":", "a:", ":a", "1e3", "0x1F", "12:30",
]  # fmt: skip


def strings(value: Any, path: tuple = ()) -> list[tuple]:
    """Return the path of each string and of each key that people choose (`path + (KEY,)`)."""
    found = []
    if isinstance(value, dict):
        for key, item in value.items():
            if path[-1:] and path[-1] in OPEN:
                found.append((*path, key, KEY))
            found += strings(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += strings(item, (*path, index))
    elif isinstance(value, str):
        found.append(path)
    return found


class KEY:
    """Marks the key that ends a path, instead of its value."""


OPEN = {
    "ports",
    "environments",
    "init",
    "sidecars",
    "env",
    "files",
    "singleFiles",
    "writable",
    "volumes",
    "pods",
    "labels",
    "cache",
    "secrets",
    "secretStores",
    "gateways",
    "teams",
    "nodePools",
    "clients",
}
PATHS = [
    (kind, path)
    for kind, base in BASES.items()
    for path in strings(base)
    if path != ("apiVersion",) and (kind not in OWN or not OWN[kind].isdisjoint(path))
]


def with_string(base: Any, path: tuple, text: str) -> Any:
    """Return a value with another string at a path; all that is beside the path is shared."""
    step, *rest = path
    if rest == [KEY]:
        return renamed(base, step, text)
    made = with_string(base[step], tuple(rest), text) if rest else text
    return {**base, step: made} if isinstance(base, dict) else [*base[:step], made, *base[step + 1 :]]


def renamed(mapping: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    return {(new if key == old else key): item for key, item in mapping.items()}


def written(kind: str, texts: dict[tuple, str]) -> Document:
    """Return what is read of a document of a kind with other strings at some paths; its places are the usual ones.

    A second key of a mapping that would be the same is told from the first by a number.
    """
    usual = unchanged(kind)
    value, mark = usual.value, usual.mark
    keys = Counter()
    for path, text in texts.items():
        again = keys[path[:-2], text] if path[-1] is KEY else 0
        keys[path[:-2], text] += path[-1] is KEY
        new = as_read(f"{text}{again}" if again else text)
        value, mark = with_string(value, path, new), marked(mark, path, new)
    return Document(usual.file, value, mark)


@cache
def as_read(text: str) -> str:
    """Write a string as YAML and read it back, as a key and as a value: what stands around it is no matter."""
    [document] = documents({text: text})
    assert document.value == {text: text}
    return document.value[text]


def marked(mark: Mark, path: tuple, text: str) -> Mark:
    """Return the places with the key renamed that ends a path, if one does."""
    step, *rest = path
    if rest == [KEY]:
        return Mark(mark.line, mark.column, renamed(mark.keys, step, text), renamed(mark.children, step, text))
    if not rest:
        return mark
    inner = marked(mark.children[step], tuple(rest), text)
    return Mark(mark.line, mark.column, mark.keys, {**mark.children, step: inner})


class Token(str):
    """What kind of thing a part of a text is: it belongs to its structure."""

    __slots__ = ()


def skeleton(value: Any) -> Any:
    """Return a value's structure: how many of what, without any text. Rules are sorted by who is meant: in any order."""
    if isinstance(value, Token):
        return str(value)
    if isinstance(value, tuple):
        return tuple(skeleton(item) for item in value)
    if isinstance(value, (dict, list)):
        items = value.values() if isinstance(value, dict) else value
        return sorted((skeleton(item) for item in items), key=repr)
    return type(value).__name__


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*map(str, value), *(text for item in value.values() for text in texts(item))]
    if isinstance(value, (list, tuple)):
        return [text for item in value for text in texts(item)]
    return [str(value)]


def load_only(catalog, kind, document=None):
    """Read a document of a kind with the one other that it needs."""
    together = (kind, BESIDE.get(kind, "Platform"))
    found = [document if document is not None and one == kind else unchanged(one) for one in together]
    return from_documents(found, catalog)[0]


@cache
def unchanged(kind):
    return documents(BASES[kind])[0]


class Read(NamedTuple):
    """What a reader found in a file: its structure, and every text in it."""

    structure: str
    texts: tuple[str, ...]


def rendered(catalog, answers) -> list[Read]:
    made = run_answers(catalog, answers)
    verify(made.bundle, made.system)
    assert all(file.path.isascii() and ".." not in file.path.split("/") for file in made.bundle.files)
    return [read(Path(file.path).suffix, file.text) for file in made.bundle.files]


@cache
def read(suffix: str, text: str) -> Read:
    """Read a file as its type; most are the same from run to run."""
    value = {".md": markdown, ".json": json.loads, ".yaml": objects}[suffix](text)
    return Read(repr(skeleton(value)), tuple(texts(value)))


def markdown(text: str) -> Any:
    """Read with a reader of Markdown that knows GitHub's extensions."""
    reader = MarkdownIt("commonmark", {"linkify": True}).enable(["table", "strikethrough", "linkify"])
    reader.linkify.set({"fuzzy_link": False})  # GitHub makes no link of a bare domain
    tokens = reader.parse(text)
    return tuple(
        (Token(token.type), tuple((Token(child.type), child.content) for child in token.children or ()))
        for token in tokens
    )


def objects(text: str) -> Any:
    """Read YAML. That a second reader agrees is a property of the escape."""
    return list(yaml.load_all(text, Loader=yaml.CSafeLoader))


@pytest.fixture(scope="session")
def usual(catalog):
    return {kind: rendered(catalog, load_only(catalog, kind)) for kind in BASES}


def structures(found: list[Read]) -> list[str]:
    return sorted(file.structure for file in found)


IDS = ["/".join("key" if part is KEY else str(part) for part in (kind, *path)) for kind, path in PATHS]


@pytest.mark.parametrize(("kind", "path"), PATHS, ids=IDS)
def test_a_hostile_string_is_refused_or_exact(catalog, usual, together, kind, path):
    seen = set(together.exact[kind, path])
    for text in STRINGS:
        if text in together.doubted[kind, path]:
            is_exact(catalog, usual[kind], kind, path, text)
        if (kind, path) in together.judged[text]:
            continue
        if (is_name := text.isidentifier()) in seen:
            answers_of(catalog, kind, written(kind, {path: text}))
        elif is_exact(catalog, usual[kind], kind, path, text):
            seen.add(is_name)


class Together:
    """Asks about strings in many fields at once; what cannot be told from that is left to each field's own test.

    Attributes:
        judged: for each string, the fields in which it was refused at its own place, or accepted.
        exact: the fields in which a name, or another string, was rendered as it is and changed no structure. What fits a
            pattern of names and paths differs little: one such name is rendered, and one text that is none.
        doubted: the strings that, alone in a field, did not seem to stand there, or changed the structure.
        apart: how often a field was refused by itself, at another place than its own: to find it takes many questions.
    """

    def __init__(self, catalog, usual):
        self.catalog, self.usual = catalog, usual
        self.judged = {text: set() for text in STRINGS}
        self.exact = {where: set() for where in PATHS}
        self.doubted = {where: set() for where in PATHS}
        self.apart = Counter()
        for kind, paths in BATCHES:
            self.ask(kind, paths)

    def ask(self, kind, paths):
        accepted = self.accepted(kind, paths)
        there = SEPARATOR.join(text for file in self.usual[kind] for text in file.texts)
        for is_name in (True, False):
            left = {text: found for text, found in accepted.items() if text and text.isidentifier() is is_name}
            while texts := chosen(left, there):
                for path in self.asked(kind, texts, self.exactly):
                    self.exact[kind, path].add(is_name)
                # Who was refused has another string. Who was given none, because of the others, has one now.
                again = {path for path, text in texts.items() if (kind, path) in self.judged[text]}
                left = {
                    text: [path for path in found if path not in texts or (path in again and texts[path] != text)]
                    for text, found in left.items()
                }
        for text, found in accepted.items():
            self.judged[text] |= {(kind, path) for path in found if text.isidentifier() in self.exact[kind, path]}

    def accepted(self, kind, paths):
        """Return for each string the fields that take it: those that do not refuse it beside all others, asked again."""
        left, found = {path: [] for path in paths}, {text: [] for text in STRINGS}
        for text in STRINGS:
            _, refused = self.once(kind, dict.fromkeys(paths, text), self.loaded)
            for path in left.keys() - refused:
                left[path].append(text)
        while texts := {path: mine.pop() for path, mine in left.items() if mine and self.apart[kind, path] < 2}:
            for path in self.asked(kind, texts, self.loaded):
                found[texts[path]].append(path)
        return found

    def loaded(self, kind, texts):
        return bool(load_only(self.catalog, kind, written(kind, texts)))

    def exactly(self, kind, texts):
        return are_exact(self.catalog, self.usual[kind], kind, texts)

    def asked(self, kind, texts, question):
        """Return fields of which the answer is yes: without those that are refused, of all together, or of each half."""
        answer, refused = None, {None}
        while texts and refused:
            answer, refused = self.once(kind, texts, question)
            texts = {path: text for path, text in texts.items() if path not in refused}
        if answer:
            return [*texts]
        if len(texts) == 1:
            [(path, text)] = texts.items()
            if answer is False:
                self.doubted[kind, path].add(text)
            self.apart[kind, path] += answer is None
        middle = len(texts) // 2
        halves = ([*texts.items()][:middle], [*texts.items()][middle:]) if middle else ()
        return [path for half in halves for path in self.asked(kind, dict(half), question)]

    def once(self, kind, texts, question):
        """Return the answer, if any, and the fields in which a string is refused at its own place: that is judged."""
        try:
            return question(kind, texts), set()
        except AnswersError as error:  # by a blueprint, too
            assert_said(error)
            usual = unchanged(kind)
            places = {(usual.key_place(path[:-1]) if path[-1] is KEY else usual.place(path)): path for path in texts}
            refused = {places[problem.place] for problem in error.problems if problem.place in places}
            for path in refused:
                self.judged[texts[path]].add((kind, path))
            return None, refused


SEPARATOR = "\ud800"  # which no text has


def chosen(accepted: dict[str, list[tuple]], there: str) -> dict[tuple, str]:
    """Give each field one of the strings that it takes, as different ones as possible: none that is a part of another.

    Those first that take few; rather none that stands in the output anyway, of which it is hard to tell whose it is.
    """
    takes: dict[tuple, list[str]] = {}
    for text, paths in accepted.items():
        for path in paths:
            takes.setdefault(path, []).append(text)
    texts: dict[tuple, str] = {}
    used = Counter()
    for path, mine in sorted(takes.items(), key=lambda item: len(item[1])):
        fitting = [text for text in mine if not any(are_alike(text, other) for other in used if other != text)]
        fitting = [text for text in fitting if not any(text in other for other in fitting if other != text)]
        if fitting:
            texts[path] = min(fitting, key=lambda text: (text in there, used[text]))
            used[texts[path]] += 1
    return texts


def are_alike(one: str, other: str) -> bool:
    return one in other or other in one


@pytest.fixture(scope="session")
def together(catalog, usual):
    return Together(catalog, usual)


def batches() -> list[tuple[str, list[tuple]]]:
    """Return paths that can be changed at once: no name of a part that another path leads through, no word that says
    what else may stand beside it.
    """
    made: list[tuple[str, list[tuple]]] = []
    for kind, path in PATHS:
        room = (paths for one, paths in made if one == kind and not any(in_the_way(path, other) for other in paths))
        if (paths := next(room, None)) is None:
            made.append((kind, paths := []))
        paths.append(path)
    return [(kind, paths) for kind, paths in made if len(paths) > 1]


def in_the_way(one: tuple, other: tuple) -> bool:
    """Tell whether a name that one of two paths changes is a step of the other; or whether one of them is a choice."""
    return (one[-1] in CHOICES) != (other[-1] in CHOICES) or any(
        a[-1] is KEY and a != b and b[: len(a) - 1] == a[:-1] for a, b in ((one, other), (other, one))
    )


CHOICES = {"kind", "mode", "backend", "cloud", "plugin"}
BATCHES = batches()


def is_free_text(text: str) -> bool:
    try:
        return msgspec.convert(text, words.EnvValue) == text
    except msgspec.ValidationError:
        return False


FREE = [text for text in STRINGS if is_free_text(text)]


def test_free_text_of_every_kind_at_once_is_exact(catalog):
    """What is neither a name nor a path is not refused: each string stands where it was put, and nothing is beside it."""

    def filled(text):
        config = {
            "env": {f"V{number}": text(string) for number, string in enumerate(FREE)},
            "files": {f"/etc/api/conf.d/{number}": text(string) for number, string in enumerate(FREE)},
            "singleFiles": {f"/srv/{number}": text(string) for number, string in enumerate(FREE)},
        }
        answers = from_documents([*documents(app(config=config)), unchanged("Platform")], catalog)[0]
        return rendered(catalog, answers)

    found, plain = filled(str), filled(lambda _: "plain")
    assert structures(found) == structures(plain)
    texts_ = [at for file in found for at in file.texts]
    assert [text[:40] for text in FREE if texts_.count(text) < 3] == []


def test_any_string_is_refused_or_exact(catalog, usual):
    @settings(max_examples=60, deadline=None)
    @given(st.sampled_from(PATHS), st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
    def property_(where, text):
        # Words of loaded modules are drawn, too: one that the documents have elsewhere would join what is apart.
        if text not in texts(list(BASES.values())):
            is_exact(catalog, usual[where[0]], *where, text)

    property_()


def is_expanded(path):
    """Tell whether Kubernetes puts variables into what stands there: commands, but not of probes, and plain variables."""
    return not {"command", "args"}.isdisjoint(path) or (path[1:2] == ("sidecars",) and path[-2] == "env")


def assert_said(refused):
    assert [problem for problem in refused.problems if not problem.message or "\n" in problem.message] == []


def answers_of(catalog, kind, document):
    """Return the answers, or None where they are refused, each problem in one line."""
    try:
        return load_only(catalog, kind, document)
    except AnswersError as refused:
        assert_said(refused)


def is_exact(catalog, usual, kind, path, text) -> bool:
    """Tell whether a string is accepted; if so, the output has it as it is, and its structure is the usual one."""
    answers = answers_of(catalog, kind, written(kind, {path: text}))
    if answers is None:
        return False
    try:
        found = rendered(catalog, answers)
    except AnswersError as refused:  # by a blueprint
        assert_said(refused)
        return False
    if is_told(kind, path):
        assert structures(found) == structures(usual)
        assert stands(found, {path: text})
    return True


def are_exact(catalog, usual, kind, texts) -> bool:
    """Tell whether strings in several fields at once stand in the output as often more, and change no structure."""
    found = rendered(catalog, load_only(catalog, kind, written(kind, texts)))
    told = {path: text for path, text in texts.items() if is_told(kind, path)}
    return structures(found) == structures(usual) and stands(found, told, usual)


def is_told(kind, path) -> bool:
    """Tell whether what is said there is to be found in the output: no choice, no other name that the document has."""
    return path[-1] not in {"protocol", "port", "tcp"} and (kind, path) not in NOT_IN_THE_OUTPUT


def stands(found, texts, usual=()) -> bool:
    """Tell whether texts of the output are what fields say: for each field one, beside those that are there anyway."""

    def count(files, wanted, exactly):
        return sum((wanted == at) if exactly else (wanted in at) for file in files for at in file.texts)

    spelled = Counter((spelling(path, text), stands_as_it_is(path)) for path, text in texts.items())
    return all(count(found, *kind) - count(usual, *kind) >= number for kind, number in spelled.items())


def spelling(path, text) -> str:
    if path[-1] is KEY and path[-3] == "files":
        return text.replace("/", "_").lstrip("_")
    if path[-1] == "text":  # in a template of Go
        text = re.sub(r"\{+", lambda found: f'{{{{ "{found[0]}" }}}}', text)
    return text.replace("$", "$$") if is_expanded(path) else text  # which Kubernetes halves


# The cluster's networks stand in the output only where a declared one holds them.
NOT_IN_THE_OUTPUT = {
    ("CronJob", ("spec", "environments", "production", KEY)),  # another Platform's, which is not rendered here
    ("Platform", ("spec", "clusterNetworks", 0)),
    # Its Apps say what they take.
    ("Platform", ("spec", "resources", "default", "cpu")),
    ("Platform", ("spec", "resources", "default", "memory")),
    ("Platform", ("spec", "resources", "most", "cpu")),
    ("Platform", ("spec", "resources", "most", "memory")),
    # What else comes from anywhere is refused, before anything is rendered.
    ("Platform", ("spec", "registries", 0)),
    ("Platform", ("spec", "registries", 1)),
    # Quotas count it.
    ("Platform", ("spec", "nodePools", "dedicated", "overhead", "cpu")),
    ("Platform", ("spec", "nodePools", "dedicated", "overhead", "memory")),
    ("Tunneller", ("spec", "to", 0, "account")),  # by which a tunnel knows who is at its end
    ("Teams", ("spec", "teams", "spare", KEY)),  # it owns no App
    ("Teams", ("spec", "teams", "spare", "group")),
}
# Mappings of which each value stands in the output as it is, not as a part of something.
EXACT = {("env",), ("files",), ("singleFiles",)}


def stands_as_it_is(path):
    """Variables of a sidecar have their dollars twice: Kubernetes takes one away."""
    return path[-2:-1] in EXACT and "sidecars" not in path


def test_every_string_field_of_the_schema_is_filled(catalog):
    """The base document has every field, so that no new one escapes the property."""
    missing = []

    def walk(kind: Any, value: Any, path: str) -> None:
        while isinstance(kind, inspect.Metadata):
            kind = kind.type
        if isinstance(kind, inspect.UnionType):
            for member in kind.types:
                walk(member, value, path)
        elif isinstance(kind, inspect.StructType):
            for field in kind.fields:
                present = [
                    item[field.encode_name] for item in value if isinstance(item, dict) and field.encode_name in item
                ]
                if not present:
                    missing.append(f"{path}.{field.encode_name}")
                else:
                    walk(field.type, present, f"{path}.{field.encode_name}")
        elif isinstance(kind, inspect.DictType):
            walk(kind.value_type, [inner for item in value if isinstance(item, dict) for inner in item.values()], path)
        elif isinstance(kind, inspect.ListType):
            walk(kind.item_type, [inner for item in value if isinstance(item, list) for inner in item], path)

    apps = [value for value in BASES.values() if value["kind"] == "App"]
    apps += [{"spec": OTHER}, {"spec": DAEMON}, {"spec": SCALED}]
    walk(inspect.type_info(catalog.kinds["App"]), apps, "App")
    platforms = [value for value in BASES.values() if value["kind"] == "Platform"]
    walk(inspect.type_info(catalog.kinds["Platform"]), platforms, "Platform")
    # Alternatives of the same types as those that are filled.
    alternatives = {
        "ready.tcp", "ready.grpc", "live.http", "live.port", "from.pods", "from.cidr",
        "sidecars.started.tcp", "sidecars.started.grpc", "sidecars.started.exec",
    }  # fmt: skip
    assert {path.replace("App.spec.", "").replace("health.", "") for path in missing} <= alternatives
