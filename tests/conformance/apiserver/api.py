"""Applies thousands of objects quickly: over one connection, as an administrator; nothing is kept unless asked."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

import yaml
from conformance.cluster import Server
from conformance.connection import Connection

_REVIEWS, _TOKENS = "authorization.k8s.io/v1", "authentication.k8s.io/v1"
_APPLY = "fieldManager=conformance&force=true&fieldValidation=Strict"


class Api:
    """One connection to an API server."""

    def __init__(self, server: Server) -> None:
        self._server, self._connection = server, Connection(server.port, server.pki)
        self._resource = cache(self._find)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def apply(self, text: str, *, keep: bool = False) -> str:
        """Apply a manifest on the server, strictly; return why it was refused, or what it warned of, or nothing."""
        query = _APPLY if keep else f"{_APPLY}&dryRun=All"
        path = self._path(yaml.load(text, yaml.CSafeLoader))
        status, body, warnings = self._send("PATCH", f"{path}?{query}", text)
        return ", ".join([body["message"]] if status >= 400 else warnings)

    def warned_by(self, namespace: str, labels: dict[str, str]) -> str:
        """Return what the server warns of if a namespace gets some labels; it does not get them."""
        value = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}}
        status, body, warnings = self._send("PATCH", f"{self._path(value)}?{_APPLY}&dryRun=All", json.dumps(value))
        assert status == 200, body
        return ", ".join(warnings)

    def delete(self, value: dict[str, Any]) -> None:
        """Remove an object."""
        self._send("DELETE", self._path(value))

    def rights(self, namespace: str, account: str) -> set[tuple[str, ...]]:
        """Return what the API server says that an account may do in its namespace: group, resource, name, verb."""
        groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}")
        return self.rights_of(f"system:serviceaccount:{namespace}:{account}", groups, namespace)

    def rights_of(self, user: str, groups: Iterable[str], namespace: str) -> set[tuple[str, ...]]:
        """Return what somebody of some groups may do in a namespace: group, resource, name, verb; or path, verb."""
        status = self._review("SelfSubjectRulesReview", {"namespace": namespace}, user, groups)
        assert not status["incomplete"]
        paths = {
            (path, verb)
            for rule in status["nonResourceRules"]
            for path in rule["nonResourceURLs"]
            for verb in rule["verbs"]
        }
        return paths | {
            (group, resource, name, verb)
            for rule in status["resourceRules"]
            for group in rule["apiGroups"]
            for resource in rule["resources"]
            for name in rule.get("resourceNames") or [""]
            for verb in rule["verbs"]
        }

    def may(self, user: str, groups: Iterable[str], namespace: str, request: str) -> bool:
        """Tell whether somebody of some groups may make a request: `verb resource[/subresource][.group]`."""
        verb, what = request.split(" ")
        what, _, group = what.partition(".")
        resource, _, subresource = what.partition("/")
        asked = {"verb": verb, "group": group, "resource": resource, "subresource": subresource, "namespace": namespace}
        return self._review("SelfSubjectAccessReview", {"resourceAttributes": asked}, user, groups)["allowed"]

    def issue(self, pod: dict[str, Any], source: dict[str, Any], account: str, user: str = "") -> tuple[str, str]:
        """Ask for a token of a projected volume as the kubelet does, bound to its pod; return it, or why there is none.

        Args:
            pod: as the API server has it.
            source: `serviceAccountToken` of one of its volumes.
            account: whose token it is to be.
            user: who asks: by default the kubelet of the pod's node.
        """
        space, bound = pod["metadata"]["namespace"], {key: pod["metadata"][key] for key in ("name", "uid")}
        spec = {
            "audiences": [source["audience"]] if "audience" in source else [],
            "expirationSeconds": source["expirationSeconds"],
            "boundObjectRef": {"apiVersion": "v1", "kind": "Pod", **bound},
        }
        text = json.dumps({"apiVersion": _TOKENS, "kind": "TokenRequest", "spec": spec})
        node = [("Impersonate-User", f"system:node:{pod['spec']['nodeName']}"), ("Impersonate-Group", "system:nodes")]
        headers = [("Impersonate-User", user), ("Impersonate-Group", "system:masters")] if user else node
        path = f"/api/v1/namespaces/{space}/serviceaccounts/{account}/token"
        status, body, _ = self._send("POST", path, text, headers)
        return (body["status"]["token"], "") if status == 201 else ("", body["message"])

    def reviewed(self, token: str, audience: str) -> dict[str, Any]:
        """Return what the API server says of a token to somebody who takes those of one audience."""
        spec = {"token": token, "audiences": [audience]}
        text = json.dumps({"apiVersion": _TOKENS, "kind": "TokenReview", "spec": spec})
        status, body, _ = self._send("POST", f"/apis/{_TOKENS}/tokenreviews", text)
        assert status == 201, body
        return body["status"]

    def made(self, value: dict[str, Any]) -> dict[str, Any]:
        """Return an object as the API server would keep it; it does not."""
        status, body, _ = self._send("PATCH", f"{self._path(value)}?{_APPLY}&dryRun=All", json.dumps(value))
        assert status < 300, body
        return body

    def _review(self, kind: str, spec: dict[str, Any], user: str, groups: Iterable[str]) -> dict[str, Any]:
        headers = [("Impersonate-User", user)]
        headers += [("Impersonate-Group", group) for group in (*groups, "system:authenticated")]
        text = json.dumps({"apiVersion": _REVIEWS, "kind": kind, "spec": spec})
        status, body, _ = self._send("POST", f"/apis/{_REVIEWS}/{kind.lower()}s", text, headers)
        assert status == 201, body
        return body["status"]

    def _path(self, value: dict[str, Any]) -> str:
        version, metadata = value["apiVersion"], value["metadata"]
        prefix = f"/apis/{version}" if "/" in version else f"/api/{version}"
        resource, namespaced = self._resource(prefix, value["kind"])
        space = f"/namespaces/{metadata['namespace']}" if namespaced else ""
        return f"{prefix}{space}/{resource}/{metadata['name']}"

    def _find(self, prefix: str, kind: str) -> tuple[str, bool]:
        _, body, _ = self._send("GET", prefix)
        [found] = [one for one in body["resources"] if one["kind"] == kind and "/" not in one["name"]]
        return found["name"], found["namespaced"]

    def _send(
        self, method: str, path: str, text: str = "", headers: Iterable[tuple[str, str]] = ()
    ) -> tuple[int, dict[str, Any], list[str]]:
        kind = ("Content-Type", "application/apply-patch+yaml" if method == "PATCH" else "application/json")
        with self._server.asked(f"{method} {path}"):
            status, body, warnings = self._connection.send(method, path, text, [kind, *headers])
            return status, json.loads(body), warnings
