"""A distribution brings what nobody said, and nothing else: every field of the table, under what people wrote."""

from typing import get_args, get_type_hints

import msgspec
import pytest
from harness import app, documents, platform, run

from scaffold.answers.distributions import DISTRIBUTIONS, underlaid
from scaffold.answers.exported import json_schema
from scaffold.answers.load import from_documents
from scaffold.answers.platform import PlatformSpec
from scaffold.documents.reading import read
from scaffold.errors import AnswersError


def specs(catalog, *values):
    """Return what is read of the Platform and of the App, as JSON."""
    [answers] = from_documents(documents(*values), catalog)
    return msgspec.to_builtins(answers.platform.spec), msgspec.to_builtins(answers.apps[0].spec)


def at(value, path):
    for step in path.split("."):
        value = value[step]
    return value


def test_the_schema_and_the_table_name_the_same():
    [names] = [get_args(one) for one in get_args(get_type_hints(PlatformSpec)["distribution"]) if get_args(one)]
    assert list(names) == list(DISTRIBUTIONS)


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_every_field_of_the_table_is_brought(catalog, name):
    read, own = specs(catalog, app(), platform(distribution=name))
    assert {path: at(read, path) for path in DISTRIBUTIONS[name].platform} == DISTRIBUTIONS[name].platform
    assert {path: at(own, path) for path in DISTRIBUTIONS[name].app} == DISTRIBUTIONS[name].app


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_the_schema_says_what_each_brings(catalog, name):
    text = json_schema(catalog.kinds, "Platform")["$defs"]["PlatformSpec"]["properties"]["distribution"]["description"]
    assert f"{name} brings" in text
    assert [path for path in DISTRIBUTIONS[name].platform if f"{path}: " not in text] == []


def test_without_one_nothing_is_brought(catalog):
    assert specs(catalog, app(), platform()) == specs(catalog, app())


def test_what_people_say_wins_field_by_field(catalog):
    own = {"labels": {"app": "coredns"}, "cidrs": []}
    read, _ = specs(catalog, app(), platform(distribution="gke", dns=own, controlPlane="managed"))
    assert read["dns"] == {"namespace": "kube-system", "port": 53, "cache": {"k8s-app": "node-local-dns"}, **own}
    said, _ = specs(catalog, app(), platform(distribution="kubeadm", controlPlane="managed"))
    assert said["controlPlane"] == "managed"


def test_what_is_set_for_a_run_wins_and_may_name_one(catalog):
    sets = ["platform:spec.distribution=openshift", "platform:spec.dns.port=53"]
    dns = from_documents(documents(app()), catalog, sets=sets)[0].platform.spec.dns
    assert (dns.namespace, dns.port) == ("openshift-dns", 53)


def premises(catalog, **cluster):
    needed = run(catalog, app(), platform(**cluster)).system.requirements
    return [what for _, what in needed if what in {one.premise for one in DISTRIBUTIONS.values()}]


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_what_it_takes_for_granted_is_written_down_unless_something_else_is_said(catalog, name):
    assert premises(catalog, distribution=name) == [DISTRIBUTIONS[name].premise]
    assert premises(catalog, distribution=name, dns={"namespace": "dns"}) == []
    assert premises(catalog) == []


BROKEN = {
    "a null": ("dns: null", "3:13: spec.dns: expected a mapping, not nothing"),
    "a word": ("dns: here", '3:13: spec.dns: expected a mapping, not "here"'),
    "a field of another type": ("dns: {port: x}", '3:20: spec.dns.port: expected a port number, 1 to 65535, not "x"'),
}


@pytest.mark.parametrize("name", BROKEN)
def test_it_covers_no_mistake(catalog, name):
    text, message = BROKEN[name]
    lines = (
        f"apiVersion: scaffold/v1\nkind: Platform\nspec: {{{text}, distribution: openshift}}\nmetadata: {{name: a}}\n"
    )
    with pytest.raises(AnswersError) as caught:
        from_documents([*documents(app()), *read(lines.encode(), "p.yaml")[0]], catalog)
    assert [str(problem).splitlines()[0] for problem in caught.value.problems] == [f"p.yaml:{message}"]


@pytest.mark.parametrize(
    "value", ["text", [], {}, {"kind": "Platform"}, {"kind": "Platform", "spec": ["distribution"]}]
)
def test_any_document_is_read_beside_it(value):
    others = documents(platform(distribution="openshift"), value)
    assert underlaid(others)[1].value == value
    assert underlaid(others[1:])[0].value == value
