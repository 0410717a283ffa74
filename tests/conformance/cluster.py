"""A control plane on loopback ports: etcd, API server, controller manager, scheduler, and kwok's nodes that only pretend.

`Server` is the first two, which is all that answers requests; `Cluster` adds those that act on objects.

Everything it writes lies in one folder that only its owner can read. What is started is stopped: by `stop`, at the
interpreter's exit, and, where util-linux has `setpriv`, by the kernel when the very process that started it is killed.
Where tests run in several, that is the one with the fixture: if another is killed, its controller say, servers run on until
this one ends.
"""

from __future__ import annotations

import atexit
import base64
import contextlib
import http.client
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self
from urllib.parse import urlencode

from conformance import certificates
from conformance.connection import Connection
from conformance.ports import free_ports
from conformance.processes import MEMORY, start

_SECONDS = 120
_PAUSE = 0.1
_DYING = 2  # seconds: a connection breaks a little before the process that held it is gone
_TAIL = 12
_NODES = 3
_GROUPS = {
    "customresourcedefinitions": "/apis/apiextensions.k8s.io/v1",
    "endpointslices": "/apis/discovery.k8s.io/v1",
}
NO_FLAGS: Mapping[str, str] = MappingProxyType({})
# For claims that are about nobody's rights: without roles and queues a start costs little more than half.
NO_RIGHTS: Mapping[str, str] = MappingProxyType(
    {"authorization-mode": "AlwaysAllow", "enable-priority-and-fairness": "false"}
)
_CAPACITY = {"cpu": "32", "memory": "256Gi", "pods": "110", "ephemeral-storage": "512Gi"}


class ClusterError(Exception):
    """A step failed; the message names it and shows the ends of the logs."""


class Server:
    """etcd and one API server, without anybody who acts on objects; a context manager that starts and stops it."""

    def __init__(
        self, programs: Mapping[str, Path], folder: Path, *, audit_policy: Path, flags: Mapping[str, str] = NO_FLAGS
    ) -> None:
        """Take the programs, and more flags of the API server, which beat those that it has anyway."""
        self._programs, self._folder, self._audit, self._flags = programs, folder, audit_policy, flags
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._connection: Connection | None = None
        self.pki = folder / "pki"
        self.kubeconfig = folder / "admin.kubeconfig"
        self.audit_log = folder / "audit.log"
        self.port = 0
        self.etcd = ""

    def __enter__(self) -> Self:
        atexit.register(self.stop)
        try:
            self._start()
        except BaseException as error:
            self.stop()
            if isinstance(error, OSError):
                raise ClusterError(f"cluster: {error}; logs are in {self._folder / 'log'}{self._tails()}") from error
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        atexit.unregister(self.stop)

    def stop(self) -> None:
        """Kill everything, in the reverse order; wait until it is gone: nobody reads what it would still write."""
        if self._connection is not None:
            self._connection.close()
        while self._running:
            self._end(next(reversed(self._running)))

    def restart(self, hopeless: str = "") -> None:
        """Restart the API server, which reads its files anew; etcd keeps what is stored.

        Raises:
            ClusterError: if it does not get ready, or at once if it says meanwhile what it never gets over.
        """
        self._end("kube-apiserver")
        try:
            self._start_api_server(hopeless)
        except OSError as error:
            raise ClusterError(f"cluster: {error}{self._tails()}") from error

    def finish(self) -> None:
        """Let the API server end by itself, which takes a second: what it has to log is written then."""
        process = self._running["kube-apiserver"]
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
        self._end("kube-apiserver")

    def _end(self, name: str) -> None:
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def kubectl(self, *arguments: str, text: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run kubectl as an administrator."""
        # A cache of its own: a reused port must not meet another cluster's discovery.
        own = {"KUBECACHEDIR": str(self._folder / "cache"), "KUBECONFIG": str(self.kubeconfig)}
        done = subprocess.run(
            [str(self._programs["kubectl"]), "--request-timeout=60s", *arguments], env={**os.environ, **MEMORY, **own},
            input=text, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if check and done.returncode:
            raise ClusterError(f"cluster: kubectl {' '.join(arguments)}: {done.stderr.strip()}{self._state()}")
        return done

    def get(self, resource: str, namespace: str = "", **selectors: str) -> list[dict]:
        """Return the objects of a resource, of one namespace or of none; `labelSelector` and `fieldSelector` choose."""
        prefix, space = _GROUPS.get(resource, "/api/v1"), f"/namespaces/{namespace}" if namespace else ""
        path = f"{prefix}{space}/{resource}?{urlencode(selectors)}"
        with self.asked(f"GET {path}"):
            status, body, _ = self._connection.send("GET", path)
        if status != http.client.OK:
            raise ClusterError(f"cluster: GET {path}: {body.decode('utf-8', 'replace')}{self._state()}")
        return json.loads(body)["items"]

    def has(self, path: str) -> bool:
        """Tell whether something is there, at a path of the API; of a server that does not answer nothing is."""
        try:
            return self._connection.send("GET", path)[0] == http.client.OK
        except (http.client.HTTPException, OSError):
            return False

    def wait_for_account(self, namespace: str) -> None:
        """Wait until pods of a namespace have an account, without which they are refused."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/default"
        self.wait(f"the ServiceAccount of {namespace}", lambda: self.has(path), seconds=30)

    def wait(self, what: str, reached: Callable[[], bool], seconds: float = _SECONDS) -> None:
        """Ask until something holds; a server that died ends the wait at once."""
        end = time.monotonic() + seconds
        while not reached():
            if dead := self._dead():
                raise ClusterError(f"cluster: {', '.join(dead)} died before: {what}{self._tails()}")
            if time.monotonic() > end:
                raise ClusterError(f"cluster: not reached in {seconds:.0f} s: {what}{self._tails()}")
            time.sleep(_PAUSE)

    @contextlib.contextmanager
    def asked(self, what: str) -> Iterator[None]:
        """Say of a request that fails at its connection who died, if anybody did, and how the logs end."""
        try:
            yield
        except (http.client.HTTPException, OSError) as error:
            raise ClusterError(f"cluster: {what}: {error!r}{self._state()}") from error

    def install_crds(self, paths: Iterable[Path]) -> None:
        """Apply custom resource definitions, of files or folders, and wait until they are served."""
        for path in paths:
            self.kubectl("apply", "--server-side", "--validate=strict", "-f", str(path))
        self.wait("custom resources are served", self._served)

    def _served(self) -> bool:
        if not self.has("/readyz"):
            return False
        conditions = [crd.get("status", {}).get("conditions") or () for crd in self.get("customresourcedefinitions")]
        return all(any((c["type"], c["status"]) == ("Established", "True") for c in one) for one in conditions)

    def _dead(self) -> list[str]:
        return [name for name, process in self._running.items() if process.poll() is not None]

    def _state(self) -> str:
        end = time.monotonic() + _DYING
        while not self._dead() and time.monotonic() < end:
            time.sleep(0.1)
        dead = self._dead()
        return (f"; {', '.join(dead)} died" if dead else "; every server is alive") + self._tails()

    def _tails(self) -> str:
        logs = sorted((self._folder / "log").glob("*.log"))
        ends = [(log, log.read_text("utf-8", "replace").splitlines()[-_TAIL:]) for log in logs]
        return "".join(f"\n--- {log} (end)\n" + "\n".join(lines) for log, lines in ends if lines)

    def _start(self) -> None:
        for name in ("log", "pki", "etcd", "cache"):
            (self._folder / name).mkdir(mode=0o700, parents=True)
        certificates.write(self.pki)
        etcd, peer, self.port = free_ports(3)
        self._connection = Connection(self.port, self.pki)
        for name in certificates.CLIENTS:
            self._write_kubeconfig(name)
        self._start_etcd(etcd, peer)
        self.etcd = f"http://127.0.0.1:{etcd}"
        self._start_api_server()

    def _run(self, name: str, *arguments: str) -> None:
        with (self._folder / "log" / f"{name}.log").open("wb") as log:
            self._running[name] = start(
                [str(self._programs[name]), *arguments], stdout=log, stderr=log, cwd=self._folder,
                env={**os.environ, **MEMORY, "HOME": str(self._folder)},
            )  # fmt: skip

    def _start_etcd(self, port: int, peer: int) -> None:
        client, peers = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{peer}"
        self._run(
            "etcd", "--name=one", f"--data-dir={self._folder / 'etcd'}", "--unsafe-no-fsync", "--log-level=warn",
            f"--listen-client-urls={client}", f"--advertise-client-urls={client}", f"--listen-peer-urls={peers}",
            f"--initial-advertise-peer-urls={peers}", f"--initial-cluster=one={peers}",
        )  # fmt: skip

    def _start_api_server(self, hopeless: str = "") -> None:
        pki = self.pki
        flags = {
            "etcd-servers": self.etcd, "bind-address": "127.0.0.1", "secure-port": self.port,
            "advertise-address": "127.0.0.1", "endpoint-reconciler-type": "none", "cert-dir": pki,
            "tls-cert-file": pki / "server.crt", "tls-private-key-file": pki / "server.key",
            "client-ca-file": pki / "ca.crt", "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
            "service-account-key-file": pki / "accounts.pub", "service-account-signing-key-file": pki / "accounts.key",
            "service-cluster-ip-range": "10.96.0.0/16,fd00:10:96::/112", "authorization-mode": "Node,RBAC", "allow-privileged": "true",
            "enable-admission-plugins": "NodeRestriction", "profiling": "false",
            "audit-policy-file": self._audit, "audit-log-path": self.audit_log, **self._flags,
        }  # fmt: skip
        self._run("kube-apiserver", *(f"--{name}={value}" for name, value in flags.items()))
        self.wait("/readyz", lambda: not self._says(hopeless) and self._ready())

    def _says(self, hopeless: str) -> bool:
        log = self._folder / "log" / "kube-apiserver.log"
        if hopeless and hopeless in log.read_text("utf-8", "replace"):
            raise ClusterError(f"cluster: kube-apiserver says before /readyz: {hopeless}{self._tails()}")
        return False

    def _ready(self) -> bool:
        return self.has("/readyz")

    def _write_kubeconfig(self, name: str) -> None:
        def data(file: str) -> str:
            return base64.b64encode((self.pki / file).read_bytes()).decode()

        server = {"server": f"https://127.0.0.1:{self.port}", "certificate-authority-data": data("ca.crt")}
        user = {"client-certificate-data": data(f"{name}.crt"), "client-key-data": data(f"{name}.key")}
        config = {
            "apiVersion": "v1", "kind": "Config", "current-context": "one",
            "clusters": [{"name": "one", "cluster": server}], "users": [{"name": name, "user": user}],
            "contexts": [{"name": "one", "context": {"cluster": "one", "user": name}}],
        }  # fmt: skip
        path = self._folder / f"{name}.kubeconfig"
        path.touch(mode=0o600)
        path.write_text(json.dumps(config), "utf-8")


class Cluster(Server):
    """A server with those who act on objects: controllers, the scheduler, and nodes."""

    def __init__(self, programs: Mapping[str, Path], folder: Path, *, stages: Path, audit_policy: Path) -> None:
        super().__init__(programs, folder, audit_policy=audit_policy)
        self._stages = stages

    def _start(self) -> None:
        super()._start()
        self._start_controllers()
        for name in ("serviceaccounts/default", "configmaps/kube-root-ca.crt"):
            self.wait(name, lambda name=name: self.has(f"/api/v1/namespaces/default/{name}"))
        self._start_nodes(*free_ports(1))

    def _start_controllers(self) -> None:
        pki = self.pki
        self._run(
            "kube-controller-manager", f"--kubeconfig={self._folder / 'controller-manager.kubeconfig'}",
            "--secure-port=0", "--leader-elect=false", "--use-service-account-credentials=true",
            f"--service-account-private-key-file={pki}/accounts.key", f"--root-ca-file={pki}/ca.crt",
            f"--cluster-signing-cert-file={pki}/ca.crt", f"--cluster-signing-key-file={pki}/ca.key", "--profiling=false",
            "--horizontal-pod-autoscaler-sync-period=2s",  # by default 15: tests would wait
        )  # fmt: skip
        self._run(
            "kube-scheduler", f"--kubeconfig={self._folder / 'scheduler.kubeconfig'}", "--secure-port=0",
            "--leader-elect=false",
        )  # fmt: skip

    def _start_nodes(self, port: int) -> None:
        self._run(
            "kwok", f"--kubeconfig={self.kubeconfig}", f"--config={self._stages}", "--manage-all-nodes",
            "--node-ip=127.0.0.1", f"--node-port={port}", f"--server-address=127.0.0.1:{port}",
            "--node-lease-duration-seconds=40",  # else nodes are taken for dead after a minute, and rollouts stall
        )  # fmt: skip
        # kwok gives no ephemeral storage by itself, without which pods that ask for some stay pending.
        nodes = [
            {
                "apiVersion": "v1", "kind": "Node",
                "metadata": {"name": f"node-{number}", "labels": {"kubernetes.io/hostname": f"node-{number}"}},
                "status": {"allocatable": _CAPACITY, "capacity": _CAPACITY},
            }
            for number in range(_NODES)
        ]  # fmt: skip
        self.kubectl("apply", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": nodes}))
        self.wait("nodes Ready", lambda: all(map(_is_ready, self.get("nodes"))))


def _is_ready(node: dict[str, Any]) -> bool:
    return ("Ready", "True") in {(one["type"], one["status"]) for one in node["status"].get("conditions", ())}
