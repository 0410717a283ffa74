"""Applications that nobody had in mind here, described from their own manifests: what can be said of them holds.

What can not be said is asserted, too: who makes it possible finds here what it was wanted for.
"""

from collections import Counter
from pathlib import Path

import pytest
from harness import Run, loaded_all, pointer, put, run, run_answers

from scaffold.answers.load import load
from scaffold.errors import AnswersError
from scaffold.verify import verify

FOLDER = Path(__file__).parent / "applications"
# What people are told of each. No error: with one, nothing would be written.
FINDINGS = {
    "fluent-bit": {},
    "gitea": {
        ("warning", "network/open-internet"): 1,
        ("warning", "pod-security/low-id"): 2,
    },
    "mastodon": {
        ("note", "pod-security/unanswered-health"): 1,
        ("warning", "mesh/unencrypted-caller"): 2,
        ("warning", "network/open-internet"): 6,
        ("warning", "pod-security/low-id"): 7,
        ("warning", "pod-security/same-health"): 1,
        ("warning", "secrets/unrotated-secret"): 4,
    },
}
# What their own manifests say, and the workload has to: a pointer below the pod's spec.
PODS = {
    "fluent-bit runs what the chart runs": (
        *("fluent-bit", "collectors/fluent-bit/base/daemon-set.yaml"),
        {
            "/containers/0/command": ["/fluent-bit/bin/fluent-bit"],
            "/containers/0/args/1": "--config=/fluent-bit/etc/conf/fluent-bit.conf",
            "/containers/0/readinessProbe/httpGet": {"path": "/api/v1/health", "port": "http"},
        },
    ),
    "gitea runs as its image does": (
        *("gitea", "git/gitea/base/stateful-set.yaml"),
        {
            "/securityContext/runAsUser": 1000,
            "/securityContext/fsGroup": 1000,
            "/initContainers/0/command": ["bash", "/etc/gitea-prepare/prepare.sh"],
            "/containers/0/volumeMounts/0": {"name": "etc-gitea", "mountPath": "/etc/gitea"},
        },
    ),
    "postgres is asked as its healthcheck does": (
        *("gitea", "git/postgres/base/stateful-set.yaml"),
        {
            "/securityContext/runAsUser": 999,
            "/terminationGracePeriodSeconds": 120,
            "/containers/0/readinessProbe/exec/command": ["pg_isready", "-U", "gitea", "-d", "gitea"],
        },
    ),
    "an exporter beside mastodon reads its mapping": (
        *("mastodon", "social/web/base/deployment.yaml"),
        {
            "/initContainers/0/restartPolicy": "Always",
            "/initContainers/0/securityContext/runAsUser": 991,
            "/initContainers/0/ports": [{"name": "metrics", "containerPort": 9102, "protocol": "TCP"}],
            "/initContainers/0/volumeMounts/1/mountPath": "/statsd-mappings",
        },
    ),
    "redis has another group than user": (
        *("mastodon", "social/redis/base/stateful-set.yaml"),
        {"/securityContext/runAsUser": 999, "/securityContext/runAsGroup": 1000, "/securityContext/fsGroup": 1000},
    ),
}
# What their own manifests say, and an App can not: what one would write for it, and why it is refused.
UNSAID = {
    "logs of the node": (
        *("fluent-bit", "fluent-bit"),
        put("workload", "volumes", to={"/var/log": {"hostPath": "/var/log"}}),
        "spec.workload.volumes./var/log.hostPath: unknown key",
    ),
    "root": ("fluent-bit", "fluent-bit", put("security", "user", to=0), "0 is root"),
    "pods of every namespace": (
        *("fluent-bit", "fluent-bit"),
        put("permissions", to=[{"resources": ["namespaces", "pods"], "verbs": ["get", "list", "watch"]}]),
        "namespaces belong to the cluster",
    ),
    "every node": (
        *("fluent-bit", "fluent-bit"),
        put("workload", "tolerations", to=[{"operator": "Exists"}]),
        "spec.workload.tolerations: unknown key",
    ),
    "SSH from outside": (
        *("gitea", "gitea"),
        put("from", 1, to={"gateway": "public", "port": "ssh", "host": "ssh.example.com"}),
        "ssh is no HTTP port: a gateway routes requests",
    ),
    "SSH on port 22 of its Service": (
        *("gitea", "gitea"),
        put("ports", "ssh", "service", to=22),
        "nothing maps its ports",
    ),
    "shared memory": (
        *("gitea", "postgres"),
        put("security", "writable", "/dev/shm", to="256Mi"),  # noqa: S108  in the container
        "spec.security.writable./dev/shm: an empty directory there would hide what the image has",
    ),
    "a volume of many pods": (
        *("mastodon", "web"),
        put("workload", "volumes", to={"/opt/mastodon/public/system": {"size": "100Gi"}}),
        "a Deployment has no volumes",
    ),
    "any other server": (
        *("mastodon", "web"),
        put("to", 3, to={"cidr": "0.0.0.0/0", "port": 443}),
        "for any public address, a host with internet: true",
    ),
    "one after the other": (
        *("mastodon", "sidekiq"),
        put("workload", to={"replicas": 1, "strategy": "Recreate"}),
        "spec.workload.strategy: unknown key",
    ),
    "a slow probe": (
        *("mastodon", "redis"),
        put("health", "ready", to={"exec": ["redis-cli", "ping"], "timeout": 5}),
        "spec.health.ready.timeout: unknown key",
    ),
    "settings of several Apps": (
        *("mastodon", "web"),
        put("config", "from", to=["rails"]),
        "spec.config.from: unknown key",
    ),
}


@pytest.fixture(scope="module")
def made(catalog) -> dict[str, Run]:
    return {name: run_answers(catalog, *load([str(FOLDER / f"{name}.yaml")], catalog)) for name in FINDINGS}


def test_every_application_is_here():
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(FINDINGS)


@pytest.mark.parametrize("name", FINDINGS)
def test_an_application_is_verified(made, name):
    """It passes, and what people are told of it is what is known here."""
    found = verify(made[name].bundle, made[name].system).findings
    assert Counter((finding.severity, finding.check) for finding in found) == FINDINGS[name]


@pytest.mark.parametrize("name", FINDINGS)
def test_an_application_is_admitted_at_restricted(made, name):
    """No exception was needed: its namespaces enforce what verification has judged its pods by."""
    spaces = [found for found in made[name].objects("namespaces/") if found["kind"] == "Namespace"]
    levels = [space["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] for space in spaces]
    assert levels == ["restricted"] * len(made[name].system.namespaces)


@pytest.mark.parametrize(("name", "path", "expected"), PODS.values(), ids=PODS)
def test_a_pod_is_what_the_manifests_say(made, name, path, expected):
    pod = made[name].object(f"apps/{path}")["spec"]["template"]["spec"]
    assert {at: pointer(pod, at) for at in expected} == expected


@pytest.mark.parametrize(("name", "app", "change", "why"), UNSAID.values(), ids=UNSAID)
def test_what_an_application_can_not_say_is_refused(catalog, name, app, change, why):
    documents = loaded_all((FOLDER / f"{name}.yaml").read_text("utf-8"))
    [one] = [found for found in documents if found["metadata"]["name"] == app]
    change(one["spec"])
    with pytest.raises(AnswersError) as refused:
        run(catalog, *documents)
    assert why in str(refused.value)
