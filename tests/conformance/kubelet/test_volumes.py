"""The kubelet writes the files of secrets so that the process's own group may read them, and nobody else, nor write them

By its own code, for each example's pods. The twins: a mode that lets everybody read or the group write, and no group of the pod.
"""

import copy
import json
import os
from itertools import chain

import pytest
from conformance.helpers import objects, paths
from harness import EXAMPLES, put

from scaffold.reach.manifests import template_of

pytestmark = pytest.mark.programs("kubelet-volumes")

PROGRAM = "kubelet-volumes"
READ_BY_GROUP = 0o440


def sources(volume):
    """Return what a volume is made of: by itself, or of several projected together."""
    return volume.get("projected", {}).get("sources", [volume])


def holds_secret(volume):
    return any("secret" in one for one in sources(volume))


def pods(folder):
    """Return the pods of an example that read files of secrets; only root may give a file to a group that it is not in."""
    found = [template_of(value)[0] for value in objects(paths(folder / "bundle")) if template_of(value)]
    for number, pod in enumerate(found):
        pod["metadata"] = {"name": f"pod-{number}", "namespace": "default", "uid": f"uid-{number}"}
        if os.getuid():
            pod["spec"]["securityContext"]["fsGroup"] = os.getgid()
    return [pod for pod in found if any(map(holds_secret, pod["spec"].get("volumes", ())))]


READING = [path for path in EXAMPLES if pods(path)]


@pytest.fixture(params=READING, ids=[path.name for path in READING], scope="module")
def reading(request):
    """One example after the other whose pods read secrets from files."""
    return request.param


def existing(pod):
    """Return what the pod's volumes are made of, with something under each key."""
    found = {"secrets": [], "configMaps": []}
    for one in chain.from_iterable(map(sources, pod["spec"]["volumes"])):
        for key, kind, data in (("secret", "secrets", "data"), ("configMap", "configMaps", "binaryData")):
            if key in one:
                name = one[key].get("secretName") or one[key]["name"]
                keys = {item["key"]: "eA==" for item in one[key]["items"]}
                found[kind].append({"metadata": {"name": name, "namespace": "default"}, data: keys})
    return found


@pytest.fixture
def written(run):
    """Return the mode and group of each file of a secret, with its pod's group, by the kubelet's code."""

    def ask(asked):
        done = run(PROGRAM, text=json.dumps([{"pod": pod, **existing(pod)} for pod in asked]))
        assert done.returncode == 0, done.stderr
        return [
            (file["mode"], file["group"], pod["spec"]["securityContext"].get("fsGroup"))
            for pod, volumes in zip(asked, json.loads(done.stdout), strict=True)
            for volume in pod["spec"]["volumes"] if holds_secret(volume)
            for file in volumes[volume["name"]].values()
        ]  # fmt: skip

    return ask


def of_one_group(files):
    return bool(files) and all(mode == READ_BY_GROUP and group == own for mode, group, own in files)


def test_only_the_processs_group_reads_them(written, reading, proof):
    """That group is the process's own; and where they are mounted, nothing is written."""
    asked = pods(reading)
    assert of_one_group(written(asked))
    for pod in asked:
        context, names = (
            pod["spec"]["securityContext"],
            {one["name"] for one in pod["spec"]["volumes"] if holds_secret(one)},
        )
        containers = [*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"]]
        mounts = [mount for one in containers for mount in one.get("volumeMounts", ()) if mount["name"] in names]
        assert mounts
        assert all(mount.get("readOnly") for mount in mounts)
        assert os.getuid() or context["fsGroup"] == context["runAsGroup"]
    proof(PROGRAM, reading, "accepted")


def of_mode(mode):
    def change(pod):
        for volume in filter(holds_secret, pod["spec"]["volumes"]):
            (volume.get("projected") or volume["secret"])["defaultMode"] = mode

    return change


TWINS = {"read by everybody": of_mode(0o444), "written by the group": of_mode(0o460), "by default": of_mode(0o644)}
if not os.getuid():  # else the group that it is given is the one that it has anyway
    TWINS["of no group"] = put("spec", "securityContext", "fsGroup", to=...)


@pytest.mark.parametrize("name", TWINS)
def test_a_broken_twin_is_noticed(written, reading, name, proof):
    asked = copy.deepcopy(pods(reading))
    for pod in asked:
        TWINS[name](pod)
    assert not of_one_group(written(asked))
    proof(PROGRAM, reading, "twin_refused")
