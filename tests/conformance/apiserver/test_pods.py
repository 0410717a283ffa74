"""Deployments yield pods that Pod Security admits at restricted, v1.30 to latest, without a warning; all of them run."""

import json

import yaml
from conformance.helpers import objects, paths

VERSIONS = ("v1.30", "v1.31", "v1.32", "v1.33", "v1.34", "v1.35", "v1.36", "latest")


def deployments(example):
    return [value for value in objects(paths(example / "bundle")) if value["kind"] == "Deployment"]


def relabelled(cluster, namespace, version):
    """Ask what Pod Security says about the pods that are there, at restricted of some version."""
    label = "pod-security.kubernetes.io/enforce"
    labels = (f"{label}=restricted", f"{label}-version={version}")
    return cluster.kubectl("label", "--dry-run=server", "--overwrite", "namespace", namespace, *labels).stderr


def test_all_pods_run(applied, cluster, example):
    for value in deployments(example):
        name, namespace = value["metadata"]["name"], value["metadata"]["namespace"]
        cluster.kubectl("rollout", "status", "-n", namespace, f"deployment/{name}", "--timeout=60s")
        pods = cluster.get("pods", "-n", namespace, "-l", f"app.kubernetes.io/name={name}")
        assert [pod["status"]["phase"] for pod in pods] == ["Running"] * value["spec"]["replicas"]


def test_pods_are_admitted_at_restricted_of_every_version(applied, cluster, example, proof):
    for namespace in {value["metadata"]["namespace"] for value in deployments(example)}:
        assert cluster.get("pods", "-n", namespace)
        assert {version: relabelled(cluster, namespace, version) for version in VERSIONS} == dict.fromkeys(VERSIONS, "")
        [labels] = [
            value["metadata"]["labels"] for value in cluster.get("namespaces") if value["metadata"]["name"] == namespace
        ]
        assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
        events = cluster.get("events", "-n", namespace, "--field-selector=type=Warning")
        assert [event["message"] for event in events if event["reason"] == "FailedCreate"] == []
    proof("kube-apiserver", example, "accepted")


def test_every_version_would_see_a_pod_that_is_not_restricted(cluster, example):
    """Else the silence above would prove nothing."""
    namespace = f"twin-{example.name}"
    cluster.kubectl("create", "namespace", namespace)
    cluster.kubectl("run", "-n", namespace, "twin", "--image=example.com/twin:1", "--privileged")
    for version in VERSIONS:
        assert "existing pods in namespace" in relabelled(cluster, namespace, version), version


def test_a_privileged_pod_is_not_made(applied, cluster, example, proof):
    """The Deployment is accepted, with a warning; the pod is not."""
    value = deployments(example)[0]
    value["metadata"]["name"] += "-twin"
    value["spec"]["replicas"] = 1
    for labels in (value["spec"]["selector"]["matchLabels"], value["spec"]["template"]["metadata"]["labels"]):
        labels["app.kubernetes.io/name"] += "-twin"
    [container, *_] = value["spec"]["template"]["spec"]["containers"]
    container["securityContext"] |= {"privileged": True, "allowPrivilegeEscalation": True}
    namespace, name = value["metadata"]["namespace"], value["metadata"]["name"]
    done = cluster.kubectl("apply", "--server-side", "-f", "-", text=json.dumps(value))
    assert 'would violate PodSecurity "restricted:' in done.stderr, yaml.safe_dump(value)

    def refused():
        events = cluster.get("events", "-n", namespace, "--field-selector=reason=FailedCreate")
        return any(
            'violates PodSecurity "restricted:' in event["message"] and name in event["message"] for event in events
        )

    cluster.wait("the pod is refused", refused, seconds=30)
    assert cluster.get("pods", "-n", namespace, "-l", f"app.kubernetes.io/name={name}") == []
    cluster.kubectl("delete", "deployment", "-n", namespace, name)
    proof("kube-apiserver", example, "twin_refused")
