"""The words of answers: each kind of string and number, its pattern, its bounds, and how messages call it.

May import: nothing of the project.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta


def _exactly(pattern: str) -> str:
    """Anchor at both ends; `$` alone would let a trailing newline through."""
    return rf"^(?:{pattern})$(?!\n)"


def described(pattern: str, most: int, expected: str, example: str, remedy: str = "") -> Meta:
    """Describe a string; `{}` in the remedy is the example."""
    extra = {"remedy": remedy.replace("{}", example)}
    return Meta(pattern=_exactly(pattern), max_length=most, description=expected, examples=[example], extra=extra)


_LABEL_VALUE = "[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?"
_DNS_LABEL = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_OBJECT = rf"{_DNS_LABEL}(?:\.{_DNS_LABEL})*"
# No part begins with two dots: the kubelet keeps such names for itself.
_PATH_PART = r"(?!\.\.|\.(?:/|$))[A-Za-z0-9._-]+"
# No C0 control characters but tab, newline and carriage return: a NUL ends a variable, the rest is never meant.
_TEXT = r"[^\x00-\x08\x0b\x0c\x0e-\x1f]*"
_IMAGE = (
    rf"(?:{_OBJECT}(?::[0-9]{{1,5}})?/)?"
    r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
)

AppName: TypeAlias = Annotated[
    str,
    described(
        "[a-z](?:[-a-z0-9]*[a-z0-9])?",
        63,
        "a DNS-1123 label that starts with a letter, as a Service's must: lower-case, digits and '-', at most 63",
        "orders",
    ),
]
Namespace: TypeAlias = Annotated[
    str, described(_DNS_LABEL, 63, "a DNS-1123 label: lower-case letters, digits and '-', at most 63", "shop")
]
Environment: TypeAlias = Annotated[
    str, described(_DNS_LABEL, 63, "the name of a Platform: lower-case letters, digits and '-', at most 63", "staging")
]
Team: TypeAlias = Annotated[
    str, described(_DNS_LABEL, 63, "a team's name: lower-case letters, digits and '-', at most 63", "payments")
]
PortName: TypeAlias = Annotated[
    str,
    described(
        "(?=[0-9-]*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*",
        15,
        "a port's name: lower-case letters, digits and single '-', with a letter, at most 15",
        "http",
    ),
]
LabelKey: TypeAlias = Annotated[
    str,
    described(
        rf"(?:(?=[^/]{{1,253}}/){_DNS_LABEL}(?:\.{_DNS_LABEL})*/)?(?=[^/]{{1,63}}$){_LABEL_VALUE}",
        317,
        "a label's key: an optional DNS prefix and '/', then a name of at most 63",
        "app.kubernetes.io/name",
    ),
]
LabelValue: TypeAlias = Annotated[
    str,
    described(f"(?:{_LABEL_VALUE})?", 63, "a label's value: letters, digits, '-', '_' and '.', at most 63", "orders"),
]
Image: TypeAlias = Annotated[
    str,
    described(
        _IMAGE,
        512,
        "an image reference: registry/path:tag or registry/path@sha256:…",
        "registry.example.com/shop/orders:1.4.2",
        "for example {}",
    ),
]
Cpu: TypeAlias = Annotated[
    str, described("[1-9][0-9]{0,2}|[1-9][0-9]{0,5}m", 7, 'CPU as a string: "250m" or "2"', "250m")
]
# Kubernetes counts in thousandths, up to 2**63 of them: fifty directories of the largest size still fit.
Size: TypeAlias = Annotated[
    str,
    described(
        "[1-9][0-9]{0,6}Mi|[1-9][0-9]{0,4}Gi", 9, 'a size with its unit, for example "64Mi"; at most 99,999Gi', "256Mi"
    ),
]
EnvName: TypeAlias = Annotated[
    str,
    described("[A-Za-z_][A-Za-z0-9_]*", 253, "an environment variable's name: letters, digits and '_'", "LOG_LEVEL"),
]
EnvValue: TypeAlias = Annotated[
    str, described(_TEXT, 32768, "text without control characters, at most 32,768 characters", "info")
]
Argument: TypeAlias = Annotated[
    str, described(_TEXT, 4096, "a word of a command: text without control characters, at most 4,096", "--migrate")
]
ContainerName: TypeAlias = Annotated[
    str,
    described(_DNS_LABEL, 63, "a container's name: lower-case letters, digits and '-', at most 63", "migrate"),
]
# No dots: what has one is an App's own, `NAME.WHAT`.
PullSecret: TypeAlias = Annotated[
    str,
    described(_DNS_LABEL, 63, "the name of a Secret, without dots: lower-case, digits and '-', at most 63", "registry"),
]
FileText: TypeAlias = Annotated[
    str, described(_TEXT, 524288, "text without control characters, at most 524,288 characters", 'level = "info"\n')
]
ContainerPath: TypeAlias = Annotated[
    str,
    described(
        rf"(?:/{_PATH_PART})+",
        253,
        "an absolute path of letters, digits, '.', '_' and '-', without '..'",
        "/etc/orders/app.toml",
        "for example {}",
    ),
]
HttpPath: TypeAlias = Annotated[
    str, described(r"/[\x21-\x7e]*", 1024, "an HTTP path: starts with '/', printable ASCII, no space", "/readyz")
]
HttpPattern: TypeAlias = Annotated[
    str,
    described(
        r"(?!.*/\.\.?(?:/|$))/(?:[A-Za-z0-9._~-]+/)*(?:[A-Za-z0-9._~-]+|\*)?",
        1024,
        "an HTTP path without '..', or a directory with `*`: itself and all below it",
        "/api/v1/*",
        "for example /healthz or /api/v1/*",
    ),
]
HttpMethod: TypeAlias = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
Cidr: TypeAlias = Annotated[
    str,
    described(
        r"[0-9a-fA-F:.]{2,45}/[0-9]{1,3}", 49, "a network such as 10.20.0.0/16 or fd12:3456::/32", "10.20.0.0/16"
    ),
]
Schedule: TypeAlias = Annotated[
    str,
    described(
        r"@(?:hourly|daily|midnight|weekly|monthly|yearly|annually)|[0-9*,/-]+(?: [0-9A-Za-z*,/?-]+){4}",
        128,
        "a schedule: minute, hour, day of month, month, day of week; or @daily and its like",
        "30 3 * * *",
        "for example {}: at half past three each night",
    ),
]
TimeZone: TypeAlias = Annotated[
    str,
    described(
        r"[A-Z][A-Za-z]*(?:/[A-Za-z0-9_+-]+){0,2}",
        64,
        "a time zone of the IANA database",
        "Europe/Berlin",
        "for example {}",
    ),
]
StorageClass: TypeAlias = Annotated[
    str, described(_OBJECT, 253, "the name of a StorageClass: lower-case, digits, '-' and '.'", "fast")
]
L4: TypeAlias = Literal["tcp", "udp", "sctp"]
ApiGroup: TypeAlias = Annotated[
    str,
    described(
        rf"(?:{_DNS_LABEL}(?:\.{_DNS_LABEL})*)?", 253, 'an API group such as "apps"; "" is the core group', "apps"
    ),
]
ApiResource: TypeAlias = Annotated[
    str,
    described(
        "[a-z][a-z0-9-]*(?:/[a-z][a-z0-9-]*)?",
        127,
        "a resource in the plural, such as configmaps or pods/log; no wildcard",
        "configmaps",
    ),
]
ApiVerb: TypeAlias = Annotated[
    str, described("[a-z]+", 40, "a verb: get, list, watch, create, update, patch, delete; no wildcard", "get")
]
ObjectName: TypeAlias = Annotated[
    str, described(r"[a-z0-9](?:[-a-z0-9.:]*[a-z0-9])?", 253, "the name of an object; no wildcard", "orders-config")
]
Audience: TypeAlias = Annotated[
    str,
    described(
        r"[\x21-\x7e]+",
        253,
        "an audience that the API server accepts",
        "https://kubernetes.default.svc.cluster.local",
        "its issuer, for example {}: kubectl get --raw /.well-known/openid-configuration",
    ),
]
AccountName: TypeAlias = Annotated[
    str, described(_OBJECT, 253, "the name of a ServiceAccount: lower-case, digits, '-' and '.'", "reporter")
]
# What Kubernetes calls groups itself begins with `system:`: everybody, every ServiceAccount, who is never refused.
GroupName: TypeAlias = Annotated[
    str,
    described(
        r"(?!system:)(?=[^A-Za-z0-9]*[A-Za-z0-9])[\x21-\x7e]+(?: [\x21-\x7e]+)*",
        253,
        "a group as the API server knows it: printable ASCII with a letter or digit, single blanks inside, no system:",
        "payments-developers",
        "the identity provider's name or id of it, with the API server's --oidc-groups-prefix",
    ),
]
StoreName: TypeAlias = Annotated[
    str, described(_DNS_LABEL, 40, "a name: lower-case letters, digits and '-', at most 40", "main", "for example {}")
]
ListenerName: TypeAlias = Annotated[
    str, described(_DNS_LABEL, 63, "a listener's name: lower-case letters, digits and '-', at most 63", "https")
]
SecretName: TypeAlias = Annotated[
    str,
    described(
        _DNS_LABEL,
        63,
        "a secret's name: lower-case letters, digits and '-', at most 63",
        "db-password",
        "for example {}",
    ),
]
SecretKey: TypeAlias = Annotated[
    str,
    described(
        r"(?!.*(?:^|/)\.\.(?:/|$))[A-Za-z0-9][A-Za-z0-9/_.@:+=-]*",
        512,
        "where the store keeps it: letters, digits and /_.@:+=-, without '..'",
        "shop/orders/db",
        "for example {}; the value itself never stands in an answer",
    ),
]
SecretText: TypeAlias = Annotated[
    str,
    described(_TEXT, 4096, "text between parts of a secret, without control characters, at most 4,096", "postgres://"),
]
SecretProperty: TypeAlias = Annotated[
    str,
    described(
        r"[A-Za-z0-9_][A-Za-z0-9_.-]*", 253, "a property of the secret: letters, digits, '_', '.' and '-'", "password"
    ),
]
HttpsUrl: TypeAlias = Annotated[
    str,
    described(
        rf"https://(?:{_DNS_LABEL}\.)*{_DNS_LABEL}(?::[1-9][0-9]{{0,4}})?",
        280,
        "an address with https, without a path",
        "https://secrets.example.com:8200",
        "for example {}",
    ),
]
DottedName: TypeAlias = Annotated[
    str,
    described(
        r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?",
        128,
        "a name: letters, digits, '_', '.' and '-'",
        "cluster.local",
    ),
]
HostName: TypeAlias = Annotated[
    str,
    described(
        rf"(?=[a-z0-9.-]{{1,253}}$)(?:{_DNS_LABEL}\.)+[a-z](?:[-a-z0-9]{{0,61}}[a-z0-9])",
        253,
        "a host's full name, lower-case, such as api.example.com",
        "api.example.com",
    ),
]
RuntimeClass: TypeAlias = Annotated[
    str,
    described(
        rf"{_DNS_LABEL}(?:\.{_DNS_LABEL})*", 253, "the name of a RuntimeClass: lower-case, digits, '-' and '.'", "kata"
    ),
]
Socket: TypeAlias = Annotated[
    str,
    described(
        rf"unix://(?:/{_PATH_PART})+",
        107,
        "a socket on the host, at most 107",
        "unix:///run/kms/kms.sock",
        "for example {}",
    ),
]
