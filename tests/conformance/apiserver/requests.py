"""Requests as an audit policy must log them: each with who sends it, the answer, and the level and the stages of its events.

Every request is found again in the log by its Audit-ID, which is its name.
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from typing import Any

ELSEWHERE = "elsewhere"  # a namespace of nobody's App
NODE = "node-0"
# The stages of an ordinary request, of one that may take long, of one by somebody unknown, and of one whose answer must
# not be logged.
DONE, LONG = ("ResponseComplete",), ("ResponseStarted", "ResponseComplete")
UNKNOWN, ARRIVED = ("ResponseStarted",), ("RequestReceived",)
CORE, RBAC, APIS = "/api/v1", "/apis/rbac.authorization.k8s.io/v1", "/apis/{}/v1"
PATCHES = {"apply": "apply-patch+yaml", "json": "json-patch+json", "merge": "merge-patch+json", "strategic": "strategic-merge-patch+json"}  # fmt: skip

# Values that no log may hold, new in each run: as they are, and as a Secret's `data` spells them.
CANARY = secrets.token_hex(16)
ENCODED = base64.b64encode(CANARY.encode()).decode()
FORGED = secrets.token_hex(16)


@dataclass(frozen=True)
class Request:
    """One request: `call` is method and path, `patch` the kind of a patch's body."""

    name: str
    who: str
    call: str
    level: str
    status: int
    body: Any = None
    patch: str = ""
    stages: tuple[str, ...] = DONE
    upgrade: bool = False


def _object(kind: str, name: str, version: str = "v1", **fields: Any) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **fields}


def _secret(name: str) -> dict[str, Any]:
    """Return a Secret as `kubectl apply` sends it: the value is in an annotation, too."""
    value = _object("Secret", name, data={"value": ENCODED}, stringData={"plain": CANARY})
    last = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps(value)}
    return {**value, "metadata": {"name": name, "annotations": last}}


def _values(space: str) -> list[Request]:
    """Secrets, ConfigMaps, and what looks like them: by every verb, by everybody, by wrong paths."""
    own, one = f"{CORE}/namespaces/{space}/secrets", f"{CORE}/namespaces/{space}/secrets/canary"
    maps, meta = f"{CORE}/namespaces/{space}/configmaps", "Metadata"
    config = _object("ConfigMap", "canary", data={"plain": CANARY})
    return [
        Request("secret: create", "admin", f"POST {own}", meta, 201, _secret("canary")),
        Request("secret: create elsewhere", "admin", f"POST {CORE}/namespaces/{ELSEWHERE}/secrets", meta, 201, _secret("canary")),
        Request("secret: create, dry run", "admin", f"POST {own}?dryRun=All", meta, 201, _secret("other")),
        Request("secret: create, twice", "admin", f"POST {own}", meta, 409, _secret("canary")),
        Request("secret: create, unknown field", "admin", f"POST {own}?fieldValidation=Strict", meta, 400, {**_secret("other"), "vaule": CANARY}),
        Request("secret: create, not base64", "admin", f"POST {own}", meta, 400, _object("Secret", "other", data={"value": f"-{CANARY}"})),
        Request("secret: get", "admin", f"GET {one}", meta, 200),
        Request("secret: get by nobody", "anonymous", f"GET {one}", meta, 403),
        Request("secret: get by a person", "jane", f"GET {one}", meta, 403),
        Request("secret: get by an account", "account", f"GET {one}", meta, 403),
        Request("secret: get by a node", "node", f"GET {one}", meta, 403),
        Request("secret: get by controllers", "controller-manager", f"GET {one}", meta, 200),
        Request("secret: list", "admin", f"GET {own}", meta, 200),
        Request("secret: list everywhere", "admin", f"GET {CORE}/secrets", meta, 200),
        Request("secret: list by a field", "admin", f"GET {CORE}/secrets?fieldSelector=metadata.name%3Dcanary", meta, 200),
        Request("secret: watch", "admin", f"GET {own}?watch=1", meta, 200, stages=LONG),
        Request("secret: watch, the old path", "admin", f"GET {CORE}/watch/namespaces/{space}/secrets", meta, 200, stages=LONG),
        Request("secret: update", "admin", f"PUT {one}", meta, 200, _secret("canary")),
        Request("secret: update, not base64", "admin", f"PUT {one}", meta, 400, _object("Secret", "canary", data={"value": f"-{CANARY}"})),
        Request("secret: update, wrong type", "admin", f"PUT {one}", meta, 400, _object("Secret", "canary", stringData={"value": [CANARY]})),
        Request("secret: json patch", "admin", f"PATCH {one}", meta, 200, [{"op": "add", "path": "/data/more", "value": ENCODED}], "json", stages=ARRIVED),
        Request("secret: merge patch", "admin", f"PATCH {one}", meta, 200, {"stringData": {"merged": CANARY}}, "merge", stages=ARRIVED),
        Request("secret: strategic patch", "admin", f"PATCH {one}", meta, 200, {"data": {"merged": ENCODED}}, "strategic", stages=ARRIVED),
        Request("secret: apply", "admin", f"PATCH {one}?fieldManager=test&force=true", meta, 200, _secret("canary"), "apply", stages=ARRIVED),
        # The API server's answers to these quote the patch, or the whole Secret.
        Request("secret: merge patch that does not fit", "admin", f"PATCH {one}", meta, 422, {"data": {"more": f"-{CANARY}"}}, "merge", stages=ARRIVED),
        Request("secret: strategic patch that does not fit", "admin", f"PATCH {one}", meta, 422, {"data": CANARY}, "strategic", stages=ARRIVED),
        Request("secret: apply what does not fit", "admin", f"PATCH {one}?fieldManager=test", meta, 500, {**_secret("canary"), "data": {"value": [CANARY]}}, "apply", stages=ARRIVED),
        Request("secret: patch without rights", "jane", f"PATCH {one}", meta, 403, {"data": {"more": ENCODED}}, "merge", stages=ARRIVED),
        Request("secret: the wrong name", "admin", f"POST {CORE}/namespaces/{space}/secret", meta, 404, _secret("other")),
        Request("secret: the wrong group", "admin", f"POST {APIS.format('none.example.com')}/namespaces/{space}/secrets", meta, 404, _secret("other")),
        Request("secret: a wildcard", "admin", f"GET {CORE}/namespaces/{space}/*", meta, 404),
        Request("secret: a subresource", "admin", f"GET {one}/value", meta, 404),
        Request("secret: sent as another kind", "admin", f"POST {CORE}/namespaces/{space}/services", "Request", 400, _secret("other")),
        Request("secret: delete", "admin", f"DELETE {one}", meta, 200),
        Request("secret: delete all", "admin", f"DELETE {CORE}/namespaces/{ELSEWHERE}/secrets", meta, 200),
        Request("config: create", "admin", f"POST {maps}", meta, 201, config),
        Request("config: get", "admin", f"GET {maps}/canary", meta, 200),
        Request("config: list everywhere", "admin", f"GET {CORE}/configmaps", meta, 200),
        Request("config: watch", "admin", f"GET {maps}?watch=1", meta, 200, stages=LONG),
        Request("config: update", "admin", f"PUT {maps}/canary", meta, 200, config),
        Request("config: patch", "admin", f"PATCH {maps}/canary", meta, 200, {"data": {"more": CANARY}}, "merge", stages=ARRIVED),
        Request("config: apply", "admin", f"PATCH {maps}/canary?fieldManager=test&force=true", meta, 200, config, "apply", stages=ARRIVED),
        Request("config: patch that does not fit", "admin", f"PATCH {maps}/canary", meta, 422, {"binaryData": {"more": f"-{CANARY}"}}, "strategic", stages=ARRIVED),
        Request("config: delete", "admin", f"DELETE {maps}/canary", meta, 200),
    ]  # fmt: skip


def _tokens(space: str, token: str) -> list[Request]:
    """Tokens that are asked for, and asked about."""
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"audiences": ["x"]}}
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
    myself = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    may = {"resourceAttributes": {"verb": "get", "resource": "secrets"}}
    access = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": may}
    account = f"{CORE}/namespaces/{space}/serviceaccounts/default/token"
    return [
        Request("token: request", "admin", f"POST {account}", "Metadata", 201, asked),
        Request("token: request by a node", "node", f"POST {account}", "Metadata", 403, asked),
        Request("token: review", "admin", f"POST {APIS.format('authentication.k8s.io')}/tokenreviews", "Metadata", 201, review),
        Request("token: review of a forged one", "admin", f"POST {APIS.format('authentication.k8s.io')}/tokenreviews", "Metadata", 201, {**review, "spec": {"token": FORGED}}),
        Request("token: review that does not fit", "admin", f"POST {APIS.format('authentication.k8s.io')}/tokenreviews", "Metadata", 400, {**review, "spec": {"token": [token]}}),
        Request("token: who am I", "account", f"POST {APIS.format('authentication.k8s.io')}/selfsubjectreviews", "Metadata", 201, myself),
        Request("token: what may I", "account", f"POST {APIS.format('authorization.k8s.io')}/selfsubjectaccessreviews", "Metadata", 201, access),
    ]  # fmt: skip


def _pods(space: str) -> list[Request]:
    """The Apps' own objects, and everything that leads into a running pod or past the API."""
    pods, pod = f"{CORE}/namespaces/{space}/pods", f"{CORE}/namespaces/{space}/pods/web"
    container = {"name": "main", "image": "registry.example.com/web:1"}
    spec = {"nodeName": NODE, "containers": [container], "automountServiceAccountToken": False}
    debug = {"spec": {"ephemeralContainers": [{"name": "debug", "image": container["image"]}]}}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}}
    deployment = _object("Deployment", "web", "apps/v1", spec={"selector": {"matchLabels": {"app": "web"}}, "template": template})  # fmt: skip
    job = _object("Job", "web", "batch/v1", spec={"template": {"spec": {**spec, "restartPolicy": "Never"}}})
    budget = _object("PodDisruptionBudget", "web", "policy/v1", spec={"maxUnavailable": 1})
    service = _object("Service", "web", spec={"ports": [{"port": 80}]})
    apps, batch, policy = (f"{APIS.format(group)}/namespaces/{space}" for group in ("apps", "batch", "policy"))
    return [
        Request("app: create a pod", "admin", f"POST {pods}", "Request", 201, _object("Pod", "web", spec=spec)),
        Request("app: create a pod elsewhere", "admin", f"POST {CORE}/namespaces/{ELSEWHERE}/pods", "Metadata", 201, _object("Pod", "web", spec=spec)),
        Request("app: create a pod without rights", "jane", f"POST {pods}", "Request", 403, _object("Pod", "other", spec=spec)),
        Request("app: label a pod", "admin", f"PATCH {pod}", "Request", 200, {"metadata": {"labels": {"a": "b"}}}, "merge"),
        Request("app: create a service", "admin", f"POST {CORE}/namespaces/{space}/services", "Request", 201, service),
        Request("app: create a deployment", "admin", f"POST {apps}/deployments", "Request", 201, deployment),
        Request("app: scale a deployment", "admin", f"PATCH {apps}/deployments/web/scale", "Request", 200, {"spec": {"replicas": 2}}, "merge"),
        Request("app: read a deployment", "admin", f"GET {apps}/deployments/web", "Metadata", 200),
        Request("app: delete a deployment", "admin", f"DELETE {apps}/deployments/web", "Request", 200),
        Request("app: create a job", "admin", f"POST {batch}/jobs", "Request", 201, job),
        Request("app: create a budget", "admin", f"POST {policy}/poddisruptionbudgets", "Request", 201, budget),
        Request("entry: exec", "admin", f"POST {pod}/exec?container=main&command=id&stdout=1", "Metadata", 101, stages=LONG, upgrade=True),
        Request("entry: exec, by GET", "admin", f"GET {pod}/exec?container=main&command=id&stdout=1", "Metadata", 101, stages=LONG, upgrade=True),
        Request("entry: exec without rights", "jane", f"POST {pod}/exec?container=main&command=id&stdout=1", "Metadata", 403, stages=LONG),
        Request("entry: exec by controllers", "controller-manager", f"GET {pod}/exec?container=main&command=id", "Metadata", 403, stages=LONG),
        Request("entry: exec by a node", "node", f"GET {pod}/exec?container=main&command=id", "Metadata", 403, stages=LONG),
        Request("entry: attach", "admin", f"POST {pod}/attach?container=main&stdout=1", "Metadata", 101, stages=LONG, upgrade=True),
        Request("entry: portforward", "admin", f"POST {pod}/portforward", "Metadata", 101, stages=LONG, upgrade=True),
        Request("entry: through a pod", "admin", f"GET {pod}/proxy/", "Metadata", 400, stages=LONG),
        Request("entry: through a service", "admin", f"GET {CORE}/namespaces/{space}/services/web/proxy/", "Metadata", 404, stages=LONG),
        Request("entry: through a node", "admin", f"GET {CORE}/nodes/{NODE}/proxy/pods", "Metadata", 400, stages=LONG),
        Request("entry: ephemeral container", "admin", f"PATCH {pod}/ephemeralcontainers", "RequestResponse", 200, debug, "strategic"),
        Request("entry: ephemeral container without rights", "jane", f"PATCH {pod}/ephemeralcontainers", "RequestResponse", 403, debug, "strategic"),
        Request("read: pods", "admin", f"GET {pods}", "Metadata", 200),
        Request("read: pods without rights", "jane", f"GET {pods}", "Metadata", 403),
        Request("read: pods by an account", "account", f"GET {pods}", "Metadata", 403),
        Request("read: a pod's log", "jane", f"GET {pod}/log", "Metadata", 403, stages=LONG),
        Request("read: watch pods", "admin", f"GET {pods}?watch=1", "Metadata", 200, stages=LONG),
        Request("app: delete a pod", "admin", f"DELETE {pod}?gracePeriodSeconds=0", "Request", 200),
    ]  # fmt: skip


def _rights(space: str, certificate: str) -> list[Request]:
    """Who may do what, what is let in, and where secrets come from: with the bodies where something is changed."""
    roles = f"{RBAC}/namespaces/{space}/roles"
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
    role = _object("Role", "reader", "rbac.authorization.k8s.io/v1", rules=[rule])
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "jane"}
    binding = _object(
        "ClusterRoleBinding", "jane", "rbac.authorization.k8s.io/v1", roleRef=reference, subjects=[subject]
    )
    signing = {"request": certificate, "signerName": "kubernetes.io/kube-apiserver-client", "usages": ["client auth"]}
    csr, csrs = (
        _object("CertificateSigningRequest", "eve", "certificates.k8s.io/v1", spec=signing),
        f"{APIS.format('certificates.k8s.io')}/certificatesigningrequests",
    )
    denied = {"type": "Denied", "status": "True", "reason": "Test", "message": "denied"}
    hooks, hook = (
        f"{APIS.format('admissionregistration.k8s.io')}/validatingwebhookconfigurations",
        _object("ValidatingWebhookConfiguration", "none", "admissionregistration.k8s.io/v1", webhooks=[]),
    )
    policy = {"podSelector": {}, "policyTypes": ["Ingress"]}
    policies = f"{APIS.format('networking.k8s.io')}/namespaces/{space}/networkpolicies"
    external = f"{APIS.format('external-secrets.io')}/namespaces/{space}/externalsecrets"
    data = {
        "secretStoreRef": {"name": "vault"},
        "data": [{"secretKey": "db", "remoteRef": {"key": "shop/db"}}],
        "target": {"template": {"data": {"literal": CANARY}}},
    }
    named, both = f"{CORE}/namespaces/{space}", "RequestResponse"
    return [
        Request("rights: create a role", "admin", f"POST {roles}", both, 201, role),
        Request("rights: create a role without rights", "jane", f"POST {roles}", both, 403, role),
        Request("rights: read a role", "admin", f"GET {roles}/reader", "Metadata", 200),
        Request("rights: patch a role", "admin", f"PATCH {roles}/reader", both, 200, {"rules": [{**rule, "verbs": ["*"]}]}, "merge"),
        Request("rights: delete all roles", "admin", f"DELETE {roles}", both, 200),
        Request("rights: bind a cluster role", "admin", f"POST {RBAC}/clusterrolebindings", both, 201, binding),
        Request("rights: create an account", "admin", f"POST {named}/serviceaccounts", both, 201, _object("ServiceAccount", "extra")),
        Request("rights: ask for a certificate", "admin", f"POST {csrs}", both, 201, csr),
        Request("rights: deny a certificate", "admin", f"PATCH {csrs}/eve/approval", both, 200, {"status": {"conditions": [denied]}}, "merge"),
        Request("rights: read a certificate request", "jane", f"GET {csrs}/eve", "Metadata", 403),
        Request("admission: create a webhook", "admin", f"POST {hooks}", both, 201, hook),
        Request("admission: delete a webhook", "admin", f"DELETE {hooks}/none", both, 200),
        Request("admission: relabel a namespace", "admin", f"PATCH {named}", both, 200, {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}}, "merge"),
        Request("admission: relabel without rights", "jane", f"PATCH {named}", both, 403, {"metadata": {"labels": {"a": "b"}}}, "merge"),
        Request("admission: relabel by the status", "admin", f"PATCH {named}/status", both, 200, {"metadata": {"labels": {"c": "d"}}}, "merge"),
        Request("admission: open the network", "admin", f"POST {policies}", both, 201, _object("NetworkPolicy", "open", "networking.k8s.io/v1", spec=policy)),
        Request("admission: delete policies", "admin", f"DELETE {policies}", both, 200),
        Request("secret: by reference", "admin", f"POST {external}", "Metadata", 201, _object("ExternalSecret", "db", "external-secrets.io/v1", spec=data)),
        Request("secret: reference patched", "admin", f"PATCH {external}/db", "Metadata", 200, {"spec": data}, "merge", stages=ARRIVED),
        Request("secret: references read", "admin", f"GET {external}/db", "Metadata", 200),
    ]  # fmt: skip


def _noise(space: str) -> list[Request]:
    """What is dropped, from whom it is not, and requests of somebody who could not say who they are."""
    leases, events = (
        f"{APIS.format('coordination.k8s.io')}/namespaces/kube-system/leases",
        f"{CORE}/namespaces/{space}/events",
    )
    lease = _object("Lease", "kube-controller-manager", "coordination.k8s.io/v1")
    event = {**_object("Event", "e"), "involvedObject": {"kind": "Pod", "namespace": space, "name": "web"}}
    probes = [
        Request(f"probe: {path} by {who}", who, f"GET {path}", "None", 200, stages=())
        for path in ("/healthz", "/livez", "/readyz", "/version")
        for who in ("admin", "anonymous")
    ]
    return [
        *probes,
        Request("probe: the API's description", "admin", "GET /openapi/v3", "None", 200, stages=()),
        Request("probe: one check of many", "admin", "GET /livez/ping", "None", 200, stages=()),
        Request("probe: groups", "jane", "GET /apis", "Metadata", 200),
        Request("probe: metrics", "jane", "GET /metrics", "Metadata", 403),
        Request("noise: a component's lease", "controller-manager", f"POST {leases}", "None", 201, lease, stages=()),
        Request("noise: a component's event", "controller-manager", f"POST {events}", "None", 201, event, stages=()),
        Request("noise: a component reads pods", "scheduler", f"GET {CORE}/pods", "None", 200, stages=()),
        Request("noise: a node's status", "node", f"PATCH {CORE}/nodes/{NODE}/status", "None", 200, {"status": {"phase": "Running"}}, "merge", stages=()),
        Request("noise: a node reads services", "node", f"GET {CORE}/services", "None", 200, stages=()),
        Request("not noise: a component's events are deleted", "controller-manager", f"DELETE {events}", "Metadata", 403),
        Request("not noise: a person's lease", "jane", f"GET {leases}", "Metadata", 403),
        Request("not noise: a node relabels itself", "node", f"PATCH {CORE}/nodes/{NODE}", "Metadata", 200, {"metadata": {"labels": {"a": "b"}}}, "merge"),
        Request("not noise: somebody acts as a component", "impersonator", f"GET {CORE}/pods", "Metadata", 200),
        Request("not noise: events are deleted", "admin", f"DELETE {events}", "Metadata", 200),
        Request("unknown: pods", "forged", f"GET {CORE}/pods", "Metadata", 401, stages=UNKNOWN),
        Request("unknown: a probe", "forged", "GET /livez", "Metadata", 401, stages=UNKNOWN),
        Request("unknown: a component's lease", "forged", f"GET {leases}", "Metadata", 401, stages=UNKNOWN),
        Request("unknown: a secret is sent", "forged", f"POST {CORE}/namespaces/{space}/secrets", "Metadata", 401, _secret("other"), stages=UNKNOWN),
        Request("unknown: a secret is patched", "forged", f"PATCH {CORE}/namespaces/{space}/secrets/canary", "Metadata", 401, {"data": {"more": ENCODED}}, "merge", stages=UNKNOWN),
        Request("unknown: a role is sent", "forged", f"POST {RBAC}/namespaces/{space}/roles", "RequestResponse", 401, {}, stages=UNKNOWN),
        Request("unknown: a certificate that is not for clients", "server", f"GET {CORE}/pods", "Metadata", 401, stages=UNKNOWN),
    ]  # fmt: skip


def script(space: str, token: str, certificate: str) -> list[Request]:
    """Return all requests, in an order in which they succeed.

    Args:
        space: a namespace of Apps.
        token: a token of its account `default`, which must not be logged.
        certificate: a certificate signing request, in base64.
    """
    return [*_values(space), *_tokens(space, token), *_pods(space), *_rights(space, certificate), *_noise(space)]
