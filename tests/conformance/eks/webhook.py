"""EKS's webhook for identities, behind the API server: what becomes of the pods that a workload's template yields."""

from __future__ import annotations

import base64
import contextlib
import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from conformance.cluster import Server, free_ports
from conformance.processes import end, start

NOTHING: dict[str, Any] = {"env": {}, "mounts": []}
_NAME = "pod-identity-webhook"

_Value = dict[str, Any]
_Ask = Callable[..., _Value | None]


@contextlib.contextmanager
def asking(
    cluster: Server, program: Path, folder: Path, rendered: tuple[_Value, _Value], *flags: str
) -> Iterator[_Ask]:
    """Return what the webhook adds to a pod that is admitted, of a ServiceAccount and a template; nothing to no other."""
    account, template = rendered

    def asked(account: _Value = account, change: Callable[[_Value], Any] = lambda template: None) -> _Value | None:
        changed = copy.deepcopy(template)
        change(changed)
        pod = _admitted(cluster, changed, account)
        return None if pod is None else _added(template, pod)

    with _serving(cluster, program, folder, account["metadata"]["namespace"], *flags):
        cluster.wait("the webhook answers", lambda: (asked() or {}).get("volumes"))
        yield asked


def given(template: _Value, identity: _Value, volume: _Value) -> _Value:
    """Return what is to be added: an identity to the App's own container, nothing to a sidecar; and its volume."""
    [own] = [one["name"] for one in template["spec"]["containers"]]
    sidecars = [one["name"] for one in template["spec"]["initContainers"]]
    return {"containers": {**dict.fromkeys(sidecars, NOTHING), own: identity}, "volumes": [volume]}


@contextlib.contextmanager
def _serving(cluster: Server, program: Path, folder: Path, namespace: str, *flags: str) -> Iterator[None]:
    # It reads ServiceAccounts from the API server, as in EKS.
    port, metrics = free_ports(2)
    command = [
        str(program), "--in-cluster=false", f"--kubeconfig={cluster.kubeconfig}", f"--port={port}",
        f"--metrics-port={metrics}", f"--tls-cert={cluster.pki / 'server.crt'}",
        f"--tls-key={cluster.pki / 'server.key'}", *flags,
    ]  # fmt: skip
    with (folder / f"{_NAME}.log").open("wb") as log:
        process = start(command, stdout=log, stderr=log, cwd=folder)
    try:
        value = _configuration(cluster, f"https://127.0.0.1:{port}/mutate", namespace)
        cluster.kubectl("apply", "-f", "-", text=json.dumps(value))
        yield
    finally:
        cluster.kubectl("delete", "--ignore-not-found", "mutatingwebhookconfiguration", _NAME, check=False)
        end(process)


def _configuration(cluster: Server, url: str, namespace: str) -> _Value:
    authority = base64.b64encode((cluster.pki / "ca.crt").read_bytes()).decode()
    return {
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": _NAME},
        "webhooks": [{
            "name": f"{_NAME}.amazonaws.com", "admissionReviewVersions": ["v1beta1"], "sideEffects": "None",
            # EKS lets a pod pass that it could not ask about; here that would look like a pod without an identity.
            "failurePolicy": "Fail", "clientConfig": {"url": url, "caBundle": authority},
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
            "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
        }],
    }  # fmt: skip


def _admitted(cluster: Server, template: _Value, account: _Value) -> _Value | None:
    """Return what the API server would store of a pod with some ServiceAccount; nothing if it is refused, or warned of."""
    name, namespace = account["metadata"]["name"], account["metadata"]["namespace"]
    metadata = {**template["metadata"], "name": "asked", "namespace": namespace}
    spec = {**template["spec"], "serviceAccountName": name}
    pod = json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    done = cluster.kubectl("create", "--dry-run=server", "-o", "json", "-f", "-", text=pod, check=False)
    return None if done.returncode or done.stderr else json.loads(done.stdout)


def _added(template: _Value, pod: _Value) -> _Value:
    """Return what a pod has beyond its template: in each container variables and mounts, by its name; and volumes."""
    own = {one["name"]: one for one in _containers(template)}
    return {
        "containers": {one["name"]: _beyond(own[one["name"]], one) for one in _containers(pod)},
        "volumes": _new(template["spec"], pod["spec"], "volumes"),
    }


def _containers(pod: _Value) -> list[_Value]:
    return [*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"]]


def _beyond(before: _Value, after: _Value) -> _Value:
    variables = {one["name"]: one["value"] for one in _new(before, after, "env")}
    return {"env": variables, "mounts": _new(before, after, "volumeMounts")}


def _new(before: _Value, after: _Value, key: str) -> list[_Value]:
    names = {one["name"] for one in before.get(key, ())}
    return [one for one in after.get(key, ()) if one["name"] not in names]
