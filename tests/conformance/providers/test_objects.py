"""What a provider of the CSI driver reads in its parameters is what was declared: each file from one object, or property

The providers are in no package index; the readers that they use are (YAML's two, JMESPath), and are asked with the fields of
their documentation, strictly. The twins: words without quotes, a path that is none, a misspelt field, a file that is written
twice, and a list of objects where texts are read.
"""

import json

import pytest
from harness import run
from stores import DRIVEN, STORES, documents_of

PROGRAM, ABOUT = "provider-objects", "parameters of hostile words"
pytestmark = pytest.mark.programs(PROGRAM)
# As far as answers take them: what YAML takes for something else, and what a path of JMESPath is made of.
WORDS = [
    "a", "no", "null", "1e3", "0x10", "012", "1.5", "2026-11-22", "first-name", "a.b", "a.b.c", "0", "true", "_", "length", "X.-.",
]  # fmt: skip
KEYS = [*WORDS[:-3], "x", "y--z", "a:b", "x=1", "k@v"]
NAMES = {"aws-csi": "aws", "gcp-secret-manager-csi": "gcp", "azure-key-vault-csi": "azure"}
BACKENDS = [name for name in DRIVEN if name in NAMES]
# Every property has a value of its own, and each could be meant by another path: `a.b` as one key, and as two.
STORED = {word: f"the value of {word}" for word in WORDS if word != "a"} | {"a": {"b": "nested", "c": "nested"}}


def takes(name, key):
    """Tell whether a key is one that the store may have, so that its answers do."""
    return name == "aws-csi" or key.replace("-", "").replace("_", "" if name.startswith("gcp") else "_").isalnum()


def declared(name):
    """Return secrets with hostile keys, properties and files: what lies under each, by the name of its file."""
    keys = [key for key in KEYS if takes(name, key)]
    found = {}
    for number, word in enumerate(word for word in WORDS if word != "a"):
        secret = {"store": name, "key": keys[number % len(keys)], "file": f"/etc/secrets/{word}"}
        found[f"s{number}"] = secret if STORES[name].whole or number % 4 == 0 else {**secret, "property": word}
    return found


@pytest.fixture(scope="module", params=BACKENDS)
def asked(request, catalog):
    own, platform = documents_of(request.param)
    own["spec"]["secrets"] = declared(request.param)
    made = run(catalog, own, platform)
    return request.param, made.object(f"apps/shop/api/base/secret-provider-class-{request.param}.yaml")["spec"]


@pytest.fixture
def ask(talk):
    def made(provider, parameters):
        question = {"Provider": provider, "Parameters": parameters, "Stored": json.dumps(STORED)}
        return json.loads(talk(PROGRAM)(json.dumps(question)))

    return made


def wanted(name):
    """Return each file with the object that it is from, and what stands in it."""
    spelled = {
        "aws-csi": "{}".format,
        "gcp-secret-manager-csi": "projects/acme-secrets/secrets/{}/versions/latest".format,
        "azure-key-vault-csi": "secret/{}".format,
    }[name]
    found = {}
    for secret in declared(name).values():
        file, one = secret["file"].rpartition("/")[2], spelled(secret["key"])
        content = STORED[secret["property"]] if "property" in secret else json.dumps(STORED)
        found[file] = {"Object": one, "Content": content}
        if name == "aws-csi" and "property" in secret:
            found[f"{file}~whole"] = {"Object": one, "Content": json.dumps(STORED)}
    return found


def test_each_file_is_what_was_declared(asked, ask, proof):
    name, spec = asked
    assert spec["provider"] == NAMES[name]
    assert ask(spec["provider"], spec["parameters"]) == {"Files": wanted(name), "Error": ""}
    proof(PROGRAM, ABOUT, "accepted")


def test_what_is_written_otherwise_is_refused(asked, ask, proof):
    _, spec = asked
    key = "secrets" if "secrets" in spec["parameters"] else "objects"
    text = spec["parameters"][key]
    field = {"secrets": "resourceName", "objects": "objectName"}[key]
    first = next(line for line in text.splitlines() if field in line).strip().removesuffix(",")
    twins = [text.replace(field, field + "s"), text.replace(first, f"{first}, {first}"), text.replace('"a', '"\x00a')]
    assert all(ask(spec["provider"], {**spec["parameters"], key: twin})["Error"] for twin in twins)
    proof(PROGRAM, ABOUT, "twin_refused")


def test_words_without_quotes_are_others(ask, proof):
    """A path that is not one quoted key, a name that is no text, and an object that is no text."""
    one = {"objectName": "x", "objectType": "secretsmanager", "objectAlias": "x~whole"}

    def aws(path):
        objects = [{**one, "jmesPath": [{"path": path, "objectAlias": "x"}]}]
        return ask("aws", {"objects": json.dumps(objects)})

    assert aws('"a.b"')["Files"]["x"]["Content"] == "the value of a.b"
    assert aws("a.b")["Files"]["x"]["Content"] == "nested"
    assert "SyntaxError" in aws("first-name")["Error"]
    assert aws("length")["Error"] == ""
    assert aws("length(@)")["Error"]
    plain = ask("aws", {"objects": "[{objectName: no, objectType: ssmparameter, objectAlias: x}]"})
    assert plain["Files"]["x"]["Object"] == "false"
    assert "cannot unmarshal" in ask("azure", {"objects": json.dumps({"array": [{"objectName": "x"}]})})["Error"]
    proof(PROGRAM, ABOUT, "twin_refused")
