"""Several Platforms: each sees the Apps with its own environment merged in, and problems say whose they are."""

import pytest
from harness import app, documents, platform, run_answers

from scaffold.answers.load import from_documents
from scaffold.errors import AnswersError, FindingsError
from scaffold.platforms import parts, together

SPEC = {
    "workload": {"replicas": 3},
    "ports": {"http": {"port": 8080, "protocol": "http"}, "admin": {"port": 9090}},
    "health": {"ready": {"http": "/readyz"}, "live": {"http": "/livez"}},
    "to": [{"cidr": "203.0.113.0/24", "port": 443}],
    "config": {"env": {"LEVEL": "info", "COLOUR": "no"}},
}
STAGING = {
    "workload": {"replicas": 1},
    "ports": {"admin": None, "http": {"port": 8081}},
    "health": {"live": None},
    "to": [{"cidr": "198.51.100.0/24", "port": 443}],
    "config": {"env": {"LEVEL": "debug"}, "files": {"/etc/api/a": "b"}},
}
MERGED = {
    "workload": {"replicas": 1},
    "ports": {"http": {"port": 8081, "protocol": "http"}},
    "health": {"ready": {"http": "/readyz"}},
    "to": [{"cidr": "198.51.100.0/24", "port": 443}],
    "config": {"env": {"LEVEL": "debug", "COLOUR": "no"}, "files": {"/etc/api/a": "b"}},
}


def cluster(name, **spec):
    return {**platform(**spec), "metadata": {"name": name}}


def load(catalog, *values, sets=()):
    return from_documents(documents(*values), catalog, sets=sets)


def refusal(catalog, *values, sets=()):
    with pytest.raises(AnswersError) as caught:
        load(catalog, *values, sets=sets)
    return str(caught.value)


def test_each_platform_renders_what_the_merged_document_would(catalog):
    given = app(**SPEC, environments={"staging": STAGING})
    several = load(catalog, cluster("staging", cpuLimits=False), cluster("production"), given)
    alone = [
        *load(catalog, cluster("production"), app(**SPEC)),
        *load(catalog, cluster("staging", cpuLimits=False), app(**MERGED)),
    ]
    assert [answers.platform.metadata.name for answers in several] == ["production", "staging"]
    for ours, theirs in zip(several, alone, strict=True):
        assert ours.apps == theirs.apps
        assert run_answers(catalog, ours).bundle == run_answers(catalog, theirs).bundle
    assert several[0].apps != several[1].apps


def test_one_output_has_a_folder_for_each_platform(catalog):
    values = [cluster("staging"), cluster("production"), app(**SPEC, environments={"staging": STAGING})]
    several = load(catalog, *values)
    made = together(parts(catalog, several))
    for answers in several:
        folder = f"{answers.platform.metadata.name}/"
        own = {file.path.removeprefix(folder): file.text for file in made.bundle.files if file.path.startswith(folder)}
        assert own == {file.path: file.text for file in run_answers(catalog, answers).bundle.files}
    assert {file.path.partition("/")[0] for file in made.bundle.files} == {"production", "staging"}
    assert list(made.bundle.files) == sorted(made.bundle.files)


def test_one_platform_has_the_output_for_itself(catalog):
    [part] = parts(catalog, load(catalog, cluster("staging"), app(**SPEC)))
    assert part.folder == ""
    assert together([part]) == part.verified


def test_a_finding_that_not_all_have_says_whose_it_is(catalog):
    internet = {"to": [{"host": "api.example.com", "port": 443, "internet": True}]}
    values = [app(ports=SPEC["ports"], environments={"staging": internet}), cluster("staging"), cluster("production")]
    reasons = [finding.reason for finding in together(parts(catalog, load(catalog, *values))).findings]
    assert sum("api.example.com" in reason for reason in reasons) == 1
    assert next(reason for reason in reasons if "api.example.com" in reason).startswith("in staging: ")
    health = [reason for reason in reasons if "health" in reason]
    assert len(health) == 1
    assert not health[0].startswith("in ")


def test_a_place_in_a_file_is_that_of_the_whole_output(catalog, monkeypatch):
    """No sound answers make a broken file: a check is given that finds fault with one."""
    from scaffold import platforms
    from scaffold.finding import Finding

    def faulty(bundle, system):
        raise FindingsError(
            (Finding("error", "a/check", f"{bundle.files[0].path}#/spec", system.platform.metadata.name),)
        )

    monkeypatch.setattr(platforms, "verify", faulty)
    with pytest.raises(FindingsError) as caught:
        parts(catalog, load(catalog, cluster("staging"), cluster("production"), app(**SPEC)))
    assert [finding.place for finding in caught.value.findings] == [
        "production/SECURITY.md#/spec",
        "staging/SECURITY.md#/spec",
    ]


def test_what_a_blueprint_refuses_says_whose_it_is(catalog):
    exempt = cluster("staging", podSecurity={"exemptNamespaces": ["shop"]})
    with pytest.raises(AnswersError) as caught:
        parts(catalog, load(catalog, exempt, cluster("production"), app(**SPEC)))
    assert "in staging: metadata.namespace: the Platform exempts this namespace" in str(caught.value)


def test_what_is_wrong_for_one_platform_is_said_with_its_place(catalog):
    text = refusal(catalog, cluster("a"), cluster("b"), app(environments={"b": {"ports": {"http": {"port": 80}}}}))
    assert "3.yaml:12:19: in b: spec.ports.http.port: expected a port" in text
    text = refusal(catalog, cluster("a"), cluster("b"), app(ports={"http": {"port": 80}}))
    assert (text.count("spec.ports.http.port: expected a port"), "in a" in text) == (1, False)


def test_an_environment_without_its_platform_is_said(catalog):
    given = [app(**SPEC, environments={"stagin": STAGING}), app("web", environments={"stagin": {"team": "x"}})]
    [answers] = load(catalog, cluster("staging"), *given)
    [note] = answers.notes
    assert (
        'spec.environments.stagin (and 1 more Apps): no Platform of this name was given (did you mean "staging"?)'
        in str(note)
    )
    [answers] = load(catalog, *given)
    assert "give a document with `kind: Platform`" in str(answers.notes[0])


def test_an_environment_without_its_platform_is_read_all_the_same(catalog):
    broken = app(**SPEC, environments={"later": {"workload": {"replica": 1}}})
    assert "in later: spec.workload.replica: unknown key" in refusal(catalog, cluster("staging"), broken)


def test_values_are_set_in_the_platform_that_is_named(catalog):
    values = [cluster("a"), cluster("b"), app(environments={"b": {"workload": {"replicas": 1}}})]
    sets = ['platform.b:spec.kubernetes="1.36"', "spec.workload.replicas=5", "spec.environments.a.team=payments"]
    first, second = load(catalog, *values, sets=sets)
    assert (first.platform.spec.kubernetes, second.platform.spec.kubernetes) == ("1.35", "1.36")
    assert (first.apps[0].spec.workload.replicas, second.apps[0].spec.workload.replicas) == (5, 1)
    assert (first.apps[0].team, second.apps[0].team) == ("payments", "shop")
    text = refusal(catalog, *values, sets=['platform:spec.kubernetes="1.36"'])
    assert (
        "2 Platforms are given, and it does not say which is meant\n    write platform.NAME:PATH=VALUE; given: a, b"
        in text
    )
    text = refusal(catalog, *values, sets=["platform.c:spec.cpuLimits=false"])
    assert 'no Platform "c"\n    given: a, b' in text


def test_a_limit_is_shared_out_for_the_pods_of_each_platform(catalog):
    """A waypoint counts for as many pods as there are where it stands; where those are too few, that Platform is named."""
    ambient = {"mesh": {"mode": "istio-ambient"}}
    values = [cluster("production", **ambient), cluster("staging", **ambient)]

    def shares(**rate):
        port = {"port": 8080, "service": 80, "protocol": "http", "limits": {"each": rate}}
        callers = {"from": [{"app": "web", "port": "http"}]}
        own = app(ports={"http": port}, environments={"staging": {"workload": {"replicas": 1}}}, **callers)
        for answers in load(catalog, *values, own):
            made = run_answers(catalog, answers).object("apps/shop/api/base/envoy-filter-limit-each-http.yaml")
            yield made["spec"]["configPatches"][0]["patch"]["value"]["typed_config"]["token_bucket"]["max_tokens"]

    assert list(shares(requests=11, per="second")) == [16, 5]
    found = shares(requests=1, per="second")
    assert next(found) == 1
    with pytest.raises(AnswersError, match="less than 1 request is left for each"):
        next(found)
