"""Compose files: every service as an App, each value with the line that it was read from."""

import pytest
from evidence.gather import composed, folder, spelled, told

from scaffold.evidence.compose import default_files, services

_C = "compose.yaml"


def _api(tmp_path, text):
    """Return what is found of the service `api`, the text's only one, or the first of them."""
    return composed(tmp_path, f"services:\n  api:\n{text}")["api"]


# What stands below `services.api`, from line 3 on; what is found below spec, with its line.
FOUND = {
    "ports": (
        '    ports: ["3000", "8080:9000/udp", "127.0.0.1:1:9100", "[::1]:80:7000-7005", 4000, "${P}:4001", {target: 4002, name: web, app_protocol: http}]\n',
        {
            "ports.http.port": "3000", "ports.udp-9000.port": "9000", "ports.udp-9000.protocol": "udp", "ports.metrics.port": "9100",
            "ports.tcp-7000.port": "7000", "ports.tcp-7000.endPort": "7005", "ports.http-4000.port": "4000", "ports.tcp-4001.port": "4001",
            "ports.web.port": "4002", "ports.web.protocol": "http",
        },
    ),
    "exposed ports": ("    expose: [3000, '53/udp']\n", {"ports.http.port": "3000", "ports.udp-53.port": "53", "ports.udp-53.protocol": "udp"}),
    "an image": ("    image: ${R:-ghcr.io}/acme/api:${TAG-${V:-1.2}}\n", {"image": "ghcr.io/acme/api:1.2"}),
    "variables as a mapping": ("    environment: {A: 1, B: true, C: $$x, D: '${X:-y}', E: ''}\n", {"config.env.A": "1", "config.env.B": "true", "config.env.C": "$x", "config.env.D": "y", "config.env.E": ""}),
    "variables as a list": ("    environment: [A=1=2, A=3]\n", {"config.env.A": "3"}),
    "secrets by their names": (
        "    environment: {DB_PASSWORD: s3cr3t, apiKey: s3cr3t, X: 'postgres://u:s3cr3t@h/x', TOKEN: , K_FILE: /a/k, JWT_TTL: 5m, PUBLIC_KEY: abc}\n",
        {"secrets.db-password.env": "DB_PASSWORD", "secrets.api-key.env": "apiKey", "secrets.x.env": "X", "secrets.token.env": "TOKEN", "config.env.K_FILE": "/a/k", "config.env.JWT_TTL": "5m", "config.env.PUBLIC_KEY": "abc"},
    ),
    "secrets as files": ("    secrets: [db, {source: a, target: b.pem}, {source: c, target: /etc/c}]\n", {"secrets.db.file": "/run/secrets/db", "secrets.b-pem.file": "/run/secrets/b.pem", "secrets.c.file": "/etc/c"}),
    "a user": ("    user: '${UID:-1000}:100'\n", {"security.user": "1000", "security.group": "100"}),
    "directories": (
        "    tmpfs: [/run, '/tmp:size=100m,mode=1777']\n    volumes: [/cache, {type: tmpfs, target: /t, tmpfs: {size: 1gb}}]\n",
        {"security.writable./run": "64Mi", "security.writable./tmp": "100Mi", "security.writable./cache": "64Mi 4", "security.writable./t": "1Gi 4"},
    ),
    "health over HTTP": ("    healthcheck: {test: [CMD, curl, -f, 'http://localhost:8000/up'], retries: 3}\n", {"ports.http.port": "8000", "ports.http.protocol": "http", "health.ready.http": "/up"}),
    "health by a shell": ("    healthcheck: {test: 'pg_isready -U $$USER'}\n", {"health.ready.exec.0": "/bin/sh", "health.ready.exec.1": "-c", "health.ready.exec.2": "pg_isready -U $USER"}),
    "health over HTTP by its own name": ("    healthcheck: {test: 'wget -q http://api:8000/up || exit 1'}\n", {"ports.http.port": "8000", "ports.http.protocol": "http", "health.ready.http": "/up"}),
    "health by a request that says more": ("    healthcheck: {test: [CMD, curl, -H, 'Host: x', 'http://localhost:8000']}\n", {f"health.ready.exec.{at}": word for at, word in enumerate(["curl", "-H", "Host: x", "http://localhost:8000"])}),
    "health that is off": ("    healthcheck: {test: [CMD, x], disable: true}\n    expose: [3000]\n", {"ports.http.port": "3000 4"}),
    "commands": ("    entrypoint: /app serve\n    command: [--port, '${P:-1}']\n", {"command.0": "/app", "command.1": "serve", "args.0": "--port 4", "args.1": "1 4"}),
    "resources": (
        "    deploy: {replicas: 2, resources: {limits: {cpus: '.5', memory: 300m}}}\n    stop_grace_period: 1m30s\n",
        {"workload.replicas": "2", "resources.cpu": "500m", "resources.memory": "300Mi", "shutdown": "90 4"},
    ),
    "a known server": ("    image: bitnami/postgresql:16@sha256:0\n", {"image": "bitnami/postgresql:16@sha256:0", "ports.postgres.port": "5432"}),
}  # fmt: skip


@pytest.mark.parametrize(("text", "found"), FOUND.values(), ids=FOUND)
def test_what_a_service_says_is_found_with_its_line(tmp_path, text, found):
    gathered = _api(tmp_path, text)
    lines = {path: value for path, value in spelled(gathered, tmp_path).items() if not path.startswith("metadata")}
    expected = {
        path: f"{value[:-2]} {_C}:4" if value.endswith(" 4") else f"{value} {_C}:3" for path, value in found.items()
    }
    if any("writable" in path for path in found):
        expected.setdefault("security.writable./tmp", "64Mi")
    assert lines == expected
    assert "s3cr3t" not in repr(gathered)


# What stands below `services.api`, and what is told of it.
LEFT = {
    "a published port": ("    ports: ['80:8080']\n", "a port is published on the host"),
    "a port that is not known": ("    ports: ['${P}']\n", "a port that is known when it is started"),
    "an image that is not known": ("    image: a:${TAG}\n", "the image is known when it is started"),
    "a variable that is not known": ("    environment: [NODE_ENV, B]\n", 'variables that are known when it is started, at the earliest: "NODE_ENV", "B"'),
    "a variable that must be set": ("    environment: {A: '${B:?no}'}\n", 'variables that are known when it is started, at the earliest: "A"'),
    "a name that no variable has": ("    environment: {spring.url: x}\n", 'the variable "spring.url" cannot be one'),
    "a terminal's command": ('    environment: {A: "\\e[31m"}\n', 'the variable "A" cannot be one'),
    "a terminal's command as an image": ('    image: "a\\e[31m"\n', "a value of spec.image with characters"),
    "root": ("    user: root\n", "it runs as root"),
    "a user's name": ("    user: app\n", 'the user "app" is a name'),
    "a person's own file": ("    env_file: .env\n", '".env": not read: it may hold secrets'),
    "a file that is not there": ("    env_file: [{path: x.env}]\n", '"x.env" is not there'),
    "a directory of the host": ("    volumes: ['./a:/a']\n", "a file or directory of the host"),
    "the runtime's socket": ("    volumes: ['/var/run/docker.sock:/var/run/docker.sock']\n", "the container runtime's socket"),
    "rights": ("    privileged: true\n", '"privileged" asks for more'),
    "the host's network": ("    network_mode: host\n", '"network_mode" shares'),
    "what nobody knows": ("    teleport: 1\n", '"teleport" is not carried over'),
    "a profile": ("    profiles: [dev]\n", 'is started with the profile "dev"'),
    "a secret in a command": ("    command: redis-server --requirepass s3cr3t\n", "the command has a secret"),
    "a secret in a health check": ("    healthcheck: {test: [CMD, mysqladmin, ping, -ps3cr3t, --password=s3cr3t]}\n", "the health check has a secret"),
    "memory that is none": ("    mem_limit: lots\n", 'deploy.resources.limits.memory: "lots"'),
    "an extended service that is not there": ("    extends: b\n", 'extends "b", which is not there'),
    "a service that extends itself": ("    extends: {service: api}\n", "extends itself"),
    "a file outside": ("    extends: {service: a, file: ../../../../../../etc/passwd}\n", "lies outside, or is a link out"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "why"), LEFT.values(), ids=LEFT)
def test_what_cannot_be_carried_over_is_told(tmp_path, text, why):
    gathered = _api(tmp_path, text)
    assert [one for one in gathered.left if one.message.startswith(why)], told(gathered, tmp_path)
    assert all(one.remedy for one in gathered.left)
    assert all(str(one).replace("\n", "").isprintable() for one in gathered.left)
    assert "s3cr3t" not in repr(gathered)
    assert "\x1b" not in repr(gathered.document.value)


CALLS = {
    "a URL": ("{U: 'http://db:8000/x'}", [{"app": "db", "port": 8000}]),
    "a URL without a port": ("{U: 'redis://:s3cr3t@db/0'}", [{"app": "db", "port": 6379}]),
    "a driver in it": ("{U: 'postgresql+asyncpg://u:p@db/x'}", [{"app": "db", "port": 5432}]),
    "JDBC": ("{U: 'jdbc:mysql://db/x'}", [{"app": "db", "port": 3306}]),
    "a list": ("{U: 'db:9092,web:9093'}", [{"app": "db", "port": 9092}, {"app": "web", "port": 9093}]),
    "Go's MySQL": ("{U: 'u:p@tcp(db:3307)/x'}", [{"app": "db", "port": 3307}]),
    "libpq": ("{U: 'host=db port=5433 user=u'}", [{"app": "db", "port": 5433}]),
    "ADO.NET": ("{U: 'Server=db,1433;User Id=sa'}", [{"app": "db", "port": 1433}]),
    "a host with the port beside": ("{DB_HOST: db, DB_PORT: 5434}", [{"app": "db", "port": 5434}]),
    "a host alone": ("{DB_HOST: db}", [{"app": "db", "port": 4444}]),
    "itself": ("{U: 'http://api:1234'}", []),
    "no service": ("{U: database, V: 'http://localhost:1'}", []),
    "a password that is not known": ("{U: 'amqp://u:${P}@db:5672'}", [{"app": "db", "port": 5672}]),
}  # fmt: skip


@pytest.mark.parametrize(("variables", "calls"), CALLS.values(), ids=CALLS)
def test_an_address_of_another_service_is_a_call(tmp_path, variables, calls):
    found = composed(
        tmp_path, f"services:\n  api: {{environment: {variables}}}\n  db: {{expose: [4444]}}\n  web: {{}}\n"
    )
    gathered = found["api"]
    assert gathered.document.value["spec"].get("to", []) == calls
    for call in calls:  # whoever is called listens there
        ports = found[call["app"]].document.value["spec"]["ports"].values()
        assert call["port"] in [port["port"] for port in ports]


def test_whoever_is_waited_for_is_called(tmp_path):
    text = "services:\n  a:\n    depends_on: [b, c, e]\n  b:\n    image: redis:8\n  c:\n    build: .\n  e: {}\n  f: {depends_on: {b: {condition: service_completed_successfully}}}\n"
    found = composed(tmp_path, {"compose.yaml": text, "Dockerfile": "FROM x\nEXPOSE 5000 9090\n"})
    assert found["a"].document.value["spec"]["to"] == [{"app": "b", "port": 6379}, {"app": "c", "port": 5000}]
    assert [one.value for one in found["a"].proposals] == [{"app": "c", "port": 9090}]
    assert 'reaches "e", and its port stands nowhere' in told(found["a"], tmp_path)[0]
    assert "to" not in found["f"].document.value["spec"]
    assert "waits until" in told(found["f"], tmp_path)[0]


def test_a_port_that_is_asked_for_health_is_one_that_is_called(tmp_path):
    text = "services:\n  a: {environment: {DB_HOST: b}}\n  b: {healthcheck: {test: wget http://localhost:8123/ping}}\n"
    assert composed(tmp_path, text)["a"].document.value["spec"]["to"] == [{"app": "b", "port": 8123}]


def test_hosts_outside_are_proposals(tmp_path):
    gathered = _api(
        tmp_path,
        "    environment: {S: 'https://api.stripe.com/v1', D: '10.1.2.3:5432', PUBLIC_URL: 'https://a.example.com'}\n",
    )
    assert [one.value for one in gathered.proposals] == [
        {"host": "api.stripe.com", "port": 443},
        {"cidr": "10.1.2.3/32", "port": 5432},
    ]
    assert [one.path for one in gathered.proposals] == [("spec", "to")] * 2


def test_a_volume_is_a_proposal_of_a_stateful_set(tmp_path):
    gathered = _api(tmp_path, "    volumes: ['data:/var/lib/x', '${V:-v}:/y:ro']\n")
    [proposal] = gathered.proposals
    assert proposal.value == {
        "kind": "StatefulSet",
        "volumes": {"/var/lib/x": {"size": "10Gi"}, "/y": {"size": "10Gi"}},
    }


def test_files_are_put_together(tmp_path):
    files = {
        "compose.yaml": (
            "include: [more/compose.yaml, {path: [more/other.yaml]}]\nx-a: &a\n  environment: &e {A: 1, B: 2}\nservices:\n  api:\n    <<: *a\n    environment:\n      <<: *e\n      B: 3\n"
            "    extends: {file: base.yaml, service: base}\n    command: [a]\n    expose: [3000]\n    ports: ['1:1025']\n"
        ),
        "compose.override.yaml": "services:\n  api:\n    environment: [C=4]\n    command: [b]\n    expose: [4000]\n    user: !reset null\n    ports: !override ['1:1026']\n",
        "base.yaml": "services:\n  base: {extends: {service: under}, user: '7', environment: {A: 0, Z: 9}}\n  under: {image: a:1}\n",
        "more/compose.yaml": "services: {web: {build: ., env_file: b.env}}\n",
        "more/other.yaml": "services: {job: {image: b:1}}\n",
        "more/Dockerfile": "FROM x\nUSER 8\n",
        "more/b.env": "# x\nexport Q='a b' # y\nTOKEN=s3cr3t\nW=\"1\n2\"\n",
    }  # fmt: skip
    folder(tmp_path, files)
    found = {one.name: one for one in services(*default_files(tmp_path))}
    assert list(found) == ["web", "job", "api"]
    assert {path: value for path, value in spelled(found["api"], tmp_path).items() if path != "metadata.name"} == {
        "image": "a:1 base.yaml:3",
        "args.0": "b compose.override.yaml:4",
        "ports.tcp-1026.port": "1026 compose.override.yaml:7",
        "ports.http.port": "3000 compose.yaml:12",
        "ports.http-4000.port": "4000 compose.override.yaml:5",
        "config.env.A": "1 compose.yaml:3",
        "config.env.B": "3 compose.yaml:9",
        "config.env.C": "4 compose.override.yaml:3",
        "config.env.Z": "9 base.yaml:2",
    }
    assert spelled(found["web"], tmp_path)["security.user"] == "8 more/Dockerfile:2"
    assert spelled(found["web"], tmp_path)["config.env.Q"] == "a b more/b.env:2"
    assert spelled(found["web"], tmp_path)["config.env.W"] == "1\n2 more/b.env:4"
    assert spelled(found["web"], tmp_path)["secrets.token.env"] == "TOKEN more/b.env:3"
    assert "s3cr3t" not in repr(found)


def test_what_a_dockerfile_says_stands_behind_what_the_service_says(tmp_path):
    files = {
        "compose.yaml": "services:\n  api:\n    build: {context: src, dockerfile: d/Prod, target: run}\n    user: '5'\n",
        "src/d/Prod": "FROM x AS run\nUSER 7\nEXPOSE 3000\nFROM y\nEXPOSE 1\n",
    }
    gathered = composed(tmp_path, files)["api"]
    assert spelled(gathered, tmp_path)["security.user"] == "5 compose.yaml:4"
    assert spelled(gathered, tmp_path)["ports.http.port"] == "3000 src/d/Prod:3"
    assert [(one.path[-1], one.value) for one in gathered.proposals if one.path[-1] == "user"] == [("user", 7)]


@pytest.mark.parametrize("off", ["disable: true", "test: [NONE]", "test: NONE"])
def test_a_health_check_that_is_off_is_off_whatever_the_image_says(tmp_path, off):
    files = {
        "compose.yaml": f"services:\n  a: {{build: .}}\n  b: {{build: ., healthcheck: {{{off}}}}}\n",
        "Dockerfile": "FROM x\nUSER 7\nHEALTHCHECK CMD /up\n",
    }
    found = composed(tmp_path, files)
    assert "health" in found["a"].document.value["spec"]
    assert "health" not in found["b"].document.value["spec"]


def test_a_secret_is_where_it_was_first_said(tmp_path):
    files = {
        "compose.yaml": "services:\n  a:\n    build: .\n    environment: [API_TOKEN]\n",
        "Dockerfile": "FROM x\nENV API_TOKEN=s3cr3t\n",
    }
    assert spelled(composed(tmp_path, files)["a"], tmp_path)["secrets.api-token.env"] == "API_TOKEN compose.yaml:4"


def test_a_service_that_is_renamed_is_told_to_those_that_name_it(tmp_path):
    text = "services:\n  Order_DB: {image: 'postgres:17'}\n  api: {environment: {U: 'postgres://u:s3cr3t@order_db/x'}}\n  b: {environment: {H: order_bus}}\n  order_bus: {expose: [5000]}\n"
    found = composed(tmp_path, text)
    assert list(found) == ["order-db", "api", "b", "order-bus"]
    assert 'H names "order_bus", which is "order-bus" as an App' in told(found["b"], tmp_path)[0]
    assert found["b"].document.value["spec"]["to"] == [{"app": "order-bus", "port": 5000}]


def test_nothing_that_is_told_commands_a_terminal(tmp_path):
    text = 'services:\n  "a\\e[1m": {image: "x:1"}\n  api:\n    environment: {"A\\e[1m": "http://a.example.com"}\n    volumes: ["v:/x\\e[1m"]\n    depends_on: ["a\\e[1m"]\n'
    found = composed(tmp_path, text)
    assert len(found) == 2
    assert len(found["api"].proposals) == 1
    assert "\\x1b" not in repr([(one.document.value, one.proposals) for one in found.values()]).replace("\\\\x1b", "")
    assert all(str(one).replace("\n", "").isprintable() for service in found.values() for one in service.left)


def test_problems_of_a_file_are_told_by_every_service(tmp_path):
    found = composed(tmp_path, "services:\n  a: {image: 'a:1'}\n  a: {image: 'a:2'}\n  b: 3\n")
    assert told(found["a"], tmp_path)[:2] == [
        'compose.yaml:3: "a" is given twice (first on line 2)',
        'compose.yaml:4: "b" is no service',
    ]
