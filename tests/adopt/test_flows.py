"""Who calls whom is read from policies and from addresses; both ends say it, each with its place."""

import pytest
from adopt.shop import deployment, env, object_of, policy, service
from harness import platform, put

CALLER = {"podSelector": {"matchLabels": {"app": "front"}}}
CALLEE = {"podSelector": {"matchLabels": {"app": "orders"}}}
PORTS = [{"port": 8080}]
TO = {"app": "orders", "port": "tcp-8080"}
FROM = {"app": "front", "port": "tcp-8080"}


def flows(apps):
    """Return what each App says of flows, by its name."""
    specs = {name: document.value["spec"] for name, document in apps.items()}
    return {name: (spec.get("to", []), spec.get("from", [])) for name, spec in specs.items()}


def both(*more, told=None):
    front = deployment("front", **({"env": env(**told)} if told else {}))
    return [front, deployment(), service(), *more]


WAYS = {
    "a rule on callers": lambda: both(policy(ingress=[{"from": [CALLER], "ports": PORTS}])),
    "a rule on callees": lambda: both(policy("front", egress=[{"to": [CALLEE], "ports": PORTS}])),
    "every port": lambda: both(policy(ingress=[{"from": [CALLER]}])),
    "a URL": lambda: both(told={"ORDERS": "http://orders"}),
    "a host and port": lambda: both(told={"ORDERS_ADDR": "orders:80"}),
    "a full name": lambda: both(told={"X": "tcp://orders.shop.svc.cluster.local:80/x"}),
    "a host alone": lambda: both(told={"ORDERS_HOST": "orders"}),
    "a host and its port": lambda: both(told={"ORDERS_HOST": "orders.shop", "ORDERS_PORT": "80"}),
    "a word of the command": lambda: [
        deployment("front", args=["--orders=http://orders:80/v1"]),
        deployment(),
        service(),
    ],
}


@pytest.mark.parametrize("values", WAYS.values(), ids=WAYS)
def test_a_flow_is_said_at_both_ends(adopted, values):
    apps, left, _ = adopted(*values())
    assert flows(apps) == {"front": ([TO], []), "orders": ([], [FROM])}
    assert left == []


def test_without_a_word_of_it_there_is_no_flow(adopted):
    apps, left, _ = adopted(*both(told={"NAME": "orders", "LISTEN": "0.0.0.0:8080"}))
    assert flows(apps) == {"front": ([], []), "orders": ([], [])}
    assert left == []


def test_an_address_with_a_secret_in_it_tells_of_a_flow_and_goes_nowhere(adopted):
    password = {"name": "PW", "valueFrom": {"secretKeyRef": {"name": "orders", "key": "pw"}}}
    value = deployment("front", env=[password, {"name": "ORDERS", "value": "http://me:$(PW)@orders:80"}])
    apps, left, _ = adopted(value, deployment(), service())
    assert flows(apps)["front"] == ([TO], [])
    assert "env" not in apps["front"].value["spec"].get("config", {})
    assert ["put together from a Secret's value" in one.message for one in left] == [True]


def test_who_was_open_to_everybody_and_has_no_caller_now_is_told(adopted):
    """Not where a caller is seen, and not where a policy had shut it."""
    _, left, _ = adopted(deployment(), service(), uncalled=True)
    assert ["nothing that was read tells of a caller" in one.message for one in left] == [True]
    assert adopted(*both(told={"O": "http://orders"}), uncalled=True)[1] == []
    assert adopted(deployment(), service(), policy(ingress=[]), uncalled=True)[1] == []


def test_each_end_has_its_own_place(adopted):
    apps, _, _ = adopted(*both(policy(ingress=[{"from": [CALLER]}]), told={"ORDERS": "http://orders"}))
    assert apps["front"].place(("spec", "to", 0)).file == "1.yaml"
    assert apps["orders"].place(("spec", "from", 0)).file == "4.yaml"


def test_what_policies_shut_is_not_opened_by_an_address(adopted):
    """The address alone opens it; a policy that lets others in alone takes exactly that flow away."""
    other = {"podSelector": {"matchLabels": {"app": "reports"}}}
    apps, left, notes = adopted(*both(policy(ingress=[{"from": [other], "ports": PORTS}]), told={"O": "http://orders"}))
    assert flows(apps) == {"front": ([], []), "orders": ([], [{"pods": {"app": "reports"}, "port": "tcp-8080"}])}
    assert left == []
    assert any("shut shop/orders:8080" in str(note) for note in notes)


def test_one_tweak_changes_that_edge_alone(adopted):
    values = [
        *(deployment("front"), deployment("admin"), deployment(), service()),
        policy(
            ingress=[{"from": [CALLER], "ports": PORTS}, {"from": [{"podSelector": {"matchLabels": {"app": "admin"}}}]}]
        ),
    ]
    before = flows(adopted(*values)[0])
    put("spec", "ingress", 1, "from", 0, "podSelector", "matchLabels", "app", to="nobody")(values[-1])
    after = flows(adopted(*values)[0])
    assert before["admin"] == ([TO], [])
    assert after["admin"] == ([], [])
    assert after["front"] == before["front"]
    changed = [{**FROM, "app": "admin"}, {"pods": {"app": "nobody"}, "port": "tcp-8080"}]
    assert [one for one in before["orders"][1] if one not in after["orders"][1]] == changed[:1]
    assert [one for one in after["orders"][1] if one not in before["orders"][1]] == changed[1:]


OTHERS = {
    "a host": (
        both(told={"PAY": "https://api.example.com/v1"}),
        {"host": "api.example.com", "internet": True, "port": 443},
    ),
    "an address": (both(told={"DB": "postgres://10.20.0.5/x"}), {"cidr": "10.20.0.5/32", "port": 5432}),
    "a network": (
        both(policy("front", egress=[{"to": [{"ipBlock": {"cidr": "10.20.0.0/16"}}], "ports": [{"port": 6379}]}])),
        {"cidr": "10.20.0.0/16", "port": 6379},
    ),
    "other pods": (
        both(
            policy(
                "front",
                egress=[
                    {
                        "to": [
                            {
                                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "data"}},
                                "podSelector": {"matchLabels": {"db": "orders"}},
                            }
                        ],
                        "ports": [{"port": 5432}],
                    }
                ],
            )
        ),
        {"pods": {"db": "orders"}, "namespace": "data", "port": 5432},
    ),
    "a name for a host": (
        both(
            object_of("Service", "pay", spec={"type": "ExternalName", "externalName": "pay.example.com"}),
            told={"P": "https://pay"},
        ),
        {"host": "pay.example.com", "internet": True, "port": 443},
    ),
}


@pytest.mark.parametrize(("values", "entry"), OTHERS.values(), ids=OTHERS)
def test_others_are_named_as_they_are_known(adopted, values, entry):
    apps, left, _ = adopted(*values)
    assert flows(apps)["front"] == ([entry], [])
    assert left == []


WIDE = {
    "everybody": policy(ingress=[{}]),
    "every pod of the namespace": policy(ingress=[{"from": [{"podSelector": {}}]}]),
    "everybody, outwards": policy("front", egress=[{}]),
}


@pytest.mark.parametrize("wide", WIDE.values(), ids=WIDE)
def test_a_rule_for_everybody_tells_of_nobody_and_is_left(adopted, wide):
    """Who is seen with its address is carried over, as before."""
    apps, left, _ = adopted(*both(wide, told={"O": "http://orders"}))
    assert flows(apps) == {"front": ([TO], []), "orders": ([], [FROM])}
    assert ["those alone are carried over" in one.message for one in left] == [True]
    assert flows(adopted(*both(wide))[0])["orders"] == ([], [])


def test_names_are_resolved_without_saying_it(adopted):
    dns = {"ports": [{"port": 53, "protocol": "UDP"}]}
    apps, left, _ = adopted(*both(policy("front", egress=[dns, {"to": [CALLEE], "ports": PORTS}])))
    assert flows(apps)["front"] == ([TO], [])
    assert left == []


def test_what_nobody_is_behind_is_left(adopted):
    _, left, _ = adopted(*both(told={"CACHE": "redis:6379"}))
    assert ["no Service of that name" in one.message for one in left] == [True]


def test_pods_of_a_stateful_set_reach_each_other(adopted):
    value = deployment("raft", "StatefulSet")
    own = {"podSelector": {"matchLabels": {"app": "raft"}}}
    apps, _, _ = adopted(value, policy("raft", ingress=[{"from": [own], "ports": PORTS}]))
    assert apps["raft"].value["spec"]["workload"]["peers"] == ["tcp-8080"]


def test_a_caller_that_has_to_show_a_token_is_not_let_in_without(adopted):
    """The Platform knows the issuer: it is declared. It knows none: the flow is left, not opened to everybody."""
    front, orders = deployment("front"), deployment()
    front["spec"]["template"]["spec"]["serviceAccountName"] = "front"
    for value in (front, orders):
        value["spec"]["template"]["metadata"]["labels"]["sidecar.istio.io/inject"] = "true"
    source = {"principals": ["cluster.local/ns/shop/sa/front"], "requestPrincipals": ["https://login.example.com/*"]}
    rule = {"from": [{"source": source}], "when": [{"key": "request.auth.claims[scope]", "values": ["read"]}]}
    asking = object_of(
        "AuthorizationPolicy",
        "orders",
        "security.istio.io/v1",
        spec={"selector": {"matchLabels": {"app": "orders"}}, "rules": [rule]},
    )
    port = [{"name": "http", "containerPort": 8080}]
    orders["spec"]["template"]["spec"]["containers"][0]["ports"] = port
    issuer = {
        "issuer": "https://login.example.com",
        "jwksUri": "https://login.example.com/keys",
        "audiences": ["orders"],
    }
    meshed = platform(mesh={"mode": "istio-sidecar"}, issuers={"login": issuer})
    apps, left, _ = adopted(front, orders, service(), asking, platform=meshed)
    token = {"issuer": "login", "claims": {"scope": ["read"]}}
    assert apps["orders"].value["spec"]["from"] == [{"app": "front", "port": "http", "token": token}]
    assert left == []
    apps, left, _ = adopted(front, orders, service(), asking)
    assert flows(apps) == {"front": ([], []), "orders": ([], [])}
    assert ["a token of https://login.example.com/*" in one.message for one in left] == [True]


@pytest.mark.parametrize(
    ("port", "told"),
    [({}, []), ({"port": 9090}, [True]), ({"endPort": 9090}, [True]), ({"protocol": "UDP"}, [True])],
    ids=str,
)
def test_every_address_that_a_load_balancer_lets_in_is_said(adopted, port, told):
    """A rule that opens what the load balancer opens asks nobody for more; any other port is left."""
    rule = {"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": [{"port": 8080, "protocol": "TCP", **port}]}
    apps, left, _ = adopted(deployment(), service(type="LoadBalancer"), policy(ingress=[rule]))
    assert {"loadBalancer": "public", "port": "tcp-8080", "internet": True} in apps["orders"].value["spec"]["from"]
    assert ["it lets in every address" in one.message for one in left] == told
