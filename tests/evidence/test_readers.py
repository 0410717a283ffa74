"""Manifests of ecosystems, examples of `.env`, kustomizations: names, and what is likely."""

import pytest
from evidence.gather import looked, spelled, told

_POSTGRES = {"app": "postgres", "port": 5432}
_REDIS = {"app": "redis", "port": 6379}

# A file, what it holds, what it says of the name (with its line), and which calls it makes likely (with theirs).
MANIFESTS = {
    "package.json": ('{\n"name": "@acme/orders", "version": "1.2.0",\n"dependencies": {\n"pg": "8",\n"express": "5"},\n"devDependencies": {"mysql2": "3"}}', "orders package.json:2", [(_POSTGRES, 4)]),
    "composer.json": ('{"name": "acme/orders",\n\t"require": {"ext-pdo_pgsql": "*",\n"predis/predis": "2"}}', "orders composer.json:1", [(_POSTGRES, 2), (_REDIS, 3)]),
    "pyproject.toml": ('[build-system]\nrequires = []\n[project]\nname = "orders"\ndependencies = [\n  "Psycopg2_Binary[x]>=2",\n  "redis"]\n', "orders pyproject.toml:4", [(_POSTGRES, 6), (_REDIS, 7)]),
    "requirements.txt": ("-r x.txt\n# asyncpg\nasyncpg==0.30 ; python_version > '3'\n", None, [(_POSTGRES, 3)]),
    "go.mod": ("module github.com/acme/orders/v2\ngo 1.25\nrequire (\n\tgithub.com/jackc/pgx/v5 v5.7.1\n\tgithub.com/redis/go-redis/v9 v9.7.0 // indirect\n)\n", "orders go.mod:1", [(_POSTGRES, 4)]),
    "pom.xml": (
        ('<?xml version="1.0"?>\n<project xmlns="http://maven.apache.org/POM/4.0.0">\n<parent><artifactId>p</artifactId></parent>\n<artifactId>orders</artifactId>\n<dependencies><dependency>\n'
        "<artifactId>postgresql</artifactId></dependency><dependency><artifactId>jedis</artifactId><scope>test</scope></dependency></dependencies></project>"),
        "orders pom.xml:4", [(_POSTGRES, 6)],
    ),
    "build.gradle.kts": ('dependencies {\n  implementation("io.lettuce:lettuce-core:6")\n  testImplementation("org.postgresql:postgresql:42")\n}\n', None, [(_REDIS, 2)]),
    "Gemfile": ("source 'x'\ngem 'rails'\n  gem \"pg\", '~> 1'\n", None, [(_POSTGRES, 3)]),
    "Cargo.toml": ('[package]\nname = "orders"\nversion = "1.0.0"\n[dependencies]\ntokio-postgres = "0.7"\n', "orders Cargo.toml:2", [(_POSTGRES, 5)]),
}  # fmt: skip


@pytest.mark.parametrize("file", MANIFESTS)
def test_a_manifest_names_the_service_and_makes_calls_likely(tmp_path, file):
    text, name, likely = MANIFESTS[file]
    gathered = looked(tmp_path / "svc", {file: text})
    assert spelled(gathered, tmp_path / "svc")["metadata.name"] == (name or "svc")
    assert [(one.value, one.place.line) for one in gathered.proposals if one.path == ("spec", "to")] == likely
    assert "to" not in gathered.document.value["spec"]


BROKEN = {
    "package.json": ("{", "not YAML"),
    "pyproject.toml": ("x = [" * 5000, "not TOML, or nested too deeply"),
    "Cargo.toml": ("a." * 100_000, "not read: it has more than"),
    "pom.xml": (
        '<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;">]>\n<project><artifactId>&c;</artifactId></project>',
        "a document type",
    ),
    "composer.json": ("[" * 2000, "nested more than 64 deep"),
    "kustomization.yaml": ("a: *b\n", 'no anchor "b" ends before it'),
}


@pytest.mark.parametrize("file", BROKEN)
def test_a_broken_file_is_named_and_the_rest_is_read(tmp_path, file):
    text, why = BROKEN[file]
    gathered = looked(tmp_path, {file: text, "Dockerfile": "FROM a\nUSER 7\n"})
    assert any(one.startswith(f"{file}:") and why in one for one in told(gathered, tmp_path)), told(gathered, tmp_path)
    assert spelled(gathered, tmp_path)["security.user"] == "7 Dockerfile:2"


def test_broken_xml_is_named_with_its_line(tmp_path):
    assert "pom.xml:2: not XML" in told(looked(tmp_path, {"pom.xml": "<project>\n<a></b></project>"}), tmp_path)[-1]


def test_a_deep_pom_costs_no_time(tmp_path):
    looked(tmp_path, {"pom.xml": "<project>" + "<a>" * 100_000})


_ENV = """\
# what it needs
DATABASE_URL=postgres://u:s3cr3t@localhost/x
export LOG_LEVEL=info # or debug
API_KEY=
PORT=
BUS_URL="amqp://bus:5673"
MULTI="a
b"
SELF=http://localhost:3000
"""


def test_an_example_of_variables_says_names(tmp_path):
    gathered = looked(tmp_path, {".env.example": _ENV, ".env": "REAL=s3cr3t\n"})
    found = spelled(gathered, tmp_path)
    assert {path: value for path, value in found.items() if not path.startswith("metadata")} == {
        "secrets.database-url.env": "DATABASE_URL .env.example:2",
        "secrets.api-key.env": "API_KEY .env.example:4",
        "config.env.LOG_LEVEL": "info .env.example:3",
        "config.env.BUS_URL": "amqp://bus:5673 .env.example:6",
        "config.env.MULTI": "a\nb .env.example:7",
    }
    assert [one.value for one in gathered.proposals] == [_POSTGRES, {"app": "bus", "port": 5673}]
    assert [one.partition(": ")[2] for one in told(gathered, tmp_path) if one.startswith(".env")] == [
        'the variable "PORT" has no value that holds elsewhere',
        'the variable "SELF" has no value that holds elsewhere',
    ]
    assert "s3cr3t" not in repr(gathered)
    assert "REAL" not in repr(gathered)


def test_a_kustomization_says_the_namespace(tmp_path):
    text = "namespace: shop\nimages:\n- {name: x, newName: ghcr.io/acme/x, newTag: '1.10'}\n"
    gathered = looked(tmp_path, {"k8s/kustomization.yaml": text})
    assert spelled(gathered, tmp_path)["metadata.namespace"] == "shop k8s/kustomization.yaml:1"
    assert [one.value for one in gathered.proposals] == ["ghcr.io/acme/x:1.10"]
