"""Workloads yield pods that Pod Security admits at restricted, v1.30 to latest, without a warning; all of them run."""

import copy
import json

import pytest
import yaml
from conformance.apiserver.conftest import fewest
from conformance.helpers import objects, paths, with_init

from scaffold.checks.pod_security.exceeded_quota import most, quantity
from scaffold.reach.manifests import template_of

VERSIONS = ("v1.30", "v1.31", "v1.32", "v1.33", "v1.34", "v1.35", "v1.36", "latest")


def workloads(example):
    return [value for value in objects(paths(example / "bundle")) if template_of(value) is not None]


def relabelled(api, namespace, version):
    """Ask what Pod Security says about the pods that are there, at restricted of some version."""
    label = "pod-security.kubernetes.io/enforce"
    return api.warned_by(namespace, {label: "restricted", f"{label}-version": version})


def run_once(cluster, value):
    """Start a CronJob's run now."""
    name, namespace = value["metadata"]["name"], value["metadata"]["namespace"]
    cluster.kubectl("create", "job", "-n", namespace, f"{name}-now", f"--from=cronjob/{name}")


def phases(cluster, value):
    """Return the phases of a workload's pods."""
    name = template_of(value)[0]["metadata"]["labels"]["app.kubernetes.io/name"]
    pods = cluster.get("pods", value["metadata"]["namespace"], labelSelector=f"app.kubernetes.io/name={name}")
    return [pod["status"]["phase"] for pod in pods]


def test_all_pods_run(applied, cluster, example):
    """What serves is Running, as many times as was asked; what ends has run to its end."""
    for value in workloads(example):
        if value["kind"] == "CronJob":
            run_once(cluster, value)
        ends = value["kind"] in {"CronJob", "Job"}
        expected = ["Succeeded"] if ends else ["Running"] * fewest(example, value)
        what = f"pods of {value['metadata']['name']}: {expected}"
        cluster.wait(what, lambda: phases(cluster, value) == expected)  # noqa: B023  called at once


def test_pods_are_admitted_at_restricted_of_every_version(applied, cluster, api, example, proof):
    for namespace in {value["metadata"]["namespace"] for value in workloads(example)}:
        assert cluster.get("pods", namespace)
        assert {version: relabelled(api, namespace, version) for version in VERSIONS} == dict.fromkeys(VERSIONS, "")
        [labels] = [
            value["metadata"]["labels"] for value in cluster.get("namespaces") if value["metadata"]["name"] == namespace
        ]
        assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
        events = cluster.get("events", namespace, fieldSelector="type=Warning")
        assert [event["message"] for event in events if event["reason"] == "FailedCreate"] == []
    proof("kube-apiserver", example, "accepted")


def test_every_version_would_see_a_pod_that_is_not_restricted(cluster, api, example):
    """Else the silence above would prove nothing."""
    namespace = f"twin-{example.name}"
    cluster.kubectl("create", "namespace", namespace)
    cluster.kubectl("run", "-n", namespace, "twin", "--image=example.com/twin:1", "--privileged")
    for version in VERSIONS:
        assert "existing pods in namespace" in relabelled(api, namespace, version), version


def used(cluster, namespace):
    """Return what the API server counts against the quota of a namespace, and what we count of the pods there."""
    [quota] = cluster.get("resourcequotas", namespace)
    pods = [pod["spec"] for pod in cluster.get("pods", namespace) if pod["status"]["phase"] == "Running"]
    counts = {
        f"{kind}.{resource}": sum(
            most(pod.get("initContainers", ()), pod["containers"], kind, resource) for pod in pods
        )
        for kind in ("requests", "limits")
        for resource in ("cpu", "memory", "ephemeral-storage")
    }
    return {name: quantity(quota["status"]["used"][name]) for name in counts}, counts


def test_the_quota_is_used_as_we_reckon(applied, cluster, example):
    """Of init containers the largest counts, and only where it is larger than what serves."""
    for namespace in {value["metadata"]["namespace"] for value in workloads(example)}:

        def same(namespace=namespace):
            theirs, ours = used(cluster, namespace)
            return theirs == ours

        cluster.wait(f"what {namespace} uses: {used(cluster, namespace)}", same)


def test_images_are_pulled_with_the_secret_of_the_account(applied, cluster, example):
    """The API server puts it into the pods, which name none of their own."""
    for value in workloads(example):
        pod, _ = template_of(value)
        account = pod["spec"]["serviceAccountName"]
        [found] = [
            one for one in cluster.get("serviceaccounts", value["metadata"]["namespace"])
            if one["metadata"]["name"] == account
        ]  # fmt: skip
        for made in cluster.get("pods", value["metadata"]["namespace"]):
            if made["spec"]["serviceAccountName"] == account:
                assert made["spec"].get("imagePullSecrets") == found.get("imagePullSecrets")


@pytest.mark.parametrize("key", ["containers", "initContainers"])
def test_a_privileged_pod_is_not_made(applied, cluster, example, proof, key):
    """The Deployment is accepted, with a warning; the pod is not."""
    value = copy.deepcopy(workloads(example)[0])
    pod, _ = template_of(value)
    name, namespace = f"{value['metadata']['name']}-twin-{key.lower()}", value["metadata"]["namespace"]
    pod["metadata"]["labels"]["app.kubernetes.io/name"] = name
    pod["spec"]["restartPolicy"] = "Always"
    with_init(pod["spec"], lambda one: one)
    for container in (*pod["spec"]["containers"], *pod["spec"]["initContainers"]):
        container["volumeMounts"] = []  # a claim's volume is not the pod's own
    spec = {"replicas": 1, "selector": {"matchLabels": {"app.kubernetes.io/name": name}}, "template": pod}
    metadata = {"name": name, "namespace": namespace}
    value = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}
    container = value["spec"]["template"]["spec"][key][-1]
    container["securityContext"] |= {"privileged": True, "allowPrivilegeEscalation": True}
    done = cluster.kubectl("apply", "--server-side", "-f", "-", text=json.dumps(value))
    assert 'would violate PodSecurity "restricted:' in done.stderr, yaml.safe_dump(value)

    def refused():
        events = cluster.get("events", namespace, fieldSelector="reason=FailedCreate")
        return any(
            'violates PodSecurity "restricted:' in event["message"] and name in event["message"] for event in events
        )

    cluster.wait("the pod is refused", refused, seconds=30)
    assert cluster.get("pods", namespace, labelSelector=f"app.kubernetes.io/name={name}") == []
    cluster.kubectl("delete", "deployment", "-n", namespace, name)
    proof("kube-apiserver", example, "twin_refused")
