"""In a cluster with both families of addresses, each Service has one of either, as the API server gives them."""

import pytest
from conformance.apiserver.conftest import apply
from harness import app, platform, run

ABOUT = "a Platform with both families of addresses"


@pytest.fixture(scope="module")
def made(catalog):
    cluster = platform(ipFamilies=["IPv4", "IPv6"], clusterNetworks=["10.96.0.0/12", "fd00:10:96::/108"],
                       loadBalancers={"edge": {"source": "preserved"}})  # fmt: skip
    callee = app(namespace="families", ports={"http": {"port": 8080}})
    callee["spec"]["from"] = [{"loadBalancer": "edge", "port": "http", "cidrs": ["198.51.100.0/24", "2001:db8::/48"]}]
    state = app(name="state", namespace="families", ports={"http": {"port": 8080}})
    state["spec"]["workload"] = {"kind": "StatefulSet"}
    return run(catalog, callee, state, cluster)


@pytest.fixture(scope="module")
def given(cluster, made):
    """Return how many addresses each Service gets, and their families, with or without its word on them."""
    apply(cluster, [one for one in made.objects("namespaces/") if one["kind"] == "Namespace"])

    def of(word):
        services = [one for one in made.objects("apps/") if one["kind"] == "Service"]
        for one in services:
            one["metadata"] = {**one["metadata"], "name": f"{one['metadata']['name']}-{'with' if word else 'without'}"}
            assert one["spec"]["ipFamilyPolicy"] == "PreferDualStack"
            one["spec"] = {key: value for key, value in one["spec"].items() if word or key != "ipFamilyPolicy"}
        apply(cluster, services)
        there = {one["metadata"]["name"]: one["spec"] for one in cluster.get("services", "families")}
        found = [there[one["metadata"]["name"]] for one in services]
        return [(sorted(one["ipFamilies"]), len(one["clusterIPs"]), one["clusterIP"] == "None") for one in found]

    return of


def test_each_service_has_an_address_of_either(given, proof):
    both = ["IPv4", "IPv6"]
    assert sorted(given(word=True)) == [(both, 1, True), (both, 2, False), (both, 2, False)]
    proof("kube-apiserver", ABOUT, "accepted")


def test_without_a_word_it_has_one(given, proof):
    assert {families for families, *_ in ((tuple(one[0]),) for one in given(word=False))} == {("IPv4",)}
    proof("kube-apiserver", ABOUT, "twin_refused")
