"""Ports for servers on loopback. Standard library only."""

from __future__ import annotations

import contextlib
import os
import socket


def free_ports(count: int) -> list[int]:
    """Return free loopback ports below the ephemeral range, so that no outgoing connection takes one meanwhile."""
    found: list[int] = []
    for port in range(20000 + os.getpid() * 7 % 11000, 32000):
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                tried.bind(("127.0.0.1", port))
                found.append(port)
        if len(found) == count:
            return found
    raise OSError("no free port between 20000 and 32000")
