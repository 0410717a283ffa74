"""Cilium opens a host to the App that declared it, once its proxy saw the name answered, and never as what is no host."""

import pytest
from conformance.cilium.judge import evaluation_of, nodes_of, theirs
from conformance.helpers import differences
from harness import app, platform, put, run

from scaffold.reach.model import Name, Pod

pytestmark = pytest.mark.programs("cilium")

ABOUT = "an App that calls hosts by name"
NODE, METADATA, HOST = "127.0.0.1", "169.254.169.254", "198.51.100.7"
DNS = [("UDP", 53), ("TCP", 53)]


@pytest.fixture(scope="module")
def made(catalog):
    calls = app(to=[{"host": "api.example.com", "port": 443}])
    return run(catalog, platform(network={"plugin": "cilium"}), calls, app("other"))


@pytest.fixture(scope="module")
def ask(talk, made):
    """Return what Cilium allows the App, by target and probe, of changed objects."""

    def asked(change=lambda _: None, answered=HOST):
        values = [value for value in made.objects("apps/") if value["kind"] != "Kustomization"]
        values += [value for value in made.objects("namespaces/") if value["kind"] != "Kustomization"]
        [own] = [one for one in values if (one["kind"], one["metadata"]["name"]) == ("CiliumNetworkPolicy", "api")]
        change(own)
        nodes = nodes_of(evaluation_of(made.system, values))
        verdict = theirs(talk("cilium"), nodes, values, [*DNS, ("TCP", 443), ("TCP", 80)], answered)
        named = {at: str(node) for at, node in enumerate(nodes)}

        def of(found, name):
            pairs = {(named[target], probe) for table, source, target, *probe_ in found
                     for probe in [tuple(probe_)] if table == "Egress" and named[source] == name}  # fmt: skip
            return {pair for pair in pairs if pair[0] in hosts | resolvers}

        hosts = {str(node) for node in nodes if isinstance(node, Name)}
        resolvers = {str(node) for node in nodes if isinstance(node, Pod) and ("k8s-app", "kube-dns") in node.labels
                     and node.namespace == "kube-system"}  # fmt: skip
        return Said(values, verdict.refused, of(verdict.allowed, "shop/api"), of(verdict.proxied, "shop/api"),
                    of(verdict.allowed, "shop/other"))  # fmt: skip

    return asked


class Said:
    def __init__(self, values, refused, allowed, proxied, others):
        self.values, self.refused, self.allowed, self.proxied, self.others = values, refused, allowed, proxied, others


RESOLVED = {("kube-system/k8s-app=kube-dns", probe) for probe in DNS}


def test_a_host_is_opened_to_its_app_alone(made, ask, proof):
    said = ask()
    assert said.refused == {}
    assert said.allowed == {("api.example.com", ("TCP", 443)), *RESOLVED}
    assert said.proxied == said.others == RESOLVED
    assert differences(made.system, said.values) == []
    proof("cilium", ABOUT, "accepted")


@pytest.mark.parametrize("address", [METADATA, NODE, "0.0.0.0", "fd00:ec2::254", "fd20:ce::254", "168.63.129.16"])  # noqa: S104  an answer
def test_a_name_opens_no_address_that_is_no_host(ask, proof, address):
    """Its twin: without what is denied, whoever answers for the name opens it."""
    assert ask(answered=address).allowed == RESOLVED
    assert ("api.example.com", ("TCP", 443)) in ask(put("spec", "egressDeny", to=...), address).allowed
    proof("cilium", ABOUT, "twin_refused")


def rules(value):
    return {"toFQDNs" if "toFQDNs" in rule else "dns": rule for rule in value["spec"]["egress"]}


def test_dns_over_udp_alone_shuts_tcp(made, ask):
    said = ask(lambda value: put("toPorts", 0, "ports", to=[{"port": "53", "protocol": "UDP"}])(rules(value)["dns"]))
    assert RESOLVED - said.allowed == {("kube-system/k8s-app=kube-dns", ("TCP", 53))}
    assert differences(made.system, said.values)


def test_without_a_dns_rule_nothing_is_learned(made, ask):
    said = ask(lambda value: rules(value)["dns"]["toPorts"][0].pop("rules"))
    assert said.allowed >= RESOLVED
    assert said.proxied == set()
    assert differences(made.system, said.values)


def test_an_exception_outside_its_network_drops_the_policy(made, ask):
    said = ask(lambda value: value["spec"]["egressDeny"][0]["toCIDRSet"][0].update({"except": ["10.0.0.0/8"]}))
    assert [*said.refused] == ["CiliumNetworkPolicy shop/api"]
    assert said.allowed == set()


def test_two_kinds_of_peers_in_one_rule_drop_the_policy(ask):
    said = ask(lambda value: rules(value)["toFQDNs"].update(toEntities=["world"]))
    assert [*said.refused] == ["CiliumNetworkPolicy shop/api"]
