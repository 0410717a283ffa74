"""Every risk is found where it is, and only there."""

from pathlib import Path

import pytest
from harness import app, exception, in_a_month, loaded, platform, run
from msgspec import structs

from scaffold import risks
from scaffold.registry import registry
from scaffold.verify import verify


def findings(catalog, *docs):
    made = run(catalog, *docs)
    return [(f.severity, f.check) for f in verify(made.bundle, made.system).findings]


HEALTHY = {"health": {"ready": {"tcp": "http"}}, "ports": {"http": {"port": 8080}}}
UNHEALTHY = {
    "a port": {"ports": {"http": {"port": 8080}}},
    "a UDP port": {"ports": {"dns": {"port": 5353, "protocol": "udp"}}},
    "none": {},
}


@pytest.mark.parametrize("spec", UNHEALTHY.values(), ids=UNHEALTHY)
def test_unanswered_health_is_a_note(catalog, spec):
    assert findings(catalog, app(**spec)) == [("note", "pod-security/unanswered-health")]
    assert findings(catalog, app(**HEALTHY)) == []


@pytest.mark.parametrize("spec", UNHEALTHY.values(), ids=UNHEALTHY)
def test_the_remedy_of_unanswered_health_is_an_answer(catalog, spec):
    """What a note says to write is accepted, and ends it; also where nothing listens."""
    made = run(catalog, app(**spec))
    [finding] = verify(made.bundle, made.system).findings
    assert findings(catalog, app(**spec, **loaded(finding.remedy.removeprefix("spec.")))) == []


SAME = {
    "one path": ({"http": "/ok"}, {"http": "/ok"}),
    "the first port, named": ({"http": "/ok"}, {"http": "/ok", "port": "http"}),
    "one port": ({"tcp": "http"}, {"tcp": "http"}),
    "one command": ({"exec": ["/app", "ping"]}, {"exec": ["/app", "ping"]}),
}
OTHER = {
    "another path": ({"http": "/readyz"}, {"http": "/livez"}),
    "another port": ({"http": "/ok"}, {"http": "/ok", "port": "admin"}),
    "another command": ({"exec": ["/app", "ready"]}, {"exec": ["/app", "ping"]}),
    "another kind": ({"http": "/ok"}, {"tcp": "http"}),
}


@pytest.mark.parametrize("name", [*SAME, *OTHER])
def test_one_answer_for_readiness_and_liveness_is_a_warning(catalog, name):
    ready, live = {**SAME, **OTHER}[name]
    spec = {"health": {"ready": ready, "live": live}, "ports": {"http": {"port": 8080}, "admin": {"port": 8081}}}
    assert findings(catalog, app(**spec)) == [("warning", "pod-security/same-health")] * (name in SAME)


@pytest.mark.parametrize("kind", ["Deployment", "DaemonSet", "Pod"])
def test_a_pod_by_itself_is_a_warning(catalog, kind):
    lone = [("warning", "pod-security/lone-pod")] * (kind == "Pod")
    assert findings(catalog, app(**HEALTHY, workload={"kind": kind})) == lone


VAULT = {"backend": "vault", "server": "https://vault.example.com:8200", "cidrs": ["10.30.0.5/32"]}


@pytest.mark.parametrize("backend", ["aws-secrets-manager", "aws-parameter-store"])
def test_one_role_for_all_apps_is_a_warning(catalog, backend):
    def found(**role):
        store = {"backend": backend, "region": "eu-central-1", "cidrs": ["10.31.0.0/24"], "sts": ["10.31.1.0/24"]}
        own = app(**HEALTHY, secrets={"db": {"store": "main", "key": "db", "file": "/etc/secrets/db"}})
        return findings(catalog, own, platform(secretStores={"main": {**store, **role}}))

    role = "arn:aws:iam::111122223333:role/secrets"
    assert found(role=role) == [("warning", "secrets/shared-role")]
    assert found(roles=f"{role}.") == []


def test_one_identity_for_all_apps_is_a_warning(catalog):
    """Where an App has one of its own, that of the others is none of its business."""
    apps = [
        app(name, **HEALTHY, secrets={"db": {"store": "main", "key": "db", "file": "/etc/secrets/db"}})
        for name in ("api", "stock")
    ]
    [own, other] = ["6e2a1c52-7d0c-4c0f-9f59-0d7c1f5b3a11", "0e1d2c3b-4a59-4876-9504-132231405069"]
    store = {
        "backend": "azure-key-vault", "server": "https://acme.vault.azure.net", "clients": {"shop/api": own},
        "tenant": "72f988bf-86f1-41af-91ab-2d7cd011db47", "cidrs": ["10.32.0.0/24"], "entra": ["20.190.128.0/18"],
    }  # fmt: skip
    made = run(catalog, *apps, platform(secretStores={"main": {**store, "client": other}}))
    [one] = [one for one in verify(made.bundle, made.system).findings if one.check == "secrets/shared-role"]
    assert one.reason.startswith("shop/stock: ")
    assert findings(catalog, apps[0], platform(secretStores={"main": store})) == []


def test_a_secret_that_nothing_makes_is_a_warning(catalog):
    own = app(**HEALTHY, secrets={"db": {"store": "main", "key": "db", "file": "/etc/secrets/db"}})
    given = {"backend": "existing-secret", "maker": "somebody"}
    assert findings(catalog, own, platform(secretStores={"main": given})) == [("warning", "secrets/given-secret")]
    assert findings(catalog, own, platform(secretStores={"main": VAULT})) == []


def test_a_sidecar_that_reads_secrets_is_a_note(catalog):
    def found(path):
        sidecar = {"image": "registry.example.com/tools/exporter:1.0.0", "mounts": {path: "read"}}
        own = app(
            **HEALTHY,
            sidecars={"exporter": sidecar},
            secrets={"db": {"store": "vault", "key": "db", "file": "/etc/secrets/db"}},
            config={"files": {"/etc/api/exporter.toml": "x"}},
        )
        return findings(catalog, own, platform(secretStores={"vault": VAULT}))

    assert found("/etc/secrets") == [("note", "secrets/shared-file")]
    assert found("/etc/api") == []


def test_a_secret_that_does_not_rotate_is_a_warning(catalog):
    found = {
        key: findings(
            catalog,
            app(**HEALTHY, secrets={"users": {"store": "vault", "key": "users", key: "/etc/users/htpasswd"}}),
            platform(secretStores={"vault": VAULT}),
        )
        for key in ("file", "singleFile")
    }
    assert found == {"file": [], "singleFile": [("warning", "secrets/unrotated-secret")]}
    secrets = {"token": {"store": "vault", "key": "token", "env": "TOKEN"}}
    own = app(**HEALTHY, secrets=secrets)
    assert findings(catalog, own, platform(secretStores={"vault": VAULT})) == [("warning", "secrets/unrotated-secret")]
    job = app(secrets=secrets, workload={"kind": "Job", "deadline": 60, "retries": 0})
    assert findings(catalog, job, platform(secretStores={"vault": VAULT})) == []


def test_a_value_that_is_spelled_for_no_place_is_a_warning(catalog):
    store = {"backend": "vault", "server": "https://vault.example.com", "cidrs": ["10.30.0.5/32"]}

    def found(**spelled):
        parts = [{"text": "host=db password="}, {"property": "password", **spelled}]
        secret = {"store": "vault", "key": "db", "join": parts, "file": "/etc/secrets/db"}
        return findings(catalog, app(**HEALTHY, secrets={"db": secret}), platform(secretStores={"vault": store}))

    assert found() == found(spelled="json") == found(spelled="url") == []
    assert found(spelled="plain") == [("warning", "secrets/plain-part")]


def test_pods_of_others_in_a_namespace_that_denies_are_a_warning(catalog):
    here, there = ({"pods": {"a": "b"}, "namespace": space, "port": 1234} for space in ("shop", "data"))
    assert findings(catalog, app(**HEALTHY, to=[here])) == [("warning", "network/cut-off-pods")]
    assert findings(catalog, app(**HEALTHY, to=[there])) == []


def test_what_callers_say_of_themselves_is_a_warning(catalog):
    gateway = {"namespace": "gateways", "labels": {"a": "b"}, "account": "public"}
    issuer = {"issuer": "https://i.example.com", "jwksUri": "https://i.example.com/keys", "audiences": ["api"]}
    cluster = platform(mesh={"mode": "istio-sidecar"}, gateways={"public": gateway}, issuers={"main": issuer})

    def found(**asked):
        entry = {"gateway": "public", "host": "api.example.com", "port": "http", **asked}
        ports = {"ports": {"http": {"port": 8080, "protocol": "http"}}, "health": {"ready": {"tcp": "http"}}}
        return findings(catalog, app(**{**ports, "from": [entry]}), cluster)

    warning = [("warning", "mesh/claimed-by-caller")]
    assert found(headers={"x-tenant": ["acme"]}) == found(refusedAgents=["curl/*"]) == warning
    assert found(token={"issuer": "main"}) == []


def test_teams_that_share_a_namespace_are_a_warning(catalog):
    teams = {"one": {"group": "first"}, "two": {"group": "second"}}
    apps = [app("api", **HEALTHY, team="one"), app("web", **HEALTHY, team="two")]
    assert findings(catalog, *apps, platform(teams=teams)) == [("warning", "rbac/shared-namespace")]
    assert findings(catalog, *apps) == []
    apps[1]["metadata"]["namespace"] = "front"
    assert findings(catalog, *apps, platform(teams=teams)) == []


def test_a_node_pool_that_nodes_can_join_by_themselves_is_a_warning(catalog):
    def of(key, **spec):
        pool = {"labels": {"kubernetes.io/os": "linux", key: "yes"}, "taints": [{"key": "pool"}]}
        return findings(catalog, app(**HEALTHY, **spec), platform(nodePools={"dedicated": pool}))

    warned = [("warning", "pod-security/forgeable-node")]
    for kept in ("node-restriction.kubernetes.io/pool", "example.com.node-restriction.kubernetes.io/pool"):
        assert of(kept, isolation="dedicated") == []
    for own in ("pool", "example.com/pool", "node-restriction.kubernetes.io.example.com/pool"):
        assert of(own, isolation="dedicated") == warned
        assert of(own) == []


def test_the_open_internet_is_a_warning(catalog):
    host = {"host": "api.example.com", "port": 443}
    assert findings(catalog, app(**HEALTHY, to=[{**host, "internet": True}])) == [("warning", "network/open-internet")]
    assert findings(catalog, app(**HEALTHY, to=[{**host, "cidrs": ["203.0.113.0/24"]}])) == []


def test_a_flow_with_nodes_is_a_warning(catalog):
    nodes = platform(nodes={"all": {"cidrs": ["10.0.0.0/20"]}}, clusterNetworks=["10.0.0.0/16"])
    warned = [("warning", "network/address-of-nodes")]
    assert findings(catalog, app(**HEALTHY, **{"from": [{"nodes": "all", "port": "http"}]}), nodes) == warned
    assert findings(catalog, app(**HEALTHY, to=[{"nodes": "all", "port": 9100}]), nodes) == warned
    assert findings(catalog, app(**HEALTHY, to=[{"cidr": "203.0.113.0/24", "port": 9100}]), nodes) == []
    known = platform(nodes={"all": {"cidrs": ["10.0.0.0/20"]}}, network={"plugin": "cilium"})
    assert findings(catalog, app(**HEALTHY, to=[{"nodes": "all", "port": 9100}]), known) == warned


def test_an_open_load_balancer_is_a_warning(catalog):
    known = {"edge": {"source": "preserved"}, "proxy": {"source": "unpreserved", "cidrs": ["198.51.100.0/28"]}}

    def of(**entry):
        spec = {**HEALTHY, "from": [{"port": "http", **entry}]}
        return findings(catalog, app(**spec), platform(loadBalancers=known))

    warned = [("warning", "network/open-balancer")]
    assert of(loadBalancer="edge", cidrs=["203.0.113.0/24"]) == []
    assert of(loadBalancer="edge", internet=True) == warned
    assert of(loadBalancer="proxy", cidrs=["203.0.113.0/24"]) == warned
    assert of(loadBalancer="proxy", internet=True) == warned * 2


def test_the_internet_by_parts_is_a_warning(catalog):
    parts = [{"cidr": f"{first}.0.0.0/8", "port": 443} for first in range(20, 40)]
    assert findings(catalog, app(**HEALTHY, to=parts)) == [("warning", "network/open-internet")]
    assert findings(catalog, app(**HEALTHY, to=parts[:3])) == []


def test_a_caller_without_identity_is_a_warning(catalog):
    outside = {"pods": {"a": "b"}, "namespace": "data", "port": "http"}
    mesh = platform(mesh={"mode": "istio-sidecar"})
    assert findings(catalog, app(**HEALTHY, **{"from": [outside]}), mesh) == [("warning", "mesh/unencrypted-caller")]
    assert findings(catalog, app(**HEALTHY, **{"from": [{**outside, "account": "c"}]}), mesh) == []
    made = run(catalog, app(**HEALTHY, **{"from": [{**outside, "until": in_a_month()}]}), mesh)
    [one] = verify(made.bundle, made.system).findings
    assert one.reason.endswith(f", until {in_a_month()}")
    assert findings(catalog, app(**HEALTHY, **{"from": [outside]})) == []
    datagrams = {**HEALTHY, "ports": {**HEALTHY["ports"], "dns": {"port": 5353, "protocol": "udp"}}}
    inside = {"from": [{"app": "web", "namespace": "front", "port": "dns"}]}
    assert findings(catalog, app(**datagrams, **inside), mesh) == [("warning", "mesh/unencrypted-caller")]
    assert findings(catalog, app(**datagrams, **inside)) == []


def test_every_host_on_the_internet_is_named(catalog):
    hosts = [{"host": f"{name}.example.com", "port": 443, "internet": True} for name in ("a", "b")]
    assert findings(catalog, app(**HEALTHY, to=hosts)) == [("warning", "network/open-internet")] * 2


SERVER = {"apiServer": {"cidrs": ["10.0.0.1/32"], "audience": "https://kubernetes.default.svc"}}


def test_rights_that_reach_further_are_a_warning(catalog):
    enter = {"resources": ["pods/exec"], "verbs": ["get", "create"]}
    custom = {"resources": ["widgets"], "verbs": ["create"], "group": "example.com"}
    secret = {"resources": ["secrets"], "names": ["theirs"], "verbs": ["get"]}
    maps = {"resources": ["configmaps"], "verbs": ["update"]}
    for wide, narrow in (
        (enter, {**enter, "names": ["db-0"]}),
        (custom, {**custom, "verbs": ["get"]}),
        (secret, {**secret, "names": ["api.own"]}),
        (maps, {**maps, "names": ["api-switches"]}),
    ):
        assert findings(catalog, app(**HEALTHY, permissions=[wide]), platform(**SERVER)) == [
            ("warning", "rbac/far-reaching-right")
        ]
        assert findings(catalog, app(**HEALTHY, permissions=[narrow]), platform(**SERVER)) == []


def test_addresses_that_may_be_pods_are_a_warning(catalog):
    private, public = ({"cidr": cidr, "port": 1234} for cidr in ("10.20.0.0/16", "203.0.113.0/24"))
    assert findings(catalog, app(**HEALTHY, to=[private])) == [("warning", "network/address-of-pods")]
    assert findings(catalog, app(**HEALTHY, to=[public])) == []
    assert findings(catalog, app(**HEALTHY, to=[private]), platform(clusterNetworks=["10.244.0.0/16"])) == []


def test_a_flow_that_waits_is_a_warning(catalog):
    callee = {"app": "web", "namespace": "front", "port": "http"}
    web = app("web", "front", ports={"http": {"port": 8080}}, health={"ready": {"tcp": "http"}})
    assert findings(catalog, app(**HEALTHY, to=[callee]), web) == [("warning", "network/unagreed-flow")]
    agreed = {**web, "spec": {**web["spec"], "from": [{"app": "api", "namespace": "shop", "port": "http"}]}}
    assert findings(catalog, app(**HEALTHY, to=[callee]), agreed) == []


def test_an_exception_is_a_warning(catalog):
    assert findings(catalog, app(**HEALTHY, exceptions=[exception()])) == [("warning", "exceptions/in-force")]


def test_unlimited_cpu_is_a_warning(catalog):
    assert findings(catalog, app(**HEALTHY), platform(cpuLimits=False)) == [("warning", "pod-security/unlimited-cpu")]
    assert findings(catalog, app(**HEALTHY), platform(cpuLimits=True)) == []


def test_apps_that_are_the_same_to_a_cloud_are_a_warning(catalog):
    irsa = {"mode": "irsa", "issuer": "https://oidc.example.com/id/1", "cidrs": ["203.0.113.0/24"]}
    roles = [{"cloud": "aws", "role": f"arn:aws:iam::111122223333:role/{name}"} for name in ("api", "web")]
    for role in roles:
        web = app("web", "front", **HEALTHY, identity=role)
        found = findings(catalog, app(**HEALTHY, identity=roles[0]), web, platform(cloudIdentity=irsa))
        assert found == [("warning", "rbac/shared-identity")] * (role == roles[0])


def test_apps_that_say_nothing_of_themselves_are_themselves(catalog):
    known = {"mode": "gke-workload-identity", "project": "shop-production", "number": "123456789012"}
    own, web = (app(name, **HEALTHY, identity={"cloud": "gcp"}) for name in ("api", "web"))
    assert findings(catalog, own, web, platform(cloudIdentity=known)) == []


def test_sidecars_with_the_identity_of_their_app_are_a_warning(catalog):
    gke = {"mode": "gke-workload-identity", "project": "shop-production", "number": "123456789012"}
    irsa = {"mode": "irsa", "issuer": "https://oidc.example.com/id/1", "cidrs": ["203.0.113.0/24"]}
    sidecars = {"proxy": {"image": "registry.example.com/tools/proxy:1.0.0"}}
    pod, container = {"cloud": "gcp"}, {"cloud": "aws", "role": "arn:aws:iam::111122223333:role/api"}
    warned = [("warning", "rbac/identity-of-sidecars")]
    for identity, cloud, beside, expected in (
        (pod, gke, sidecars, warned),
        (pod, gke, {}, []),
        (container, irsa, sidecars, []),
    ):
        own = app(**HEALTHY, identity=identity, sidecars=beside)
        assert findings(catalog, own, platform(cloudIdentity=cloud)) == expected


def test_names_resolved_where_credentials_are_handed_out_are_a_note(catalog):
    cloud = [("note", "network/metadata-resolver")]
    assert findings(catalog, app(**HEALTHY), platform(distribution="gke")) == cloud
    assert findings(catalog, app(**HEALTHY), platform(dns={"cidrs": ["169.254.0.0/16"]})) == cloud
    assert findings(catalog, app(**HEALTHY), platform(dns={"cidrs": ["169.254.20.10/32"]})) == []


LOW = {"of both": {"user": 999}, "of the user": {"user": 10000, "group": 10001}, "of the group": {"group": 0}}
HIGH = {"none said": {}, "above": {"user": 10001}, "nobody's": {"user": 999, "userNamespace": True}}


@pytest.mark.parametrize("name", [*LOW, *HIGH])
def test_ids_of_somebody_on_the_node_are_a_warning(catalog, name):
    made = findings(catalog, app(**HEALTHY, security={**LOW, **HIGH}[name]))
    assert made == [("warning", "pod-security/low-id")] * (name in LOW)


def test_ids_that_the_cluster_assigns_are_nobodys(catalog):
    assert findings(catalog, app(**HEALTHY), platform(distribution="openshift")) == []


def test_a_blueprint_of_a_third_party_is_a_warning(catalog):
    """It says what is open because of it. What it takes to render one is asked in tests/third_party."""
    system = run(catalog, app(**HEALTHY, to=[{"app": "stock", "port": 8080}]), app("stock", **HEALTHY)).system
    find = registry(risks.__name__)["blueprints/third-party"]
    assert list(find(system)) == []
    first, *others = system.selections
    theirs = structs.replace(first, blueprint=structs.replace(first.blueprint, source="gh:acme/rules@1a2b3c"))
    edge = structs.replace(system.edges[0], origin=first.blueprint.id)
    [found] = find(structs.replace(system, selections=(theirs, *others), edges=(edge, *system.edges[1:])))
    assert (found.severity, found.check) == ("warning", "blueprints/third-party")
    assert f"{first.blueprint.id} decides what is rendered, and opens flows: {edge.reason};" in found.reason


def test_every_risk_is_tested_here():
    text = Path(__file__).read_text()
    assert [id_ for id_ in registry(risks.__name__) if f'"{id_}"' not in text] == []
