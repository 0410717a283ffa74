"""Asks an API server over one connection, where kubectl itself is no part of the claim: each kubectl costs a tenth of a second.

Standard library only.
"""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Iterable
from pathlib import Path

_IDLE = 30  # seconds: systems are generated between two requests, and the server waits 90


class Connection:
    """One connection, as an administrator: opened by a request, and again after a pause or an error."""

    def __init__(self, port: int, pki: Path, seconds: float = 30) -> None:
        context = ssl.create_default_context(cafile=str(pki / "ca.crt"))
        context.load_cert_chain(pki / "admin.crt", pki / "admin.key")
        self._connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=seconds)
        self._asked = time.monotonic()

    def close(self) -> None:
        """End the connection; the next request opens another."""
        self._connection.close()

    def send(
        self, method: str, path: str, text: str = "", headers: Iterable[tuple[str, str]] = ()
    ) -> tuple[int, bytes, list[str]]:
        """Return the status of an answer, its body, and what it warns of.

        Raises:
            http.client.HTTPException, OSError: if there is none.
        """
        data = text.encode()
        if time.monotonic() - self._asked > _IDLE:
            self.close()  # before the server does
        self._asked = time.monotonic()
        try:
            self._connection.putrequest(method, path)
            for name, header in (("Content-Length", str(len(data))), *headers):
                self._connection.putheader(name, header)
            self._connection.endheaders(data)
            answer = self._connection.getresponse()
            return answer.status, answer.read(), answer.headers.get_all("Warning") or []
        except BaseException:
            self.close()  # so that the next request is about itself
            raise
