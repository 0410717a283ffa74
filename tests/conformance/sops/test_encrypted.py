"""A Secret that the team encrypts by the rendered commands can be reviewed, holds no value, and is opened by the named keys alone

The commands run word by word beside the rendered files, for a key of age that is made here. As it lies there the API server does
not take it, whoever applies it how; decrypted it does. The twins: another key, rules that hide names or no value, a changed value.
"""

import base64
import json
import shlex
import shutil
import subprocess

import pytest
import yaml
from conformance.apiserver.conftest import apply_made
from harness import run
from stores import STORES, documents_of

pytestmark = pytest.mark.programs("sops", "age-keygen", "kubectl", "kustomize")
ABOUT = "a throw-away key of age"
NAMESPACE, BACKEND = "shop-of-ciphers", "sops"
BASE = f"apps/{NAMESPACE}/api/base"
VALUE = "x@y/ {{ .other }}'\"\\$(id)"
FILE = f"secret-{STORES[BACKEND].key}.sops.yaml"


@pytest.fixture(scope="module")
def keys(built, tmp_path_factory):
    """Two keys of age, each a file beside its recipient: the Platform's, and another one's."""
    folder, made = tmp_path_factory.mktemp("keys"), {}
    for name in ("own", "other"):
        command = [str(built("age-keygen")), "-o", f"{name}.key"]
        subprocess.run(command, cwd=folder, capture_output=True, check=True)
        text = (folder / f"{name}.key").read_text()
        made[name] = (folder / f"{name}.key", text.partition("# public key: ")[2].partition("\n")[0])
    return made


@pytest.fixture(scope="module")
def made(catalog, keys, cluster):
    """What is rendered for an App with such a Secret; it is applied."""
    own, platform = documents_of(BACKEND, namespace=NAMESPACE)
    platform["spec"]["secretStores"][BACKEND]["age"] = [keys["own"][1]]
    made = run(catalog, own, platform)
    apply_made(cluster, made)
    yield made
    cluster.kubectl("delete", "namespace", NAMESPACE, "--wait=false")


@pytest.fixture(scope="module")
def ask(built, keys):
    """Run a program somewhere, with one of the keys."""

    def asked(command, folder, text="", key="own"):
        env = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "SOPS_AGE_KEY_FILE": str(keys[key][0])}
        words = [str(built(command[0])), *command[1:]]
        return subprocess.run(words, cwd=folder, env=env, input=text, capture_output=True, text=True, check=False)

    return asked


@pytest.fixture(scope="module")
def encrypted(made, ask, tmp_path_factory):
    """Return the App's folder in which the rendered commands ran, and the Secret as the first one of them makes it."""
    top = tmp_path_factory.mktemp("bundle")
    for file in made.bundle.files:
        (top / file.path).parent.mkdir(parents=True, exist_ok=True)
        (top / file.path).write_text(file.text)
    folder = (top / BASE).parent
    lines = made.object(f"{BASE}/sops-{BACKEND}.md")
    first, second, third, fourth = (shlex.split(line[3:-1]) for line in lines if line.startswith("- `"))
    plain = ask(first, folder, VALUE)
    for command in (second, third):
        done = ask(command, folder, plain.stdout)
        assert done.returncode == 0, done.stderr
    assert ask(fourth, folder).returncode == 0
    return folder, plain.stdout


def test_what_is_committed_can_be_reviewed_and_holds_no_value(encrypted, ask, proof):
    folder, plain = encrypted
    text, was = (folder / FILE).read_text(), yaml.safe_load(plain)
    found = yaml.safe_load(text)
    assert VALUE not in text
    assert base64.b64encode(VALUE.encode()).decode() not in text
    assert {key: found[key] for key in ("apiVersion", "kind", "metadata")} == {
        key: was[key] for key in ("apiVersion", "kind", "metadata")
    }
    assert [*found["data"]] == ["password"]
    assert found["data"]["password"].startswith("ENC[AES256_GCM,")
    assert yaml.safe_load(ask(["sops", "decrypt", FILE], folder).stdout) == was
    built = list(yaml.safe_load_all(ask(["kustomize", "build", "."], folder).stdout))
    assert [one["data"] for one in built if one["kind"] == "Secret"] == [found["data"]]
    proof("sops", ABOUT, "accepted")


def rewritten(folder, tmp_path, **rule):
    """Copy an App's folder, with another rule for what is encrypted; `...` takes a part of it away."""
    twin = shutil.copytree(folder, tmp_path / "twin")
    path = twin / f"base/sops-{BACKEND}.json"
    rules = json.loads(path.read_text())
    [own] = rules["creation_rules"]
    path.write_text(json.dumps({"creation_rules": [{k: v for k, v in {**own, **rule}.items() if v is not ...}]}))
    return twin


def encrypt(ask, folder, plain):
    flags = ["--input-type", "yaml", "--output-type", "yaml", "--filename-override", FILE]
    return ask(["sops", "--config", f"base/sops-{BACKEND}.json", "encrypt", *flags], folder, plain)


def test_other_rules_hide_names_or_no_value(encrypted, ask, tmp_path, proof):
    folder, plain = encrypted
    hidden = encrypt(ask, rewritten(folder, tmp_path / "a", encrypted_regex=...), plain)
    assert yaml.safe_load(hidden.stdout)["kind"].startswith("ENC[")
    bare = encrypt(ask, rewritten(folder, tmp_path / "b", encrypted_regex="^stringData$"), plain)
    assert base64.b64decode(yaml.safe_load(bare.stdout)["data"]["password"]).decode() == VALUE
    nobody = encrypt(ask, rewritten(folder, tmp_path / "c", age=""), plain)
    assert (nobody.returncode != 0, nobody.stdout) == (True, "")
    proof("sops", ABOUT, "twin_refused")


def test_it_is_opened_by_the_named_key_and_as_it_is(encrypted, ask, tmp_path, proof):
    folder, _ = encrypted
    assert ask(["sops", "decrypt", FILE], folder, key="other").returncode != 0
    twin = shutil.copytree(folder, tmp_path / "twin")
    (twin / FILE).write_text((folder / FILE).read_text().replace("name: api-encrypted", "name: other"))
    # Under another name it is refused, but by those who have to change names: Flux does not look.
    assert "MAC mismatch" in ask(["sops", "decrypt", FILE], twin).stderr
    assert ask(["sops", "decrypt", "--ignore-mac", FILE], twin).returncode == 0
    (twin / FILE).write_text((folder / FILE).read_text().replace("password:", "other:"))
    assert ask(["sops", "decrypt", "--ignore-mac", FILE], twin).returncode != 0
    proof("sops", ABOUT, "twin_refused")


def test_only_what_is_decrypted_is_a_secret(encrypted, ask, cluster, proof):
    folder, _ = encrypted
    asked = ("apply", "--server-side", "--dry-run=server", "-f", "-")
    opened = ask(["sops", "decrypt", FILE], folder).stdout
    assert cluster.kubectl(*asked, "--validate=strict", text=opened).stderr == ""
    proof("kube-apiserver", ABOUT, "accepted")
    created = ("create", "--dry-run=server", "--validate=false", "-f", "-")
    for command, says in (((*asked, "--validate=strict"), ".sops: field not declared"), (created, "illegal base64")):
        done = cluster.kubectl(*command, text=(folder / FILE).read_text(), check=False)
        assert done.returncode != 0
        assert says in done.stderr
    proof("kube-apiserver", ABOUT, "twin_refused")
