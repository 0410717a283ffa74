"""Applies thousands of objects quickly: over one connection, as an administrator; nothing is kept unless asked."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from collections.abc import Iterable
from functools import cache
from typing import Any

import yaml
from conformance.cluster import ClusterError, Server

_REVIEWS = "authorization.k8s.io/v1"
_IDLE = 30  # seconds: systems are generated between two requests, and the server waits 90
_APPLY = "fieldManager=conformance&force=true&fieldValidation=Strict"


class Api:
    """One connection to an API server."""

    def __init__(self, server: Server) -> None:
        context = ssl.create_default_context(cafile=str(server.pki / "ca.crt"))
        context.load_cert_chain(server.pki / "admin.crt", server.pki / "admin.key")
        self._server = server
        self._connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=context, timeout=30)
        self._asked = time.monotonic()
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

    def delete(self, value: dict[str, Any]) -> None:
        """Remove an object."""
        self._send("DELETE", self._path(value))

    def rights(self, namespace: str, account: str) -> set[tuple[str, ...]]:
        """Return what the API server says that an account may do in its namespace: group, resource, name, verb."""
        groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}")
        return self.rights_of(f"system:serviceaccount:{namespace}:{account}", groups, namespace)

    def rights_of(self, user: str, groups: Iterable[str], namespace: str) -> set[tuple[str, ...]]:
        """Return what somebody of some groups may do in a namespace: group, resource, name, verb."""
        status = self._review("SelfSubjectRulesReview", {"namespace": namespace}, user, groups)
        assert not status["incomplete"]
        return {
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
        self, method: str, path: str, text: str = "", headers: list[tuple[str, str]] | None = None
    ) -> tuple[int, dict[str, Any], list[str]]:
        kind = "application/apply-patch+yaml" if method == "PATCH" else "application/json"
        data = text.encode()
        if time.monotonic() - self._asked > _IDLE:
            self._connection.close()  # before the server does; the next request opens another
        self._asked = time.monotonic()
        try:
            with self._server.asked(f"{method} {path}"):
                self._connection.putrequest(method, path)
                for name, header in (("Content-Type", kind), ("Content-Length", str(len(data))), *(headers or ())):
                    self._connection.putheader(name, header)
                self._connection.endheaders(data)
                answer = self._connection.getresponse()
                return answer.status, json.loads(answer.read()), answer.headers.get_all("Warning") or []
        except ClusterError:
            self._connection.close()  # so that the next request is about itself
            raise
