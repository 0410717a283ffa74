"""With our admission defaults a namespace without labels refuses privileged pods and warns of loose ones; exempt ones admit"""

import json
from contextlib import closing

import pytest
import yaml
from conformance.apiserver.client import Client
from conformance.apiserver.requests import CORE
from conformance.cluster import NO_RIGHTS, ClusterError, Server
from conformance.connection import Connection
from conformance.helpers import self_managed

SMALL = ("kubectl", "etcd", "kube-apiserver")
FILE = "control-plane/admission.yaml"
OPEN, LABELLED, STRICT, EXEMPT = "unlabelled", "labelled", "strict", "kube-system"
LABELS = {
    LABELLED: {"pod-security.kubernetes.io/enforce": "privileged"},
    STRICT: {"pod-security.kubernetes.io/enforce": "restricted"},
}
SOUND = {
    "runAsNonRoot": True, "runAsUser": 10001, "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}  # fmt: skip
PODS = {"restricted": SOUND, "baseline": {}, "privileged": {"privileged": True}}
pytestmark = pytest.mark.programs(*SMALL)

# What is said of each pod in each namespace. Only labels may loosen a namespace, and only an exemption silences.
MEANT = {
    (OPEN, "restricted"): "admitted", (OPEN, "baseline"): "warned", (OPEN, "privileged"): "refused",
    (LABELLED, "restricted"): "admitted", (LABELLED, "baseline"): "warned", (LABELLED, "privileged"): "warned",
    (STRICT, "restricted"): "admitted", (STRICT, "baseline"): "refused", (STRICT, "privileged"): "refused",
    (EXEMPT, "restricted"): "admitted", (EXEMPT, "baseline"): "admitted", (EXEMPT, "privileged"): "admitted",
}  # fmt: skip


def namespace(name):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": LABELS.get(name, {})}}


def asked(connection, space, pod):
    """Return what the API server says of a pod: admitted, warned or refused, by Pod Security and by nobody else."""
    spec = {"containers": [{"name": "app", "image": "example.com/app:1", "securityContext": PODS[pod]}]}
    value = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": pod, "namespace": space}, "spec": spec}
    kind = [("Content-Type", "application/json")]
    status, body, warnings = connection.send("POST", f"{CORE}/namespaces/{space}/pods", json.dumps(value), kind)
    if status != 201:
        assert (status, b"violates PodSecurity" in body) == (403, True), body
        return "refused"
    assert all("would violate PodSecurity" in one for one in warnings), warnings
    return "warned" if warnings else "admitted"


def answers(built, folder, configuration):
    """Start an API server with a configuration; return what it says of each pod in each namespace."""
    folder.mkdir()
    files = {name: folder / f"{name}.yaml" for name in ("admission", "audit")}
    files["admission"].write_text(yaml.safe_dump(configuration), "utf-8")
    files["audit"].write_text("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: None}]\n", "utf-8")
    programs = {name: built(name) for name in SMALL}
    flags = NO_RIGHTS | {"admission-control-config-file": str(files["admission"])}
    with Server(programs, folder / "server", audit_policy=files["audit"], flags=flags) as server:
        client = Client(server)
        server.wait("the server's own namespaces", lambda: server.has(f"{CORE}/namespaces/{EXEMPT}"))
        for space in (OPEN, LABELLED, STRICT, EXEMPT):
            if space != EXEMPT:
                client.make(f"{CORE}/namespaces", namespace(space))
            account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
            client.make(f"{CORE}/namespaces/{space}/serviceaccounts", account)
        with closing(Connection(server.port, server.pki)) as connection:
            return {(space, pod): asked(connection, space, pod) for space, pod in MEANT}


def test_every_namespace_without_labels_is_guarded(built, catalog, owned, tmp_path, proof):
    configuration = yaml.safe_load(self_managed(catalog, owned, FILE))
    assert answers(built, tmp_path / "it", configuration) == MEANT
    proof("kube-apiserver", owned, "accepted")


def defaults(**changed):
    return lambda settings: settings["defaults"].update(changed)


def exempt(**changed):
    return lambda settings: settings["exemptions"].update(changed)


# What is broken: how, and what is said otherwise then, of which pod in which namespace.
TWINS = {
    "privileged by default": (defaults(enforce="privileged"), (OPEN, "privileged"), "warned"),
    "nothing is warned of": (defaults(warn="baseline"), (OPEN, "baseline"), "admitted"),
    "an exempt user": (exempt(usernames=["admin"]), (STRICT, "privileged"), "admitted"),
    "an exempt namespace more": (exempt(namespaces=[EXEMPT, OPEN]), (OPEN, "privileged"), "admitted"),
    "no exemption": (exempt(namespaces=[]), (EXEMPT, "privileged"), "refused"),
}


@pytest.mark.parametrize("twin", TWINS)
def test_a_broken_configuration_is_seen(built, catalog, owned, twin, tmp_path, proof):
    change, where, otherwise = TWINS[twin]
    broken = yaml.safe_load(self_managed(catalog, owned, FILE))
    change(broken["plugins"][0]["configuration"])
    said = answers(built, tmp_path / "twin", broken)
    assert said != MEANT
    assert said[where] == otherwise
    proof("kube-apiserver", owned, "twin_refused")


def test_a_level_that_is_none_stops_the_server(built, catalog, owned, tmp_path):
    broken = yaml.safe_load(self_managed(catalog, owned, FILE))
    broken["plugins"][0]["configuration"]["defaults"]["enforce"] = "everything"
    with pytest.raises(ClusterError, match="enforce: must be one of privileged, baseline, restricted"):
        answers(built, tmp_path / "twin", broken)
