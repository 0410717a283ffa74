"""How long does `scaffold graph` take for 2,000 workloads and 8,000 edges? Prints CPU seconds of whole processes.

    python tests/benchmarks/graph.py [WORKLOADS]

From answers; from manifests (a Deployment, a Service and a NetworkPolicy each), as YAML and as JSON; without any policy,
where everybody reaches everybody; with policies of the cluster before and after; one question; and both compared.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
SPACES, CALLS = 20, 4


class _Plain(yaml.CSafeDumper):
    """Writes out what is there twice: anchors are not read."""

    def ignore_aliases(self, data: object) -> bool:
        """Tell that nothing is an alias."""
        return True


def dump(values: list[dict]) -> str:
    """Return documents as one text."""
    return "---\n".join(yaml.dump(one, Dumper=_Plain, sort_keys=False) for one in values)


def edges(count: int) -> dict[int, list[int]]:
    """Return whom each workload calls: always the same, some in its own namespace, some in others."""
    return {one: sorted({(one * step + step) % count for step in (7, 31, 101, 997)} - {one}) for one in range(count)}


def name(one: int) -> tuple[str, str]:
    """Return the namespace and name of a workload."""
    return f"space-{one % SPACES}", f"app-{one}"


def answers(called: dict[int, list[int]]) -> list[dict]:
    """Return an App document for each workload; both sides declare a flow, as between teams."""
    callers: dict[int, list[int]] = defaultdict(list)
    for one, several in called.items():
        for other in several:
            callers[other].append(one)
    return [
        {
            "apiVersion": "scaffold/v1", "kind": "App", "metadata": dict(zip(("namespace", "name"), name(one), strict=True)),
            "spec": {
                "image": f"registry.example.com/app-{one}:1", "ports": {"http": {"port": 8080, "protocol": "http"}},
                "to": [{"app": name(other)[1], "namespace": name(other)[0], "port": "http"} for other in several],
                "from": [{"app": name(other)[1], "namespace": name(other)[0], "port": "http"} for other in callers[one]],
            },
        }
        for one, several in called.items()
    ]  # fmt: skip


def peer(one: int) -> dict:
    """Return the pods of a workload, as a policy names them."""
    space, own = name(one)
    return {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": space}},
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": own}},
    }


def ordered() -> list[dict]:
    """Return policies of the whole cluster, which are asked before and after those of each workload."""
    everybody = {"namespaces": {}}
    named = {"namespaces": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    admin = {
        "ingress": [
            {"action": "Accept", "from": [named], "protocols": [{"destinationNamedPort": "http"}]},
            {"action": "Deny", "from": [everybody], "protocols": [{"tcp": {"destinationPort": {"number": 22}}}]},
        ],
        "egress": [{"action": "Deny", "to": [{"networks": ["169.254.169.254/32"]}]}],
    }
    baseline = {"ingress": [{"action": "Deny", "from": [everybody]}]}
    return [
        {
            "apiVersion": "policy.networking.k8s.io/v1alpha2", "kind": "ClusterNetworkPolicy", "metadata": {"name": tier.lower()},
            "spec": {"tier": tier, "priority": 1, "subject": everybody, **rules},
        }
        for tier, rules in (("Admin", admin), ("Baseline", baseline))
    ]  # fmt: skip


DNS = {
    "to": [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
        }
    ],
    "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
}


def manifests(called: dict[int, list[int]]) -> list[dict]:
    """Return the objects of each workload."""
    callers: dict[int, list[int]] = defaultdict(list)
    for one, several in called.items():
        for other in several:
            callers[other].append(one)
    made = []
    for one, several in called.items():
        space, own = name(one)
        metadata, labels = {"namespace": space, "name": own}, {"app.kubernetes.io/name": own}
        container = {
            "name": "app", "image": "registry.example.com/app:1", "ports": [{"name": "http", "containerPort": 8080}],
            "resources": {"requests": {"cpu": "250m", "memory": "256Mi"}, "limits": {"cpu": "250m", "memory": "256Mi"}},
            "securityContext": {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True},
        }  # fmt: skip
        template = {"metadata": {"labels": labels}, "spec": {"serviceAccountName": own, "containers": [container]}}
        port = [{"port": 8080, "protocol": "TCP"}]
        egress = [{"to": [peer(other)], "ports": port} for other in several]
        ingress = [{"from": [peer(other)], "ports": port} for other in callers[one]]
        selector = {"matchLabels": labels}
        policy = {
            "podSelector": selector,
            "policyTypes": ["Ingress", "Egress"],
            "ingress": ingress,
            "egress": [*egress, DNS],
        }
        for api, kind, spec in (
            ("apps/v1", "Deployment", {"replicas": 3, "selector": selector, "template": template}),
            ("v1", "Service", {"selector": labels, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]}),
            ("networking.k8s.io/v1", "NetworkPolicy", policy),
        ):
            made.append({"apiVersion": api, "kind": kind, "metadata": metadata, "spec": spec})
    return made


def timed(*arguments: object) -> tuple[float, int, int]:
    """Run the command; return CPU seconds, exit code, and lines of output."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    before = os.times()
    done = subprocess.run(
        [sys.executable, "-m", "scaffold", "graph", *map(str, arguments)],
        check=False, capture_output=True, text=True, env=env,
    )  # fmt: skip
    after = os.times()
    if done.returncode > 1:
        sys.exit(done.stderr[:2000])
    seconds = after.children_user + after.children_system - before.children_user - before.children_system
    return seconds, done.returncode, done.stdout.count("\n")


def main(count: int) -> None:
    """Measure and print."""
    called = edges(count)
    print(f"{count} workloads, {sum(map(len, called.values()))} edges")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        apps = answers(called)
        for number in range(0, count, 100):
            (work / "answers").mkdir(exist_ok=True)
            (work / "answers" / f"{number}.yaml").write_text(dump(apps[number : number + 100]))
        objects = manifests(called)
        (work / "all.yaml").write_text(dump(objects))
        (work / "all.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
        bare = [one for one in objects if one["kind"] != "NetworkPolicy"]
        (work / "bare.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": bare}))
        items = [*objects, *ordered()]
        (work / "tiers.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
        asked = ["--from", "space-0/app-0", "--to", f"space-{7 % SPACES}/app-7:8080"]
        for what, arguments in (
            ("answers", ["-f", work / "answers"]),
            ("answers, one question", ["-f", work / "answers", *asked]),
            ("manifests (YAML)", [work / "all.yaml"]),
            ("manifests (JSON)", [work / "all.json"]),
            ("manifests (JSON), one question", [work / "all.json", *asked]),
            ("manifests and tiers (JSON)", [work / "tiers.json"]),
            ("manifests without policies", [work / "bare.json"]),
            ("manifests and answers compared", [work / "all.json", "-f", work / "answers"]),
        ):
            seconds, code, lines = timed(*arguments)
            print(f"{what:<32} {seconds:6.2f} s CPU   exit {code}, {lines} lines")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
