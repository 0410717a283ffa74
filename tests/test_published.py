"""Apps that are rendered elsewhere: what is published of them is all that others need.

The law: an App that is rendered by itself, with the index of all others, gets the same files as among them.
"""

import pytest
from click.testing import CliRunner
from generated import settled, systems
from harness import EXAMPLES, app, documents, dump, loaded_all, platform, run_answers
from harness import answers as written
from hypothesis import given, settings

from scaffold.answers.load import from_documents
from scaffold.answers.published import index
from scaffold.cli.main import cli
from scaffold.documents.reading import read
from scaffold.errors import AnswersError
from scaffold.verify import verify


def published(*values):
    """Return the index of some Apps as it is read: written, and read back."""
    return documents(*index(documents(*values)))


def made(catalog, own, known=(), cluster=()):
    [given] = from_documents(documents(*own, *cluster), catalog, known=published(*known))
    return run_answers(catalog, given)


def base(run, key):
    """Return an App's own files."""
    return {file.path: file.text for file in run.bundle.files if file.path.startswith(f"apps/{key}/base/")}


def found(run):
    return [
        (f.check, f.reason)
        for f in verify(run.bundle, run.system).findings
        if f.check != "pod-security/unanswered-health"
    ]


def split(values):
    """Return Apps and Platforms; an environment is read by its Platform alone."""
    apps = [value for value in values if value["kind"] == "App"]
    return apps, [value for value in values if value["kind"] == "Platform"]


def each_alone(catalog, apps, cluster):
    """Render each App by itself with the index of the others; yield its files so, and among them."""
    together = made(catalog, apps, cluster=cluster)
    for own in apps:
        key = f"{own['metadata']['namespace']}/{own['metadata']['name']}"
        alone = made(catalog, [own], [other for other in apps if other is not own], cluster)
        verify(alone.bundle, alone.system)
        yield base(alone, key), base(together, key)


@pytest.mark.parametrize("example", EXAMPLES, ids=[path.name for path in EXAMPLES])
def test_an_app_by_itself_gets_the_files_that_it_gets_among_the_others(catalog, example):
    for alone, together in each_alone(catalog, *split(written(example))):
        assert alone == together


def test_so_does_an_app_of_any_system(catalog):
    @settings(max_examples=8)
    @given(systems(catalog))
    def property_(values):
        left, _ = settled(catalog, values)
        for alone, together in each_alone(catalog, *split(left)):
            assert alone == together

    property_()


WEB = app("web", "front", team="front", to=[{"app": "api", "namespace": "shop", "port": "http"}])
CALLER = {"app": "web", "namespace": "front", "port": "http"}
API = app(ports={"http": {"port": 8080}})
OPEN = app(ports={"http": {"port": 8080}}, **{"from": [CALLER]})


def requests(run):
    return sorted(file.path for file in run.bundle.files if file.path.startswith("requests/"))


def said(run):
    [report] = [file.text for file in run.bundle.files if file.path == "SECURITY.md"]
    return "as its own answers say" in report


def test_what_both_declare_is_agreed_though_each_is_rendered_by_itself(catalog):
    for own, other in ((WEB, OPEN), (OPEN, WEB)):
        run = made(catalog, [own], [other])
        assert (requests(run), found(run), said(run)) == ([], [], True)


def test_what_one_declares_is_asked_of_the_other_team(catalog):
    run = made(catalog, [WEB], [API])
    assert requests(run) == ["requests/shop/front-web-to-shop-api.yaml"]
    assert found(run) == [("network/unagreed-flow", "front/web calls shop/api:http: shut until shop/api agrees")]
    run = made(catalog, [OPEN], [app("web", "front", team="front")])
    assert requests(run) == ["requests/front/shop-api-from-front-web.yaml"]
    assert found(run) == [("network/unagreed-flow", "front/web calls shop/api:http: shut until front/web agrees")]
    assert not said(run)


def test_what_others_ask_of_an_app_stays_shut_and_is_told(catalog):
    run = made(catalog, [API], [WEB])
    assert requests(run) == ["requests/shop/front-web-to-shop-api.yaml"]
    assert found(run) == [("network/unagreed-flow", "front/web calls shop/api:http: shut until shop/api agrees")]
    assert "ingress" not in run.object("apps/shop/api/base/network-policy.yaml")["spec"]


def test_an_index_of_another_time_is_seen(catalog):
    """A twin of the law: what the index says decides."""
    moved = app(ports={"http": {"port": 9090}}, **{"from": [CALLER]})
    old, new = (base(made(catalog, [WEB], [one]), "front/web") for one in (OPEN, moved))
    assert old != new


def test_a_flow_to_what_is_not_there_is_a_note(catalog):
    gone = app("api", "shop", ports={"grpc": {"port": 8081}})
    [answers] = from_documents(documents(gone), catalog, known=published(WEB))
    [note] = answers.notes
    assert "front/web calls shop/api:http, which it does not serve: nothing is opened for it" in str(note)
    assert run_answers(catalog, answers).system.edges == made(catalog, [gone]).system.edges


def test_names_of_ports_are_known(catalog):
    with pytest.raises(AnswersError, match="the App shop/api was not given"):
        made(catalog, [WEB])
    wrong = app("web", "front", to=[{"app": "api", "namespace": "shop", "port": "htp"}])
    with pytest.raises(AnswersError, match=r"shop/api has no port .htp."):
        made(catalog, [wrong], [API])


def test_an_index_is_read_as_strictly_as_answers(catalog):
    [document] = index(documents(API))
    document["spec"]["ports"]["http"]["port"] = 80
    with pytest.raises(AnswersError, match=r"spec[.]ports[.]http[.]port: expected a port that the process listens on"):
        from_documents(documents(WEB), catalog, known=documents(document))
    with pytest.raises(AnswersError, match="the App shop/api is known twice"):
        from_documents(documents(WEB), catalog, known=published(API, API))


def test_what_is_given_is_not_learned_from_an_index(catalog):
    [answers] = from_documents(documents(WEB, OPEN), catalog, known=published(API, platform()))
    assert answers.known == ()
    assert answers.apps == made(catalog, [WEB, OPEN]).answers.apps


def test_an_index_is_read_for_each_environment(catalog):
    """What it says for a Platform of that name holds there; it has no image, which no environment adds."""
    here = app(ports={"http": {"port": 8080}}, environments={"production": {"ports": {"http": {"port": 9090}}}})
    [rule] = made(catalog, [WEB], [here], [platform()]).object("apps/front/web/base/network-policy.yaml")["spec"][
        "egress"
    ][:1]
    assert rule["ports"] == [{"port": 9090, "protocol": "TCP"}]


def test_an_index_tells_nothing_else(catalog):
    own = app(
        ports={"http": {"port": 8080}},
        to=[{"app": "web", "port": 8080}, {"host": "api.stripe.example", "port": 443, "internet": True}],
        config={"env": {"LEVEL": "info"}},
        workload={"kind": "CronJob", "schedule": "@daily", "deadline": 60},
        environments={"production": {"to": [], "config": {"env": {"LEVEL": "debug"}}}, "staging": {"command": ["/x"]}},
    )  # fmt: skip
    [document] = index(documents(own))
    assert document["spec"] == {
        "workload": {"kind": "CronJob", "schedule": "@daily"},
        "ports": {"http": {"port": 8080}},
        "to": [{"app": "web", "port": 8080}],
        "environments": {"production": {"to": []}},
    }


def test_the_command_line_writes_and_reads_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "web.yaml").write_text(dump(WEB))
    (tmp_path / "api.yaml").write_text(dump(OPEN))
    shown = CliRunner().invoke(cli, ["index", "-f", "api.yaml"])
    assert (shown.exit_code, [one["metadata"]["name"] for one in loaded_all(shown.stdout)]) == (0, ["api"])
    (tmp_path / "index.yaml").write_text(shown.stdout)
    done = CliRunner().invoke(cli, ["render", "-f", "web.yaml", "--known", "index.yaml", "-o", "out"])
    assert done.exit_code == 0, done.output
    assert not (tmp_path / "out" / "requests").exists()


@pytest.mark.parametrize("text", ["0o17", "yes", "on", "null", "12e3", "1-1", "y"])
def test_what_is_printed_is_read_as_it_was_written(tmp_path, monkeypatch, text):
    """By every version of YAML: a team may be called so."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "api.yaml").write_text(dump(app(team=text)))
    shown = CliRunner().invoke(cli, ["index", "-f", "api.yaml"])
    [[document], _] = read(shown.stdout.encode(), "index.yaml")
    assert loaded_all(shown.stdout)[0]["spec"]["team"] == document.value["spec"]["team"] == text
