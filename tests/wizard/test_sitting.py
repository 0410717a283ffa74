"""A sitting, question by question, with a terminal that is a script: what is asked, what is proposed, what comes out."""

import pytest
from harness import app, documents, write_blueprint
from script import Script
from stores import STORES

from scaffold.errors import AnswersError
from scaffold.wizard.asked import asked, unanswered
from scaffold.wizard.headless import check, completed
from scaffold.wizard.judged import complaint, rendered
from scaffold.wizard.looked import around as looked
from scaffold.wizard.prompt import Reply
from scaffold.wizard.question import SECTIONS, Choice
from scaffold.wizard.sitting import Sitting, Stopped
from scaffold.wizard.spelling import plain
from scaffold.wizard.state import Given, State


@pytest.fixture(scope="module")
def bare(catalog, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sitting") / "orders"
    folder.mkdir()
    return looked(catalog, folder)


def sit(around, script, state=None):
    return Sitting(around, script, lambda _: "app.yaml").sit(state or State())


def app_of(around, state):
    [part] = rendered(around, state)
    return part.system.members[0].app


WEB = {"callees": ["data/cnpg.io/cluster=orders-db:5432, api.stripe.com"], "secrets": ["DB_PASSWORD"]}


def test_a_web_api_with_a_database_and_a_host_takes_less_than_a_dozen_questions(bare):
    script = Script(**WEB)
    found = app_of(bare, sit(bare, script))
    assert len(script.asked) < 12
    assert [callee.port for callee in found.spec.callees] == [5432, 443]
    assert found.spec.callees[1].internet
    assert found.spec.secrets["db-password"].env == "DB_PASSWORD"
    heads = [SECTIONS.index(prompt.head.partition(" ")[2]) for prompt in script.prompts]
    assert heads == sorted(heads)


def test_enter_on_every_default_gives_a_verified_bundle(bare):
    script = Script()
    found = app_of(bare, sit(bare, script))
    assert found.key == "orders/orders"
    assert all(prompt.proposed for prompt in script.prompts)


@pytest.mark.parametrize("preset", ["web-api", "gateway", "worker", "cron", "stateful"])
def test_every_preset_gives_a_verified_bundle_by_its_defaults(bare, preset):
    state = completed(bare, State((Given("preset", preset),)), defaults=True)
    found = app_of(bare, state)
    kind = {"cron": "CronJob", "stateful": "StatefulSet"}.get(preset, "Deployment")
    assert found.spec.workload.kind == kind
    assert bool(found.spec.ports) == (preset not in {"worker", "cron"})
    assert bool([one for one in found.spec.callers if one.gateway]) == (preset == "gateway")


def test_back_asks_the_question_before_again_and_proposes_its_answer(bare):
    script = Script(name=["stock", "shelf"], namespace=[Reply("back"), "shop"])
    found = app_of(bare, sit(bare, script))
    assert found.key == "shop/shelf"
    assert script.asked[:5] == ["preset", "name", "namespace", "name", "namespace"]
    again = [prompt for prompt in script.prompts if prompt.question == "name"][1]
    assert (again.proposed, again.source) == ("stock", "your answer")


def test_stopping_keeps_what_was_answered_and_another_sitting_goes_on(bare):
    script = Script(name=["stock"], image=[Reply("stop")])
    with pytest.raises(Stopped) as stopped:
        sit(bare, script)
    kept = stopped.value.state
    assert {one.question: one.text for one in kept.given}["name"] == "stock"
    second = Script()
    assert app_of(bare, sit(bare, second, kept)).name == "stock"
    assert second.asked[0] == "image"


def test_the_review_shows_each_answer_with_its_source_and_leads_to_any(bare):
    script = Script(name=["stock"], write=["change", "write"], ports=["8080/http", "9090/grpc"])
    original = script.ask
    script.ask = lambda prompt: Reply("answer", "ports") if prompt.text == "Which answer?" else original(prompt)
    found = app_of(bare, sit(bare, script))
    assert found.spec.ports["grpc"].port == 9090
    shown = "\n".join(script.said)
    assert "stock" in shown
    assert "you" in shown
    assert "a placeholder: nothing names one" in shown
    assert "verified" in shown


@pytest.mark.parametrize(
    ("question", "bad", "good", "why"),
    [
        ("name", "Orders", "orders", "lower-case"),
        ("namespace", "a_b", "shop", "DNS-1123"),
        ("image", "nginx:latest", "registry.example.com/a:1.0.0", "any push changes what runs"),
        ("ports", "80/http", "80:8080/http", "listen high and map the Service"),
        ("ports", "8080/htp", "8080/http", 'did you mean "http"'),
        ("health", "readyz", "/readyz", "no path"),
        ("callers", "frontend:htp", "frontend:http", 'did you mean "http"'),
        ("callees", "inventory", "inventory:8080", "its port is missing"),
        ("callees", "postgres://u:hunter2@db", "db:5432", "a user or a password in it"),
        ("secrets", "DB_PASSWORD=hunter2", "DB_PASSWORD", "looks like a value"),
        ("callees", "\x1b[31mx:1", "db:5432", "not printed"),
        ("callees", "x," * 5000, "db:5432", "more than 4000 characters"),
    ],
)
def test_what_does_not_hold_is_said_as_it_is_typed(bare, question, bad, good, why):
    [asked_] = [one for one in asked(bare, State()) if one.id == question]
    wrong = complaint(bare, State(), asked_, bad)
    assert why in wrong
    assert "hunter2" not in wrong
    assert complaint(bare, State(), asked_, good) == ""


def test_what_does_not_hold_is_asked_again(bare):
    script = Script(name=["Orders", "stock"])
    assert sit(bare, script).of("name").text == "stock"
    again = [prompt for prompt in script.prompts if prompt.question == "name"][1]
    assert (again.typed, again.wrong[:20]) == ("Orders", "expected a DNS-1123 ")


def test_an_older_answer_that_a_newer_one_contradicts_is_named(bare):
    state = State((Given("callers", "frontend:http"), Given("ports", "9090/grpc")))
    with pytest.raises(AnswersError, match='no port "http"'):
        rendered(bare, completed(bare, state, defaults=True))


def test_without_a_terminal_every_missing_answer_is_listed_at_once(bare):
    with pytest.raises(AnswersError) as error:
        completed(bare, State((Given("name", "stock"),)), defaults=False)
    assert error.value.exit_code == 2
    missing = {problem.place.file.removeprefix("question ") for problem in error.value.problems}
    assert missing == {one.id for one in unanswered(asked(bare, State()), State())} - {"name"}


def test_answers_given_with_the_command_are_checked_before_anybody_is_asked(bare):
    given = (Given("nam", "x"), Given("ports", "80/http"))
    with pytest.raises(AnswersError) as error:
        check(bare, State(given), given)
    assert 'did you mean "name"' in str(error.value)
    assert "listen high" in str(error.value)


PARAMETERS = """\
title: A store in the parameters service
why: It shows that a backend is a folder.
scope: app
each: =stores
when: =item.backend == "parameters"
options:
  - at: platform.secretStores
    choice: parameters
    text: The parameters service
    fields:
      region: {text: Where the service runs, type: name}
      cidrs: {text: Its networks, type: cidrs, default: [198.51.100.0/24]}
      operator: {text: Who fetches the secrets, choices: [nobody], default: nobody}
"""


def test_a_backend_from_a_folder_of_its_own_is_offered_and_asked_for(scan_with, tmp_path, bare):
    """Nothing here knows a backend by its name: its choice, its words and its fields are the blueprint's."""
    folder = tmp_path / "more" / "secrets" / "parameters"
    write_blueprint(folder, PARAMETERS, "note-{{cookiecutter.key}}.md", "# {{ cookiecutter.item.region }}\n")
    around = looked(scan_with(tmp_path / "more"), tmp_path)
    state = State((Given("secrets", "DB_PASSWORD"), Given("store", "parameters")))
    questions = {one.id: one for one in asked(around, state)}
    assert Choice("parameters", "The parameters service") in questions["store"].choices
    region = questions["store.region"]
    assert (region.text, region.section, region.quiet) == ("Where the service runs?", "Secrets", False)
    assert questions["store.cidrs"].quiet
    assert "store.operator" not in questions
    assert "expected a name" in complaint(around, state, region, "-")


@pytest.mark.parametrize("backend", ["kubernetes-secret", "aws-secrets-manager", "aws-csi"])
def test_what_a_store_needs_besides_is_asked_for_with_the_reason(bare, backend):
    """One of several fields, the API server, or an identity in a cloud: the loader's own words lead there."""
    declared = {f"store.{name}": [value if isinstance(value, str) else plain.spell(value)]
                for name, value in STORES[backend].declared.items()}  # fmt: skip
    script = Script(secrets=["/etc/secrets/db"], store=[backend])
    script.replies |= declared | {
        "platform.apiServer": ["{cidrs: [10.0.0.1/32], audience: https://kubernetes.default.svc}"],
        "app.identity": ["aws"],
        "app.identity.role": ["arn:aws:iam::111122223333:role/orders"],
        "platform.cloudIdentity": ["irsa"],
        "platform.cloudIdentity.issuer": ["https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE"],
        "platform.cloudIdentity.cidrs": ["10.31.1.0/24"],
    }
    found = app_of(bare, sit(bare, script, State((Given("preset", "worker"),))))
    assert found.spec.secrets["db"].store == "main"
    besides = [prompt for prompt in script.prompts if prompt.wrong]
    assert besides
    assert all(prompt.question.startswith(("store.", "platform.", "app.")) for prompt in besides)


def test_rights_lead_to_how_the_api_server_is_reached(bare):
    script = Script(permissions=["get configmaps/orders"], write=["more", "write"])
    script.replies |= {
        "replicas": ["permissions"],
        "apiServer.cidrs": ["10.0.0.1/32"],
        "apiServer.audience": ["https://x"],
    }
    [part] = rendered(bare, sit(bare, script))
    assert part.system.members[0].app.spec.permissions[0].names == ["orders"]
    assert part.system.platform.spec.apiServer.cidrs == ["10.0.0.1/32"]


def test_a_field_of_few_words_offers_them(bare):
    questions = {one.id: one for one in asked(bare, State())}
    assert [one.word for one in questions["platform.kubernetes"].choices][:2] == ["none", "1.35"]
    assert complaint(bare, State(), questions["platform.kubernetes"], "1.36") == ""


def test_a_proposal_that_does_not_hold_stands_there_to_be_changed(catalog, tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM scratch\nEXPOSE 80\n")
    around = looked(catalog, tmp_path)
    script = Script(ports=["80:8080/http"])
    assert app_of(around, sit(around, script)).spec.ports["http"].service == 80
    [prompt] = [prompt for prompt in script.prompts if prompt.question == "ports"]
    assert (prompt.typed, prompt.proposed) == ("80/http", None)
    assert "Dockerfile:2: expected a port" in prompt.wrong


def test_apps_and_the_platform_nearby_are_proposed_instead_of_asked_for(catalog, bare):
    from msgspec.structs import replace

    caller = app(
        "web",
        "shop",
        image="quay.io/acme/web:1.0.0",
        team="shop",
        to=[{"app": "orders", "namespace": "orders", "port": 8080}],
    )
    store = {"apiVersion": "scaffold/v1", "kind": "Platform", "metadata": {"name": "production"},
             "spec": {"secretStores": {"team": {"backend": "sealed-secrets"}}, "registries": ["quay.io/acme/"],
                      "teams": {"web": {"group": "web"}, "shop": {"group": "shop"}}}}  # fmt: skip
    near, platform = documents(caller, store)
    around = replace(bare, apps=(near,), platforms=(platform,))
    script = Script(namespace=["orders"], secrets=["DB_PASSWORD"], team=["web"])
    found = app_of(around, sit(around, script))
    assert [prompt.proposed for prompt in script.prompts if prompt.question == "callers"] == ["shop/web"]
    assert found.spec.callers[0].app == "web"
    assert "Nearby: shop/web" in next(prompt.text for prompt in script.prompts if prompt.question == "callers")
    assert found.spec.secrets["db-password"].store == "team"
    assert (found.team, found.spec.image) == ("web", "quay.io/acme/orders/orders:0.1.0")
    assert not [one for one in asked(around, State()) if one.id.startswith("platform.")]
