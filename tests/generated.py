"""Whole systems that nobody thought of: App and Platform documents made from the exported JSON Schema.

Values come from the schema alone, but for the pools below: names that meet each other by chance too seldom. What does
not fit together is cut out where `load` complains, until the rest is accepted; so any mixture that is legal may come.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import Any

from choices import Choices, Drawn
from harness import Run, in_a_month, run_answers
from hypothesis import Phase, given, reject, settings
from hypothesis import strategies as st

from scaffold.answers import day, exception, option_words, policy, request_words, words
from scaffold.answers.exported import EXPECTED, json_schema
from scaffold.answers.load import from_documents
from scaffold.catalog import Catalog
from scaffold.documents.reading import Document, Mark, read
from scaffold.errors import AnswersError
from scaffold.images import repository

Value = Any
_POOLS: dict[Any, list[str]] = {
    words.AppName: ["api", "web", "stock"],
    words.Namespace: ["shop", "front", "data"],
    words.PortName: ["http", "http", "http", "http", "admin", "dns"],
    words.StoreName: ["vault", "public"],
    words.LabelKey: ["app.kubernetes.io/name", "kind", "app"],
    words.LabelValue: ["api", "batch", ""],
    words.AccountName: ["api", "reporter"],
    words.HostName: ["api.example.com", "pay.example.org"],
    words.ContainerPath: ["/var/cache", "/etc/api/a.toml", "/etc/api/b.toml", "/var/cache/api"],
    words.ApiResource: ["configmaps", "pods/log", "leases"],
    words.ApiVerb: ["get", "list", "watch", "update"],
    words.ApiGroup: ["", "coordination.k8s.io"],
    policy.RegistryPath: ["registry.example.com/", "docker.io/library/"],
    policy.TaintValue: ["sensitive"],
    words.Image: ["registry.example.com/shop/api:1.2.3", "registry.example.com/a@sha256:" + 64 * "0"],
    words.EnvName: ["GREETING", "LEVEL"],
    words.Size: ["64Mi", "1Gi"],
    words.Cpu: ["250m", "1"],
    words.Environment: ["shop", "front"],
    words.Team: ["payments", "shop"],
    words.GroupName: ["developers", "oidc:On Call"],
    words.EnvValue: ["hello", ""],
    words.Argument: ["/app/api", "--all", "$(HOME)"],
    words.ContainerName: ["migrate", "unpack", "proxy", "exporter"],
    words.PullSecret: ["registry"],
    words.FileText: ["a = 1\n", "text"],
    words.HttpPath: ["/healthz", "/"],
    words.HttpPattern: ["/api/v1", "/api/*", "/*"],
    words.ObjectName: ["api-config", "one"],
    words.Schedule: ["30 3 * * *", "@daily", "*/5 0-6,12 1 JAN MON-FRI"],
    words.TimeZone: ["Etc/UTC", "Europe/Berlin"],
    words.StorageClass: ["standard", "fast.example.com"],
    words.Audience: ["https://kubernetes.default.svc"],
    words.ListenerName: ["https", "web"],
    words.SecretName: ["db", "key"],
    words.SecretKey: ["shop/api/db", "a"],
    words.SecretText: ["postgres://", "", "{{ .part0 }}"],
    words.SecretProperty: ["password", "k"],
    words.HttpsUrl: ["https://vault.example.com:8200"],
    option_words.Mount: ["kubernetes", "a/b"],
    words.DottedName: ["cluster.local", "apps"],
    words.RuntimeClass: ["kata"],
    words.Socket: ["unix:///run/kms/kms.sock"],
    option_words.RoleArn: ["arn:aws:iam::111122223333:role/api"],
    option_words.Region: ["eu-central-1", "us-gov-west-1"],
    option_words.Location: ["europe-west3", "us-east1-b"],
    option_words.AppKey: ["shop/api", "front/web", "data/stock"],
    option_words.ParameterPath: ["/", "/production/"],
    option_words.ClusterArn: ["arn:aws:eks:eu-central-1:111122223333:cluster/production"],
    option_words.PoolProvider: ["projects/123456789012/locations/global/workloadIdentityPools/clusters/providers/shop"],
    option_words.CloudAccount: [f"{name}@shop-production.iam.gserviceaccount.com" for name in ("reader", "writer")],
    option_words.CloudNumber: ["123456789012", "210987654321"],
    option_words.CloudProject: ["shop-production", "shop-staging"],
    option_words.Issuer: ["https://oidc.example.com/id/1"],
    option_words.Uuid: ["11111111-2222-3333-4444-555555555555", "66666666-7777-8888-9999-000000000000"],
    option_words.AgeRecipient: ["age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"],
    option_words.AwsKey: ["arn:aws:kms:eu-central-1:111122223333:alias/shop"],
    option_words.GcpKey: ["projects/shop-production/locations/global/keyRings/shop/cryptoKeys/secrets"],
    option_words.AzureKey: [f"https://shop.vault.azure.net/keys/secrets/{'0' * 32}"],
    option_words.Base64: ["Y2VydGlmaWNhdGU="],
    exception.ControlId: ["read-only-root", "non-root", "no-capabilities", "no-privilege-escalation"],
    exception.Reason: ["It unpacks itself into /"],
    exception.Approver: ["security@example.com"],
    day.Day: [in_a_month()],
    request_words.HeaderName: ["x-tenant", "x-kind"],
    request_words.HeaderValue: ["acme", "other"],
    request_words.AgentPattern: ["curl/*", "python-requests/*"],
    request_words.ClaimName: ["groups", "scope"],
    request_words.ClaimValue: ["buyers", "sellers"],
    request_words.TokenAudience: ["orders", "stock"],
    request_words.KeysUrl: ["https://login.example.com/keys"],
    # Schemas say what a network looks like; that it is canonical, and whose it is, nobody draws by chance.
    words.Cidr: ["10.20.0.0/16", "10.20.30.0/24", "203.0.113.0/24", "198.51.100.7/32", "fd12:3456::/32", "10.96.0.0/12"],
}  # fmt: skip
NUMBERS = [53, 443, 5432, 8080, 8081, 9090]
_OFTEN, _SELDOM, _RARELY = (True, True, True, False), (False, False, False, True), (False, False, False, False, True)
_ROUNDS = 12
_TEXTS = 15  # of each word, beside its pool


def _meaning(word: Any) -> str:
    return word.__metadata__[0].description


_BY_MEANING = {_meaning(word): pool for word, pool in _POOLS.items()}


def meaning(schema: dict[str, Any]) -> str:
    """Return the description of a text's word: what the field means, then what its word is called."""
    whole = schema["description"].rpartition(EXPECTED)[2]
    return whole if whole in _BY_MEANING else whole[:-1]  # the words of lists and keys stand alone


def known(schema: dict[str, Any]) -> list[str]:
    """Return the texts of a word's pool; a word without a pool: give it one."""
    return _BY_MEANING[meaning(schema)]


@cache
def _texts(pattern: str, most: int, word: str) -> tuple[str, ...]:
    """Return texts of a word that nobody thought of; none of a word of which only its pool is legal."""
    if word == _meaning(words.Cidr):
        return ()

    def legal(text: str) -> str:
        return text if len(text) <= most and re.search(pattern, text) else _BY_MEANING[word][0]

    # Replaced instead of filtered: documents with many words would be thrown away more often than those with few.
    return tuple(legal(text) for text in _matching(_without_assertions(pattern)))


def _matching(pattern: str) -> list[str]:
    """Return texts that match a pattern: drawn once, since each costs as much as the rest of a document."""
    made: list[str] = []

    @settings(max_examples=_TEXTS, database=None, derandomize=True, deadline=None, phases=[Phase.generate])
    @given(st.from_regex(pattern, fullmatch=True))
    def draw(text: str) -> None:
        made.append(text)

    draw()
    return made


def _without_assertions(pattern: str) -> str:
    """Return what a word's pattern says about single characters, without what it asks by looking around."""
    made, skipped, at = "", 0, 0
    for at, char in enumerate(pattern):
        opens, closes = char == "(" and pattern[at - 1] != "\\", char == ")" and pattern[at - 1] != "\\"
        if opens and (skipped or pattern.startswith(("(?=", "(?!"), at)):
            skipped += 1
        if not skipped:
            made += char
        skipped -= bool(closes and skipped)
    return made.removeprefix("^").removesuffix("$")


def _size(choices: Choices, low: int) -> int:
    """Return how many items there are: hypothesis' own collections are nearly empty on the average."""
    return choices.of([size for size in (1, 2, 3, 0) if size >= low])


def _words(schema: Value) -> Iterator[dict[str, Any]]:
    """Yield every part of a schema that says what a text looks like."""
    if isinstance(schema, dict) and "pattern" in schema and "description" in schema:
        yield schema
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from _words(part)


class _Maker:
    """Makes the parts of one schema."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema, self._parts = schema, schema["$defs"]
        for word in _words(schema):
            self._texts(word)  # now: while it draws, hypothesis refuses to draw something else

    def document(self, choices: Choices) -> Value:
        return self._of(choices, self._schema)

    def _of(self, choices: Choices, schema: dict[str, Any]) -> Value:
        if "$ref" in schema:
            return self._of(choices, self._parts[schema["$ref"].rpartition("/")[2]])
        if "anyOf" in schema:
            return self._of(choices, choices.of([one for one in schema["anyOf"] if one != {"type": "null"}]))
        if "enum" in schema:
            return choices.of([choice for choice in schema["enum"] if choice is not None])
        [kind] = {schema["type"]} if isinstance(schema["type"], str) else {*schema["type"]} - {"null"}
        return getattr(self, f"_{kind}")(choices, schema)

    def _texts(self, schema: dict[str, Any]) -> tuple[str, ...]:
        return _texts(schema["pattern"], schema["maxLength"], meaning(schema))

    def _string(self, choices: Choices, schema: dict[str, Any]) -> str:
        texts = self._texts(schema)
        return choices.of(texts if texts and choices.of(_RARELY) else known(schema))

    def _boolean(self, choices: Choices, _: dict[str, Any]) -> bool:
        return choices.of((False, True))

    def _integer(self, choices: Choices, schema: dict[str, Any]) -> int:
        low, high = schema["minimum"], schema["maximum"]
        usual = [number for number in NUMBERS if low <= number <= high] if high == 65535 else []
        return choices.of(usual) if usual and choices.of(_OFTEN) else choices.between(low, high)

    def _array(self, choices: Choices, schema: dict[str, Any]) -> list[Value]:
        return [self._of(choices, schema["items"]) for _ in range(_size(choices, schema.get("minItems", 0)))]

    def _object(self, choices: Choices, schema: dict[str, Any]) -> dict[str, Value]:
        if "properties" in schema:
            return self._fields(choices, schema)
        keys, values = schema["propertyNames"], schema["additionalProperties"]
        size = _size(choices, schema.get("minProperties", 0))
        return {self._string(choices, keys): self._of(choices, values) for _ in range(size)}

    def _fields(self, choices: Choices, schema: dict[str, Any]) -> dict[str, Value]:
        groups = [one["required"][0] for one in schema.get("oneOf", ())]
        chosen = choices.of(groups) if groups else None
        made = {}
        for name, part in schema["properties"].items():
            # What holds more may be empty anyway; single values contradict each other more often than not.
            # What an environment says is the whole spec again, merged into it: that is tested by itself.
            seldom = part.get("type") in ("string", "integer", "boolean") or name == "environments"
            often = _SELDOM if seldom else _OFTEN
            if name == chosen if name in groups else name in schema.get("required", ()) or choices.of(often):
                made[name] = self._of(choices, part)
        return made


def maker(catalog: Catalog, most: int = 3) -> Callable[[Choices], list[Value]]:
    """Return what makes documents: a Platform, and up to so many Apps. Not all of them fit together yet."""
    app, platform = (_Maker(json_schema(catalog.kinds, kind)).document for kind in ("App", "Platform"))
    numbers = range(1, most + 1)
    return lambda choices: [platform(choices), *(app(choices) for _ in range(choices.of(numbers)))]


def systems(catalog: Catalog, most: int = 3) -> st.SearchStrategy[list[Value]]:
    """Return lists of such documents, of which hypothesis decides."""
    make = maker(catalog, most)
    return st.composite(lambda draw: make(Drawn(draw)))()


def settled(catalog: Catalog, values: list[Value]) -> tuple[list[Value], Run]:
    """Settle what hypothesis has drawn; it draws something else where nothing fits together."""
    return settle(catalog, values) or reject()


def settle(catalog: Catalog, values: list[Value]) -> tuple[list[Value], Run] | None:
    """Cut out what does not fit together; return what is left, and what is rendered from it, if that comes to an end."""
    values = copy.deepcopy(values)
    _meet(values)
    for _ in range(_ROUNDS):
        found = [_document(number, json.dumps(value, ensure_ascii=False)) for number, value in enumerate(values, 1)]
        try:
            return values, run_answers(catalog, *from_documents(found, catalog))
        except AnswersError as error:
            places = {(p.place.file, p.place.line, p.place.column) for p in error.problems}
        for number, document in enumerate(found):
            paths = [path for place, path in _places(document) if place in places]
            for path in sorted(paths, reverse=True, key=repr):
                _cut(values, (number, *path))
        values = _closed(values)
    return None


@lru_cache(maxsize=8)  # what a round leaves as it was, the next one need not read
def _document(number: int, text: str) -> Document:
    """Read a document of which the JSON is given, which is YAML, too, once it has YAML's escapes."""
    escaped = re.sub(r"[^ -~]", lambda found: f"\\U{ord(found[0]):08x}", text)
    made, problems = read(escaped.encode(), f"{number}.yaml")
    assert problems == []
    [document] = made
    return document


def _meet(values: list[Value]) -> None:
    """Let names mean something that is declared, where there is anything: chance alone would seldom do."""
    platform, *apps = (value.get("spec", {}) for value in values)
    for gateway in platform.get("gateways", {}).values():
        gateway.setdefault("account", "gateway")
    _meet_relay(platform)
    _meet_registries(platform, apps)
    teams = list(platform.get("teams", {}))
    for spec in apps:
        if teams:
            spec.setdefault("team", teams[0])
        _choose(spec, "team", teams)
        _choose(spec, "isolation", list(platform.get("nodePools", {})))
        spec.setdefault("ports", {}) or spec["ports"].setdefault("http", {"port": 8080})
        _meet_ranges([*spec["ports"].values(), *spec.get("to", ())])
        _meet_sidecars(spec)
    for value, spec in zip(values[1:], apps, strict=True):
        ports = list(spec["ports"])
        for caller in spec.get("from", ()):
            _meet_caller(caller, spec, ports, platform)
        for callee in spec.get("to", ()):
            _meet_callee(callee, value, values[1:])
            _meet_host(callee, platform)
            _choose(callee, "nodes", list(platform.get("nodes", {})))
        _meet_secrets(value, platform)
        for probe in spec.get("health", {}).values():
            for key in ("tcp", "grpc", "port") if isinstance(probe, dict) else ():
                _choose(probe, key, ports)


def _meet_relay(platform: Value) -> None:
    """Let a gateway for egress have the mesh that leads there, and a waypoint the labels of its pods."""
    if "egressGateway" not in platform:
        return
    relay, mesh = platform["egressGateway"], "istio-sidecar"
    relay.pop("namespace", None)
    if relay["mode"] == "istio-egress-waypoint":
        mesh, named = "istio-ambient", {"gateway.networking.k8s.io/gateway-name": relay.get("name", "egress")}
        relay["labels"] = {**relay.get("labels", {}), **named}
    platform["mesh"] = {**platform.get("mesh", {}), "mode": mesh}


def _meet_host(callee: Value, platform: Value) -> None:
    """Let a host be reached in one of the ways that there are."""
    if "host" not in callee or callee.get("cidrs"):
        return
    if "egressGateway" in platform:  # which passes on TLS of the process's own, to one port
        for key in ("protocol", "endPort", "tls", "internet"):
            callee.pop(key, None)
    elif "network" not in platform:
        callee["internet"] = True


def _meet_secrets(app: Value, platform: Value) -> None:
    """Let each secret be read in one place, from a store that there is."""
    for name, secret in app["spec"].get("secrets", {}).items():
        places = [key for key in ("file", "singleFile", "env") if key in secret]
        secret.update({} if places else {"file": f"/etc/secrets/{name}"})
        for place in places[1:]:
            del secret[place]
        _meet_parts(secret)
        _choose(secret, "store", list(platform.get("secretStores", {})))
        _meet_store(secret, app["metadata"], platform)
        _meet_driver(secret, name, platform)


def _meet_driver(secret: Value, name: str, platform: Value) -> None:
    """Let a driver write files into a directory of its own."""
    store = platform.get("secretStores", {}).get(secret["store"], {})
    if store.get("backend") == "vault-csi":
        if not store.get("cidrs"):
            store.setdefault("namespace", "data")
        for key in ("env", "singleFile", "join"):
            secret.pop(key, None)
        secret["file"] = f"/etc/driven-{secret['store']}/{name}"


def _meet_parts(secret: Value) -> None:
    """Let what is put together read something that lies under its key."""
    parts = secret.get("join", [])
    for part in parts:
        if "text" in part:
            part.pop("spelled", None)
    if parts:
        secret.pop("property", None)
        parts.append({"property": "password"})
    if len(parts) > 3:
        del parts[0]


def _meet_store(secret: Value, metadata: Value, platform: Value) -> None:
    """Let a store be found, know who asks, and have what it is asked for; as far as chance has not decided otherwise."""
    store = platform.get("secretStores", {}).get(secret["store"], {})
    for networks in {"cidrs", "sts", "entra"} & store.keys():
        # Others may be the cluster's own: what is left would be none.
        store[networks] = store[networks] if "clusterNetworks" not in platform else ["192.0.2.0/24"]
        store[networks] = [*dict.fromkeys(store[networks])] or ["203.0.113.0/24"]
    backend = store.get("backend", "")
    if backend.startswith("aws-"):
        store.setdefault("roles", "arn:aws:iam::111122223333:role/api")
        if "role" in store:
            del store["roles"]
    if backend == "vault" and not store.get("cidrs"):
        store.setdefault("namespace", "data")
    if backend == "azure-key-vault" and "client" not in store:
        of_all = store.setdefault("clients", {})
        of_all.setdefault("/".join((metadata["namespace"], metadata["name"])), "6e2a1c52-7d0c-4c0f-9f59-0d7c1f5b3a11")
    if backend == "kubernetes-secret":
        least = {
            "cidrs": ["10.20.30.0/24"],
            "port": 6443,
            "audience": "https://other.example.com",
            "caBundle": "Y2VydA==",
        }
        store |= {key: one for key, one in least.items() if not store.get(key)} if "server" in store else {}
        platform.setdefault("apiServer", {"cidrs": ["10.0.0.1/32"], "audience": "https://kubernetes.default.svc"})
        secret.get("join") or secret.setdefault("property", "password")
        secret["join"] = [part for part in secret.get("join", ()) if "key" not in part]
    if backend in {"existing-secret", "sealed-secrets"}:
        secret.pop("join", None)
    _meet_keys(secret, backend)


_GIVEN = ("given", "other")
_KEYS = {
    "azure-key-vault": ("a", "key/a", "cert/b", "secret/b"),
    "existing-secret": _GIVEN,
    "gcp-secret-manager": _GIVEN,
    "kubernetes-secret": _GIVEN,
    "sealed-secrets": _GIVEN,
}


def _meet_keys(secret: Value, backend: str) -> None:
    """Let a store be asked for what it may have, of which some have no paths."""
    for one in (secret, *(part for part in secret.get("join", ()) if "key" in part)):
        pool = _KEYS.get(backend, (one["key"],))
        one["key"] = pool[len(one["key"]) % len(pool)]


def _meet_registries(platform: Value, apps: list[Value]) -> None:
    """Where images come from some registries only, let each App's be in one: without its image it would be gone."""
    images = [one["image"] for spec in apps for one in (spec, *spec.get("init", {}).values()) if "image" in one]
    if platform.get("registries"):
        platform["registries"] = sorted({*platform["registries"], *map(repository, images)})


def _meet_caller(caller: Value, spec: Value, ports: list[str], platform: Value) -> None:
    _choose(caller, "port", ports)
    _choose(caller, "gateway", list(platform.get("gateways", {})))
    _choose(caller, "nodes", list(platform.get("nodes", {})))
    _meet_balancer(caller, spec, platform)
    if "gateway" in caller:
        caller.setdefault("host", "api.example.com")
    for key, kinds in (("namespace", {"app", "pods"}), ("account", {"pods"}), ("host", {"gateway"})):
        if not kinds & caller.keys():
            caller.pop(key, None)
    if caller.keys() & {"gateway", "methods", "paths"}:
        spec["ports"][caller["port"]]["protocol"] = "http"
        spec["ports"][caller["port"]].pop("endPort", None)


def _meet_balancer(caller: Value, spec: Value, platform: Value) -> None:
    """Let load balancers be the Platform's, let in somebody, and pass connections on as somebody."""
    known = platform.get("loadBalancers", {})
    _choose(caller, "loadBalancer", list(known))
    if "loadBalancer" not in caller:
        caller.pop("cidrs", None)
        caller.pop("internet", None)
        return
    caller.update({"internet": True} if len(caller["port"]) % 2 else {"cidrs": ["203.0.113.0/24"]})
    caller.pop("cidrs" if caller.get("internet") else "internet", None)
    spec["ports"][caller["port"]].pop("endPort", None)
    for balancer in known.values():
        if balancer["source"] == "preserved":
            balancer.pop("cidrs", None)
            continue
        balancer.pop("healthChecks", None)
        if not balancer.get("cidrs"):
            balancer["cidrs"] = ["198.51.100.7/32"]


def _meet_ranges(ports: list[Value]) -> None:
    """Let each range begin before it ends, and say nothing that a range cannot have."""
    for port in ports:
        if port.get("endPort", 65535) <= (port["port"] if isinstance(port["port"], int) else 5432):
            port["endPort"] = 65535
        if "endPort" in port:
            port.pop("service", None)
            port.update({"protocol": "udp"} if port.get("protocol") in {"http", "grpc"} else {})


def _meet_sidecars(spec: Value) -> None:
    """Let sidecars serve ports that there are, and share directories that there are."""
    ports = list(spec["ports"])
    directories = [*spec.get("security", {}).get("writable", {}), "/tmp"]  # noqa: S108  in the container
    for sidecar in spec.get("sidecars", {}).values():
        sidecar["ports"] = [ports[len(name) % len(ports)] for name in sidecar.get("ports", ())]
        mounts = sidecar.get("mounts", {})
        sidecar["mounts"] = {directories[len(path) % len(directories)]: access for path, access in mounts.items()}
        for path in sidecar["mounts"]:
            sidecar.setdefault("writable", {}).pop(path, None)


def _meet_callee(callee: Value, app: Value, apps: list[Value]) -> None:
    if "app" in callee and len(callee["app"]) % 4:  # else an App of which nothing is known
        other = apps[len(callee["app"]) % len(apps)]
        name, port = other["metadata"]["name"], min(other["spec"]["ports"])
        callee |= {"app": name, "namespace": other["metadata"]["namespace"], "port": port}
        callee.pop("protocol", None)
        callee.pop("endPort", None)
        # The other half: between teams both have to declare the flow.
        caller = {"app": app["metadata"]["name"], "namespace": app["metadata"]["namespace"], "port": port}
        other["spec"].setdefault("from", []).append(caller)
    elif isinstance(callee["port"], str):
        callee["port"] = 5432
    for key, kinds in (
        ("namespace", {"app", "pods"}),
        ("account", {"pods"}),
        ("cidrs", {"host"}),
        ("internet", {"host"}),
    ):
        if not kinds & callee.keys():
            callee.pop(key, None)


def _choose(value: dict[str, Value], key: str, names: list[Any]) -> None:
    if names and key in value and value[key] not in names:
        value[key] = names[len(str(value[key])) % len(names)]


def _places(document: Document) -> list[tuple[tuple[str, int, int], tuple[Any, ...]]]:
    """Return each place of a document with the path of what is written there."""
    made = []

    def walk(mark: Mark, path: tuple[Any, ...]) -> None:
        made.append(((document.file, mark.line, mark.column), path))
        for key, child in mark.children.items():
            walk(child, (*path, key))

    walk(document.mark, ())
    return made


def _cut(values: list[Value], path: tuple[Any, ...]) -> None:
    """Leave a hole at a path, if it is still there."""
    at: Any = values
    for step in path[:-1]:
        if at is _HOLE:
            return
        at = at[step]
    if at is not _HOLE:
        at[path[-1]] = _HOLE


_HOLE = object()


def _closed(value: Value) -> Value:
    """Return a value without its holes."""
    if isinstance(value, dict):
        return {key: _closed(item) for key, item in value.items() if item is not _HOLE}
    if isinstance(value, list):
        return [_closed(item) for item in value if item is not _HOLE]
    return value
