"""Which pods are in the mesh, as the injection webhook decides."""

import pytest

from scaffold.reach import manifests


def account(namespace=None, labels=None, annotations=None, **spec):
    pod = {"kind": "Pod", "metadata": {"name": "p", "namespace": "n", "labels": labels, "annotations": annotations}, "spec": spec}  # fmt: skip
    space = [{"kind": "Namespace", "metadata": {"name": "n", "labels": namespace}}] if namespace else []
    (found,) = manifests.pods([pod, *space])
    return found.account


ENABLED = {"istio-injection": "enabled"}
INJECT = "sidecar.istio.io/inject"


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({}, ""),
        ({"labels": {INJECT: "true"}}, "default"),
        ({"labels": {INJECT: "true"}, "serviceAccountName": "api"}, "api"),
        ({"labels": {INJECT: "true"}, "hostNetwork": True}, ""),
        ({"namespace": ENABLED}, "default"),
        ({"namespace": {"istio.io/rev": "stable"}}, "default"),
        ({"namespace": ENABLED, "labels": {INJECT: "false"}}, ""),
        ({"namespace": ENABLED, "annotations": {INJECT: "false"}}, ""),
        ({"namespace": {"istio-injection": "disabled"}, "labels": {INJECT: "true"}}, ""),
        ({"annotations": {INJECT: "true"}}, ""),
    ],
)
def test_who_gets_a_sidecar(arguments, found):
    assert account(**arguments) == found


@pytest.mark.parametrize(
    ("annotations", "past"),
    [
        ({}, ()),
        ({"traffic.sidecar.istio.io/excludeInboundPorts": "1, 3"}, (("TCP", 1, 1), ("TCP", 3, 3))),
        ({"traffic.sidecar.istio.io/includeInboundPorts": "8080"}, (("TCP", 0, 8079), ("TCP", 8081, 65535))),
        ({"traffic.sidecar.istio.io/includeInboundPorts": ""}, (("TCP", 0, 65535),)),
        ({"sidecar.istio.io/interceptionMode": "NONE"}, (("TCP", 0, 65535),)),
    ],
)
def test_ports_that_annotations_lead_past_the_sidecar(annotations, past):
    metadata = {"name": "p", "namespace": "n", "labels": {INJECT: "true"}, "annotations": annotations}
    (found,) = manifests.pods([{"kind": "Pod", "metadata": metadata, "spec": {}}])
    assert found.uncaptured == past
