"""What people keep beside a bundle holds no value of a secret: whatever it is written in, and nothing else is taken for one."""

import pytest
from harness import app, run

from scaffold.bundle.disk import changes, write
from scaffold.bundle.plain_values import plain_values
from scaffold.catalog import digests
from scaffold.errors import FindingsError
from scaffold.verify import verify

FOLDER = "apps/shop/api"
OWN, NEW = f"{FOLDER}/kustomization.yaml", f"{FOLDER}/own.yaml"
OBJECT = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\n"
HIDDEN = "ENC[AES256_GCM,data:p673w==,iv:YY2T==,tag:D4vP==,type:str]"
HEAD = "kind: Kustomization\nresources: [base]\n"
PLAIN = {
    "data": (NEW, OBJECT + "data: {a: aHVudGVyMg==}\n", "/data/a"),
    "text": (NEW, OBJECT + "stringData:\n  a: hunter2\n", "/stringData/a"),
    "JSON": (f"{FOLDER}/own.json", '{"kind": "Secret", "data": {"a": "aHVudGVyMg=="}}', "/data/a"),
    "one of two documents": (NEW, "kind: ConfigMap\n---\n" + OBJECT + "data: {a: YQ==}\n", "/data/a"),
    "one of a list": (NEW, "kind: List\nitems:\n- kind: Secret\n  data: {a: YQ==}\n", "/data/a"),
    "one that is left beside those that are encrypted": (NEW, OBJECT + f"data: {{a: '{HIDDEN}', b: YQ==}}\n", "/data/b"),
    "what only begins as if it were encrypted": (NEW, OBJECT + "data: {a: 'ENC[hunter2]'}\n", "/data/a"),
    "a number": (NEW, OBJECT + "stringData: {a: 12345}\n", "/stringData/a"),
    "as it was applied once": (NEW, OBJECT.replace("}", ", annotations: {kubectl.kubernetes.io/last-applied-configuration: x}}"), "/metadata/annotations"),
    "what cannot be read": (NEW, "kind: Secret # mine\ndata: &a {a: YQ==}\n", "anchor"),
    "in another folder of the App's": (f"{FOLDER}/patches/db.yml", OBJECT + "data: {a: YQ==}\n", "/data/a"),
    "among what is generated": (f"{FOLDER}/base/db.yaml", OBJECT + "data: {a: YQ==}\n", "/data/a"),
    "a patch": (OWN, HEAD + "patches:\n- patch: |\n    kind: Secret\n    data: {a: YQ==}\n", "/data/a"),
    "an older patch": (OWN, HEAD + "patchesStrategicMerge:\n- |\n  kind: Secret\n  data: {a: YQ==}\n", "/data/a"),
    "a literal": (OWN, HEAD + "secretGenerator: [{name: db, literals: [a=hunter2]}]\n", "/secretGenerator"),
    "what is no kustomization's kind": (f"{FOLDER}/Kustomization", "secretGenerator: [{name: db, literals: [a=b]}]\n", "/secretGenerator"),
}  # fmt: skip
FINE = {
    "encrypted values": (NEW, OBJECT + f"data: {{a: '{HIDDEN}'}}\nsops: {{mac: x}}\n"),
    "no values": (NEW, OBJECT + "data: {}\nstringData: {a: ''}\n"),
    "no Secret": (NEW, "kind: SealedSecret\nspec: {encryptedData: {a: AgBy}}\n"),
    "a reference": (NEW, "kind: Pod\nspec: {containers: [{env: [{valueFrom: {secretKeyRef: {kind: Secret, name: db}}}]}]}\n"),
    "no YAML that says it": (NEW, "{{ if .Values.secret }}Secret{{ end }}\n"),
    "other text": (f"{FOLDER}/README.md", OBJECT + "data: {a: YQ==}\n"),
    "what is elsewhere": ("other/own.yaml", OBJECT + "data: {a: YQ==}\n"),
    "what is hidden": (f"{FOLDER}/.git/own.yaml", OBJECT + "data: {a: YQ==}\n"),
    "an encrypted literal": (OWN, HEAD + f"secretGenerator: [{{name: db, literals: ['a={HIDDEN}']}}]\n"),
}  # fmt: skip


@pytest.fixture(scope="module")
def made(catalog):
    made = run(catalog, app(ports={"http": {"port": 8080}}))
    return verify(made.bundle, made.system)


@pytest.fixture
def out(made, catalog, tmp_path):
    write(made, tmp_path / "out", "1", digests(catalog))
    return tmp_path / "out"


def keep(out, path, text):
    (out / path).parent.mkdir(parents=True, exist_ok=True)
    (out / path).write_text(text)


@pytest.mark.parametrize(("path", "text", "says"), PLAIN.values(), ids=PLAIN)
def test_a_value_is_found_and_nothing_is_written(made, catalog, out, path, text, says):
    keep(out, path, text)
    (out / f"{FOLDER}/base/service.yaml").unlink()
    for attempt in (lambda: changes(made, out), lambda: write(made, out, "1", digests(catalog))):
        with pytest.raises(FindingsError) as caught:
            attempt()
        found = [one for one in caught.value.findings if one.severity == "error"]
        assert [(one.check, one.place.partition("#")[0]) for one in found] == [("secrets/plain-value", path)]
        assert says in str(found[0])
        assert "hunter2" not in str(caught.value)
        assert "spec.secrets" in found[0].remedy
    assert not (out / f"{FOLDER}/base/service.yaml").exists()


@pytest.mark.parametrize(("path", "text"), FINE.values(), ids=FINE)
def test_what_is_no_value_is_left_alone(made, catalog, out, path, text):
    keep(out, path, text)
    assert {change.kind for change in write(made, out, "1", digests(catalog))} <= {"unchanged", "kept"}


def test_what_a_kustomization_makes_a_secret_of_is_read(made, out):
    keep(out, OWN, HEAD + "secretGenerator: [{name: db, files: [a=own/a.txt], envs: [b.env]}, {name: c, env: ../c}]\n")
    keep(out, f"{FOLDER}/own/a.txt", "hunter2")
    keep(out, f"{FOLDER}/b.env", f"b={HIDDEN}")
    keep(out, "apps/shop/c", "c=hunter2")
    paths = {file.path for file in made.bundle.files if file.ownership != "seeded"}
    assert [one.place for one in plain_values(out, paths)] == [f"{FOLDER}/own/a.txt", "apps/shop/c"]


def test_links_are_not_followed_and_large_files_not_read(made, out, tmp_path):
    keep(tmp_path, "elsewhere/own.yaml", OBJECT + "data: {a: YQ==}\n")
    (out / FOLDER / "linked.yaml").symlink_to(tmp_path / "elsewhere/own.yaml")
    (out / FOLDER / "linked").symlink_to(tmp_path / "elsewhere")
    keep(out, f"{FOLDER}/large.yaml", OBJECT + "data: {a: YQ==}\n" + "#" * (1 << 20))
    assert plain_values(out, {file.path for file in made.bundle.files}) == ()
