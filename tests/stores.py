"""A store of every backend, for tests: what a Platform says of it, what an App reads from it, and what it is made of."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from harness import app, platform

from scaffold.catalog import Catalog

AUDIENCE = "https://kubernetes.default.svc.cluster.local"
# Of age's own documentation: who holds its key is known to nobody here.
RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
_ROLES = {"roles": "arn:aws:iam::111122223333:role/secrets.", "cidrs": ["10.31.0.0/24"], "sts": ["10.31.1.0/24"]}


def _key() -> dict[str, str]:
    """Return a reference to what lies in a Secret; each its own, since YAML would refer to what is shared."""
    return {"name": "credential", "key": "key"}


@dataclass(frozen=True)
class Store:
    """What a Platform says of a store, the key that an App reads, and the ways to open it with what is stored.

    `provider` is what External Secrets calls it; `static` are paths in its settings, with what stands there. What a
    store has no properties of, or has to be asked as, is said by `whole` and `cloud`.
    """

    declared: dict[str, Any]
    key: str = "api-db"
    provider: str = ""
    audience: str = ""
    static: tuple[tuple[tuple[str, ...], Any], ...] = ()
    whole: bool = False
    cloud: str = ""


_AWS = (
    (("auth", "secretRef"), {"accessKeyIDSecretRef": _key(), "secretAccessKeySecretRef": _key()}),
    (("auth", "secretRef", "sessionTokenSecretRef"), _key()),
)
STORES = {
    "vault": Store(
        {"server": "https://vault.example.com:8200", "cidrs": ["10.30.0.5/32"]},
        "shop/api/db",
        "vault",
        "vault",
        (
            (("auth", "tokenSecretRef"), _key()),
            (("auth", "appRole"), {"path": "approle", "roleId": "api", "secretRef": _key()}),
            (("auth", "cert"), {"clientCert": _key(), "secretRef": _key()}),
            (("auth", "userPass"), {"path": "userpass", "username": "api", "secretRef": _key()}),
            (("auth", "kubernetes", "secretRef"), _key()),
            (("tls",), {"certSecretRef": _key(), "keySecretRef": _key()}),
            (("caProvider",), {"type": "Secret", **_key()}),
        ),
    ),
    "aws-secrets-manager": Store({"region": "eu-central-1", **_ROLES}, "shop/api/db", "aws", "sts.amazonaws.com", _AWS),
    "aws-parameter-store": Store({"region": "eu-central-1", **_ROLES}, "shop/api/db", "aws", "sts.amazonaws.com", _AWS),
    "gcp-secret-manager": Store(
        {"project": "acme-secrets", "cluster": "production", "location": "europe-west3", "cidrs": ["199.36.153.8/30"]},
        provider="gcpsm",
        audience="acme-secrets.svc.id.goog",
        static=(
            (("auth", "secretRef"), {"secretAccessKeySecretRef": _key()}),
            (("auth", "workloadIdentityFederation"), {"credConfig": _key()}),
        ),
    ),
    "azure-key-vault": Store(
        {
            "server": "https://acme.vault.azure.net",
            "tenant": "72f988bf-86f1-41af-91ab-2d7cd011db47",
            "clients": {"shop/api": "6e2a1c52-7d0c-4c0f-9f59-0d7c1f5b3a11"},
            "cidrs": ["10.32.0.0/24"],
            "entra": ["20.190.128.0/18"],
        },
        "key/api-db",
        "azurekv",
        "api://AzureADTokenExchange",
        (
            (("authSecretRef",), {"clientId": _key(), "clientSecret": _key()}),
            (("authSecretRef",), {"clientId": _key(), "clientCertificate": _key()}),
            (("authType",), "ServicePrincipal"),
            (("authType",), "ManagedIdentity"),
        ),
    ),
    "kubernetes-secret": Store(
        {"namespace": "secrets"},
        provider="kubernetes",
        audience=AUDIENCE,
        static=(
            (("auth", "token"), {"bearerToken": _key()}),
            (("auth", "cert"), {"clientCert": _key(), "clientKey": _key()}),
            (("authRef",), _key()),
            (("server", "caProvider", "type"), "Secret"),
        ),
    ),
    "existing-secret": Store({"maker": "database-operator"}),
    "sealed-secrets": Store({}, "api-sealed"),
    "sops": Store({"age": [RECIPIENT]}, "api-encrypted"),
    "vault-csi": Store({"server": "https://vault.example.com:8200", "cidrs": ["10.30.0.5/32"]}, "shop/api/db"),
    "aws-csi": Store({"region": "eu-central-1", "cidrs": ["10.31.0.0/24"]}, "shop/api/db", cloud="aws"),
    "gcp-secret-manager-csi": Store({"project": "acme-secrets", "cidrs": ["199.36.153.8/30"]}),
    "azure-key-vault-csi": Store(
        {
            "vault": "acme",
            "tenant": "72f988bf-86f1-41af-91ab-2d7cd011db47",
            "client": "6e2a1c52-7d0c-4c0f-9f59-0d7c1f5b3a11",
            "cidrs": ["10.32.0.0/24"],
            "entra": ["20.190.128.0/18"],
        },
        "cert/api-db",
        whole=True,
    ),
}
_CLOUDS = {
    "aws": (
        {"identity": {"cloud": "aws", "role": "arn:aws:iam::111122223333:role/shop-api"}},
        {"mode": "irsa", "issuer": "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE", "cidrs": ["10.31.1.0/24"]},
    )
}
# Mounted by a CSI driver, whose definitions are in no package index.
DRIVEN = ("vault-csi", "aws-csi", "gcp-secret-manager-csi", "azure-key-vault-csi")
FETCHED = {name: store for name, store in STORES.items() if store.provider}


def backends(catalog: Catalog) -> set[str]:
    """Return every backend that a blueprint offers."""
    offered = (option for blueprint in catalog.blueprints for option in blueprint.options)
    return {option.choice or "" for option in offered if option.at == "platform.secretStores"}


def documents_of(*names: str, namespace: str = "shop", **spec: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return an App that reads a secret from a store of each of some backends, and its Platform."""
    secrets = {
        name: {"store": name, "key": STORES[name].key, "file": f"/etc/secrets/{name}/value"}
        | ({} if STORES[name].whole else {"property": "password"})
        for name in names
    }
    # Copied, for the same reason.
    stores = {name: {"backend": name, **copy.deepcopy(STORES[name].declared)} for name in names}
    server = {"cidrs": ["10.0.0.1/32"], "audience": AUDIENCE}
    cluster: dict[str, Any] = {"secretStores": stores, "apiServer": server}
    for own, known in (_CLOUDS[STORES[name].cloud] for name in names if STORES[name].cloud):
        spec, cluster = {**own, **spec}, {**cluster, "cloudIdentity": known}
    return app(namespace=namespace, secrets=secrets, **spec), platform(**cluster)
