"""What is typed on one line is read as answers, and what was found is spelled so that it is read as the same."""

import pytest

from scaffold.wizard.spelling import peers, plain, ports, rights, secrets
from scaffold.wizard.spelling.entries import Misspelt

READ = [
    (lambda text: ports.read(text, "http"), ports.spell, "8080/http", {"http": {"port": 8080, "protocol": "http"}}),
    (lambda text: ports.read(text, "tcp"), ports.spell, "80:8080/http, metrics=9090/http, 7000-7010/udp",
     {"http": {"port": 8080, "service": 80, "protocol": "http"}, "metrics": {"port": 9090, "protocol": "http"},
      "udp": {"port": 7000, "endPort": 7010, "protocol": "udp"}}),
    (peers.read, peers.spell, "db:5432, web/frontend:http, none-such", [
        {"app": "db", "port": 5432}, {"app": "frontend", "namespace": "web", "port": "http"}, {"app": "none-such"}]),
    (peers.read, peers.spell, "data/cnpg.io/cluster=db:5432, app=x&tier=y:53/udp", [
        {"pods": {"cnpg.io/cluster": "db"}, "namespace": "data", "port": 5432},
        {"pods": {"app": "x", "tier": "y"}, "port": 53, "protocol": "udp"}]),
    (peers.read, peers.spell, "10.20.0.0/16:6379, [fd00::/8]:5432, 10.0.0.7/32, api.example.com:443", [
        {"cidr": "10.20.0.0/16", "port": 6379}, {"cidr": "fd00::/8", "port": 5432}, {"cidr": "10.0.0.7/32"},
        {"host": "api.example.com", "port": 443}]),
    (peers.read, peers.spell, "none", []),
    (secrets.read, secrets.spell, "DB_PASSWORD, /etc/secrets/tls-key, API_KEY from shop/api#key", {
        "db-password": {"env": "DB_PASSWORD"}, "tls-key": {"file": "/etc/secrets/tls-key"},
        "api-key": {"env": "API_KEY", "key": "shop/api", "property": "key"}}),
    (rights.read, rights.spell, "get configmaps/orders, list+watch pods, patch deployments.apps/x", [
        {"resources": ["configmaps"], "verbs": ["get"], "names": ["orders"]},
        {"resources": ["pods"], "verbs": ["list", "watch"]},
        {"resources": ["deployments"], "verbs": ["patch"], "group": "apps", "names": ["x"]}]),
    (plain.read, plain.spell, '{cpu: "1", args: [a, "no"]}', {"cpu": "1", "args": ["a", "no"]}),
    (plain.read, plain.spell, "none", None),
    (plain.read, plain.spell, '"none"', "none"),
]  # fmt: skip


@pytest.mark.parametrize(("read", "spell", "text", "value"), READ, ids=[row[2] for row in READ])
def test_a_line_and_its_value_say_the_same(read, spell, text, value):
    assert read(text) == value
    assert spell(value) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("https://api.example.com/v1?x=1", {"host": "api.example.com", "port": 443}),
        ("orders-db.data.svc.cluster.local:5432", {"app": "orders-db", "namespace": "data", "port": 5432}),
        ("10.0.0.7:5432", {"cidr": "10.0.0.7/32", "port": 5432}),
    ],
)
def test_addresses_are_taken_as_people_have_them(text, value):
    assert peers.read(text) == [value]


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (peers.read, "postgres://user:hunter2@db/x"), (peers.read, "user:hunter2@db"), (peers.read, "a b"),
        (peers.read, "data/cnpg.io/cluster"), (secrets.read, "DB_PASSWORD=hunter2"), (secrets.read, "hunter2 hunter2"),
        (secrets.read, "redis://:hunter2@x"), (rights.read, "configmaps"), (rights.read, "* pods"),
        (plain.read, "{a: hunter2"), (plain.read, "&a [*a, *a]"), (plain.read, "hunter2\x1b[31m"),
        (lambda text: ports.read(text, "tcp"), "a=1, a=2"), (lambda text: ports.read(text, "tcp"), "http"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused_and_never_repeated(read, text):
    with pytest.raises(Misspelt) as misspelt:
        read(text)
    assert "hunter2" not in str(misspelt.value)


@pytest.mark.parametrize(
    ("spell", "value"),
    [
        (ports.spell, {"http": {"port": 8080, "limits": {"each": {"requests": 1, "per": "second"}}}}),
        (peers.spell, [{"gateway": "public", "host": "a.example.com", "port": "http"}]),
        (secrets.spell, {"db": {"store": "main", "key": "x", "join": [{"text": "a"}], "env": "DB"}}),
        (rights.spell, [{"resources": ["pods", "nodes"], "verbs": ["get"]}]),
    ],
)
def test_what_a_line_cannot_say_is_left_to_yaml(spell, value):
    assert spell(value) is None
    assert plain.read(plain.spell(value)) == value
