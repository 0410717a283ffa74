"""Manifests that people run become answers, each value with its place; what is not carried over is said."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from adopt.shop import deployment, object_of, service
from harness import ROOT, documents, dump, put

from scaffold.adopt.adopting import adopt
from scaffold.adopt.adopting import adopted as adopted_from
from scaffold.adopt.disk import create, files
from scaffold.adopt.objects import found_in
from scaffold.cli.outcome import for_editors
from scaffold.errors import OutputError, TakenError


def pod_of(value):
    return value["spec"]["template"]["spec"]


def test_a_deployment_is_an_app_with_places(adopted):
    apps, left, _ = adopted(deployment(), service())
    spec = apps["orders"].value["spec"]
    assert spec["image"] == "registry.example.com/shop/orders:1.0.0"
    assert spec["ports"] == {"tcp-8080": {"port": 8080, "service": 80}}
    assert spec["workload"] == {"replicas": 1}, "Kubernetes' own default, which is not ours"
    assert left == []
    assert apps["orders"].place(("spec", "image")).file == "1.yaml"
    assert apps["orders"].place(("spec", "ports", "tcp-8080", "service")).file == "2.yaml"


def test_an_app_is_called_as_its_service(adopted):
    apps, _, notes = adopted(put("metadata", "name", to="orders-v2")(value := deployment()) or value, service())
    assert list(apps) == ["orders"]
    assert any("orders-v2 is the App orders" in str(note) for note in notes)


def test_a_service_of_several_workloads_gives_none_its_name(adopted):
    """Each keeps its own, and who calls by the Service's is told."""
    values = [deployment("blue"), deployment("green"), service("orders")]
    for value in values[:2]:
        value["spec"]["template"]["metadata"]["labels"] = {"app": "orders"}
    apps, left, _ = adopted(*values)
    assert list(apps) == ["blue", "green"]
    assert ["callers find an App by its own name alone" in one.message for one in left] == [True, True]


def test_a_port_of_a_stateful_set_is_not_mapped_and_stays(adopted):
    apps, left, _ = adopted(deployment(kind="StatefulSet"), service())
    assert apps["orders"].value["spec"]["ports"] == {"tcp-8080": {"port": 8080}}
    assert ["nothing maps its ports" in one.message for one in left] == [True]


LEFT = {
    "a token": (put("automountServiceAccountToken", to=True), "for which rights"),
    "nodes by affinity": (put("affinity", to={"nodeAffinity": {"x": 1}}), "by `isolation`"),
    "a host's directory": (
        lambda pod: (
            pod.update(
                volumes=[{"name": "logs", "hostPath": {"path": "/var/log"}}],
            )
            or pod["containers"][0].update(volumeMounts=[{"name": "logs", "mountPath": "/logs"}])
        ),
        "a directory of the node",
    ),
    "the node's network": (put("hostNetwork", to=True), "the node's own network"),
    "root": (put("securityContext", to={"runAsUser": 0}), "never root"),
    "privileged": (put("containers", 0, "securityContext", to={"privileged": True}), "the node's root"),
    "a capability": (
        put("containers", 0, "securityContext", to={"capabilities": {"add": ["NET_ADMIN"]}}),
        "no process of an App has a capability",
    ),
    "a low port": (put("containers", 0, "ports", 0, "containerPort", to=443), "cannot listen below 1024"),
    "a hook": (
        put("containers", 0, "lifecycle", to={"preStop": {"exec": {"command": ["/bye"]}}}),
        "a pod of an App ends as the bundle says",
    ),
    "tolerations": (put("tolerations", to=[{"operator": "Exists"}]), "no taints"),
    "a credential": (
        put("containers", 0, "env", to=[{"name": "API_TOKEN", "value": "correcthorsebattery"}]),
        "its value is not carried over",
    ),
    "what nobody knows": (put("futureField", to={"deep": [1, 2]}), "spec.template.spec.futureField: an App does not"),
    "a wrong type": (put("containers", 0, "env", to={"A": "b"}), "a list is needed, not a mapping"),
}


@pytest.mark.parametrize(("change", "why"), LEFT.values(), ids=LEFT)
def test_what_is_refused_is_left_and_the_app_loads(adopted, change, why):
    """With its place and what to do; and without it nothing is left."""
    value = deployment()
    change(pod_of(value))
    _, left, _ = adopted(value)
    [problem] = left
    assert why in problem.message
    assert problem.remedy
    assert problem.place.line > 1
    assert "correcthorse" not in str(left)
    assert adopted(deployment())[1] == []


@pytest.mark.parametrize(
    "words",
    [["--db-password=correcthorse"], ["--password", "correcthorse"], ["-dsn=postgres://me:correcthorse@db:5432/x"]],
    ids=["assigned", "following", "an address"],
)
def test_a_secret_on_a_command_line_goes_nowhere(adopted, words):
    """And what is like one stays: where a file of it is, a switch."""
    apps, left, _ = adopted(deployment(args=["serve", *words]))
    assert "correcthorse" not in str(apps) + str(left)
    assert apps["orders"].value["spec"]["args"][0] == "serve"
    assert any("stands on its command line" in one.message for one in left)
    plain = ["serve", "--password-file=/etc/orders/password", "--verbose"]
    assert adopted(deployment(args=plain))[0]["orders"].value["spec"]["args"] == plain


def test_an_image_that_any_push_changes_is_left_and_does_not_load(adopted):
    value = deployment(image="registry.example.com/shop/orders:latest")
    _, left, _ = adopted(value, loads=False)
    assert ["the tag latest" in one.message for one in left] == [True]


def test_values_of_secrets_are_not_read(adopted):
    secret = object_of("Secret", "db", data={"password": "aHVudGVyMg=="}, stringData={"user": "hunter2"})
    found = found_in(documents(secret), "")
    assert "hunter2" not in str(found.values)
    assert "aHVudGVyMg" not in str(found.values)
    assert list(found.values[0]["data"]) == ["password", "user"]


def test_nothing_is_overwritten_and_nothing_is_written_into_the_source(tmp_path, catalog):
    texts = files(adopt(found_in(documents(deployment()), ""), catalog), tmp_path / "out")
    create(texts, tmp_path / "out", ["-"])
    before = (tmp_path / "out/shop-orders.yaml").read_text()
    with pytest.raises(TakenError, match="shop-orders"):
        create(texts, tmp_path / "out", ["-"])
    with pytest.raises(OutputError, match="lies in"):
        create(texts, tmp_path / "out", [str(tmp_path)])
    assert (tmp_path / "out/shop-orders.yaml").read_text() == before


def test_what_a_cluster_gives_back_is_what_people_wrote(catalog, tmp_path):
    """Its defaults, its statuses and what it made of a workload are nothing that has to be carried over."""
    made = adopted_from([str(ROOT / "tests/adopt/live.yaml")], tmp_path, "", catalog)
    assert [document.value["metadata"]["name"] for document in made.documents] == ["db", "orders", "tidy"]
    assert [one.message for one in made.left if "tells of a caller" not in one.message] == []


def test_foreign_names_lead_nowhere_and_reach_no_terminal(tmp_path, catalog):
    value = deployment(volumeMounts=[{"name": "\x1b[2Jgone", "mountPath": "/x"}])
    value["metadata"]["namespace"] = "../../etc"
    made = adopt(found_in(documents(value), ""), catalog)
    assert [path.parent for path in map(Path, files(made, tmp_path))] == [tmp_path]
    assert "\x1b" not in "".join(map(str, made.left))
    assert any("has no volume" in one.message for one in made.left)


def test_the_command_tells_what_it_did(tmp_path, installed):
    source = tmp_path / "k8s.yaml"
    source.write_text(dump(deployment()))
    words = [sys.executable, "-m", "scaffold", "adopt", str(source), "-o", str(tmp_path / "out"), "--format", "json"]
    run = subprocess.run(words, capture_output=True, text=True, env=installed, cwd=ROOT, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    told = json.loads(run.stdout)
    assert (told["written"], told["left"]) == (True, [])
    assert (tmp_path / "out/shop-orders.yaml").read_text().count("# from ") > 1


def test_how_an_editor_gets_the_schema_is_told_until_it_has_it(tmp_path):
    folder = tmp_path / "my answers"
    assert for_editors(folder).endswith(f"scaffold schema app > '{folder}/app.schema.json'")
    folder.mkdir()
    (folder / "app.schema.json").touch()
    assert for_editors(folder) == ""


def test_the_tag_latest_beside_a_digest_says_nothing(adopted):
    digest = "sha256:" + "1" * 64
    one = deployment(image=f"registry.example.com/a:latest@{digest}")
    pod_of(one)["initContainers"] = [{"name": "wait", "image": f"busybox:latest@{digest}", "command": ["true"]}]
    apps, left, _ = adopted(one)
    assert left == []
    spec = apps["orders"].value["spec"]
    assert (spec["image"], spec["init"]["wait"]["image"]) == (f"registry.example.com/a@{digest}", f"busybox@{digest}")


def test_what_is_left_out_for_a_part_of_it_is_named(adopted):
    """An init container without its image is none: who reads of the tag has to learn that all of it is gone."""
    one = deployment()
    pod_of(one)["initContainers"] = [{"name": "wait", "image": "busybox:latest", "command": ["true"]}]
    apps, left, _ = adopted(one)
    assert "init" not in apps["orders"].value["spec"]
    assert ["spec.init.wait is left out for it, whole" in problem.message for problem in left] == [True]


@pytest.mark.parametrize(("asked", "told"), [("100m", ["cpu"]), ("0.2", [])])
def test_less_asked_than_the_limit_is_told(adopted, asked, told):
    resources = {"requests": {"cpu": asked, "memory": "64Mi"}, "limits": {"cpu": "200m", "memory": "64Mi"}}
    _, left, notes = adopted(deployment(resources=resources))
    assert [note.remedy.rpartition(".")[2] for note in notes if "than its limit" in note.message] == told
    assert left == []


def with_wait(volume, path="/template"):
    """A Deployment whose init container mounts a volume that its own container does not."""
    one = deployment()
    mounts = [{"name": "extra", "mountPath": path}]
    first = {"name": "wait", "image": "busybox:1.0.0", "command": ["true"], "volumeMounts": mounts}
    pod_of(one).update(initContainers=[first], volumes=[{"name": "extra", **volume}])
    return one


def test_files_of_an_init_container_alone_are_the_apps(adopted):
    one = with_wait({"configMap": {"name": "template"}})
    apps, left, notes = adopted(one, object_of("ConfigMap", "template", data={"a.conf": "level: info"}))
    assert apps["orders"].value["spec"]["config"]["files"] == {"/template/a.conf": "level: info"}
    assert left == []
    assert ["/template was wait's alone" in note.message for note in notes].count(True) == 1
    apps, left, _ = adopted(with_wait({"emptyDir": {}}, "/work"))
    assert apps["orders"].value["spec"]["security"]["writable"]["/work"] == "64Mi"
    assert left == []


def test_a_secret_of_an_init_container_alone_is_not_the_apps(adopted):
    apps, left, _ = adopted(with_wait({"secret": {"secretName": "key"}}))
    assert "secrets" not in apps["orders"].value["spec"]
    assert any("what runs before the App has the App's directories" in one.message for one in left)
