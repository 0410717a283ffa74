"""EKS's webhook for identities, behind the API server: what becomes of the pods that a workload's template yields."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from conformance.cluster import Server, free_ports
from conformance.processes import end, start

_NAME = "pod-identity-webhook"


@contextlib.contextmanager
def serving(cluster: Server, program: Path, folder: Path, namespace: str, *flags: str) -> Iterator[None]:
    """Let the webhook change the pods of one namespace; it reads ServiceAccounts from the API server, as in EKS."""
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


def _configuration(cluster: Server, url: str, namespace: str) -> dict[str, Any]:
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


def admitted(cluster: Server, template: dict[str, Any], account: dict[str, Any]) -> dict[str, Any] | None:
    """Return what the API server would store of a pod with some ServiceAccount; nothing if it is refused, or warned of."""
    name, namespace = account["metadata"]["name"], account["metadata"]["namespace"]
    metadata = {**template["metadata"], "name": "asked", "namespace": namespace}
    spec = {**template["spec"], "serviceAccountName": name}
    pod = json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    done = cluster.kubectl("create", "--dry-run=server", "-o", "json", "-f", "-", text=pod, check=False)
    return None if done.returncode or done.stderr else json.loads(done.stdout)


def added(template: dict[str, Any], pod: dict[str, Any]) -> dict[str, Any]:
    """Return what a pod has beyond its template: in each container variables and mounts, by its name; and volumes."""
    own = {one["name"]: one for one in _containers(template)}
    return {
        "containers": {one["name"]: _beyond(own[one["name"]], one) for one in _containers(pod)},
        "volumes": _new(template["spec"], pod["spec"], "volumes"),
    }


def _containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"]]


def _beyond(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    variables = {one["name"]: one["value"] for one in _new(before, after, "env")}
    return {"env": variables, "mounts": _new(before, after, "volumeMounts")}


def _new(before: dict[str, Any], after: dict[str, Any], key: str) -> list[dict[str, Any]]:
    names = {one["name"] for one in before.get(key, ())}
    return [one for one in after.get(key, ()) if one["name"] not in names]
