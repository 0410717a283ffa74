"""Certificates of a control plane, and of those who ask it something. Standard library only."""

from __future__ import annotations

import subprocess
import tempfile
from functools import cache, partial
from pathlib import Path

_SERVERS = ("IP:127.0.0.1", "IP:10.96.0.1", "DNS:localhost", "DNS:kubernetes.default.svc")
CLIENTS = {
    "admin": "/O=system:masters/CN=admin",
    "controller-manager": "/CN=system:kube-controller-manager",
    "scheduler": "/CN=system:kube-scheduler",
    "node": "/O=system:nodes/CN=system:node:node-0",
    "jane": "/CN=jane",  # a person without any rights
}


def write(folder: Path) -> None:
    """Write an authority, what it signed for the server and each client, and the key of ServiceAccounts' tokens.

    Raises:
        OSError: if openssl fails; with what it said.
    """
    for name, data in _made().items():
        (folder / name).touch(mode=0o600)
        (folder / name).write_bytes(data)


@cache
def _made() -> dict[str, bytes]:
    """Return the files by name: made once for all servers of a process, since openssl has to be asked fifteen times."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        _make(folder)
        return {path.name: path.read_bytes() for path in folder.iterdir()}


def _make(folder: Path) -> None:
    openssl = partial(_openssl, folder)
    elliptic = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl(
        "req", "-x509", *elliptic, "-keyout", "ca.key", "-out", "ca.crt", "-days", "30", "-subj", "/CN=conformance",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign,digitalSignature",
    )  # fmt: skip
    server = f"subjectAltName={','.join(_SERVERS)}\nextendedKeyUsage=serverAuth\n"
    clients = {name: (subject, "extendedKeyUsage=clientAuth\n") for name, subject in CLIENTS.items()}
    for name, (subject, extensions) in {"server": ("/CN=kube-apiserver", server), **clients}.items():
        (folder / f"{name}.ext").write_text(extensions, "utf-8")
        openssl("req", *elliptic, "-keyout", f"{name}.key", "-subj", subject, "-out", f"{name}.csr")
        openssl(
            "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
            "-days", "30", "-extfile", f"{name}.ext", "-out", f"{name}.crt",
        )  # fmt: skip
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "accounts.key")
    openssl("pkey", "-in", "accounts.key", "-pubout", "-out", "accounts.pub")


def _openssl(folder: Path, *arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True, umask=0o077, check=False)
    if done.returncode:
        raise OSError(f"openssl {' '.join(arguments)}: {done.stderr}")
