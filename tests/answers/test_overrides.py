"""`--set` changes what was read, exactly where it says, and is checked like what a person wrote."""

from contextlib import suppress

import pytest
from harness import app, documents, platform

from scaffold.answers.load import from_documents
from scaffold.errors import AnswersError

PORTS = {"http": {"port": 8080}}
FROM = [{"app": "web", "port": "http"}]


def load(catalog, *sets, values=None):
    values = values or [app(ports=PORTS, **{"from": FROM})]
    return from_documents(documents(*values), catalog, sets=sets)[0]


def refusal(catalog, *sets, values=None):
    with pytest.raises(AnswersError) as caught:
        load(catalog, *sets, values=values)
    return str(caught.value)


READ = {
    "a number": ("spec.workload.replicas=5", lambda spec: spec.workload.replicas == 5),
    "text": ("spec.image=r.example.com/a:2", lambda spec: spec.image == "r.example.com/a:2"),
    "text that looks like a number": ('spec.config.env.LEVEL="3"', lambda spec: spec.config.env == {"LEVEL": "3"}),
    "yes, which is a word": ("spec.config.env.LEVEL=yes", lambda spec: spec.config.env == {"LEVEL": "yes"}),
    "an equals sign and a colon": ("spec.config.env.LEVEL=a=b:c", lambda spec: spec.config.env == {"LEVEL": "a=b:c"}),
    "lines": ('spec.config.files."/etc/api/a.toml"="a\\nb"', lambda spec: spec.config.files == {"/etc/api/a.toml": "a\nb"}),
    "nothing": ("spec.team=", lambda spec: spec.team is None),
    "null": ("spec.team=null", lambda spec: spec.team is None),
    "a field of a list's entry": ("spec.from[0].port=8080", lambda spec: spec.callers[0].port == 8080),
    "a list": ("spec.permissions=[{resources: [pods], verbs: [get]}]", lambda spec: spec.permissions[0].verbs == ["get"]),
    "one more entry": ("spec.from[1]={app: shop, port: http}", lambda spec: [one.app for one in spec.callers] == ["web", "shop"]),
    "a mapping that was missing": ("spec.health.ready.http=/ok", lambda spec: spec.health.ready.http == "/ok"),
    "a list that was missing": ("spec.to[0]={cidr: 10.20.0.0/16, port: 5432}", lambda spec: spec.callees[0].port == 5432),
    "a label": ("spec.from[0]={pods: {a: b}, port: http}", lambda spec: spec.callers[0].pods == {"a": "b"}),
    "an App by name": ("shop/api:spec.team=x", lambda spec: spec.team == "x"),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_what_is_set_is_read_like_a_document(catalog, name):
    text, holds = READ[name]
    extra = ("platform:spec.apiServer={cidrs: [10.0.0.1/32], audience: api}",)
    assert holds(load(catalog, *extra, "spec.team=shop", text).apps[0].spec)
    with suppress(IndexError, AttributeError):
        assert not holds(load(catalog, *extra, "spec.team=shop").apps[0].spec)


def test_the_last_one_counts(catalog):
    assert load(catalog, "spec.team=a", "spec.team=b").apps[0].team == "b"


def test_a_platform_that_was_not_given_is_made(catalog):
    assert load(catalog, 'platform:spec.kubernetes="1.36"').platform.spec.kubernetes == "1.36"
    given = [app(), platform(controlPlane="self-managed")]
    made = load(catalog, 'platform:spec.kubernetes="1.36"', values=given).platform
    assert (made.metadata.name, made.spec.controlPlane, made.spec.kubernetes) == ("production", "self-managed", "1.36")


def test_one_app_of_several_is_named(catalog):
    made = load(catalog, "shop/web:spec.team=x", values=[app(), app("web")])
    assert [one.team for one in made.apps] == ["shop", "x"]


def test_documents_that_were_read_are_not_changed(catalog):
    read = documents(app())
    from_documents(read, catalog, sets=["spec.team=x"])
    assert "team" not in read[0].value["spec"]
    assert "team" not in read[0].mark.children["spec"].children


REFUSED = {
    "no path": ("replicas", "--set 1:1:1: no path, '=' and value"),
    "an empty path": ("=3", "--set 1:1:1: no path, '=' and value"),
    "two dots": ("spec..team=x", "--set 1:1:5: no path goes on like this"),
    "an open quote": ('spec."a=x', "no path, '=' and value"),
    "an unknown key": ("spec.wrokload.replicas=3", '--set 1:1:24: spec.wrokload: unknown key (did you mean "workload"?)'),
    "a value that does not fit": ("spec.workload.replicas=many", "--set 1:1:24: spec.workload.replicas: expected how many pods, 1 to 1000"),
    "a value in a value": ("spec.from[0]={app: web, porrt: http}", '--set 1:1:25: spec.from[0].porrt: unknown key (did you mean "port"?)'),
    "a path through text": ("spec.image.tag=1", "--set 1:1:1: spec.image.tag: spec.image is a string: nothing is below it"),
    "a name in a list": ("spec.from.web=1", "spec.from is a list: its entries are [0], [1]"),
    "a number in a mapping": ("spec.ports[0]=1", "spec.ports is a mapping: its entries have names"),
    "a gap in a list": ("spec.from[3]=1", "spec.from has 1 entries, and the next one is [1]"),
    "two values": ("spec.team=x\n- y", "more than one value"),
    "two documents": ("spec.team=x\n--- y", "more than one value"),
    "no YAML": ("spec.from=[a", "--set 1:1:11: the value is not YAML that is read"),
    "another App": ("shop/ap:spec.team=x", '--set 1:1:1: no App "shop/ap" (did you mean "shop/api"?)\n    given: shop/api'),
    "what it refers to": ("spec.from[0].port=htp", '--set 1:1:19: spec.from[0].port: this App has no port "htp"'),
    "bytes that are no text": ("spec.team=\udcff", "--set 1:1:1: not UTF-8 text"),
    "a path that is no text": ("sp\udcffec=x", "--set 1:1:1: not UTF-8 text"),
    "an abyss": ("a." * 70 + "b=1", "nested more than 64 deep"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_names_the_option_and_the_path(catalog, name):
    text, message = REFUSED[name]
    assert message in refusal(catalog, text)


def test_the_number_is_the_options_own(catalog):
    assert refusal(catalog, "spec.team=x", "spec.taem=y").startswith("--set 2:1:11: spec.taem: unknown key")


def test_with_several_apps_it_has_to_be_said_which(catalog):
    said = refusal(catalog, "spec.team=x", values=[app(), app("web")])
    assert "2 Apps are given, and it does not say which is meant" in said
    assert "given: shop/api, shop/web" in said


@pytest.mark.parametrize(
    "text",
    ["spec.config.env.A=[hunter2]", "spec.config.env.A=!hunter2", "spec.secrets.db=hunter2", "hunter2",
     "spec.secrets.db.value=hunter2", "spec.config.env.A={hunter2: 1, hunter2: 2}", "spec.config.env.A=[hunter2"],
)  # fmt: skip
def test_a_secret_is_not_repeated(catalog, text):
    assert "hunter2" not in refusal(catalog, text)
