"""Sends requests as they are, by anybody: kubectl neither chooses an Audit-ID nor opens a stream that leads nowhere."""

from __future__ import annotations

import contextlib
import http.client
import json
import ssl
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from conformance.apiserver.requests import PATCHES, Request
from conformance.cluster import Server

CERTIFIED = ("admin", "jane", "node", "controller-manager", "scheduler", "server")


class Client:
    """Sends requests by those with a certificate, by those with a token, and by nobody."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._contexts = {who: self._context(who) for who in ("", *CERTIFIED)}
        # Who acts as another is judged by who they are.
        self._headers = {"impersonator": {"Impersonate-User": "system:kube-controller-manager"}}

    def trust(self, who: str, token: str) -> None:
        """Let somebody show a token."""
        self._headers[who] = {"Authorization": f"Bearer {token}"}

    def send(self, request: Request) -> tuple[int, str]:
        """Return the status and the body of the answer; of a stream, its first line."""
        certified = {"impersonator": "admin"}.get(request.who, request.who)
        context = self._contexts[certified if certified in CERTIFIED else ""]
        connection = http.client.HTTPSConnection("127.0.0.1", self._server.port, context=context, timeout=30)
        with contextlib.closing(connection), self._server.asked(request.name):
            method, path = request.call.split(" ", 1)
            body = None if request.body is None else json.dumps(request.body)
            connection.request(method, path, body, {**self._headers.get(request.who, {}), **_headers(request)})
            answer = connection.getresponse()
            streams = request.upgrade or "watch" in request.call
            return answer.status, "" if answer.status == 101 else (answer.readline() if streams else answer.read()).decode()  # fmt: skip

    def make(self, path: str, value: Mapping[str, Any]) -> Any:
        """Create an object that the requests are about, or ask for a token."""
        status, text = self.send(Request("setup", "admin", f"POST {path}", "", 201, value))
        assert status == 201, text
        return json.loads(text)

    def _context(self, who: str) -> ssl.SSLContext:
        pki = self._server.pki
        made = ssl.create_default_context(cafile=str(pki / "ca.crt"))
        if who:
            made.load_cert_chain(pki / f"{who}.crt", pki / f"{who}.key")
        return made


def _headers(request: Request) -> dict[str, str]:
    kind = f"application/{PATCHES[request.patch]}" if request.patch else "application/json"
    found = {"Audit-ID": request.name, "Content-Type": kind}
    if request.upgrade:
        found |= {"Connection": "Upgrade", "Upgrade": "SPDY/3.1", "X-Stream-Protocol-Version": "v4.channel.k8s.io"}
    return found


class _Kubelet(BaseHTTPRequestHandler):
    """Lets everybody in, and hangs up."""

    def do_POST(self) -> None:
        self.send_response(101)
        self.send_header("Connection", "Upgrade")
        self.send_header("Upgrade", "SPDY/3.1")
        self.end_headers()
        self.close_connection = True

    do_GET = do_POST  # noqa: N815  the base class' spelling

    def log_message(self, *_: object) -> None:
        """Say nothing: the API server's log is the one that is read."""


@contextlib.contextmanager
def kubelet(server: Server) -> Iterator[int]:
    """Run something that the API server takes for a kubelet, so that streams into pods are really opened; give its port."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(server.pki / "server.crt", server.pki / "server.key")
    with ThreadingHTTPServer(("127.0.0.1", 0), _Kubelet) as made:
        made.socket = context.wrap_socket(made.socket, server_side=True)
        thread = Thread(target=made.serve_forever, daemon=True)
        thread.start()
        yield made.server_port
        made.shutdown()
        thread.join()
