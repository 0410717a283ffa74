"""Hostile strings in every string field of the schema: refused, or the exact value and no change of structure."""

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import app, documents, in_a_month, platform, run_answers
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec import inspect

from scaffold.answers.load import from_documents
from scaffold.answers.schema import App
from scaffold.errors import AnswersError
from scaffold.verify import verify

# Every field of the schema, filled. Strings are unique, so that each can be found again in the output.
FULL = app(
    team="payments",
    workload={"kind": "Deployment", "replicas": 2},
    resources={"cpu": "250m", "memory": "256Mi"},
    ports={"http": {"port": 8080, "service": 80, "protocol": "http"}, "admin": {"port": 8081}},
    health={"ready": {"http": "/readyz", "port": "admin"}, "live": {"tcp": "admin"}, "startup": 60},
    init={
        "migrate": {
            "command": ["/app/migrate", "--once"],
            "args": ["all"],
            "image": "registry.example.com/shop/migrate:1.2.3",
            "resources": {"cpu": "100m", "memory": "128Mi"},
        }
    },
    shutdown=60,
    secrets={
        "db": {"store": "vault", "key": "shop/api/db", "property": "password", "file": "/etc/api/secrets/db"},
        "payment": {"store": "vault", "key": "shop/api/payment", "property": "key", "env": "PAYMENT"},
    },
    config={"env": {"GREETING": "hello"}, "files": {"/etc/api/app.toml": "text\nof lines\n"}},
    permissions=[{"resources": ["configmaps"], "names": ["api-config"], "verbs": ["get"], "group": ""}],
    security={"user": 10002, "group": 10003, "userNamespace": True, "writable": {"/var/cache/api": "64Mi"}},
    exceptions=[
        {
            "control": "non-root",
            "container": "api",
            "reason": "It changes the owner of its files",
            "approvedBy": "security@example.com",
            "until": in_a_month(),
        }
    ],
    **{
        "from": [
            {"app": "web", "namespace": "front", "port": "http"},
            {
                "gateway": "public",
                "port": "http",
                "host": "api.example.org",
                "methods": ["GET"],
                "paths": ["/api/v1", "/exact"],
            },
            {
                "pods": {"example.com/kind": "report"},
                "namespace": "batch",
                "account": "reporter",
                "port": "http",
                "methods": ["GET"],
                "paths": ["/api/v1"],
            },
        ],
        "to": [
            {"app": "stock", "port": 9000, "protocol": "tcp"},
            {"pods": {"example.com/kind": "db"}, "namespace": "data", "port": 5432},
            {"cidr": "10.20.0.0/16", "port": 6379},
            {"host": "api.example.com", "cidrs": ["203.0.113.0/24"], "internet": False, "port": 443},
            {"host": "pay.example.com", "internet": True, "port": 443},
        ],
    },
)
OTHER = {"health": {"live": {"grpc": "http"}}}
# Other kinds of workload, which have neither callers nor probes.
STATEFUL = app(
    name="store",
    namespace="books",
    workload={
        "kind": "StatefulSet",
        "replicas": 2,
        "volumes": {"/var/lib/store": {"size": "10Gi", "storageClass": "fast"}},
        "peers": ["raft"],
    },
    ports={"raft": {"port": 7000}},
    health={"ready": {"exec": ["/app/store", "ready"]}, "live": {"exec": ["/app/store", "live"]}},
)
CRON = app(
    name="nightly",
    namespace="nights",
    workload={"kind": "CronJob", "schedule": "30 3 * * *", "timeZone": "Etc/UTC", "deadline": 600, "retries": 1},
)
SCALED = {"workload": {"replicas": {"min": 2, "max": 4, "cpu": 60}}}
DAEMON = {"workload": {"kind": "DaemonSet", "nodes": 5}}
PLATFORM = platform(
    kubernetes="1.36",
    distribution="kubeadm",
    controlPlane="self-managed",
    cpuLimits=False,
    gateways={
        "public": {
            "namespace": "gateways",
            "labels": {"example.com/gateway": "yes"},
            "account": "public-gateway",
            "https": "tls",
            "http": "plain",
        }
    },
    mesh={
        "mode": "istio-sidecar",
        "namespace": "mesh-system",
        "labels": {"example.com/mesh": "yes"},
        "revision": "canary",
        "trustDomain": "example.com",
        "judgedBy": "istio-sidecar",
        "cpu": "150m",
        "memory": "192Mi",
    },
    secretStores={
        "vault": {
            "backend": "vault",
            "server": "https://vault.example.com:8200",
            "cidrs": ["10.30.0.5/32"],
            "namespace": "vault",
            "labels": {"example.com/vault": "yes"},
            "port": 8201,
            "path": "kv/apps",
            "mount": "kubernetes/production",
            "role": "apps",
            "audience": "vault.example.com",
            "caBundle": "Y2VydGlmaWNhdGU=",
            "operator": "external-secrets",
        }
    },
    podSecurity={"exemptNamespaces": ["node-system"], "exemptRuntimeClasses": ["kata.example"]},
    encryption={"provider": "kms", "kmsName": "kms.example", "kmsEndpoint": "unix:///run/kms.example/kms.sock"},
    pullSecret="images",
    externalSecrets={"namespace": "eso", "labels": {"example.com/eso": "yes"}},
    clusterNetworks=["10.96.0.0/12"],
    apiServer={"cidrs": ["10.0.0.1/32"], "port": 6443, "audience": "https://kubernetes.default.svc"},
    dns={
        "namespace": "dns-system",
        "labels": {"example.com/dns": "yes"},
        "port": 5353,
        "cache": {"example.com/cache": "yes"},
        "cidrs": ["169.254.20.10/32"],
    },
)
# A Platform that knows its teams takes no other of an App, so that any text for one would be refused.
TEAMS = platform(
    **PLATFORM["spec"],
    teams={
        "payments": {"group": "payments developers", "breakGlass": "payments on call"},
        "spare": {"group": "nobody here"},
    },
)
BASES = {"App": FULL, "StatefulSet": STATEFUL, "CronJob": CRON, "Platform": PLATFORM, "Teams": TEAMS}

STRINGS = [
    "", " ", "yes", "null", "0440", "a: b", "a #b", "- a", "{{ 7 * 7 }}", "{% raw %}", "{# #}", "{{ cookiecutter }}", "\n", "a\n", "a\nb: c",
    "a\r\nb", "\t", "a\n---\nkind: Secret", '"', "'", "\\", '"\nx: y', "&a", "*a", "!!python/object:os.system", "|", ">-", "%YAML", "@", "`",
    "]", "}", "a, b", "\x00", "\x01", "\x1b[31m", "\x7f", "\x85", "\xa0", "\u2028", "\u2029", "\ufeff", "\ufffe", "\u202eevil", "\U0001f600",
    "é" * 30, "..", "../../etc/passwd", "/etc/../x", "//", "$(HOME)", "$$", "`id`", "; rm -rf /", "x" * 65536, "a\n" * 32768, "-", "--help", "~",
    "default", "kube-system", "a" * 63, "a" * 64, "A", "1", "a.b", "a_b", "a/b", "=1+1", "<<", "?", ":", "a:", ":a", "1e3", "0x1F", "12:30",
]  # fmt: skip


def strings(value: Any, path: tuple = ()) -> list[tuple]:
    """Return the path of each string and of each key that people choose (`path + (KEY,)`)."""
    found = []
    if isinstance(value, dict):
        for key, item in value.items():
            if path[-1:] and path[-1] in OPEN:
                found.append((*path, key, KEY))
            found += strings(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += strings(item, (*path, index))
    elif isinstance(value, str):
        found.append(path)
    return found


class KEY:
    """Marks the key that ends a path, instead of its value."""


OPEN = {
    "ports",
    "init",
    "env",
    "files",
    "writable",
    "volumes",
    "pods",
    "labels",
    "cache",
    "secrets",
    "secretStores",
    "gateways",
    "teams",
}
PATHS = [
    (kind, path)
    for kind, base in BASES.items()
    for path in strings(base)
    if path != ("apiVersion",) and (kind == "Teams") == ("teams" in path)
]


def with_string(base: dict[str, Any], path: tuple, text: str) -> dict[str, Any]:
    value = copy.deepcopy(base)
    at = value
    steps = path[:-2] if path[-1] is KEY else path[:-1]
    for step in steps:
        at = at[step]
    if path[-1] is KEY:
        renamed = {(text if key == path[-2] else key): item for key, item in at.items()}
        at.clear()
        at.update(renamed)
    else:
        at[path[-1]] = text
    return value


class Token(str):
    """What kind of thing a part of a text is: it belongs to its structure."""

    __slots__ = ()


def skeleton(value: Any) -> Any:
    """Return a value's structure: how many of what, without any text. Rules are sorted by who is meant: in any order."""
    if isinstance(value, Token):
        return str(value)
    if isinstance(value, tuple):
        return tuple(skeleton(item) for item in value)
    if isinstance(value, (dict, list)):
        items = value.values() if isinstance(value, dict) else value
        return sorted((skeleton(item) for item in items), key=repr)
    return type(value).__name__


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*map(str, value), *(text for item in value.values() for text in texts(item))]
    if isinstance(value, (list, tuple)):
        return [text for item in value for text in texts(item)]
    return [str(value)]


def load_only(catalog, kind, value=None):
    """Read a document of a kind with the one other that it needs: each more would only take time."""
    together = dict.fromkeys((kind, "App" if kind in {"Platform", "Teams"} else "Platform"))
    found = [documents(value)[0] if value is not None and one == kind else unchanged(one) for one in together]
    return from_documents(found, catalog)


@cache
def unchanged(kind):
    return documents(BASES[kind])[0]


def rendered(catalog, answers) -> list[Any]:
    made = run_answers(catalog, answers)
    verify(made.bundle, made.system)
    assert all(file.path.isascii() and ".." not in file.path.split("/") for file in made.bundle.files)
    readers = {".md": markdown, ".json": json.loads, ".yaml": objects}
    return [readers[Path(file.path).suffix](file.text) for file in made.bundle.files]


@cache
def markdown(text: str) -> Any:
    """Read with a reader of Markdown that knows GitHub's extensions."""
    reader = MarkdownIt("commonmark", {"linkify": True}).enable(["table", "strikethrough", "linkify"])
    reader.linkify.set({"fuzzy_link": False})  # GitHub makes no link of a bare domain
    tokens = reader.parse(text)
    return tuple(
        (Token(token.type), tuple((Token(child.type), child.content) for child in token.children or ()))
        for token in tokens
    )


@cache
def objects(text: str) -> Any:
    """Read YAML (most files are the same from run to run). That a second reader agrees is a property of the escape."""
    return list(yaml.load_all(text, Loader=yaml.CSafeLoader))


@pytest.fixture(scope="session")
def usual(catalog):
    return {kind: sorted(map(repr, map(skeleton, rendered(catalog, load_only(catalog, kind))))) for kind in BASES}


IDS = ["/".join("key" if part is KEY else str(part) for part in (kind, *path)) for kind, path in PATHS]


@pytest.mark.parametrize(("kind", "path"), PATHS, ids=IDS)
def test_a_hostile_string_is_refused_or_exact(catalog, usual, kind, path):
    accepted = 0
    for text in STRINGS:
        if accepted >= ENOUGH and path[-2:-1] not in EXACT:
            answers_of(catalog, kind, with_string(BASES[kind], path, text))
        else:
            accepted += is_exact(catalog, usual[kind], kind, path, text)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PATHS), st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_string_is_refused_or_exact(catalog, usual, where, text):
    # Words of loaded modules are drawn, too: one that the documents have elsewhere would join what is apart.
    if text not in texts(list(BASES.values())):
        is_exact(catalog, usual[where[0]], *where, text)


def assert_said(refused):
    assert [problem for problem in refused.problems if not problem.message or "\n" in problem.message] == []


def answers_of(catalog, kind, document):
    """Return the answers, or None where they are refused, each problem in one line."""
    try:
        return load_only(catalog, kind, document)
    except AnswersError as refused:
        assert_said(refused)


def is_exact(catalog, usual, kind, path, text) -> bool:
    """Tell whether a string is accepted; if so, the output has it as it is, and its structure is the usual one."""
    changed = with_string(BASES[kind], path, text)
    answers = answers_of(catalog, kind, changed)
    if answers is None:
        return False
    try:
        found = rendered(catalog, answers)
    except AnswersError as refused:  # by a blueprint
        assert_said(refused)
        return False
    if path[-1] in {"protocol", "port", "tcp"} or (kind, path) in NOT_IN_THE_OUTPUT:
        return True  # a choice, or another name that the document has: not free text
    assert sorted(map(repr, map(skeleton, found))) == usual
    wanted = text.replace("/", "_").lstrip("_") if path[-1] is KEY and path[-3] == "files" else text
    assert any(wanted == at if path[-2:-1] in EXACT else wanted in at for at in texts(found))
    return True


# What fits a pattern of names and paths differs little: after so many the rest is only read. Free text is rendered all.
ENOUGH = 2
# The cluster's networks stand in the output only where a declared one holds them.
NOT_IN_THE_OUTPUT = {
    ("Platform", ("spec", "clusterNetworks", 0)),
    ("Teams", ("spec", "teams", "spare", KEY)),  # it owns no App
    ("Teams", ("spec", "teams", "spare", "group")),
}
# Mappings of which each value stands in the output as it is, not as a part of something.
EXACT = {("env",), ("files",)}


def test_every_string_field_of_the_schema_is_filled(catalog):
    """The base document has every field, so that no new one escapes the property."""
    missing = []

    def walk(kind: Any, value: Any, path: str) -> None:
        while isinstance(kind, inspect.Metadata):
            kind = kind.type
        if isinstance(kind, inspect.UnionType):
            for member in kind.types:
                walk(member, value, path)
        elif isinstance(kind, inspect.StructType):
            for field in kind.fields:
                present = [
                    item[field.encode_name] for item in value if isinstance(item, dict) and field.encode_name in item
                ]
                if not present:
                    missing.append(f"{path}.{field.encode_name}")
                else:
                    walk(field.type, present, f"{path}.{field.encode_name}")
        elif isinstance(kind, inspect.DictType):
            walk(kind.value_type, [inner for item in value if isinstance(item, dict) for inner in item.values()], path)
        elif isinstance(kind, inspect.ListType):
            walk(kind.item_type, [inner for item in value if isinstance(item, list) for inner in item], path)

    walk(inspect.type_info(App), [FULL, STATEFUL, CRON, {"spec": OTHER}, {"spec": DAEMON}, {"spec": SCALED}], "App")
    walk(inspect.type_info(catalog.kinds["Platform"]), [PLATFORM, TEAMS], "Platform")
    # Alternatives of the same types as those that are filled.
    alternatives = {
        "ready.tcp", "ready.grpc", "live.http", "live.port", "from.pods", "from.cidr",
    }  # fmt: skip
    assert {path.replace("App.spec.", "").replace("health.", "") for path in missing} <= alternatives
