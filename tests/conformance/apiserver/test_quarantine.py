"""By the commands of its file a pod is cut off, and kept: cyclonus finds no flow, no Service leads there, another takes its place

Asked with the labels and the policies that the API server has then. The twins: the App's label stays, or no policy is there.
"""

import json
import shlex

import pytest
from conformance.apiserver.conftest import apply_made
from conformance.cyclonus.judge import probes_of, theirs
from harness import app, platform, run

from scaffold.reach import manifests as read
from scaffold.reach.evaluate import Evaluation, blocks
from scaffold.reach.model import Pod
from scaffold.reach.universe import Universe

pytestmark = pytest.mark.programs("cyclonus")

ABOUT = "a pod that is cut off"
NAMESPACE = "suspected"
FILE = f"on-demand/{NAMESPACE}/quarantine.yaml"
LABEL = "app.kubernetes.io/name"


@pytest.fixture(scope="module")
def made(catalog):
    callee = app(
        "api", NAMESPACE, ports={"http": {"port": 8080}}, workload={"replicas": 2},
        to=[{"host": "api.example.com", "port": 443, "cidrs": ["203.0.113.0/24"]}, {"app": "state", "port": "sql"}],
    )  # fmt: skip
    callee["spec"]["from"] = [{"app": "web", "port": "http"}, {"cidr": "198.51.100.0/24", "port": "http"}]
    caller = app("web", NAMESPACE, to=[{"app": "api", "port": "http"}])
    state = app("state", NAMESPACE, ports={"sql": {"port": 5432}}, workload={"kind": "StatefulSet"})
    state["spec"]["from"] = [{"app": "api", "port": "sql"}]
    return run(catalog, callee, caller, state, platform())


@pytest.fixture(scope="module")
def there(cluster, made):
    """Apply it, and wait until every pod is behind its Service."""
    apply_made(cluster, made)
    cluster.wait("pods serve", lambda: len(behind(cluster, "api")) == 2 and behind(cluster, "state") == {"state-0"})


def behind(cluster, service):
    """Return the pods that a Service leads to."""
    slices = cluster.get("endpointslices", NAMESPACE, labelSelector=f"kubernetes.io/service-name={service}")
    return {one["targetRef"]["name"] for each in slices for one in each["endpoints"] or ()}


def running(cluster, name):
    pods = cluster.get("pods", NAMESPACE, labelSelector=f"{LABEL}={name}")
    return {pod["metadata"]["name"] for pod in pods if pod["status"]["phase"] == "Running"}


def steps(made, name, folder):
    """Return the commands that the file names, for one pod."""
    [file] = [file for file in made.bundle.files if file.path == FILE]
    (folder / "quarantine.yaml").write_text(file.text, "utf-8")
    lines = [line.removeprefix("# kubectl ") for line in file.text.splitlines() if line.startswith("# kubectl ")]
    words = {"POD": name, "quarantine.yaml": str(folder / "quarantine.yaml")}
    return [[words.get(word, word) for word in shlex.split(line)] for line in lines]


@pytest.fixture
def open_to(cluster, talk):
    """Return the flows from and to a pod by cyclonus, as everything is now, and how many flows there are at all."""

    def flows(name, without=()):
        asked = ("get", "networkpolicies", "-n", NAMESPACE, "-o", "json")
        values = [
            {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", **one}
            for one in json.loads(cluster.kubectl(*asked).stdout)["items"]
            if one["metadata"]["name"] not in without
        ]
        pods = [
            Pod(NAMESPACE, pod["metadata"]["name"], tuple(sorted(pod["metadata"].get("labels", {}).items())))
            for pod in cluster.get("pods", NAMESPACE)
        ]
        pods += [Pod("kube-system", "dns", (("k8s-app", "kube-dns"),)), Pod("elsewhere", "stranger")]
        policies = read.policies(values)
        evaluation = Evaluation(Universe(pods, {}, blocks(policies)), policies)
        [own] = [number for number, pod in enumerate(pods) if pod.name == name]
        judged = theirs(talk("cyclonus"), evaluation, values, probes_of(values, steps=(0,)))
        found = {one for one in judged if one[0] == "Combined"}
        return {one for one in found if own in one[1:3]}, found

    return flows


@pytest.mark.parametrize("app_", ["api", "state"])
def test_a_pod_is_cut_off_and_kept(cluster, there, made, open_to, app_, proof, tmp_path):
    """Of a Deployment another one takes its place, within the quota; of a StatefulSet none can: the pod keeps the name."""
    name = min(running(cluster, app_))
    assert len(open_to(name)[0]) > 1
    before = running(cluster, app_)
    for step in steps(made, name, tmp_path):
        cluster.kubectl(*step)
    own, others = open_to(name)
    assert (own, bool(others)) == (set(), True)
    assert open_to(name, without={"default-deny"})[0] == set()
    assert open_to(name, without={"pods.quarantine"})[0] == set()
    cluster.wait("no Service leads to it", lambda: name not in behind(cluster, app_))
    if app_ == "api":
        cluster.wait("another takes its place", lambda: len(running(cluster, app_)) == len(before))
    [pod] = [pod for pod in cluster.get("pods", NAMESPACE) if pod["metadata"]["name"] == name]
    assert (pod["status"]["phase"], pod["metadata"].get("deletionTimestamp")) == ("Running", None)
    assert "ownerReferences" not in pod["metadata"]
    proof("kubectl", ABOUT, "accepted")
    proof("cyclonus", ABOUT, "accepted")


def test_a_label_that_stays_leaves_its_flows_open(cluster, there, made, open_to, proof, tmp_path):
    """Policies add up: denying more shuts nothing that the App's own opens."""
    name = max(running(cluster, "api"))
    [apply, label] = steps(made, name, tmp_path)
    cluster.kubectl(*apply)
    cluster.kubectl(*(word for word in label if word != f"{LABEL}-"))
    assert len(open_to(name)[0]) > 1
    assert name in behind(cluster, "api")
    proof("kubectl", ABOUT, "twin_refused")


def test_without_any_policy_everything_is_open(cluster, there, made, open_to, proof, tmp_path):
    """The label is taken away, and neither the namespace's denial nor this one is there."""
    name = min(running(cluster, "web"))
    cluster.kubectl(*steps(made, name, tmp_path)[1])
    assert open_to(name, without={"default-deny", "pods.quarantine"})[0]
    proof("cyclonus", ABOUT, "twin_refused")
