"""An API server with our audit policy logs each kind of request at its level and stages, and no secret value."""

import base64
import copy
import json
import subprocess

import pytest
import yaml
from conformance.apiserver.client import Client, kubelet
from conformance.apiserver.requests import (
    ARRIVED,
    CANARY,
    CORE,
    DONE,
    ELSEWHERE,
    ENCODED,
    FORGED,
    NODE,
    UNKNOWN,
    script,
)
from conformance.cluster import ClusterError, Server
from conformance.helpers import self_managed
from harness import EXAMPLES

from scaffold.checks.audit import wrong_level

SMALL = ("kubectl", "etcd", "kube-apiserver")
POLICY = "control-plane/audit-policy.yaml"
ISSUED = "eyJhbGciOi"  # how every token begins that the API server issues
pytestmark = [pytest.mark.programs(*SMALL), pytest.mark.files("external-secrets")]


SPACE = "shop"


def policy_of(catalog, example):
    """Return the policy of an example, for one namespace instead of its own: policies that are alike then are the same."""
    policy = yaml.safe_load(self_managed(catalog, example, POLICY))
    [own] = {tuple(rule["namespaces"]) for rule in policy["rules"] if "namespaces" in rule}
    assert own
    for rule in policy["rules"]:
        if "namespaces" in rule:
            rule["namespaces"] = [SPACE]
    return policy


def about(example):
    """Name what was asked about: an example without a file of its own stands for one with it."""
    return example if (example / "bundle" / POLICY).exists() else f"{example.name}, self-managed"


class Recording:
    """What an API server with some policy answers to the script, and what it logs."""

    def __init__(self, built, folder, policy):
        file = folder / "policy.yaml"
        file.write_text(yaml.safe_dump(policy), "utf-8")
        programs = {name: built(name) for name in SMALL}
        with Server(programs, folder / "server", audit_policy=file) as server, kubelet(server) as port:
            client = Client(server)
            server.install_crds([built("external-secrets") / "external-secrets.io_externalsecrets.yaml"])
            self.token = prepare(client, SPACE, port)
            self.requests = script(SPACE, self.token, certificate(server))
            self.answers = {request.name: client.send(request) for request in self.requests}
            server.finish()  # an event is written just after its answer
        self.lines = server.audit_log.read_text("utf-8").splitlines()
        self.events = {}
        for event in map(json.loads, self.lines):
            self.events.setdefault(event["auditID"], []).append(event)

    def unlike(self):
        """Return each request whose answer, level or stages are not those of the script, with both."""
        found = {}
        for request in self.requests:
            events = self.events.get(request.name, [])
            levels = sorted({event["level"] for event in events}) or ["None"]
            was = (self.answers[request.name][0], levels, sorted(event["stage"] for event in events))
            meant = (request.status, [request.level], sorted(request.stages))
            if was != meant:
                found[request.name] = f"{was}, not {meant}"
        return found

    def leaks(self):
        """Return each request in whose events a secret value stands, or what only makes noise of them."""
        hidden = (CANARY, ENCODED, FORGED, self.token, ISSUED, '"managedFields"')
        return {json.loads(line)["auditID"] for line in self.lines if any(value in line for value in hidden)}


def prepare(client, space, port):
    """Make what the requests are about; return a token of the account `default`, which sends some of them."""
    for name in (space, ELSEWHERE):
        client.make(f"{CORE}/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
        client.make(f"{CORE}/namespaces/{name}/serviceaccounts", account)
    address = {"type": "InternalIP", "address": "127.0.0.1"}
    status = {"addresses": [address], "daemonEndpoints": {"kubeletEndpoint": {"Port": port}}}
    client.make(f"{CORE}/nodes", {"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE}, "status": status})
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    token = client.make(f"{CORE}/namespaces/{space}/serviceaccounts/default/token", asked)["status"]["token"]
    client.trust("account", token)
    client.trust("forged", FORGED)
    return token


def certificate(server):
    """Return a certificate signing request, in base64."""
    command = ["openssl", "req", "-new", "-key", str(server.pki / "jane.key"), "-subj", "/CN=eve"]
    return base64.b64encode(subprocess.run(command, capture_output=True, check=True).stdout).decode()


def first(**rule):
    return lambda policy: policy["rules"].insert(0, rule)


def rule_of(policy, resource):
    """Return the first rule that names a core resource."""
    return next(
        rule
        for rule in policy["rules"]
        if any(resource in entry.get("resources", ()) and not entry["group"] for entry in rule.get("resources", ()))
    )


# What is broken: how, a request that shows it, whether a value gets into the log, and in which policy: those that are in
# one do not hide each other.
TWINS = {
    "secrets with bodies": (
        first(level="RequestResponse", resources=[{"group": "", "resources": ["secrets"]}]), "secret: get", True, 1,
    ),
    "patches with answers": (
        lambda policy: policy["rules"].remove(rule_of(policy, "secrets")), "secret: apply what does not fit", True, 2,
    ),
    "everything alike": (first(level="Metadata"), "noise: a node's status", True, 3),
    "nothing of administrators": (
        first(level="None", userGroups=["system:masters"]), "secret: list everywhere", False, 4,
    ),
    "exec is noise": (lambda policy: rule_of(policy, "pods/exec").update(level="None"), "entry: exec", False, 5),
    "probes of whoever": (lambda policy: policy["rules"][0].pop("userGroups"), "unknown: a probe", False, 5),
    "any namespace": (
        lambda policy: [rule.pop("namespaces", None) for rule in policy["rules"]], "app: create a pod elsewhere", False, 5,
    ),
    "every stage": (lambda policy: policy["rules"][-1].pop("omitStages"), "read: pods", False, 5),
    "managed fields": (lambda policy: policy.pop("omitManagedFields"), "rights: create a role", True, 2),
}  # fmt: skip


@pytest.fixture(scope="module")
def recorded(built, catalog, tmp_path_factory):
    """Return the recording of an example's policy, or of its twin; each policy is recorded once."""
    made = {}

    def record(example, twin=""):
        policy = policy_of(catalog, example)
        for change, _, _, which in TWINS.values() if twin else ():
            if which == TWINS[twin][-1]:
                before = copy.deepcopy(policy)
                change(policy)
                assert policy != before
        key = json.dumps(policy)
        if key not in made:
            made[key] = Recording(built, tmp_path_factory.mktemp("audit"), policy)
        return made[key]

    return record


def test_every_request_is_logged_as_it_should_be(recorded, example, proof):
    made = recorded(example)
    assert len(made.requests) == len({request.name for request in made.requests}) > 100
    assert made.unlike() == {}
    assert made.leaks() == set()
    proof("kube-apiserver", about(example), "accepted")


def test_who_acts_as_another_is_logged_with_both(recorded, example):
    [event] = recorded(example).events["not noise: somebody acts as a component"]
    assert event["user"]["username"] == "admin"
    assert event["impersonatedUser"]["username"] == "system:kube-controller-manager"


# Each twin once, of one example after the other.
@pytest.mark.parametrize(
    ("example", "twin"), [(EXAMPLES[number % len(EXAMPLES)], twin) for number, twin in enumerate(TWINS)], ids=TWINS
)
def test_a_broken_policy_is_seen_in_the_log(recorded, example, twin, proof):
    _, request, leaks, _ = TWINS[twin]
    made = recorded(example, twin)
    assert request in {*made.unlike(), *made.leaks()}
    assert bool(made.leaks()) == leaks
    proof("kube-apiserver", about(example), "twin_refused")


def test_our_own_check_judges_every_request_alike(recorded, catalog):
    """By what the API server says of the request where it logs everything alike: who, which verb, and of what."""
    example = EXAMPLES[list(TWINS).index("everything alike") % len(EXAMPLES)]
    rules = wrong_level._rules(policy_of(catalog, example))
    made = recorded(example, "everything alike")
    for request in made.requests:
        event = made.events[request.name][0]
        groups = [group for group in event["user"].get("groups", ()) if group != "system:authenticated"]
        who = (event["user"].get("username", ""), *(groups or ["system:authenticated"])[:1]) if event["user"] else ("", "")  # fmt: skip
        asked = [rule for rule in rules if wrong_level._by(rule, who) and wrong_level._does(rule, event["verb"])]
        rule = next(matching(asked, event), wrong_level._NO_RULE)
        for stage in UNKNOWN if request.status == 401 else ARRIVED + DONE:
            meant = request.level if stage in request.stages else "None"
            assert wrong_level._level(rule, stage) == meant, (request.name, stage)


def matching(rules, event):
    """Yield the rules that are about what a request is about, by our own check."""
    about = event.get("objectRef")
    if about is None:
        path = event["requestURI"].partition("?")[0]
        yield from (rule for rule in rules if wrong_level._leads_to(rule, path))
        return
    resource = "/".join(filter(None, (about["resource"], about.get("subresource"))))
    for _, one in wrong_level._about(rules, about.get("apiGroup", ""), resource):
        if one.holds(about.get("namespace", ""), about.get("name", "")):
            yield one.rule


def test_a_policy_that_is_none_stops_the_server(built, catalog, tmp_path):
    """With the step, the log, and the reason."""
    policy = policy_of(catalog, EXAMPLES[0])
    policy["rules"][-1]["level"] = "Everything"
    (tmp_path / "policy.yaml").write_text(yaml.safe_dump(policy), "utf-8")
    programs = {name: built(name) for name in SMALL}
    with pytest.raises(ClusterError, match="kube-apiserver died before: /readyz") as caught:
        Server(programs, tmp_path / "server", audit_policy=tmp_path / "policy.yaml").__enter__()
    assert f"{tmp_path}/server/log/kube-apiserver.log (end)" in str(caught.value)
    assert "Everything" in str(caught.value)
