"""Secrets are declared by where they lie, and rights, ways in and what the Platform needs by who says so."""

import pytest
from adopt.shop import deployment, env, object_of, service
from harness import platform, put

from scaffold.adopt.matching import choices

REFERENCE = [{"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "orders-db", "key": "password"}}}]
VAULT = {
    "server": "https://vault.example.com:8200",
    "path": "secret",
    "version": "v2",
    "auth": {"kubernetes": {"mountPath": "k8s"}},
}
EXTERNAL = [
    object_of("SecretStore", "main", "external-secrets.io/v1", spec={"provider": {"vault": VAULT}}),
    object_of(
        "ExternalSecret",
        "orders-db",
        "external-secrets.io/v1",
        spec={
            "secretStoreRef": {"name": "main"},
            "data": [{"secretKey": "password", "remoteRef": {"key": "shop/db", "property": "pw"}}],
        },
    ),
]
SEALED = object_of("SealedSecret", "orders-db", "bitnami.com/v1alpha1", spec={"encryptedData": {"password": "AgBy"}})


def secret_of(apps, name="db-password"):
    return apps["orders"].value["spec"]["secrets"][name]


def test_a_secret_that_others_make_is_named(adopted):
    apps, left, notes = adopted(deployment(env=REFERENCE))
    assert secret_of(apps) == {"store": "existing", "key": "orders-db", "property": "password", "env": "DB_PASSWORD"}
    assert apps["production"].value["spec"]["secretStores"]["existing"]["maker"] == "unknown"
    assert left == []
    assert any("who makes the Secrets" in str(note) for note in notes)


def test_a_store_that_is_asked_is_named_with_what_it_keeps(adopted):
    apps, left, _ = adopted(*EXTERNAL, deployment(env=REFERENCE), loads=False)
    assert secret_of(apps) == {"store": "main", "key": "shop/db", "property": "pw", "env": "DB_PASSWORD"}
    store = apps["production"].value["spec"]["secretStores"]["main"]
    assert store == {"backend": "vault", "server": VAULT["server"], "path": "secret", "mount": "k8s"}
    assert apps["production"].place(("spec", "secretStores", "main", "server")).file == "1.yaml"
    assert ["does not say where the store is" in one.message for one in left] == [True], (
        "no manifest tells its networks"
    )


def test_a_sealed_secret_is_known(adopted):
    apps, left, _ = adopted(SEALED, deployment(env=REFERENCE))
    assert secret_of(apps)["store"] == "sealed"
    assert apps["production"].value["spec"]["secretStores"] == {"sealed": {"backend": "sealed-secrets"}}
    assert left == []


def test_a_secret_with_its_values_in_the_source_is_left(adopted):
    plain = object_of("Secret", "orders-db", stringData={"password": "correcthorsebattery"})
    apps, left, _ = adopted(plain, deployment(env=REFERENCE))
    assert ["its values stand in the source" in one.message for one in left] == [True]
    assert "correcthorse" not in str([one.value for one in apps.values()]) + str(left)


def test_files_of_secrets_lie_where_they_are_mounted(adopted):
    value = deployment(volumeMounts=[{"name": "keys", "mountPath": "/etc/orders/keys"}])
    secret = {"secretName": "orders-keys", "items": [{"key": "signing", "path": "jwt/signing.pem"}]}
    value["spec"]["template"]["spec"]["volumes"] = [{"name": "keys", "secret": secret}]
    apps, left, _ = adopted(value)
    [found] = apps["orders"].value["spec"]["secrets"].values()
    assert (found["key"], found["property"], found["file"]) == (
        "orders-keys",
        "signing",
        "/etc/orders/keys/jwt/signing.pem",
    )
    assert left == []


def test_every_choice_that_is_adopted_is_one_that_may_be_declared(catalog):
    """Its fields are the choice's own: a name that nobody has would be dropped silently."""
    known = choices(catalog.blueprints)
    assert len(known) > 5
    for choice in known:
        assert choice.adopts.fields.keys() <= dict(choice.fields).keys()


ROLE = object_of(
    "Role",
    "orders",
    "rbac.authorization.k8s.io/v1",
    rules=[{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]}],
)
BINDING = object_of(
    "RoleBinding",
    "orders",
    "rbac.authorization.k8s.io/v1",
    roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "orders"},
    subjects=[{"kind": "ServiceAccount", "name": "orders"}],
)
API = platform(apiServer={"cidrs": ["10.0.0.1/32"], "audience": "https://kubernetes.default.svc"})


def bound():
    value = deployment()
    value["spec"]["template"]["spec"]["serviceAccountName"] = "orders"
    return value


def test_rights_are_those_of_the_account(adopted):
    apps, left, _ = adopted(bound(), ROLE, BINDING, platform=API)
    assert apps["orders"].value["spec"]["permissions"] == [{"resources": ["configmaps"], "verbs": ["get"]}]
    assert left == []
    other = put("subjects", 0, "name", to="somebody")
    other(stranger := {**BINDING, "subjects": [dict(BINDING["subjects"][0])]})
    apps, left, _ = adopted(bound(), ROLE, stranger, platform=API)
    assert "permissions" not in apps["orders"].value["spec"]
    assert len(left) == 2, "the Role and its binding are nobody's here"


def test_every_right_at_once_is_left(adopted):
    wide = {**ROLE, "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]}
    apps, left, _ = adopted(bound(), wide, BINDING, platform=API)
    assert "permissions" not in apps["orders"].value["spec"] or apps["orders"].value["spec"]["permissions"] == []
    assert any("no wildcard" in one.message for one in left)


def test_an_account_known_outside_keeps_its_role(adopted):
    account = object_of("ServiceAccount", "orders")
    account["metadata"]["annotations"] = {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/orders"}
    apps, _, _ = adopted(bound(), account, loads=False)
    assert apps["orders"].value["spec"]["identity"] == {"cloud": "aws", "role": "arn:aws:iam::111122223333:role/orders"}


def ingress(path="/", kind="Prefix", host="shop.example.com"):
    backend = {"service": {"name": "orders", "port": {"number": 80}}}
    rule = {"host": host, "http": {"paths": [{"path": path, "pathType": kind, "backend": backend}]}}
    return object_of("Ingress", "shop", "networking.k8s.io/v1", spec={"ingressClassName": "nginx", "rules": [rule]})


def http_route(path="/", kind="PathPrefix", host="shop.example.com"):
    rule = {"matches": [{"path": {"type": kind, "value": path}}], "backendRefs": [{"name": "orders", "port": 80}]}
    spec = {"parentRefs": [{"name": "nginx", "namespace": "gateways"}], "hostnames": [host], "rules": [rule]}
    return object_of("HTTPRoute", "shop", "gateway.networking.k8s.io/v1", spec=spec)


def virtual_service(path="/", kind="prefix", host="shop.example.com"):
    route = [{"destination": {"host": "orders.shop.svc.cluster.local", "port": {"number": 80}}}]
    rule = {"match": [{"uri": {kind.lower().removeprefix("path"): path}}], "route": route}
    spec = {"hosts": [host], "gateways": ["gateways/nginx"], "http": [rule]}
    return object_of("VirtualService", "shop", "networking.istio.io/v1", spec=spec)


PATHS = {("/", "Prefix"): None, ("/api", "Prefix"): ["/api/*"], ("/login", "Exact"): ["/login"]}


@pytest.mark.parametrize("route", [ingress, http_route, virtual_service])
@pytest.mark.parametrize(("path", "kind", "paths"), [(*key, value) for key, value in PATHS.items()])
def test_a_route_is_a_caller_through_a_gateway(adopted, route, path, kind, paths):
    apps, left, _ = adopted(
        deployment(), service(), route(path, kind if route is ingress else kind.replace("Prefix", "PathPrefix"))
    )
    entry = {"gateway": "nginx", "host": "shop.example.com", "port": "tcp-8080"}
    assert apps["orders"].value["spec"]["from"] == [{**entry, **({"paths": paths} if paths else {})}]
    assert apps["orders"].value["spec"]["ports"]["tcp-8080"]["protocol"] == "http"
    assert apps["production"].value["spec"]["gateways"]["nginx"]["namespace"] == "gateways"
    assert [one.message for one in left if "says where the pods" not in one.message] == []


def test_a_route_for_any_host_is_left(adopted):
    apps, left, _ = adopted(deployment(), service(), ingress(host=""))
    assert "from" not in apps["orders"].value["spec"]
    assert ["for any host" in one.message for one in left] == [True]


def test_a_load_balancer_lets_in_whom_it_says(adopted):
    ranges = {"type": "LoadBalancer", "loadBalancerSourceRanges": ["198.51.100.0/24"], "externalTrafficPolicy": "Local"}
    apps, left, _ = adopted(deployment(), service(**ranges))
    assert apps["orders"].value["spec"]["from"] == [
        {"loadBalancer": "public", "port": "tcp-8080", "cidrs": ["198.51.100.0/24"]}
    ]
    assert left == []
    apps, _, _ = adopted(deployment(), service(type="LoadBalancer"))
    assert apps["orders"].value["spec"]["from"][0]["internet"] is True
    _, left, _ = adopted(deployment(), service(type="NodePort"))
    assert ["a port of every node" in one.message for one in left] == [True]


def test_a_platform_that_is_there_is_asked_and_not_written(adopted):
    given = platform(gateways={"nginx": {"namespace": "edge", "labels": {"app": "edge"}}})
    apps, left, _ = adopted(deployment(), service(), ingress(), platform=given)
    assert ("production" in apps, left) == (False, [])
    _, left, _ = adopted(deployment(), service(), ingress(), platform=platform(), loads=False)
    assert any("the Platform production has no gateways.nginx" in one.message for one in left)


def test_the_public_address_of_an_app_is_no_host_that_it_calls(adopted):
    apps, _, _ = adopted(deployment(env=env(ROOT_URL="https://shop.example.com/")), service(), ingress())
    assert "to" not in apps["orders"].value["spec"]
