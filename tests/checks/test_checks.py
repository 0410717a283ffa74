"""Every check lets the examples' bundle pass and finds its broken twin: one tweak of a sound bundle."""

import copy
import importlib
import json
from functools import cache

import pytest
from harness import EXAMPLES, Run, app, edited, platform, put, run, run_answers
from msgspec import structs

from scaffold import checks, risks
from scaffold.answers.load import load
from scaffold.bundle.file import Bundle, File
from scaffold.errors import FindingsError
from scaffold.registry import registry
from scaffold.verify import verify

BASE = "apps/shop/orders/base"
DEPLOYMENT, POLICY, SERVICE = f"{BASE}/deployment.yaml", f"{BASE}/network-policy.yaml", f"{BASE}/service.yaml"
QUARANTINE = "on-demand/shop/quarantine.yaml"
ACCOUNT, BUDGET, NAMESPACE = (
    f"{BASE}/service-account.yaml",
    f"{BASE}/pod-disruption-budget.yaml",
    "namespaces/shop/namespace.yaml",
)


@pytest.fixture(scope="module")
def rendered(catalog):
    """Render an example once, whoever asks for it."""
    return cache(lambda name: run_answers(catalog, *load([EXAMPLES[0].parent / name], catalog)))


@pytest.fixture(scope="module")
def orders(rendered) -> Run:
    return rendered("orders")


def pod(change):
    return lambda value: change(value["spec"]["template"]["spec"])


def container(change):
    return pod(lambda spec: change(spec["containers"][0]))


def both(change):
    """Change what is said twice: of the pod, and of its container."""

    def of_both(spec):
        change(spec)
        change(spec["containers"][0])

    return pod(of_both)


def open_to_the_internet(value):
    return next(
        peer
        for rule in value["spec"]["egress"]
        for peer in rule["to"]
        if peer.get("ipBlock", {}).get("cidr") == "0.0.0.0/0"
    )


def token(change):
    """Change the projected token of the pod."""

    def find(spec):
        [projected] = [v["projected"] for v in spec["volumes"] if "serviceAccountToken" in str(v)]
        change(projected["sources"][0]["serviceAccountToken"])

    return pod(find)


def labelled(change):
    """Change the labels of the pod."""
    return lambda value: change(value["spec"]["template"]["metadata"]["labels"])


def annotated(change):
    """Change the annotations of the pod."""
    return lambda value: change(value["spec"]["template"]["metadata"]["annotations"])


def settings(change):
    """Change what a DestinationRule says of its port."""
    return lambda value: change(value["spec"]["trafficPolicy"]["portLevelSettings"][0])


def envoy(change):
    """Change the configuration of Envoy's filter."""
    return lambda value: change(value["spec"]["configPatches"][0]["patch"]["value"]["typed_config"])


def beside(value):
    """Ask for the token in a rule of its own, as if rules held together."""
    [issuer] = value["spec"]["rules"][0]["from"][0]["source"].pop("requestPrincipals")
    value["spec"]["rules"].append({"from": [{"source": {"requestPrincipals": [issuer]}}]})


def vault(change):
    """Change how the store is opened."""
    return lambda value: change(value["spec"]["provider"]["vault"]["auth"])


def secret_volume(change):
    """Change the volume that holds a secret."""
    return pod(lambda spec: change(next(v["projected"] for v in spec["volumes"] if "'secret'" in str(v))))


ROLE, BINDING = f"{BASE}/role.yaml", f"{BASE}/role-binding.yaml"
ROUTE = f"{BASE}/http-route-public.orders.example.com.yaml"
REDIRECT = "namespaces/shop/http-route-public.orders.example.com-redirect.yaml"
VERIFIED = "namespaces/shop/destination-rule-api.stripe.com.yaml"
LIMIT, COUNTED = f"{BASE}/envoy-filter-limit-each-http.yaml", f"{BASE}/envoy-filter-limit-all-http.yaml"
TOKEN = f"{BASE}/request-authentication-customers.yaml"
LISTED, ENTRY = "namespaces/shop/kustomization.yaml", "namespaces/shop/service-entry-api.stripe.com.yaml"
SERVER_AUDIENCE = "https://kubernetes.default.svc.cluster.local"
GRANTS, PEERS = f"{BASE}/authorization-policy.yaml", f"{BASE}/peer-authentication.yaml"
STORE, EXTERNAL = f"{BASE}/secret-store-vault.yaml", f"{BASE}/external-secret-db-password.yaml"
MOUNTED = {"name": "theirs", "secret": {"secretName": "orders.db-password"}}
AUDIT = "control-plane/audit-policy.yaml"
STOCK = "apps/shop/inventory/base"
SCALER = f"{STOCK}/horizontal-pod-autoscaler.yaml"
READERS, READER = (f"namespaces/shop/role{part}-payments.yaml" for part in ("", "-binding"))
INCIDENT, ONCALL = (f"on-demand/shop/break-glass-payments/role{part}.yaml" for part in ("", "-binding"))
QUOTA, LIMITS = "namespaces/shop/resource-quota.yaml", "namespaces/shop/limit-range.yaml"
ADMISSION, ENCRYPTION = "control-plane/admission.yaml", "control-plane/encryption.yaml"


def admission(*path, to):
    return put("plugins", 0, "configuration", *path, to=to)


def providers(change):
    return lambda value: change(value["resources"][0]["providers"])


OF_ALL_CONTAINERS = {
    "type": "Resource",
    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}},
}

INVENTORY = "apps/shop/inventory/base/deployment.yaml"


def first(change):
    """Change the init container of the pod, or what it has of its own."""
    return pod(lambda spec: change(spec["initContainers"][0]))


def single(change):
    """Change how a file is mounted by itself."""
    return container(lambda c: change(next(mount for mount in c["volumeMounts"] if "subPath" in mount)))


FRONTEND, TMP = "apps/web/frontend/base/deployment.yaml", {"name": "tmp", "mountPath": "/tmp"}  # noqa: S108  in the container
LEDGER = "apps/ledger/ledger/base/stateful-set.yaml"
TWINS_OF_LEDGER = [
    ("pod-security/unasked-command", container(put("startupProbe", "exec", "command", to=["/app/other"]))),
    ("pod-security/unasked-command", container(put("livenessProbe", "exec", "command", to=["/app/ledger"]))),
    ("pod-security/unasked-command", container(put("readinessProbe", "exec", to={"command": ["/app/ledger", "ping"]}))),
    ("pod-security/unasked-command", container(lambda c: c["startupProbe"].pop("exec"))),
    ("pod-security/unasked-command", first(put("command", 1, to="destroy"))),
    ("pod-security/unasked-pod", pod(put("terminationGracePeriodSeconds", to=30))),
]

SECURITY, RBAC = "securityContext", "rbac.authorization.k8s.io"
TWINS = [
    ("mesh/loose-proxy", f"{BASE}/http-route-public.orders.example.com.yaml", put("kind", to="Gateway")),
    ("pod-security/unasked-node", DEPLOYMENT, pod(put("nodeSelector", to={"pool": "sensitive"}))),
    ("pod-security/unasked-node", DEPLOYMENT, pod(put("tolerations", to=[{"operator": "Exists"}]))),
    ("pod-security/unasked-node", DEPLOYMENT, pod(put("runtimeClassName", to="kata"))),
    ("pod-security/unasked-node", DEPLOYMENT, pod(put("nodeName", to="node-1"))),
    ("pod-security/unasked-node", DEPLOYMENT, pod(put("schedulerName", to="mine"))),
    ("pod-security/unasked-node", DEPLOYMENT, pod(put("affinity", "nodeAffinity", to={}))),
    ("pod-security/foreign-image", DEPLOYMENT, container(put("image", to="registry.example.org/shop/orders:1.4.2"))),
    ("pod-security/foreign-image", INVENTORY, first(put("image", to="migrate:1.4.2"))),
    ("pod-security/oversized-container", DEPLOYMENT, container(put("resources", "requests", "cpu", to="2100m"))),
    ("pod-security/oversized-container", LIMITS, put("spec", "limits", 0, "max", "memory", to="4097Mi")),
    # An init container has all that the App's container has.
    ("pod-security/violated-standard", INVENTORY, first(put(SECURITY, "privileged", to=True))),
    ("pod-security/violated-standard", INVENTORY, first(put(SECURITY, "allowPrivilegeEscalation", to=...))),
    ("pod-security/violated-standard", INVENTORY, first(put(SECURITY, "runAsUser", to=0))),
    ("pod-security/violated-standard", INVENTORY, first(put(SECURITY, "runAsNonRoot", to=False))),
    ("pod-security/violated-standard", INVENTORY, first(put(SECURITY, "capabilities", "drop", to=...))),
    ("pod-security/violated-standard", INVENTORY, first(put(SECURITY, "seccompProfile", "type", to="Unconfined"))),
    ("pod-security/violated-standard", INVENTORY, first(put(SECURITY, "procMount", to="Unmasked"))),
    ("pod-security/violated-standard", INVENTORY, first(put("ports", to=[{"containerPort": 9000, "hostPort": 9000}]))),
    ("pod-security/image-user", INVENTORY, first(put(SECURITY, "runAsUser", to=None))),
    ("pod-security/unasked-pod", INVENTORY, first(put(SECURITY, "runAsUser", to=1337))),
    ("pod-security/writable-root", INVENTORY, first(put(SECURITY, "readOnlyRootFilesystem", to=False))),
    ("pod-security/unbounded-resources", INVENTORY, first(put("resources", to=...))),
    ("pod-security/unbounded-resources", INVENTORY, first(put("resources", "limits", "memory", to=...))),
    ("pod-security/mutable-image", INVENTORY, first(put("image", to="registry.example.com/shop/inventory"))),
    ("pod-security/mutable-image", INVENTORY, first(put("image", to="registry.example.com/shop/inventory:latest"))),
    ("pod-security/mutable-image", INVENTORY, first(put("imagePullPolicy", to="IfNotPresent"))),
    ("pod-security/loosened-isolation", INVENTORY, first(put(SECURITY, "capabilities", "add", to=["SETUID"]))),
    (
        "pod-security/exceeded-quota",
        INVENTORY,
        first(put("resources", to={k: {"cpu": "4", "memory": "1Gi"} for k in ("requests", "limits")})),
    ),
    ("pod-security/unasked-command", INVENTORY, first(put("restartPolicy", to="Always"))),
    ("pod-security/unasked-command", INVENTORY, first(put("image", to="registry.example.com/shop/other:1.0.0"))),
    ("pod-security/unasked-command", INVENTORY, first(put("name", to="pack"))),
    ("pod-security/unasked-command", DEPLOYMENT, container(put("args", to=["--debug"]))),
    ("pod-security/unasked-command", INVENTORY, first(put("command", 1, to="$(HOME)"))),
    ("pod-security/unasked-command", INVENTORY, first(put("args", to=["--all"]))),
    (
        "pod-security/unasked-command",
        INVENTORY,
        first(lambda c: c.update(args=c["command"][1:], command=c["command"][:1])),
    ),
    ("pod-security/unasked-command", INVENTORY, first(put("env", to=[{"name": "LD_PRELOAD", "value": "/x.so"}]))),
    ("pod-security/unasked-command", INVENTORY, first(put("volumeMounts", to=...))),
    ("pod-security/unasked-command", INVENTORY, pod(put("initContainers", to=...))),
    (
        "pod-security/unasked-command",
        INVENTORY,
        pod(lambda s: s["initContainers"].append(copy.deepcopy(s["initContainers"][0]) | {"name": "b"})),
    ),
    ("pod-security/unasked-sidecar", DEPLOYMENT, first(put("restartPolicy", to="OnFailure"))),
    ("pod-security/unasked-sidecar", DEPLOYMENT, first(put("restartPolicy", to=...))),
    ("pod-security/unasked-sidecar", DEPLOYMENT, first(put("name", to="exporter"))),
    ("pod-security/unasked-sidecar", DEPLOYMENT, first(put("image", to="registry.example.com/tools/other:1.0.0"))),
    ("pod-security/unasked-sidecar", DEPLOYMENT, first(put("command", to=["/bin/sh"]))),
    ("pod-security/unasked-sidecar", DEPLOYMENT, first(put("args", to=...))),
    ("pod-security/unasked-sidecar", DEPLOYMENT, first(put("args", 0, to="--redis.addr=$(SERVER)"))),
    ("pod-security/unasked-sidecar", DEPLOYMENT, first(put("env", to=[{"name": "LD_PRELOAD", "value": "/x.so"}]))),
    ("pod-security/unasked-sidecar", DEPLOYMENT, first(put("envFrom", to=[{"configMapRef": {"name": "x"}}]))),
    ("pod-security/unasked-sidecar", DEPLOYMENT, first(put("ports", 0, "containerPort", to=9122))),
    ("pod-security/unasked-sidecar", DEPLOYMENT, first(put("startupProbe", to=...))),
    ("pod-security/unasked-sidecar", DEPLOYMENT, first(put("startupProbe", "httpGet", "path", to="/"))),
    ("pod-security/unasked-sidecar", DEPLOYMENT, first(put("livenessProbe", to={"exec": {"command": ["/x"]}}))),
    ("pod-security/unasked-sidecar", DEPLOYMENT, first(put("lifecycle", to={"preStop": {"sleep": {"seconds": 9}}}))),
    ("pod-security/unasked-sidecar", DEPLOYMENT, pod(put("initContainers", to=...))),
    (
        "pod-security/unasked-sidecar",
        INVENTORY,
        pod(
            lambda s: s["initContainers"].append(
                copy.deepcopy(s["initContainers"][0]) | {"name": "b", "restartPolicy": "Always"}
            )
        ),
    ),
    ("pod-security/violated-standard", DEPLOYMENT, first(put(SECURITY, "runAsUser", to=0))),
    ("pod-security/unbounded-resources", DEPLOYMENT, first(put("resources", "limits", "cpu", to="2"))),
    ("pod-security/mutable-image", DEPLOYMENT, first(put("image", to="registry.example.com/tools/redis-exporter"))),
    (
        "pod-security/exceeded-quota",
        DEPLOYMENT,
        first(put("resources", to={k: {"cpu": "4", "memory": "1Gi"} for k in ("requests", "limits")})),
    ),
    ("network/unknown-port", DEPLOYMENT, first(put("ports", 0, "name", to="cache"))),
    ("network/unknown-port", DEPLOYMENT, first(put("startupProbe", "httpGet", "port", to="http"))),
    ("network/unknown-port", DEPLOYMENT, container(put("livenessProbe", "httpGet", "port", to="cache-metrics"))),
    ("pod-security/unasked-mount", DEPLOYMENT, first(put("volumeMounts", to=[TMP]))),
    ("pod-security/unasked-mount", DEPLOYMENT, container(put("volumeMounts", to=[]))),
    ("pod-security/unasked-mount", DEPLOYMENT, container(put("volumeMounts", 0, "readOnly", to=True))),
    ("pod-security/unasked-mount", DEPLOYMENT, container(put("volumeMounts", 0, "mountPath", to="/usr/bin"))),
    ("pod-security/unasked-mount", DEPLOYMENT, container(put("volumeMounts", 0, "subPath", to="x"))),
    (
        "pod-security/unasked-mount",
        DEPLOYMENT,
        container(put("volumeMounts", 0, "mountPropagation", to="Bidirectional")),
    ),
    ("pod-security/unasked-mount", DEPLOYMENT, secret_volume(put("sources", 1, "secret", "items", 0, "path", to="x"))),
    ("pod-security/unasked-mount", DEPLOYMENT, pod(put("volumes", 0, to={"name": "tmp", "configMap": {"name": "x"}}))),
    ("pod-security/unasked-mount", FRONTEND, single(put("subPath", to="other.js"))),
    ("pod-security/unasked-mount", FRONTEND, single(put("subPath", to=...))),
    ("pod-security/unasked-mount", FRONTEND, single(put("mountPath", to="/srv/frontend/pages/other.js"))),
    ("pod-security/unasked-mount", FRONTEND, single(put("readOnly", to=...))),
    (
        "secrets/unreadable-file",
        DEPLOYMENT,
        container(lambda c: [m.update(subPath="stripe") for m in c["volumeMounts"]]),
    ),
    ("pod-security/unasked-command", DEPLOYMENT, container(put("command", to=["/bin/sh"]))),
    ("pod-security/unasked-command", DEPLOYMENT, container(put("args", to=["--debug"]))),
    ("pod-security/unasked-command", DEPLOYMENT, container(put("livenessProbe", to={"exec": {"command": ["/x"]}}))),
    (
        "pod-security/unasked-command",
        DEPLOYMENT,
        container(put("lifecycle", "postStart", to={"exec": {"command": ["x"]}})),
    ),
    (
        "secrets/unfetched-secret",
        INVENTORY,
        first(put("envFrom", to=[{"secretRef": {"name": "orders.stripe"}}])),
    ),
    ("pod-security/unasked-pod", DEPLOYMENT, pod(put("terminationGracePeriodSeconds", to=0))),
    ("pod-security/unasked-pod", DEPLOYMENT, pod(put("imagePullSecrets", to=[{"name": "theirs"}]))),
    ("pod-security/unasked-pod", DEPLOYMENT, pod(put("dnsPolicy", to="Default"))),
    ("pod-security/unasked-pod", DEPLOYMENT, pod(put("dnsConfig", "nameservers", to=["203.0.113.53"]))),
    ("pod-security/unasked-pod", DEPLOYMENT, pod(put("dnsConfig", "searches", to=["evil.example.com"]))),
    (
        "pod-security/unasked-pod",
        DEPLOYMENT,
        pod(put("hostAliases", to=[{"ip": "203.0.113.9", "hostnames": ["api.stripe.com"]}])),
    ),
    ("pod-security/unasked-pod", ACCOUNT, put("imagePullSecrets", to=...)),
    ("pod-security/unasked-pod", ACCOUNT, put("imagePullSecrets", 0, "name", to="orders.stripe")),
    (
        "pod-security/unasked-pod",
        "namespaces/shop/service-account-default.yaml",
        put("imagePullSecrets", to=[{"name": "registry"}]),
    ),
    ("documents/misplaced-object", SERVICE, put("metadata", "namespace", to="web")),
    ("documents/misplaced-object", f"{BASE}/service-account.yaml", lambda v: v.update(kind="Namespace")),
    ("documents/unlabelled-object", SERVICE, put("metadata", "labels", "scaffold/owner", to=...)),
    ("pod-security/violated-standard", DEPLOYMENT, pod(put(SECURITY, "runAsUser", to=0))),
    ("pod-security/violated-standard", DEPLOYMENT, container(put(SECURITY, "runAsUser", to=0))),
    ("pod-security/violated-standard", DEPLOYMENT, container(put(SECURITY, "runAsNonRoot", to=False))),
    # Since 1.35 the standard lets it be; before, it did not.
    (
        "pod-security/violated-standard",
        DEPLOYMENT,
        pod(lambda s: s.update(hostUsers=False, securityContext=s[SECURITY] | {"runAsNonRoot": False})),
    ),
    ("pod-security/violated-standard", DEPLOYMENT, container(put(SECURITY, "privileged", to=True))),
    ("pod-security/violated-standard", DEPLOYMENT, container(put(SECURITY, "privileged", to="no"))),
    ("pod-security/violated-standard", DEPLOYMENT, container(put(SECURITY, "allowPrivilegeEscalation", to=...))),
    ("pod-security/violated-standard", DEPLOYMENT, container(put(SECURITY, "capabilities", "drop", to=["all"]))),
    ("pod-security/violated-standard", DEPLOYMENT, pod(put("initContainers", to=[{"name": "i", "image": "a:1"}]))),
    ("pod-security/violated-standard", DEPLOYMENT, both(put(SECURITY, "seccompProfile", to=...))),
    ("pod-security/violated-standard", DEPLOYMENT, container(put(SECURITY, "seccompProfile", "type", to="Unconfined"))),
    ("pod-security/violated-standard", DEPLOYMENT, pod(put("hostNetwork", to=True))),
    ("pod-security/violated-standard", DEPLOYMENT, pod(put("hostPID", to=True))),
    ("pod-security/violated-standard", DEPLOYMENT, container(put("ports", 0, "hostPort", to=8080))),
    (
        "pod-security/violated-standard",
        DEPLOYMENT,
        pod(lambda s: s["volumes"].append({"name": "h", "hostPath": {"path": "/"}})),
    ),
    (
        "pod-security/violated-standard",
        DEPLOYMENT,
        container(put("readinessProbe", "httpGet", "host", to="127.0.0.1")),
    ),
    ("pod-security/violated-standard", DEPLOYMENT, container(put(SECURITY, "procMount", to="Unmasked"))),
    ("pod-security/violated-standard", DEPLOYMENT, pod(put(SECURITY, "appArmorProfile", to={"type": "Unconfined"}))),
    (
        "pod-security/violated-standard",
        DEPLOYMENT,
        annotated(put("container.apparmor.security.beta.kubernetes.io/orders", to="unconfined")),
    ),
    ("pod-security/image-user", DEPLOYMENT, both(put(SECURITY, "runAsUser", to=...))),
    ("pod-security/image-user", DEPLOYMENT, container(put(SECURITY, "runAsUser", to=None))),
    ("pod-security/image-user", DEPLOYMENT, both(put(SECURITY, "runAsGroup", to=...))),
    ("pod-security/writable-root", DEPLOYMENT, container(put(SECURITY, "readOnlyRootFilesystem", to=False))),
    ("pod-security/writable-root", DEPLOYMENT, pod(put("volumes", 0, "emptyDir", to={}))),
    ("pod-security/unbounded-resources", DEPLOYMENT, container(put("resources", "limits", "memory", to=...))),
    ("pod-security/unbounded-resources", DEPLOYMENT, container(put("resources", "limits", "cpu", to="2"))),
    (
        "pod-security/unbounded-resources",
        DEPLOYMENT,
        container(put("resources", "requests", "ephemeral-storage", to=...)),
    ),
    ("pod-security/mounted-token", DEPLOYMENT, pod(put("automountServiceAccountToken", to=True))),
    ("pod-security/mounted-token", DEPLOYMENT, pod(put("serviceAccountName", to="default"))),
    ("pod-security/mounted-token", DEPLOYMENT, pod(put("serviceAccountName", to="inventory"))),
    ("pod-security/mounted-token", ACCOUNT, put("automountServiceAccountToken", to=...)),
    (
        "pod-security/mounted-token",
        DEPLOYMENT,
        pod(
            lambda s: s["volumes"].append(
                {"name": "t", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}}
            )
        ),
    ),
    ("pod-security/writable-root", DEPLOYMENT, pod(lambda s: s["volumes"].append({"name": "unsized"}))),
    (
        "pod-security/loosened-isolation",
        DEPLOYMENT,
        container(put(SECURITY, "capabilities", "add", to=["NET_BIND_SERVICE"])),
    ),
    (
        "pod-security/loosened-isolation",
        DEPLOYMENT,
        container(put(SECURITY, "seLinuxOptions", to={"type": "container_t"})),
    ),
    ("pod-security/loosened-isolation", DEPLOYMENT, pod(put(SECURITY, "seLinuxOptions", to={"level": "s0:c1"}))),
    (
        "pod-security/loosened-isolation",
        DEPLOYMENT,
        pod(put(SECURITY, "sysctls", to=[{"name": "net.ipv4.tcp_syncookies", "value": "0"}])),
    ),
    (
        "pod-security/loosened-isolation",
        DEPLOYMENT,
        pod(lambda s: s["containers"][0][SECURITY].update(seccompProfile=s[SECURITY].pop("seccompProfile"))),
    ),
    ("pod-security/loosened-isolation", DEPLOYMENT, pod(put("os", to={"name": "windows"}))),
    ("control-plane/loosened-admission", ADMISSION, admission("defaults", "enforce", to="privileged")),
    ("control-plane/loosened-admission", ADMISSION, admission("defaults", "enforce", to=...)),
    ("control-plane/loosened-admission", ADMISSION, admission("defaults", "warn", to="baseline")),
    ("control-plane/loosened-admission", ADMISSION, admission("defaults", "audit", to=...)),
    ("control-plane/loosened-admission", ADMISSION, admission("defaults", "enforce-version", to="latest")),
    ("control-plane/loosened-admission", ADMISSION, admission("exemptions", "namespaces", to=["kube-system", "*"])),
    ("control-plane/loosened-admission", ADMISSION, admission("exemptions", "namespaces", to=["kube-system"] * 2)),
    ("control-plane/loosened-admission", ADMISSION, admission("exemptions", "runtimeClasses", to=["runc"])),
    (
        "control-plane/loosened-admission",
        ADMISSION,
        admission("exemptions", "usernames", to=["system:serviceaccount:kube-system:replicaset-controller"]),
    ),
    ("control-plane/loosened-admission", ADMISSION, put("plugins", to=[])),
    ("control-plane/loosened-admission", ADMISSION, put("plugins", 0, "name", to="ImagePolicyWebhook")),
    ("control-plane/readable-storage", ENCRYPTION, providers(lambda found: found.insert(0, {"identity": {}}))),
    ("control-plane/readable-storage", ENCRYPTION, providers(lambda found: found.append({"identity": {}}))),
    (
        "control-plane/readable-storage",
        ENCRYPTION,
        providers(lambda found: found[0].update(aescbc=found[0].pop("secretbox"))),
    ),
    (
        "control-plane/readable-storage",
        ENCRYPTION,
        providers(lambda found: found.insert(0, {"kms": {"name": "kms", "endpoint": "unix:///run/kms.sock"}})),
    ),
    ("control-plane/readable-storage", ENCRYPTION, providers(lambda found: found.clear())),
    (
        "control-plane/readable-storage",
        ENCRYPTION,
        providers(
            lambda found: found[0]["secretbox"]["keys"][0].update(
                {"secret": "QSBrZXkgb2YgMzIgYnl0ZXMsIGFzIGEgdHdpbiBoYXM="}
            )
        ),
    ),
    ("control-plane/readable-storage", ENCRYPTION, put("resources", 0, "resources", to=["configmaps"])),
    ("control-plane/readable-storage", ENCRYPTION, put("resources", 0, "resources", to=["secrets"])),
    # The mistakes of published audit policies.
    ("audit/wrong-level", AUDIT, lambda v: v["rules"].insert(0, {"level": "RequestResponse"})),
    (
        "audit/wrong-level",
        AUDIT,
        lambda v: v["rules"].insert(0, {"level": "RequestResponse", "resources": [{"group": ""}]}),
    ),
    ("audit/wrong-level", AUDIT, put("rules", 4, "level", to="Request")),
    ("audit/wrong-level", AUDIT, put("rules", 4, "resources", 0, "resources", to=["secrets", "configmaps"])),
    ("audit/wrong-level", AUDIT, lambda v: v["rules"].pop(4)),
    ("audit/wrong-level", AUDIT, lambda v: v["rules"].insert(0, {"level": "None", "verbs": ["get", "list", "watch"]})),
    ("audit/wrong-level", AUDIT, put("rules", 0, "userGroups", to=...)),
    ("audit/wrong-level", AUDIT, put("rules", 7, "verbs", to=["create"])),
    ("audit/wrong-level", AUDIT, put("rules", 2, "verbs", to=...)),
    ("audit/wrong-level", AUDIT, put("rules", 8, "namespaces", to=["web"])),
    ("audit/wrong-level", AUDIT, lambda v: v["rules"].pop()),
    ("audit/wrong-level", AUDIT, lambda v: v["rules"].insert(0, {"level": "None", "namespaces": ["shop"]})),
    (
        "audit/wrong-level",
        AUDIT,
        lambda v: v["rules"].insert(0, {"level": "None", "userGroups": ["system:serviceaccounts"]}),
    ),
    ("audit/wrong-level", AUDIT, lambda v: v["rules"].insert(0, {"level": "None", "userGroups": ["system:masters"]})),
    ("audit/wrong-level", AUDIT, lambda v: v["rules"].insert(0, {"level": "None", "users": ["system:kube-scheduler"]})),
    ("audit/wrong-level", AUDIT, put("omitStages", to=["RequestReceived", "ResponseComplete"])),
    ("audit/wrong-level", AUDIT, put("rules", 4, "omitStages", to=["ResponseComplete"])),
    ("audit/wrong-level", AUDIT, put("rules", 4, "namespaces", to=["shop"])),
    (
        "audit/wrong-level",
        AUDIT,
        lambda v: v["rules"].insert(
            3, {"level": "Request", "resources": [{"group": "", "resources": ["secrets"], "resourceNames": ["x"]}]}
        ),
    ),
    ("audit/wrong-level", AUDIT, lambda v: v["rules"][2]["resources"][1]["resources"].append("nodes")),
    ("audit/wrong-level", AUDIT, lambda v: v["rules"][7]["resources"][-1]["resources"].remove("namespaces/status")),
    # What is left out of a patch's events, and where: its answer, which can quote the Secret; not all that there is.
    ("audit/wrong-level", AUDIT, lambda v: v["rules"].pop(3)),
    ("audit/wrong-level", AUDIT, put("rules", 3, "omitStages", to=["ResponseStarted"])),
    ("audit/wrong-level", AUDIT, put("rules", 3, "resources", 0, "resources", to=["secrets"])),
    ("audit/wrong-level", AUDIT, put("rules", 3, "userGroups", to=...)),
    ("audit/wrong-level", AUDIT, put("omitStages", to=["RequestReceived"])),
    ("audit/wrong-level", AUDIT, put("rules", 11, "omitStages", to=["ResponseStarted"])),
    ("network/opened-by-quarantine", QUARANTINE, put("spec", "egress", to=[{}])),
    ("network/refused-block", POLICY, lambda v: open_to_the_internet(v)["ipBlock"]["except"].append("0.0.0.0/0")),
    ("network/refused-block", POLICY, lambda v: open_to_the_internet(v)["ipBlock"]["except"].append("::1/128")),
    ("network/refused-block", POLICY, lambda v: open_to_the_internet(v)["ipBlock"]["except"].append("10.0.0.1/8")),
    ("network/refused-block", POLICY, lambda v: open_to_the_internet(v)["ipBlock"].update(cidr="::ffff:0:0/100")),
    ("network/refused-block", POLICY, lambda v: open_to_the_internet(v)["ipBlock"].update(cidr="2001:DB8::/32")),
    ("network/unjudged-policy", POLICY, lambda v: v.update(apiVersion="cilium.io/v2", kind="CiliumNetworkPolicy")),
    ("pod-security/exceeded-quota", QUOTA, put("spec", "hard", "pods", to="4")),
    ("pod-security/mounted-token", DEPLOYMENT, token(put("audience", to=...))),
    ("pod-security/mounted-token", DEPLOYMENT, token(put("audience", to="vault"))),
    ("pod-security/mounted-token", DEPLOYMENT, token(put("expirationSeconds", to=3607))),
    ("pod-security/mounted-token", DEPLOYMENT, token(put("expirationSeconds", to=...))),
    ("rbac/unasked-right", ROLE, put("rules", 0, "verbs", to=["get", "list"])),
    ("rbac/unasked-right", ROLE, put("rules", 0, "resourceNames", to=...)),
    ("rbac/unasked-right", ROLE, put("rules", 0, "resources", to=["configmaps", "secrets"])),
    ("rbac/unasked-right", ROLE, put("rules", 0, "apiGroups", to=["*"])),
    ("rbac/unasked-right", ROLE, lambda v: v["rules"].append({"nonResourceURLs": ["/metrics"], "verbs": ["get"]})),
    ("rbac/unasked-right", ROLE, lambda v: v.update(kind="ClusterRole")),
    ("rbac/unasked-right", BINDING, put("roleRef", "name", to="cluster-admin")),
    ("rbac/unasked-right", BINDING, put("roleRef", "kind", to="ClusterRole")),
    ("rbac/unasked-right", BINDING, lambda v: v["subjects"].append({"kind": "Group", "name": "system:authenticated"})),
    ("rbac/unasked-right", BINDING, put("subjects", 0, "name", to="default")),
    ("rbac/unasked-right", BINDING, put("metadata", "name", to="other")),
    ("rbac/unasked-right", READERS, put("rules", 1, "verbs", to=["get", "list", "watch", "delete"])),
    ("rbac/unasked-right", READERS, lambda v: v["rules"][1]["resources"].append("secrets")),
    ("rbac/unasked-right", READERS, lambda v: v["rules"][1]["resources"].append("pods/exec")),
    ("rbac/unasked-right", READERS, put("rules", 0, "resourceNames", to=...)),
    ("rbac/unasked-right", READERS, put("rules", 1, "resources", to=["*"])),
    ("rbac/unasked-right", READERS, put("rules", 1, "verbs", to=["*"])),
    ("rbac/unasked-right", READERS, put("rules", 1, "apiGroups", to=["*"])),
    ("rbac/unasked-right", READERS, lambda v: v["rules"].pop()),
    ("rbac/unasked-right", READERS, lambda v: v["rules"].append({"nonResourceURLs": ["/metrics"], "verbs": ["get"]})),
    ("rbac/unasked-right", READER, put("subjects", 0, "name", to="storefront-developers")),
    ("rbac/unasked-right", READER, put("subjects", 0, "name", to="system:masters")),
    ("rbac/unasked-right", READER, put("subjects", 0, "kind", to="User")),
    ("rbac/unasked-right", READER, lambda v: v["subjects"].append(v["subjects"][0] | {"name": "payments-oncall"})),
    ("rbac/unasked-right", READER, put("roleRef", to={"apiGroup": RBAC, "kind": "ClusterRole", "name": "view"})),
    ("rbac/unasked-right", READER, put("roleRef", "name", to="payments.break-glass")),
    ("rbac/unasked-right", READER, lambda v: v.update(kind="ClusterRoleBinding")),
    ("rbac/unasked-right", INCIDENT, lambda v: v["rules"].append(v["rules"][-1] | {"resources": ["deployments"]})),
    ("rbac/unasked-right", INCIDENT, lambda v: v["rules"][-3]["resources"].append("secrets")),
    ("rbac/unasked-right", INCIDENT, put("rules", -2, "verbs", to=["create", "impersonate"])),
    ("rbac/unasked-right", ONCALL, put("subjects", 0, "name", to="payments-developers")),
    ("documents/misplaced-object", INCIDENT, put("metadata", "namespace", to="web")),
    ("documents/unlabelled-object", ONCALL, put("metadata", "labels", "scaffold/owner", to=...)),
    ("pod-security/exceeded-quota", QUOTA, put("spec", "hard", "limits.memory", to="1Gi")),
    ("pod-security/exceeded-quota", QUOTA, put("spec", "hard", "requests.cpu", to=...)),
    ("pod-security/exceeded-quota", QUOTA, lambda v: v.update(kind="ConfigMap")),
    ("documents/changed-kustomization", LISTED, lambda v: v["resources"].remove("default-deny.yaml")),
    ("documents/changed-kustomization", LISTED, lambda v: v["resources"].append("https://example.com/x.yaml")),
    ("documents/changed-kustomization", LISTED, put("patches", to=[{"patch": "x"}])),
    (
        "documents/changed-kustomization",
        f"{BASE}/kustomization.yaml",
        put("images", to=[{"name": "a", "newName": "b"}]),
    ),
    ("documents/changed-kustomization", "kustomization.yaml", put("resources", to=["apps"])),
    ("documents/unjudged-object", POLICY, lambda v: v.update(kind="NetworkPolicyList", items=[])),
    ("documents/unjudged-object", SERVICE, lambda v: v.update(kind="List", items=[])),
    (
        "secrets/other-object",
        STORE,
        lambda v: v.update(kind="SecretProviderClass", apiVersion="secrets-store.csi.x-k8s.io/v1"),
    ),
    ("secrets/other-secret", EXTERNAL, put("spec", "data", 0, "remoteRef", "key", to="shop/payments/root")),
    ("secrets/other-secret", EXTERNAL, put("spec", "data", 0, "remoteRef", "property", to=...)),
    ("secrets/other-secret", EXTERNAL, put("spec", "data", 0, "sourceRef", to={"storeRef": {"name": "x"}})),
    ("secrets/other-secret", EXTERNAL, put("spec", "dataFrom", to=[{"find": {"name": {"regexp": ".*"}}}])),
    ("secrets/other-secret", EXTERNAL, put("spec", "target", "template", "type", to="kubernetes.io/tls")),
    ("secrets/other-secret", STORE, put("spec", "provider", "vault", "server", to="http://vault.example.com")),
    ("secrets/other-secret", STORE, put("spec", "provider", "fake", to={})),
    ("secrets/other-secret", STORE, vault(put("kubernetes", "serviceAccountRef", "audiences", to=[SERVER_AUDIENCE]))),
    ("pod-security/unasked-pod", DEPLOYMENT, container(put(SECURITY, "runAsUser", to=10002))),
    ("pod-security/unasked-pod", DEPLOYMENT, annotated(put("sidecar.istio.io/userVolume", to="[]"))),
    ("pod-security/unasked-pod", DEPLOYMENT, annotated(put("sidecar.istio.io/rewriteAppHTTPProbers", to="false"))),
    ("pod-security/unasked-pod", DEPLOYMENT, labelled(put("app", to="inventory"))),
    ("pod-security/unasked-pod", DEPLOYMENT, container(put("image", to="registry.example.com/shop/other:1.4.2"))),
    ("pod-security/unasked-pod", DEPLOYMENT, pod(put(SECURITY, "runAsUser", to=1337))),
    ("pod-security/unasked-pod", DEPLOYMENT, container(put(SECURITY, "runAsGroup", to=0))),
    ("pod-security/unasked-pod", DEPLOYMENT, pod(put(SECURITY, "fsGroup", to=0))),
    ("pod-security/unasked-pod", DEPLOYMENT, pod(put(SECURITY, "supplementalGroups", to=[0]))),
    ("pod-security/unasked-pod", DEPLOYMENT, pod(put("hostUsers", to=False))),
    ("pod-security/unbounded-resources", DEPLOYMENT, container(put("resources", "limits", "cpu", to=...))),
    ("pod-security/unasked-pod", DEPLOYMENT, put("spec", "replicas", to=1)),
    # The mistakes of published autoscalers: none of them is one to the API server.
    ("pod-security/unasked-scale", SCALER, put("spec", "scaleTargetRef", "name", to="inventori")),
    ("pod-security/unasked-scale", SCALER, put("spec", "scaleTargetRef", "apiVersion", to="extensions/v1beta1")),
    ("pod-security/unasked-scale", SCALER, put("spec", "scaleTargetRef", "name", to="orders")),
    ("pod-security/unasked-scale", SCALER, lambda v: v.update(kind="ConfigMap")),
    ("pod-security/unasked-scale", f"{STOCK}/deployment.yaml", put("spec", "replicas", to=3)),
    ("pod-security/unasked-scale", SCALER, put("spec", "maxReplicas", to=12)),
    ("pod-security/unasked-scale", SCALER, put("spec", "minReplicas", to=...)),
    ("pod-security/unasked-scale", SCALER, put("spec", "metrics", 0, "containerResource", "container", to="proxy")),
    ("pod-security/unasked-scale", SCALER, put("spec", "metrics", 0, to=OF_ALL_CONTAINERS)),
    ("pod-security/unasked-scale", SCALER, put("spec", "behavior", "scaleUp", "selectPolicy", to="Disabled")),
    ("pod-security/exceeded-quota", SCALER, put("spec", "maxReplicas", to=100)),
    ("pod-security/unasked-pod", ACCOUNT, put("metadata", "annotations", to={"eks.amazonaws.com/role-arn": "x"})),
    ("mesh/unasked-host", ENTRY, put("spec", "hosts", to=["inventory.shop.svc.cluster.local"])),
    ("mesh/unasked-host", ENTRY, put("spec", "exportTo", to=["*"])),
    ("mesh/unasked-host", ENTRY, put("spec", "location", to="MESH_INTERNAL")),
    ("mesh/unasked-host", ENTRY, put("spec", "endpoints", to=[{"address": "203.0.113.1"}])),
    ("network/open-route", ROUTE, put("spec", "parentRefs", 0, "kind", to="Service")),
    ("network/open-route", ROUTE, put("spec", "parentRefs", 0, "port", to=80)),
    ("network/open-route", ROUTE, put("spec", "parentRefs", 0, "sectionName", to=...)),
    ("network/open-route", ROUTE, put("spec", "parentRefs", 0, "sectionName", to="http")),
    ("network/open-route", ROUTE, put("spec", "hostnames", to=...)),
    ("network/open-route", ROUTE, put("spec", "hostnames", to=["*.example.com"])),
    ("network/open-route", ROUTE, put("spec", "rules", 0, "matches", to=...)),
    ("network/open-route", ROUTE, put("spec", "rules", 0, "backendRefs", 0, "name", to="inventory")),
    ("network/open-route", ROUTE, put("spec", "rules", 0, "backendRefs", 0, "namespace", to="web")),
    ("network/open-route", ROUTE, lambda v: v.update(kind="TCPRoute")),
    ("network/open-route", REDIRECT, put("spec", "rules", 0, "backendRefs", to=[{"name": "orders", "port": 80}])),
    ("network/open-route", REDIRECT, put("spec", "rules", 0, "filters", to=...)),
    # The mistakes of published examples of Istio.
    ("mesh/unasked-grant", GRANTS, put("spec", "rules", to=[{}])),
    ("mesh/unasked-grant", GRANTS, put("spec", "rules", 3, "from", to=...)),
    ("mesh/unasked-grant", GRANTS, put("spec", "rules", 3, "to", to=...)),
    ("mesh/unasked-grant", GRANTS, put("spec", "rules", 3, "to", 0, "operation", "methods", to=...)),
    ("mesh/unasked-grant", GRANTS, put("spec", "rules", 3, "to", 0, "operation", "paths", to=["/*"])),
    ("mesh/unasked-grant", GRANTS, put("spec", "rules", 3, "to", 0, "operation", "ports", to=["80"])),
    ("mesh/unasked-grant", GRANTS, put("spec", "rules", 3, "from", 0, "source", "principals", to=["*"])),
    ("mesh/unasked-grant", GRANTS, put("spec", "rules", 3, "from", 0, "source", to={"namespaces": ["web"]})),
    (
        "mesh/unasked-grant",
        GRANTS,
        put("spec", "rules", 0, "when", to=[{"key": "request.headers[x]", "values": ["y"]}]),
    ),
    # TLS to nobody in particular, and none at all.
    ("mesh/unverified-host", VERIFIED, settings(put("tls", "subjectAltNames", to=...))),
    ("mesh/unverified-host", VERIFIED, settings(put("tls", "subjectAltNames", to=["api.example.com"]))),
    ("mesh/unverified-host", VERIFIED, settings(put("tls", "insecureSkipVerify", to=True))),
    ("mesh/unverified-host", VERIFIED, settings(put("tls", "mode", to="DISABLE"))),
    ("mesh/unverified-host", VERIFIED, settings(put("port", "number", to=443))),
    ("mesh/unverified-host", VERIFIED, put("spec", "exportTo", to=["*"])),
    ("mesh/unverified-host", VERIFIED, put("spec", "host", to="*.svc.cluster.local")),
    # Limits that refuse nothing, as they are often published.
    ("mesh/ineffective-limit", LIMIT, envoy(put("filter_enforced", to=...))),
    ("mesh/ineffective-limit", LIMIT, envoy(put("filter_enforced", "default_value", "numerator", to=0))),
    ("mesh/ineffective-limit", LIMIT, envoy(put("filter_enabled", to=...))),
    ("mesh/ineffective-limit", LIMIT, envoy(put("token_bucket", "max_tokens", to=1000000))),
    ("mesh/ineffective-limit", LIMIT, put("spec", "configPatches", 0, "match", "listener", "portNumber", to=80)),
    ("mesh/ineffective-limit", LIMIT, put("spec", "configPatches", 0, "match", "context", to="SIDECAR_OUTBOUND")),
    ("mesh/ineffective-limit", LIMIT, put("spec", "workloadSelector", to=...)),
    ("mesh/ineffective-limit", LIMIT, put("spec", "configPatches", 0, "patch", "operation", to="REMOVE")),
    ("mesh/ineffective-limit", LIMIT, put("metadata", "namespace", to="web")),
    ("mesh/ineffective-limit", COUNTED, envoy(put("failure_mode_deny", to=False))),
    ("mesh/ineffective-limit", COUNTED, lambda v: v["spec"]["configPatches"].pop()),
    # What tokens are often thought to do by themselves, and rules side by side.
    ("mesh/unasked-grant", GRANTS, put("spec", "rules", 0, "from", 0, "source", "requestPrincipals", to=...)),
    ("mesh/unasked-grant", GRANTS, put("spec", "rules", 0, "from", 0, "source", "requestPrincipals", to=["*"])),
    ("mesh/unasked-grant", GRANTS, beside),
    ("mesh/unasked-grant", GRANTS, put("spec", "rules", 0, "when", to=...)),
    ("mesh/untrusted-issuer", TOKEN, put("spec", "jwtRules", 0, "audiences", to=...)),
    ("mesh/untrusted-issuer", TOKEN, put("spec", "jwtRules", 0, "issuer", to="https://other.example.com")),
    ("mesh/untrusted-issuer", TOKEN, put("spec", "jwtRules", 0, "jwksUri", to="https://other.example.com/keys")),
    ("mesh/untrusted-issuer", TOKEN, put("spec", "jwtRules", 0, "forwardOriginalToken", to=True)),
    ("mesh/untrusted-issuer", TOKEN, put("spec", "jwtRules", 0, "fromParams", to=["token"])),
    ("mesh/untrusted-issuer", TOKEN, put("spec", "selector", to=...)),
    ("mesh/untrusted-issuer", TOKEN, put("spec", "jwtRules", to=[])),
    ("mesh/untrusted-issuer", TOKEN, put("metadata", "namespace", to="web")),
    ("mesh/unasked-grant", GRANTS, put("spec", "action", to="DENY")),
    ("mesh/unasked-grant", GRANTS, put("spec", "selector", "matchLabels", to={"app": "orders"})),
    ("mesh/unasked-grant", GRANTS, put("spec", "selector", to=...)),
    ("mesh/unasked-grant", GRANTS, lambda v: v["spec"]["rules"].pop()),
    ("mesh/unasked-grant", "namespaces/shop/authorization-policy-default-deny.yaml", put("spec", to={"rules": [{}]})),
    ("mesh/unasked-grant", DEPLOYMENT, labelled(put("sidecar.istio.io/inject", to="false"))),
    ("network/flow-mismatch", DEPLOYMENT, labelled(put("sidecar.istio.io/inject", to="false"))),
    ("network/flow-mismatch", GRANTS, put("spec", "rules", to=[{}])),
    ("network/flow-mismatch", GRANTS, put("spec", "rules", 3, "from", 0, "source", "principals", to=["*"])),
    ("mesh/unasked-grant", GRANTS, put("spec", "rules", 3, "from", 0, "source", "principals", to=["*/sa/frontend"])),
    ("network/flow-mismatch", GRANTS, lambda v: v["spec"]["rules"].pop()),
    ("network/dangling-selector", GRANTS, put("spec", "selector", "matchLabels", to={"app": "orders"})),
    ("mesh/plaintext-port", PEERS, put("spec", "mtls", "mode", to="PERMISSIVE")),
    ("mesh/plaintext-port", PEERS, put("spec", "selector", to=...)),
    ("mesh/plaintext-port", PEERS, put("spec", "portLevelMtls", to={"80": {"mode": "PERMISSIVE"}})),
    ("mesh/plaintext-port", PEERS, put("spec", "portLevelMtls", to=...)),
    ("mesh/plaintext-port", "namespaces/shop/peer-authentication.yaml", put("spec", "mtls", "mode", to="PERMISSIVE")),
    ("mesh/plaintext-port", "namespaces/shop/peer-authentication.yaml", put("metadata", "namespace", to="web")),
    ("pod-security/exceeded-quota", QUOTA, put("spec", "hard", "limits.memory", to="2Gi")),
    # The mistakes of published examples of External Secrets.
    ("secrets/value-in-bundle", f"{BASE}/configmap-environment.yaml", lambda v: v.update(kind="Secret")),
    ("secrets/static-credential", STORE, lambda v: v.update(kind="ClusterSecretStore")),
    ("secrets/static-credential", STORE, vault(put("kubernetes", "serviceAccountRef", "audiences", to=...))),
    ("secrets/static-credential", STORE, vault(put("kubernetes", "serviceAccountRef", "name", to="external-secrets"))),
    ("secrets/static-credential", STORE, vault(put("tokenSecretRef", to={"name": "vault-token", "key": "token"}))),
    ("secrets/static-credential", STORE, vault(put("kubernetes", to={"mountPath": "kubernetes", "role": "x"}))),
    ("secrets/shared-identity", STORE, vault(put("kubernetes", "serviceAccountRef", "name", to="orders"))),
    ("secrets/shared-identity", DEPLOYMENT, pod(put("serviceAccountName", to="orders.secrets"))),
    ("secrets/shared-identity", BINDING, put("subjects", 0, "name", to="orders.secrets")),
    ("secrets/unfetched-secret", EXTERNAL, put("apiVersion", to="external-secrets.io/v1beta1")),
    ("secrets/unfetched-secret", EXTERNAL, put("spec", "secretStoreRef", "kind", to="ClusterSecretStore")),
    ("secrets/unfetched-secret", EXTERNAL, put("spec", "secretStoreRef", "name", to="vault")),
    ("secrets/unfetched-secret", EXTERNAL, put("spec", "target", "name", to="db-password")),
    ("secrets/unfetched-secret", EXTERNAL, put("spec", "data", 0, "secretKey", to="password")),
    ("secrets/unfetched-secret", DEPLOYMENT, container(put("envFrom", to=[{"secretRef": {"name": "orders.stripe"}}]))),
    (
        "secrets/unfetched-secret",
        DEPLOYMENT,
        container(put("env", to=[{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "x", "key": "x"}}}])),
    ),
    (
        "secrets/unfetched-secret",
        "apps/shop/inventory/base/deployment.yaml",
        pod(lambda s: s["volumes"].append(MOUNTED)),
    ),
    ("secrets/unreadable-file", DEPLOYMENT, pod(put(SECURITY, "fsGroup", to=...))),
    ("secrets/unreadable-file", DEPLOYMENT, secret_volume(put("defaultMode", to=0o400))),
    ("secrets/unreadable-file", DEPLOYMENT, secret_volume(put("defaultMode", to=...))),
    ("secrets/unreadable-file", DEPLOYMENT, secret_volume(put("sources", 1, "secret", "items", 0, "mode", to=0o444))),
    ("secrets/unreadable-file", DEPLOYMENT, container(lambda c: [m.pop("readOnly", 0) for m in c["volumeMounts"]])),
    ("network/unowned-workload", DEPLOYMENT, put("metadata", "name", to="orders-2")),
    ("network/unowned-workload", DEPLOYMENT, lambda v: v.update(kind="ConfigMap")),
    ("network/exposed-service", SERVICE, put("spec", "type", to="LoadBalancer")),
    ("network/exposed-service", SERVICE, put("spec", "externalIPs", to=["203.0.113.1"])),
    ("pod-security/mutable-image", DEPLOYMENT, container(put("image", to="registry.example.com:5000/orders"))),
    ("pod-security/mutable-image", DEPLOYMENT, container(put("image", to="registry.example.com/orders:latest"))),
    ("pod-security/mutable-image", DEPLOYMENT, container(put("imagePullPolicy", to="IfNotPresent"))),
    (
        "pod-security/unrestricted-namespace",
        NAMESPACE,
        put("metadata", "labels", "pod-security.kubernetes.io/enforce", to="baseline"),
    ),
    (
        "pod-security/unrestricted-namespace",
        NAMESPACE,
        put("metadata", "labels", "pod-security.kubernetes.io/warn", to=...),
    ),
    (
        "pod-security/unrestricted-namespace",
        NAMESPACE,
        put("metadata", "labels", "pod-security.kubernetes.io/enforce-version", to="latest"),
    ),
    ("network/dangling-selector", SERVICE, put("spec", "selector", to={"app": "orders"})),
    ("network/dangling-selector", BUDGET, put("spec", "selector", "matchLabels", to={"app": "orders"})),
    (
        "network/dangling-selector",
        DEPLOYMENT,
        put("spec", "template", "metadata", "labels", "app.kubernetes.io/name", to="order"),
    ),
    ("network/dangling-selector", POLICY, put("spec", "podSelector", "matchLabels", to={"app": "orders"})),
    ("network/unknown-port", SERVICE, put("spec", "ports", 0, "targetPort", to="https")),
    ("network/unknown-port", SERVICE, put("spec", "ports", 0, "protocol", to="UDP")),
    ("network/unknown-port", DEPLOYMENT, container(put("livenessProbe", "httpGet", "port", to="metric"))),
    # The bugs of published examples, each of which opens or shuts a flow.
    (
        "network/flow-mismatch",
        POLICY,
        put("spec", "podSelector", to={"matchLabels": {"app.kubernetes.io/name": "order"}}),
    ),
    ("network/flow-mismatch", POLICY, put("spec", "ingress", 0, "from", to=[])),
    ("network/flow-mismatch", POLICY, put("spec", "ingress", 0, "ports", to=[])),
    ("network/flow-mismatch", POLICY, put("spec", "ingress", 0, "ports", 0, "port", to=80)),
    ("network/flow-mismatch", POLICY, put("spec", "ingress", 0, "from", 0, "namespaceSelector", to={})),
    ("network/flow-mismatch", POLICY, put("spec", "ingress", 0, "from", 0, "podSelector", to={})),
    (
        "network/flow-mismatch",
        POLICY,
        put("spec", "ingress", 0, "from", 0, "namespaceSelector", to={"matchLabels": {"name": "web"}}),
    ),
    (
        "network/flow-mismatch",
        POLICY,
        lambda v: v["spec"]["ingress"][0].update(
            {"from": [{k: x} for k, x in v["spec"]["ingress"][0]["from"][0].items()]}
        ),
    ),
    ("network/flow-mismatch", POLICY, put("spec", "ingress", to=[{}])),
    ("network/flow-mismatch", POLICY, put("spec", "egress", to=[{}])),
    ("network/flow-mismatch", POLICY, lambda v: open_to_the_internet(v)["ipBlock"].pop("except")),
    ("network/flow-mismatch", POLICY, lambda v: open_to_the_internet(v)["ipBlock"]["except"].remove("169.254.0.0/16")),
    ("network/flow-mismatch", POLICY, put("spec", "policyTypes", to=["Ingress"])),
    ("network/flow-mismatch", POLICY, put("spec", "egress", 0, "to", 0, "ipBlock", "cidr", to="10.0.0.0/8")),
    ("network/flow-mismatch", POLICY, put("spec", "egress", 0, "to", 0, "ipBlock", "cidr", to="10.20.0.0/17")),
    ("network/flow-mismatch", POLICY, lambda v: v["spec"]["egress"].pop()),
    (
        "network/flow-mismatch",
        POLICY,
        lambda v: v["spec"]["egress"][-1].update(ports=[{"port": 53, "protocol": "UDP"}]),
    ),
    ("network/flow-mismatch", POLICY, lambda v: v["spec"]["egress"][-1]["to"][0].pop("podSelector")),
    ("network/flow-mismatch", "namespaces/shop/default-deny.yaml", put("spec", "ingress", to=[{}])),
    (
        "network/flow-mismatch",
        "requests/data/shop-orders-to-data-orders-db.yaml",
        put("spec", "ingress", 0, "ports", 0, "port", to=5433),
    ),
]


def found(bundle, system):
    with pytest.raises(FindingsError) as caught:
        verify(bundle, system)
    return {finding.check for finding in caught.value.findings if finding.severity == "error"}


MEDIA = "apps/voice/media/base/network-policy.yaml"


@pytest.mark.parametrize(
    "change",
    [
        put("spec", "ingress", 2, "ports", 0, "endPort", to=...),
        put("spec", "ingress", 2, "ports", 0, "endPort", to=20200),
        put("spec", "ingress", 2, "ports", 0, "port", to=19999),
        put("spec", "ingress", 1, "ports", 0, "protocol", to="TCP"),
        put("spec", "ingress", 0, "from", 0, "ipBlock", "cidr", to="10.0.0.0/19"),
    ],
    ids=["first port alone", "one more", "one before", "another transport", "more than the nodes"],
)
def test_ranges_transports_and_nodes_are_exactly_those_that_were_declared(rendered, change):
    made = rendered("telephony")
    assert made.finds("network/flow-mismatch", MEDIA, change)


@pytest.mark.parametrize(
    "change",
    [
        put("spec", "loadBalancerSourceRanges", to=...),
        put("spec", "loadBalancerSourceRanges", to=["203.0.113.0/24"]),
        put("spec", "externalTrafficPolicy", to="Cluster"),
        put("spec", "allocateLoadBalancerNodePorts", to=True),
        put("spec", "ports", 0, "nodePort", to=30000),
        put("spec", "ports", 0, "targetPort", to="metrics"),
        put("spec", "selector", to={"app.kubernetes.io/name": "recorder"}),
        put("spec", "externalIPs", to=["203.0.113.1"]),
        put("metadata", "name", to="media-other"),
    ],
    ids=[
        "anybody",
        "others",
        "no source",
        "ports of nodes",
        "a port of nodes",
        "another port",
        "another App",
        "an address",
        "a name",
    ],
)
def test_a_load_balancer_is_exactly_the_declared_one(rendered, change):
    made = rendered("telephony")
    broken = edited(made.bundle, "apps/voice/media/base/service-carrier.yaml", change)
    assert "network/exposed-service" in found(broken, made.system)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_pass(catalog, example):
    made = run_answers(catalog, *load([example], catalog))
    assert [f for f in verify(made.bundle, made.system).findings if f.severity == "error"] == []


@pytest.mark.parametrize(
    ("check", "path", "change"), TWINS, ids=[f"{check}-{number}" for number, (check, *_) in enumerate(TWINS)]
)
def test_a_broken_twin_is_found(orders, check, path, change):
    assert orders.finds(check, path, change)


@pytest.mark.parametrize(
    ("check", "change"), TWINS_OF_LEDGER, ids=[f"{check}-{number}" for number, (check, _) in enumerate(TWINS_OF_LEDGER)]
)
def test_a_broken_twin_of_what_runs_commands_is_found(rendered, check, change):
    made = rendered("ledger")
    assert made.finds(check, LEDGER, change)


TWINS_OF_EXPORT = [
    put("metadata", "annotations", to=...),
    put("metadata", "annotations", "eks.amazonaws.com/role-arn", to="arn:aws:iam::111122223333:role/admin"),
    put("metadata", "annotations", "eks.amazonaws.com/token-expiration", to="86400"),
]


@pytest.mark.parametrize("change", TWINS_OF_EXPORT)
def test_another_identity_in_a_cloud_is_found(rendered, change):
    made = rendered("nightly")
    path = "apps/reports/export/base/service-account.yaml"
    assert made.finds("pod-security/unasked-pod", path, change)


@pytest.fixture(scope="module")
def identified(catalog) -> Run:
    """Return a system of two Apps, of which one takes on a role at the agent of its node; both have a sidecar."""
    sidecars = {"proxy": {"image": "registry.example.com/tools/proxy:1.0.0"}}
    own = app(identity={"cloud": "aws", "role": "arn:aws:iam::111122223333:role/api"}, sidecars=sidecars)
    cloud = {"mode": "eks-pod-identity", "cluster": "arn:aws:eks:eu-central-1:111122223333:cluster/production"}
    return run(catalog, own, app("web", sidecars=sidecars), platform(cloudIdentity=cloud))


def reaches(cidr, port=80):
    """Open one more address to the pods that a policy selects."""
    rule = {"to": [{"ipBlock": {"cidr": cidr}}], "ports": [{"port": port, "protocol": "TCP"}]}
    return lambda value: value["spec"]["egress"].append(rule)


AGENT = ("spec", "egress", 0)
IDENTIFIED, STRANGER = (f"apps/shop/{name}/base" for name in ("api", "web"))
TWINS_OF_IDENTITY = [
    # The agent and the metadata service are nobody's but the agent the App's that has the identity.
    ("network/flow-mismatch", f"{STRANGER}/network-policy.yaml", reaches("169.254.170.23/32")),
    ("network/flow-mismatch", f"{STRANGER}/network-policy.yaml", reaches("169.254.169.254/32")),
    ("network/flow-mismatch", f"{IDENTIFIED}/network-policy.yaml", reaches("169.254.169.254/32")),
    ("network/flow-mismatch", f"{IDENTIFIED}/network-policy.yaml", reaches("169.254.170.23/32", 8080)),
    ("network/flow-mismatch", f"{IDENTIFIED}/network-policy.yaml", reaches("fd00:ec2::254/128")),
    ("network/flow-mismatch", f"{IDENTIFIED}/network-policy.yaml", put(*AGENT, "to", 0, "ipBlock", "cidr", to="169.254.170.0/24")),
    ("network/flow-mismatch", f"{IDENTIFIED}/network-policy.yaml", put(*AGENT, "ports", to=...)),
    ("network/flow-mismatch", f"{IDENTIFIED}/network-policy.yaml", put(*AGENT, to={"to": [{"ipBlock": {"cidr": "169.254.170.22/32"}}]})),
    ("network/flow-mismatch", "namespaces/shop/default-deny.yaml", put("spec", "egress", to=[{"to": [{"ipBlock": {"cidr": "169.254.0.0/16"}}]}])),
    # A sidecar that is not left out has the role.
    ("pod-security/unasked-pod", f"{IDENTIFIED}/deployment.yaml", put("spec", "template", "metadata", "annotations", to=...)),
    ("pod-security/unasked-pod", f"{IDENTIFIED}/service-account.yaml", put("metadata", "annotations", to=...)),
    ("pod-security/unasked-pod", f"{STRANGER}/service-account.yaml", put("metadata", "annotations", to={"eks.amazonaws.com/role-arn": "x"})),
]  # fmt: skip


def test_an_identity_at_an_agent_is_sound(identified):
    verify(identified.bundle, identified.system)


@pytest.mark.parametrize(("check", "path", "change"), TWINS_OF_IDENTITY, ids=range(len(TWINS_OF_IDENTITY)))
def test_a_way_to_credentials_of_others_is_found(identified, check, path, change):
    assert identified.finds(check, path, change)


@pytest.fixture(scope="module")
def labelled(catalog) -> Run:
    """Return a system of two Apps, of which one has an identity by a label of its pods; both have a sidecar."""
    sidecars = {"proxy": {"image": "registry.example.com/tools/proxy:1.0.0"}}
    client, tenant = "11111111-2222-3333-4444-555555555555", "00000000-0000-0000-0000-000000000001"
    known = {"mode": "azure-workload-identity", "issuer": "https://oidc.example.com/1/", "tenant": tenant}
    own = app(identity={"cloud": "azure", "client": client}, sidecars=sidecars)
    return run(
        catalog, own, app("web", sidecars=sidecars), platform(cloudIdentity={**known, "cidrs": ["20.190.128.0/18"]})
    )


AZURE = "azure.workload.identity"
TWINS_BY_LABEL = [
    ("network/flow-mismatch", f"{IDENTIFIED}/network-policy.yaml", reaches("169.254.169.254/32")),
    ("network/flow-mismatch", f"{IDENTIFIED}/network-policy.yaml", reaches("168.63.129.16/32")),
    ("network/flow-mismatch", f"{STRANGER}/network-policy.yaml", reaches("20.190.128.0/18", 443)),
    ("pod-security/unasked-pod", f"{IDENTIFIED}/deployment.yaml", put("spec", "template", "metadata", "labels", f"{AZURE}/use", to=...)),
    ("pod-security/unasked-pod", f"{IDENTIFIED}/deployment.yaml", put("spec", "template", "metadata", "annotations", to=...)),
    ("pod-security/unasked-pod", f"{IDENTIFIED}/deployment.yaml", put("spec", "template", "metadata", "annotations", f"{AZURE}/inject-proxy-sidecar", to="true")),
    ("pod-security/unasked-pod", f"{STRANGER}/deployment.yaml", put("spec", "template", "metadata", "labels", f"{AZURE}/use", to="true")),
    ("pod-security/unasked-pod", f"{IDENTIFIED}/service-account.yaml", put("metadata", "annotations", f"{AZURE}/client-id", to="00000000-0000-0000-0000-000000000009")),
    ("pod-security/unasked-pod", f"{STRANGER}/service-account.yaml", put("metadata", "annotations", to={f"{AZURE}/client-id": "00000000-0000-0000-0000-000000000009"})),
]  # fmt: skip


def test_an_identity_by_a_label_is_sound(labelled):
    verify(labelled.bundle, labelled.system)


@pytest.mark.parametrize(("check", "path", "change"), TWINS_BY_LABEL, ids=range(len(TWINS_BY_LABEL)))
def test_another_identity_by_a_label_is_found(labelled, check, path, change):
    assert labelled.finds(check, path, change)


@pytest.fixture(scope="module")
def federated(catalog) -> Run:
    """Return a system of two Apps, of which one has an identity by the metadata server of its node, and a node pool."""
    project = {"project": "shop-production", "number": "123456789012"}
    own = app(identity={"cloud": "gcp"}, isolation="sensitive")
    cloud = {"mode": "gke-workload-identity", **project}
    return run(
        catalog, own, app("web"), platform(distribution="gke", cloudIdentity=cloud, nodePools={"sensitive": POOL})
    )


SERVER = "iam.gke.io/gke-metadata-server-enabled"
NODES = ("spec", "template", "spec", "nodeSelector")
TWINS_OF_FEDERATION = [
    ("network/flow-mismatch", f"{STRANGER}/network-policy.yaml", reaches("169.254.169.254/32")),
    ("network/flow-mismatch", f"{STRANGER}/network-policy.yaml", reaches("169.254.169.252/32", 988)),
    ("network/flow-mismatch", f"{IDENTIFIED}/network-policy.yaml", reaches("169.254.169.254/32", 988)),
    ("network/flow-mismatch", f"{IDENTIFIED}/network-policy.yaml", reaches("169.254.169.252/32", 988)),
    # A node without it would hand out its own identity.
    ("pod-security/unasked-node", f"{IDENTIFIED}/deployment.yaml", put(*NODES, SERVER, to=...)),
    ("pod-security/unasked-node", f"{IDENTIFIED}/deployment.yaml", put(*NODES, SERVER, to="false")),
    ("pod-security/unasked-node", f"{IDENTIFIED}/deployment.yaml", put(*NODES, "pool", to=...)),
    ("pod-security/unasked-node", f"{STRANGER}/deployment.yaml", put(*NODES, SERVER, to="true")),
    ("pod-security/unasked-pod", f"{IDENTIFIED}/service-account.yaml", put("metadata", "annotations", to={"iam.gke.io/gcp-service-account": "admin@shop-production.iam.gserviceaccount.com"})),
]  # fmt: skip


def test_an_identity_by_a_metadata_server_is_sound(federated):
    verify(federated.bundle, federated.system)
    assert federated.object(f"{IDENTIFIED}/deployment.yaml")["spec"]["template"]["spec"]["nodeSelector"] == {
        "pool": "sensitive",
        SERVER: "true",
    }


@pytest.mark.parametrize(("check", "path", "change"), TWINS_OF_FEDERATION, ids=range(len(TWINS_OF_FEDERATION)))
def test_another_identity_by_a_metadata_server_is_found(federated, check, path, change):
    assert federated.finds(check, path, change)


@pytest.fixture(scope="module")
def unlimited(catalog) -> Run:
    """Return a system of which the Platform limits no CPU, of one App with users of its own."""
    return run(catalog, app(security={"userNamespace": True}), platform(cpuLimits=False))


OWN = "apps/shop/api/base/deployment.yaml"
UNLIMITED = [
    ("pod-security/unbounded-resources", OWN, container(put("resources", "limits", "cpu", to="250m"))),
    ("pod-security/unbounded-resources", OWN, container(put("resources", "requests", "cpu", to=...))),
    ("pod-security/unbounded-resources", OWN, container(put("resources", "limits", "memory", to=...))),
    ("pod-security/exceeded-quota", QUOTA, put("spec", "hard", "limits.cpu", to="9")),
    ("pod-security/exceeded-quota", QUOTA, put("spec", "hard", "requests.cpu", to="1m")),
    ("pod-security/exceeded-quota", LIMITS, put("spec", "limits", 0, "max", "cpu", to="250m")),
    ("pod-security/exceeded-quota", LIMITS, put("spec", "limits", 0, "default", "cpu", to="100m")),
    ("pod-security/unasked-pod", OWN, pod(put("hostUsers", to=...))),
    ("pod-security/unasked-pod", OWN, pod(put("hostUsers", to=True))),
]

TUNNEL_RULES = "apps/shop/api/base/authorization-policy.yaml"
TUNNEL_FLOWS = "apps/shop/api/base/network-policy.yaml"
CALLERS = [
    {"app": "web", "namespace": "front", "port": "http"},
    {"pods": {"app": "prometheus"}, "namespace": "monitoring", "port": "metrics"},
]


@pytest.fixture(scope="module")
def tunnelled(catalog) -> Run:
    """Return a system in a mesh without sidecars: one App, a caller in the mesh, and one outside."""
    ports = {"http": {"port": 8080, "protocol": "http"}, "metrics": {"port": 9090, "protocol": "http"}}
    api = app(ports=ports, health={"live": {"tcp": "http"}}, **{"from": CALLERS, "to": [{"app": "cart", "port": 7000}]})
    return run(catalog, api, platform(mesh={"mode": "istio-ambient"}))


def to(*values):
    return put("spec", "rules", 0, "to", 0, "operation", to=dict(values))


def of_pods(field, values):
    return lambda v: v["spec"]["template"]["metadata"].setdefault(field, {}).update(values)


TUNNELLED = [
    # ztunnel does not look into connections: this would allow nothing, and the next would deny nothing.
    ("mesh/unasked-grant", TUNNEL_RULES, to(("ports", ["8080"]), ("methods", ["GET"]))),
    ("network/flow-mismatch", TUNNEL_RULES, to(("ports", ["8080"]), ("paths", ["/api/*"]))),
    ("mesh/unasked-grant", TUNNEL_RULES, put("spec", to={"action": "DENY", "rules": [{"to": [{"operation": {"methods": ["PUT"]}}]}]})),
    # The tunnel is one port for all: what the policy of the mesh leaves out of sight, nobody else sees.
    ("network/flow-mismatch", TUNNEL_RULES, put("spec", "rules", 0, "to", to=...)),
    ("network/flow-mismatch", TUNNEL_RULES, put("spec", "rules", 0, "from", 0, "source", "principals", to=["*"])),
    ("network/flow-mismatch", TUNNEL_RULES, put("spec", "selector", to={"matchLabels": {"app": "api"}})),
    # ORed rules: an item more is another way in.
    ("network/flow-mismatch", TUNNEL_RULES, lambda v: v["spec"]["rules"].append({"to": [{"operation": {"ports": ["8080"]}}]})),
    ("network/flow-mismatch", TUNNEL_RULES, put("spec", "targetRefs", to=[{"kind": "Service", "name": "api"}])),
    ("network/flow-mismatch", TUNNEL_FLOWS, put("spec", "ingress", 0, "ports", 0, "port", to=8080)),
    ("network/flow-mismatch", TUNNEL_FLOWS, lambda v: v["spec"]["ingress"][0]["ports"].append({"port": 8080})),
    ("network/flow-mismatch", TUNNEL_FLOWS, put("spec", "ingress", 1, "ports", 0, "port", to=15008)),
    ("network/flow-mismatch", TUNNEL_FLOWS, put("spec", "ingress", 2, "from", 0, "ipBlock", "cidr", to="169.254.0.0/16")),
    ("network/flow-mismatch", TUNNEL_FLOWS, put("spec", "egress", 0, "ports", 0, "port", to=7000)),
    ("mesh/plaintext-port", "apps/shop/api/base/peer-authentication.yaml", put("spec", "selector", to=...)),
    ("mesh/plaintext-port", "apps/shop/api/base/peer-authentication.yaml", put("spec", "mtls", "mode", to="DISABLE")),
    ("mesh/unasked-grant", OWN, of_pods("labels", {"istio.io/dataplane-mode": "none"})),
    ("network/flow-mismatch", OWN, of_pods("annotations", {"ambient.istio.io/bypass-inbound-capture": "true"})),
]  # fmt: skip


@pytest.mark.parametrize(("check", "path", "change"), TUNNELLED, ids=range(len(TUNNELLED)))
def test_a_broken_twin_without_sidecars_is_found(tunnelled, check, path, change):
    assert tunnelled.finds(check, path, change)


OUTER = "apps/shop/api/base/{}-waypoint.yaml"
OUTER_RULES, OUTER_FLOWS, OUTER_GATEWAY, OUTER_PODS = map(
    OUTER.format, ("authorization-policy", "network-policy", "gateway", "config-map")
)

OUTER_LIMIT = "apps/shop/api/base/envoy-filter-limit-all-http.yaml"
OUTER_SHARE = "apps/shop/api/base/envoy-filter-limit-each-http.yaml"


@pytest.fixture(scope="module")
def led(catalog) -> Run:
    """Return a system without sidecars in which an App has a waypoint, with its caller and one outside the mesh."""
    limits = {"all": {"requests": 100, "per": "second"}, "each": {"requests": 15, "per": "second"}}
    ports = {
        "http": {"port": 8080, "service": 80, "protocol": "http", "limits": limits},
        "metrics": {"port": 9090, "protocol": "http"},
    }
    token = {"issuer": "main", "claims": {"groups": ["buyers"]}}
    callers = [{"app": "web", "port": "http", "methods": ["GET"], "paths": ["/v1/*"], "token": token}, CALLERS[1]]
    issuers = {"main": {"issuer": "https://login.example.com", "jwksUri": "https://login.example.com/keys", "audiences": ["shop"]}}  # fmt: skip
    web = app("web", to=[{"app": "api", "port": "http"}])
    return run(
        catalog,
        app(ports=ports, **{"from": callers}),
        web,
        platform(mesh={"mode": "istio-ambient"}, issuers=issuers, rateLimit={"namespace": "limits"}),
    )


def laid(*steps, to):
    """Change what istiod is told of the waypoint's Deployment."""

    def change(value):
        said = json.loads(value["data"]["deployment"])
        put("spec", *steps, to=to)(said)
        value["data"]["deployment"] = json.dumps(said)

    return change


def told(*steps, to):
    """Change what istiod is told of the waypoint's pods."""
    return laid("template", "spec", *steps, to=to)


def by_selector(value):
    """Attach rules on requests to the App's pods, where ztunnel reads them, and not to its waypoint."""
    value["spec"]["selector"] = {"matchLabels": {"app.kubernetes.io/name": "api"}}
    del value["spec"]["targetRefs"]


PAST = {"source": {"principals": ["cluster.local/ns/shop/sa/web"]}}
LED = [
    # Rules on requests are for the waypoint; ztunnel would not have them, and the waypoint none at all.
    ("mesh/unasked-grant", OUTER_RULES, by_selector),
    ("network/flow-mismatch", OUTER_RULES, by_selector),
    ("mesh/unasked-grant", OUTER_RULES, put("spec", "targetRefs", 0, "name", to="web-waypoint")),
    ("mesh/unasked-grant", OUTER_RULES, put("spec", "targetRefs", 0, "kind", to="Service")),
    ("mesh/unasked-grant", OUTER_RULES, put("metadata", "annotations", to={"istio.io/dry-run": "true"})),
    # A token that is looked at where nothing looks into requests, and one that is asked for beside the caller.
    ("mesh/untrusted-issuer", "apps/shop/api/base/request-authentication-main.yaml", by_selector),
    ("mesh/unasked-grant", OUTER_RULES, put("spec", "rules", 0, "from", 0, "source", "requestPrincipals", to=...)),
    ("mesh/unasked-grant", OUTER_RULES, put("spec", "rules", 0, "when", to=...)),
    # A limit that nobody's requests come by, or that cannot be counted.
    ("mesh/ineffective-limit", OUTER_LIMIT, by_selector),
    ("mesh/ineffective-limit", OUTER_LIMIT, put("spec", "targetRefs", 0, "name", to="web-waypoint")),
    ("mesh/ineffective-limit", OUTER_LIMIT, put("spec", "configPatches", 0, "match", "listener", "name", to="connect_terminate")),
    ("mesh/ineffective-limit", OUTER_LIMIT, put("spec", "configPatches", 0, "match", "listener", "filterChain", "name", to="direct-http")),
    ("mesh/ineffective-limit", OUTER_LIMIT, put("spec", "configPatches", 1, "match", "routeConfiguration", to={"portNumber": 8080})),
    ("mesh/ineffective-limit", OUTER_LIMIT, put("metadata", "annotations", to=...)),
    # One that counts what nobody sends, is never enforced, or lets more through than its share; each connection's own, too.
    ("mesh/ineffective-limit", OUTER_SHARE, by_selector),
    ("mesh/ineffective-limit", OUTER_SHARE, put("spec", "targetRefs", 0, "name", to="web-waypoint")),
    ("mesh/ineffective-limit", OUTER_SHARE, put("spec", "targetRefs", to=...)),
    ("mesh/ineffective-limit", OUTER_SHARE, put("metadata", "namespace", to="web")),
    ("mesh/ineffective-limit", OUTER_SHARE, put("spec", "configPatches", 0, "match", "context", to="GATEWAY")),
    ("mesh/ineffective-limit", OUTER_SHARE, put("spec", "configPatches", 0, "match", "listener", "name", to="connect_terminate")),
    ("mesh/ineffective-limit", OUTER_SHARE, put("spec", "configPatches", 0, "match", "listener", "filterChain", "name", to="inbound-vip|8080|http|api.shop.svc.cluster.local")),
    ("mesh/ineffective-limit", OUTER_SHARE, put("spec", "configPatches", 0, "patch", "operation", to="INSERT_AFTER")),
    ("mesh/ineffective-limit", OUTER_SHARE, put("spec", "priority", to=10)),
    ("mesh/ineffective-limit", OUTER_SHARE, envoy(put("filter_enabled", to=...))),
    ("mesh/ineffective-limit", OUTER_SHARE, envoy(put("filter_enforced", to=...))),
    ("mesh/ineffective-limit", OUTER_SHARE, envoy(put("filter_enforced", "runtime_key", to="off"))),
    ("mesh/ineffective-limit", OUTER_SHARE, envoy(put("token_bucket", "max_tokens", to=45))),
    ("mesh/ineffective-limit", OUTER_SHARE, envoy(put("token_bucket", "tokens_per_fill", to=23))),
    ("mesh/ineffective-limit", OUTER_SHARE, envoy(put("local_rate_limit_per_downstream_connection", to=True))),
    # Fewer pods than it was shared out for, and more of the waypoint's than it was shared out among.
    ("mesh/ineffective-limit", OWN, put("spec", "replicas", to=2)),
    ("mesh/ineffective-limit", OWN, put("spec", "replicas", to=...)),
    ("mesh/loose-proxy", OUTER_PODS, laid("replicas", to=3)),
    ("mesh/loose-proxy", OUTER_PODS, laid("strategy", "rollingUpdate", "maxSurge", to=1)),
    ("mesh/loose-proxy", OUTER_PODS, put("data", "horizontalPodAutoscaler", to='{"spec": {"maxReplicas": 9}}')),
    # What is sent to the pod's own address would not be counted.
    ("mesh/unasked-grant", OUTER_RULES, lambda v: v["spec"]["rules"][0]["to"][0]["operation"]["ports"].append("8080")),
    # Without default deny: an ALLOW that is none, and one that allows all.
    ("mesh/unasked-grant", OUTER_RULES, put("spec", "action", to="AUDIT")),
    ("network/flow-mismatch", OUTER_RULES, put("spec", "action", to="AUDIT")),
    ("network/flow-mismatch", OUTER_RULES, put("spec", "rules", to=[{}])),
    ("mesh/unasked-grant", OUTER_RULES, put("spec", "rules", 0, "to", 0, "operation", "methods", to=...)),
    ("mesh/unasked-grant", OUTER_RULES, put("spec", "rules", 0, "to", 0, "operation", "paths", 1, to="/*")),
    ("mesh/unasked-grant", OUTER_RULES, put("spec", "rules", 0, "to", 0, "operation", "ports", to=["8080"])),
    ("mesh/unasked-grant", OUTER_RULES, put("spec", "rules", 0, "to", 0, "operation", "ports", 0, to="9090")),
    # The App lets its caller in past the waypoint.
    ("mesh/unasked-grant", TUNNEL_RULES, lambda v: v["spec"]["rules"][1]["from"].append(PAST)),
    ("mesh/unasked-grant", TUNNEL_RULES, put("spec", "rules", 1, "from", 0, "source", to=PAST["source"])),
    ("network/flow-mismatch", TUNNEL_RULES, put("spec", "rules", 1, "from", 0, "source", to=PAST["source"])),
    ("network/flow-mismatch", TUNNEL_FLOWS, lambda v: v["spec"]["ingress"][1]["from"].append({"podSelector": {}})),
    ("network/flow-mismatch", OUTER_FLOWS, lambda v: v["spec"]["ingress"][0]["from"].append({"podSelector": {}})),
    ("network/flow-mismatch", OUTER_FLOWS, put("spec", "egress", 0, "to", 0, "podSelector", to={})),
    ("network/flow-mismatch", OUTER_FLOWS, put("spec", "egress", 0, "ports", 0, "port", to=8080)),
    ("network/flow-mismatch", "apps/shop/web/base/network-policy.yaml", put("spec", "egress", 0, "to", 0, "podSelector", "matchLabels", to={"app.kubernetes.io/name": "api"})),
    # Nobody leads callers to it, or not all of them.
    ("mesh/loose-proxy", OWN, of_pods("labels", {"istio.io/use-waypoint": "none"})),
    ("mesh/loose-proxy", OWN.replace("deployment", "service"), put("metadata", "labels", "istio.io/use-waypoint", to=...)),
    ("mesh/loose-proxy", OWN.replace("deployment", "service"), put("metadata", "labels", "istio.io/ingress-use-waypoint", to=...)),
    ("mesh/loose-proxy", OUTER_GATEWAY, put("metadata", "labels", "istio.io/waypoint-for", to="service")),
    # Without labels of their own its pods are the App's by label, and with another identity anybody's.
    ("mesh/loose-proxy", OUTER_GATEWAY, put("spec", "infrastructure", "labels", to=...)),
    ("network/flow-mismatch", OUTER_GATEWAY, put("spec", "infrastructure", "labels", to=...)),
    ("network/flow-mismatch", OUTER_GATEWAY, put("metadata", "annotations", to=...)),
    ("mesh/loose-proxy", OUTER_GATEWAY, put("metadata", "annotations", "networking.istio.io/service-type", to="LoadBalancer")),
    ("mesh/loose-proxy", OUTER_GATEWAY, put("spec", "gatewayClassName", to="istio")),
    ("mesh/loose-proxy", OUTER_GATEWAY, put("spec", "listeners", 0, "allowedRoutes", "namespaces", "from", to="All")),
    ("mesh/loose-proxy", OUTER_GATEWAY, put("spec", "addresses", to=[{"value": "other.shop.svc.cluster.local"}])),
    ("mesh/loose-proxy", OUTER_GATEWAY, put("spec", "infrastructure", "parametersRef", to=...)),
    ("mesh/loose-proxy", OUTER_GATEWAY, put("kind", to="XGateway")),
    ("mesh/loose-proxy", OUTER_PODS, told("securityContext", "seccompProfile", to=...)),
    ("mesh/loose-proxy", OUTER_PODS, told("securityContext", "seccompProfile", "type", to="Unconfined")),
    ("mesh/loose-proxy", OUTER_PODS, told("automountServiceAccountToken", to=True)),
    ("mesh/loose-proxy", OUTER_PODS, told("hostNetwork", to=True)),
    ("mesh/loose-proxy", OUTER_PODS, told("containers", 0, "resources", "limits", "memory", to=...)),
    ("mesh/loose-proxy", OUTER_PODS, put("data", "service", to='{"spec": {"type": "NodePort"}}')),
    ("mesh/loose-proxy", OUTER_PODS, put("metadata", "name", to="api")),
    ("pod-security/exceeded-quota", QUOTA, put("spec", "hard", "pods", to="11")),
    ("pod-security/exceeded-quota", QUOTA, put("spec", "hard", "limits.cpu", to="2700m")),
]  # fmt: skip


@pytest.mark.parametrize(("check", "path", "change"), LED, ids=range(len(LED)))
def test_a_broken_twin_with_a_waypoint_is_found(led, check, path, change):
    assert led.finds(check, path, change)


@pytest.mark.parametrize(("pods", "found"), [(3, False), (4, False), (2, True)])
def test_a_team_runs_more_pods_than_a_limit_is_shared_out_for_and_no_fewer(led, pods, found):
    """Its kustomization says how many there are, and the system is then judged with that number."""
    [member] = [one for one in led.system.members if one.app.name == "api"]
    workload = structs.replace(member.app.spec.workload, replicas=pods)
    patched = structs.replace(
        member, app=structs.replace(member.app, spec=structs.replace(member.app.spec, workload=workload))
    )
    system = structs.replace(led.system, members=tuple(patched if one == member else one for one in led.system.members))
    reasons = led.finds("mesh/ineffective-limit", OWN, put("spec", "replicas", to=pods), system)
    assert bool(reasons) == found, reasons


def test_a_share_of_nothing_is_no_limit(led):
    """Envoy reads no bucket without tokens: istiod would send a configuration that the waypoint does not take."""
    nobody = with_another_waypoint(led, lambda entry: structs.replace(entry, behind=0))
    empty = {"max_tokens": 0, "tokens_per_fill": 0, "fill_interval": "1s"}
    assert led.finds("mesh/ineffective-limit", OUTER_SHARE, envoy(put("token_bucket", to=empty)), nobody)


def test_an_autoscaler_keeps_the_pods_that_a_limit_is_shared_out_for(catalog):
    limits = {"each": {"requests": 15, "per": "second"}}
    ports = {"http": {"port": 8080, "service": 80, "protocol": "http", "limits": limits}}
    own = app(ports=ports, workload={"replicas": {"min": 3, "max": 9}}, **{"from": [{"app": "web", "port": "http"}]})
    made = run(catalog, own, platform(mesh={"mode": "istio-ambient"}))
    scaler = "apps/shop/api/base/horizontal-pod-autoscaler.yaml"
    for pods, found in ((3, False), (4, False), (2, True), (..., True)):
        assert bool(made.finds("mesh/ineffective-limit", scaler, put("spec", "minReplicas", to=pods))) == found


def with_another_waypoint(led, change):
    """Return a system whose blueprint says something else of the App's waypoint."""
    [member] = [one for one in led.system.members if one.additions.proxies]
    [(entry, owner)] = member.additions.proxies
    proxies = ((change(entry), owner),)
    changed = structs.replace(member, additions=structs.replace(member.additions, proxies=proxies))
    return structs.replace(led.system, members=tuple(changed if one == member else one for one in led.system.members))


def telling(led, change):
    """Return a system whose blueprint tells istiod something else of the waypoint, and what it tells."""
    [objects] = [copy.deepcopy(entry.objects) for one in led.system.members for entry, _ in one.additions.proxies]
    change(objects)
    return with_another_waypoint(led, lambda entry: structs.replace(entry, objects=objects)), objects


@pytest.mark.parametrize("place", ["securityContext", "resources", "automountServiceAccountToken"])
def test_what_a_blueprint_would_tell_of_a_waypoint_is_judged_too(led, place):
    """That the bundle is as declared is not enough: what istiod makes of it has to be admitted, and to fit."""
    at = ("containers", 0) if place == "resources" else ()
    system, objects = telling(led, put("deployment", "spec", "template", "spec", *at, place, to=...))
    told = put("data", "deployment", to=json.dumps(objects["deployment"]))
    [reason] = led.finds("mesh/loose-proxy", OUTER_PODS, told, system)
    assert "is not what is declared" not in reason


@pytest.mark.parametrize(
    "change",
    [
        put("deployment", "spec", "strategy", "rollingUpdate", "maxSurge", to=1),
        put("deployment", "spec", "strategy", to=...),
        put("horizontalPodAutoscaler", to={"spec": {"maxReplicas": 9}}),
    ],
)
def test_what_a_blueprint_would_tell_of_how_many_there_are_is_judged_too(led, change):
    system, _ = telling(led, change)
    [reason] = led.finds("mesh/ineffective-limit", OUTER_PODS, lambda value: None, system)
    assert "each with a share of the limit" in reason


POOL = {
    "labels": {"pool": "sensitive"},
    "taints": [{"key": "pool", "value": "sensitive"}, {"key": "kata", "effect": "NoExecute"}],
    "runtimeClass": "kata",
    "overhead": {"cpu": "100m", "memory": "160Mi"},
}


@pytest.fixture(scope="module")
def isolated(catalog) -> Run:
    """Return a system of one App that runs on a node pool."""
    return run(catalog, app(isolation="dedicated"), platform(nodePools={"dedicated": POOL}))


LISTED_IMAGES = ["registry.example.com/shop", "docker.io/library/"]
ELSEWHERE = (
    "registry.example.com.evil.org/shop/api:1",
    "registry.example.com/shop-evil/api:1",
    "registry.example.com:5000/shop/api:1",
    "registry.example.com/shopping:1",
    "evil.org/registry.example.com/shop/api:1",
    "library/../evil:1",
    "docker.io/evil/nginx:1",
    "localhost/library/nginx:1",
    "Docker.io/library/nginx:1",
)


@pytest.mark.parametrize("image", ELSEWHERE)
@pytest.mark.parametrize("of", ["containers", "volumes"])
def test_an_image_from_elsewhere_is_found(catalog, of, image):
    made = run(catalog, app(), platform(registries=LISTED_IMAGES))
    volume = {"name": "tools", "image": {"reference": image}}
    change = (
        container(put("image", to=image)) if of == "containers" else pod(lambda spec: spec["volumes"].append(volume))
    )
    assert made.finds("pod-security/foreign-image", OWN, change)
    assert "pod-security/foreign-image" not in {f.check for f in verify(made.bundle, made.system).findings}


@pytest.fixture(scope="module")
def bounded(catalog) -> Run:
    """Return a system whose Platform bounds containers, in a mesh whose sidecar takes more CPU."""
    most = {"cpu": "80m", "memory": "300Mi"}
    resources = {"default": {"cpu": "80m"}, "most": most}
    return run(catalog, app(), platform(resources=resources, mesh={"mode": "istio-sidecar", "cpu": "100m"}))


BOUNDED = [
    ("pod-security/oversized-container", OWN, container(put("resources", "requests", "cpu", to="81m"))),
    ("pod-security/oversized-container", OWN, container(put("resources", "limits", "memory", to="1Gi"))),
    ("pod-security/oversized-container", LIMITS, put("spec", "limits", 0, "max", "cpu", to="101m")),
    ("pod-security/oversized-container", LIMITS, put("spec", "limits", 0, "max", "memory", to=...)),
    ("pod-security/oversized-container", LIMITS, put("spec", "limits", 0, "type", to="PersistentVolumeClaim")),
]


@pytest.mark.parametrize(("check", "path", "change"), BOUNDED)
def test_a_broken_twin_below_a_maximum_is_found(bounded, check, path, change):
    assert bounded.finds(check, path, change)


ISOLATED = [
    ("pod-security/unasked-node", OWN, pod(put("nodeSelector", to=...))),
    ("pod-security/unasked-node", OWN, pod(put("nodeSelector", to={"pool": "other"}))),
    ("pod-security/unasked-node", OWN, pod(put("tolerations", to=...))),
    ("pod-security/unasked-node", OWN, pod(put("tolerations", 0, "value", to="other"))),
    ("pod-security/unasked-node", OWN, pod(put("tolerations", 1, to={"operator": "Exists"}))),
    ("pod-security/unasked-node", OWN, pod(put("tolerations", 1, "tolerationSeconds", to=60))),
    ("pod-security/unasked-node", OWN, pod(put("runtimeClassName", to=...))),
    ("pod-security/unasked-node", OWN, pod(put("overhead", to={"cpu": "100m", "memory": "160Mi"}))),
    # 4 pods of 250m, and 100m for each of their virtual machines; of 256Mi and 160Mi.
    ("pod-security/exceeded-quota", QUOTA, put("spec", "hard", "requests.cpu", to="1399m")),
    ("pod-security/exceeded-quota", QUOTA, put("spec", "hard", "limits.memory", to="1663Mi")),
]


@pytest.mark.parametrize(("check", "path", "change"), ISOLATED)
def test_a_broken_twin_on_a_node_pool_is_found(isolated, check, path, change):
    assert isolated.finds(check, path, change)


@pytest.mark.parametrize(("check", "path", "change"), UNLIMITED)
def test_a_broken_twin_without_cpu_limits_is_found(unlimited, check, path, change):
    assert unlimited.finds(check, path, change)


@pytest.fixture(scope="module")
def shipped(catalog) -> Run:
    """Return a system of one App whose sidecars share its directories, and one of whose secrets is a single file."""
    sidecars = {
        "shipper": {"image": "registry.example.com/tools/shipper:1.0.0", "mounts": {"/var/log/api": "read", "/etc/api": "read"}},
        "rotate": {"image": "registry.example.com/tools/rotate:1.0.0", "mounts": {"/var/log/api": "write"}, "writable": {}},
    }  # fmt: skip
    secrets = {"users": {"store": "vault", "key": "users", "singleFile": "/etc/nginx/htpasswd"}}
    own = app(
        init={"migrate": {"command": ["/migrate"]}},
        sidecars=sidecars,
        secrets=secrets,
        config={"files": {"/etc/api/shipper.toml": "x"}},
        security={"writable": {"/tmp": "64Mi", "/var/log/api": "64Mi"}},  # noqa: S108  in the container
    )
    return run(catalog, own, platform(secretStores={"vault": STORE_OF_ALL}))


def of_init(number, change):
    return pod(lambda spec: change(spec["initContainers"][number]))


STORE_OF_ALL = {"backend": "vault", "server": "https://vault.example.com:8200", "cidrs": ["10.30.0.5/32"]}
USERS_AT = {"name": "etc-nginx-htpasswd", "mountPath": "/etc/nginx/htpasswd", "subPath": "htpasswd"}
SHIPPED = {
    "written, not read": of_init(0, put("volumeMounts", 1, "readOnly", to=...)),
    "not shared": of_init(0, put("volumeMounts", 2, "name", to="shipper--tmp")),
    "the directory of another one": of_init(0, put("volumeMounts", 0, "name", to="tmp")),
    "the App's secret": of_init(0, lambda c: c["volumeMounts"].append({**USERS_AT, "readOnly": True})),
    "less": of_init(0, lambda c: c["volumeMounts"].pop()),
    "more": of_init(1, lambda c: c["volumeMounts"].append(TMP)),
    "an init container sees less": of_init(2, lambda c: c["volumeMounts"].pop()),
}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_sidecar_sees_what_is_declared_alone(shipped, name):
    assert shipped.finds("pod-security/unasked-mount", OWN, SHIPPED[name])


def test_sidecars_come_first_in_their_order(shipped):
    def turned(spec):
        spec["initContainers"].reverse()

    assert shipped.finds("pod-security/unasked-sidecar", OWN, pod(turned))


def replaced(bundle, path, text):
    return Bundle(
        tuple(
            File(f.path, text if f.path == path else f.text, f.blueprint, f.subject, f.ownership, f.scope)
            for f in bundle.files
        )
    )


TEXTS = {
    "a repeated key": ("documents/unreadable", "apiVersion: v1\nkind: A\nkind: B\n"),
    "no YAML": ("documents/unreadable", "a: [\n"),
    "nothing": ("documents/unreadable", ""),
    "no object": ("documents/unreadable", "- 1\n"),
    "half a tag": ("documents/unrendered", "apiVersion: v1\nkind: A\nname: x{{ y }}\n"),
    "a forgotten condition": ("documents/unrendered", "apiVersion: v1\nkind: A\nname: a {% if x %}\n"),
}


@pytest.mark.parametrize(("check", "text"), TEXTS.values(), ids=TEXTS)
def test_text_that_cannot_be_applied_is_found(orders, check, text):
    assert check in found(replaced(orders.bundle, SERVICE, text), orders.system)


def test_quoted_delimiters_are_somebodys_value(catalog):
    made = run(catalog, app(config={"env": {"TEMPLATE": "{{ x }} {% y %}"}}))
    verify(made.bundle, made.system)


def test_two_objects_of_one_identity_are_found(orders):
    twin = next(file for file in orders.bundle.files if file.path == SERVICE)
    files = (
        *orders.bundle.files,
        File(f"{BASE}/service-2.yaml", twin.text, twin.blueprint, twin.subject, twin.ownership, twin.scope),
    )
    assert "documents/duplicate-object" in found(Bundle(tuple(sorted(files))), orders.system)


def test_a_second_entry_for_a_host_is_found(orders):
    twin = next(file for file in orders.bundle.files if file.path == ENTRY)
    again = edited(
        Bundle((File("namespaces/shop/2.yaml", twin.text, twin.blueprint, twin.subject, twin.ownership, twin.scope),)),
        "namespaces/shop/2.yaml",
        put("metadata", "name", to="again"),
    )
    made = found(Bundle(tuple(sorted((*orders.bundle.files, *again.files)))), orders.system)
    assert "mesh/unasked-host" in made


NUMBERS = {
    "a user of the pod": pod(put(SECURITY, "runAsUser", to=10001)),
    "a user of its container": container(put(SECURITY, "runAsUser", to=10001)),
    "a group": container(put(SECURITY, "runAsGroup", to=10001)),
    "a group of volumes": pod(put(SECURITY, "fsGroup", to=10001)),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_where_ids_are_assigned_a_pod_has_none(catalog, name):
    secrets = {"db": {"store": "vault", "key": "shop/api/db", "file": "/etc/secrets/db"}}
    vault = {"backend": "vault", "server": "https://vault.example.com:8200", "cidrs": ["203.0.113.5/32"]}
    cluster = platform(distribution="openshift", secretStores={"vault": vault})
    made, path = run(catalog, app(secrets=secrets), cluster), "apps/shop/api/base/deployment.yaml"
    verify(made.bundle, made.system)
    assert found(edited(made.bundle, path, NUMBERS[name]), made.system) == {"pod-security/unasked-pod"}
    maybe_root = both(put(SECURITY, "runAsNonRoot", to=...))
    assert found(edited(made.bundle, path, maybe_root), made.system) == {"pod-security/violated-standard"}


def test_files_that_belong_to_group_0_can_be_read(catalog):
    """0 is a group like any other: to set it is not to leave it out."""
    secrets = {"db": {"store": "vault", "key": "shop/api/db", "file": "/etc/secrets/db"}}
    vault = {"backend": "vault", "server": "https://vault.example.com:8200", "cidrs": ["203.0.113.5/32"]}
    made = run(catalog, app(secrets=secrets, security={"group": 0}), platform(secretStores={"vault": vault}))
    verify(made.bundle, made.system)
    without = edited(made.bundle, "apps/shop/api/base/deployment.yaml", pod(put(SECURITY, "fsGroup", to=...)))
    assert "secrets/unreadable-file" in found(without, made.system)


@pytest.mark.parametrize("port", [80, 988])
def test_of_a_resolver_that_hands_out_credentials_the_port_for_names_alone_is_open(catalog, port):
    """Cloud DNS answers where the metadata service does."""
    made, path = run(catalog, app(), platform(distribution="gke")), "apps/shop/api/base/network-policy.yaml"
    verify(made.bundle, made.system)
    opened = {"to": [{"ipBlock": {"cidr": "169.254.169.254/32"}}], "ports": [{"port": port, "protocol": "TCP"}]}
    wider = edited(made.bundle, path, lambda value: value["spec"]["egress"].append(opened))
    assert "network/flow-mismatch" in found(wider, made.system)


def test_a_missing_file_is_found(orders):
    without = {
        path: Bundle(tuple(f for f in orders.bundle.files if f.path != path)) for path in (POLICY, NAMESPACE, ACCOUNT)
    }
    assert "network/flow-mismatch" in found(without[POLICY], orders.system)
    assert "pod-security/unrestricted-namespace" in found(without[NAMESPACE], orders.system)
    assert "pod-security/mounted-token" in found(without[ACCOUNT], orders.system)


def test_pods_hold_at_the_version_that_their_namespace_enforces(orders):
    """Before 1.19, the standard read annotations, which no later version does."""
    unconfined = annotated(put("seccomp.security.alpha.kubernetes.io/pod", to="unconfined"))
    old = put("metadata", "labels", "pod-security.kubernetes.io/enforce-version", to="v1.18")
    bundle = edited(orders.bundle, DEPLOYMENT, unconfined)
    assert "pod-security/violated-standard" not in found(bundle, orders.system)
    assert "pod-security/violated-standard" in found(edited(bundle, NAMESPACE, old), orders.system)


def test_a_second_workload_with_open_policies_is_found(orders):
    """Everything that no App owns counts: its flows, too."""
    extra = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: miner, namespace: shop, labels: {app.kubernetes.io/managed-by: scaffold, scaffold/owner: x}}
spec:
  template: {metadata: {labels: {app: miner}}, spec: {}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: miner, namespace: shop, labels: {app.kubernetes.io/managed-by: scaffold, scaffold/owner: x}}
spec: {podSelector: {matchLabels: {app: miner}}, policyTypes: [Ingress, Egress], ingress: [{}], egress: [{}]}
"""
    files = (*orders.bundle.files, File(f"{BASE}/miner.yaml", extra, "x/y", "z", "generated", "app"))
    assert {"network/unowned-workload", "network/flow-mismatch"} <= found(Bundle(tuple(sorted(files))), orders.system)


def test_two_equal_objects_in_one_file_are_found(orders):
    service = next(file.text for file in orders.bundle.files if file.path == SERVICE)
    assert "documents/duplicate-object" in found(
        replaced(orders.bundle, SERVICE, f"{service}---\n{service}"), orders.system
    )


def test_a_kind_that_no_check_knows_is_a_warning(orders):
    extra = "apiVersion: crd.antrea.io/v1beta1\nkind: NetworkPolicy\nmetadata: {name: x, namespace: shop, labels: {app.kubernetes.io/managed-by: scaffold, scaffold/owner: x}}\n"
    files = [*orders.bundle.files, File(f"{BASE}/open.yaml", extra, "x/y", "shop/orders", "generated", "app")]
    listed = f"{BASE}/kustomization.yaml"
    bundle = edited(Bundle(tuple(sorted(files))), listed, lambda v: v["resources"].append("open.yaml"))
    found = [f.severity for f in verify(bundle, orders.system).findings if f.check == "documents/unjudged-object"]
    assert found == ["warning"]


def test_an_init_container_that_stays_is_counted_beside_the_app(orders):
    """One that ends takes its share before the App does: the larger of them counts."""

    def large(container):
        for amounts in container["resources"].values():
            amounts["memory"] = "1000Mi"

    ends = edited(orders.bundle, INVENTORY, first(large))
    stays = edited(ends, INVENTORY, first(put("restartPolicy", to="Always")))
    assert "pod-security/exceeded-quota" not in found(edited(ends, ACCOUNT, put("kind", to="x")), orders.system)
    assert "pod-security/exceeded-quota" in found(stays, orders.system)


def moved(bundle, path, to, scope):
    """Return the bundle with one file elsewhere, as if its blueprint had another scope."""
    files = [
        f if f.path != path else File(to, f.text, f.blueprint, f.subject, f.ownership, scope) for f in bundle.files
    ]
    assert files != list(bundle.files)
    return Bundle(tuple(sorted(files)))


def test_what_is_kept_for_an_incident_is_not_applied_before(orders):
    at = "namespaces/shop/role-binding-oncall.yaml"
    bundle = moved(orders.bundle, ONCALL, at, "namespace")
    listed = edited(bundle, LISTED, lambda v: v["resources"].append("role-binding-oncall.yaml"))
    assert found(listed, orders.system) == {"rbac/unasked-right"}
    listed = edited(orders.bundle, LISTED, lambda v: v["resources"].append(f"../../{ONCALL}"))
    assert found(listed, orders.system) == {"documents/changed-kustomization"}


def test_of_what_is_kept_only_rights_and_denials_are_judged(orders):
    bundle = moved(orders.bundle, SERVICE, "on-demand/shop/service.yaml", "on-demand")
    with pytest.raises(FindingsError) as caught:
        verify(bundle, orders.system)
    assert ("documents/unjudged-object", "warning") in {(f.check, f.severity) for f in caught.value.findings}
    opening = moved(orders.bundle, POLICY, "on-demand/shop/open.yaml", "on-demand")
    assert "network/opened-by-quarantine" in found(opening, orders.system)


def test_every_check_has_a_twin():
    elsewhere = {"documents/unrendered", "documents/duplicate-object", "mesh/unasked-way"}
    assert set(registry(checks.__name__)) == {check for check, *_ in TWINS} | elsewhere


def test_every_check_and_every_risk_says_what_and_why():
    for package in (checks, risks):
        for id_ in registry(package.__name__):
            section, name = id_.replace("-", "_").split("/")
            text = importlib.import_module(f"{package.__name__}.{section}.{name}").__doc__ or ""
            assert [part for part in ("What:", "Why:", "Fields:", "Reference:") if part not in text] == [], id_
