"""The words of answers: each kind of string and number, its pattern, its bounds, and how messages call it.

May import: nothing of the project.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta


def _exactly(pattern: str) -> str:
    """Anchor at both ends; `$` alone would let a trailing newline through."""
    return rf"^(?:{pattern})$(?!\n)"


def _text(pattern: str, most: int, expected: str, remedy: str = "") -> Meta:
    return Meta(pattern=_exactly(pattern), max_length=most, description=expected, extra={"remedy": remedy})


_LABEL_VALUE = "[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?"
_DNS_LABEL = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
# No part begins with two dots: the kubelet keeps such names for itself.
_PATH_PART = r"(?!\.\.|\.(?:/|$))[A-Za-z0-9._-]+"
# No C0 control characters but tab, newline and carriage return: a NUL ends a variable, the rest is never meant.
_TEXT = r"[^\x00-\x08\x0b\x0c\x0e-\x1f]*"
_IMAGE = (
    r"(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?(?::[0-9]{1,5})?/)?"
    r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
)

AppName: TypeAlias = Annotated[
    str,
    _text(
        "[a-z](?:[-a-z0-9]*[a-z0-9])?",
        63,
        "a DNS-1123 label that starts with a letter, as a Service's must: lower-case, digits and '-', at most 63",
    ),
]
Namespace: TypeAlias = Annotated[
    str, _text(_DNS_LABEL, 63, "a DNS-1123 label: lower-case letters, digits and '-', at most 63")
]
Team: TypeAlias = Annotated[str, _text(_DNS_LABEL, 63, "a team's name: lower-case letters, digits and '-', at most 63")]
PortName: TypeAlias = Annotated[
    str,
    _text(
        "(?=[0-9-]*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*",
        15,
        "a port's name: lower-case letters, digits and single '-', with a letter, at most 15",
    ),
]
LabelKey: TypeAlias = Annotated[
    str,
    _text(
        rf"(?:(?=[^/]{{1,253}}/){_DNS_LABEL}(?:\.{_DNS_LABEL})*/)?(?=[^/]{{1,63}}$){_LABEL_VALUE}",
        317,
        "a label's key: an optional DNS prefix and '/', then a name of at most 63",
    ),
]
LabelValue: TypeAlias = Annotated[
    str, _text(f"(?:{_LABEL_VALUE})?", 63, "a label's value: letters, digits, '-', '_' and '.', at most 63")
]
Image: TypeAlias = Annotated[
    str,
    _text(
        _IMAGE,
        512,
        "an image reference: registry/path:tag or registry/path@sha256:…",
        "for example registry.example.com/shop/orders:1.4.2",
    ),
]
Cpu: TypeAlias = Annotated[str, _text("[1-9][0-9]{0,2}|[1-9][0-9]{0,5}m", 7, 'CPU as a string: "250m" or "2"')]
# Kubernetes counts in thousandths, up to 2**63 of them: fifty directories of the largest size still fit.
Size: TypeAlias = Annotated[
    str,
    _text("[1-9][0-9]{0,6}Mi|[1-9][0-9]{0,4}Gi", 9, 'a size with its unit, for example "64Mi"; at most 99,999Gi'),
]
EnvName: TypeAlias = Annotated[
    str, _text("[A-Za-z_][A-Za-z0-9_]*", 253, "an environment variable's name: letters, digits and '_'")
]
EnvValue: TypeAlias = Annotated[str, _text(_TEXT, 32768, "text without control characters, at most 32,768 characters")]
FileText: TypeAlias = Annotated[
    str, _text(_TEXT, 524288, "text without control characters, at most 524,288 characters")
]
ContainerPath: TypeAlias = Annotated[
    str,
    _text(
        rf"(?:/{_PATH_PART})+",
        253,
        "an absolute path of letters, digits, '.', '_' and '-', without '..'",
        "for example /etc/orders/app.toml",
    ),
]
HttpPath: TypeAlias = Annotated[
    str, _text(r"/[\x21-\x7e]*", 1024, "an HTTP path: starts with '/', printable ASCII, no space")
]
HttpPattern: TypeAlias = Annotated[
    str,
    _text(
        r"(?!.*/\.\.?(?:/|$))/(?:[A-Za-z0-9._~-]+/)*(?:[A-Za-z0-9._~-]+|\*)?",
        1024,
        "an HTTP path without '..', or a directory with `*`: itself and all below it",
        "for example /healthz or /api/v1/*",
    ),
]
HttpMethod: TypeAlias = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
Cidr: TypeAlias = Annotated[
    str, _text(r"[0-9a-fA-F:.]{2,45}/[0-9]{1,3}", 49, "a network such as 10.20.0.0/16 or fd12:3456::/32")
]
ContainerPort: TypeAlias = Annotated[
    int,
    Meta(
        ge=1024,
        le=65535,
        description="a port that the process listens on, 1024 to 65535",
        extra={
            "remedy": "a process without privileges cannot listen lower: listen high and map the Service, "
            "{port: 8080, service: 80}"
        },
    ),
]
PortNumber: TypeAlias = Annotated[int, Meta(ge=1, le=65535, description="a port number, 1 to 65535")]
UserId: TypeAlias = Annotated[
    int,
    Meta(
        ge=1,
        le=2147483647,
        description="the numeric user and group id that the process runs as",
        extra={"remedy": "0 is root; leave it out for 10001, or give the id that the image was built for"},
    ),
]
Replicas: TypeAlias = Annotated[int, Meta(ge=1, le=1000, description="how many pods, 1 to 1000")]
Nodes: TypeAlias = Annotated[int, Meta(ge=1, le=5000, description="how many nodes at most, 1 to 5000")]
Seconds: TypeAlias = Annotated[int, Meta(ge=1, le=604800, description="seconds, 1 to 604800 (a week)")]
Retries: TypeAlias = Annotated[int, Meta(ge=0, le=100, description="how many times it is tried again, 0 to 100")]
Schedule: TypeAlias = Annotated[
    str,
    _text(
        r"@(?:hourly|daily|midnight|weekly|monthly|yearly|annually)|[0-9*,/-]+(?: [0-9A-Za-z*,/?-]+){4}",
        128,
        "a schedule: minute, hour, day of month, month, day of week; or @daily and its like",
        "for example 30 3 * * *: at half past three each night",
    ),
]
TimeZone: TypeAlias = Annotated[
    str,
    _text(
        r"[A-Z][A-Za-z]*(?:/[A-Za-z0-9_+-]+){0,2}", 64, "a time zone of the IANA database", "for example Europe/Berlin"
    ),
]
StorageClass: TypeAlias = Annotated[
    str, _text(r"[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?", 253, "the name of a StorageClass: lower-case, digits, '-' and '.'")
]
L4: TypeAlias = Literal["tcp", "udp"]
ApiGroup: TypeAlias = Annotated[
    str, _text(rf"(?:{_DNS_LABEL}(?:\.{_DNS_LABEL})*)?", 253, 'an API group such as "apps"; "" is the core group')
]
ApiResource: TypeAlias = Annotated[
    str,
    _text(
        "[a-z][a-z0-9-]*(?:/[a-z][a-z0-9-]*)?",
        127,
        "a resource in the plural, such as configmaps or pods/log; no wildcard",
    ),
]
ApiVerb: TypeAlias = Annotated[
    str, _text("[a-z]+", 40, "a verb: get, list, watch, create, update, patch, delete; no wildcard")
]
ObjectName: TypeAlias = Annotated[
    str, _text(r"[a-z0-9](?:[-a-z0-9.:]*[a-z0-9])?", 253, "the name of an object; no wildcard")
]
Audience: TypeAlias = Annotated[
    str,
    _text(
        r"[\x21-\x7e]+",
        253,
        "an audience that the API server accepts",
        "its issuer, for example https://kubernetes.default.svc.cluster.local: "
        "kubectl get --raw /.well-known/openid-configuration",
    ),
]
AccountName: TypeAlias = Annotated[
    str,
    _text(r"[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?", 253, "the name of a ServiceAccount: lower-case, digits, '-' and '.'"),
]
StoreName: TypeAlias = Annotated[
    str, _text(_DNS_LABEL, 40, "a name: lower-case letters, digits and '-', at most 40", "for example vault")
]
ListenerName: TypeAlias = Annotated[
    str, _text(_DNS_LABEL, 63, "a listener's name: lower-case letters, digits and '-', at most 63")
]
SecretName: TypeAlias = Annotated[
    str,
    _text(_DNS_LABEL, 63, "a secret's name: lower-case letters, digits and '-', at most 63", "for example db-password"),
]
SecretKey: TypeAlias = Annotated[
    str,
    _text(
        r"(?!.*(?:^|/)\.\.(?:/|$))[A-Za-z0-9][A-Za-z0-9/_.@:+=-]*",
        512,
        "where the store keeps it: letters, digits and /_.@:+=-, without '..'",
        "for example shop/orders/db; the value itself never stands in an answer",
    ),
]
SecretProperty: TypeAlias = Annotated[
    str, _text(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", 253, "a property of the secret: letters, digits, '_', '.' and '-'")
]
HttpsUrl: TypeAlias = Annotated[
    str,
    _text(
        rf"https://(?:{_DNS_LABEL}\.)*{_DNS_LABEL}(?::[1-9][0-9]{{0,4}})?",
        280,
        "an address with https, without a path",
        "for example https://vault.example.com:8200",
    ),
]
Mount: TypeAlias = Annotated[
    str, _text(r"[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*", 128, "a mount's path: letters, digits, '_', '-' and '/'")
]
DottedName: TypeAlias = Annotated[
    str, _text(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?", 128, "a name: letters, digits, '_', '.' and '-'")
]
Base64: TypeAlias = Annotated[
    str, _text(r"(?=.)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", 65536, "base64 on one line")
]
HostName: TypeAlias = Annotated[
    str,
    _text(
        rf"(?=[a-z0-9.-]{{1,253}}$)(?:{_DNS_LABEL}\.)+[a-z](?:[-a-z0-9]{{0,61}}[a-z0-9])",
        253,
        "a host's full name, lower-case, such as api.example.com",
    ),
]
RuntimeClass: TypeAlias = Annotated[
    str,
    _text(rf"{_DNS_LABEL}(?:\.{_DNS_LABEL})*", 253, "the name of a RuntimeClass: lower-case, digits, '-' and '.'"),
]
Socket: TypeAlias = Annotated[
    str,
    _text(
        rf"unix://(?:/{_PATH_PART})+", 107, "a socket on the host, at most 107", "for example unix:///run/kms/kms.sock"
    ),
]

WORDS: dict[str, Any] = {
    "account": AccountName,
    "audience": Audience,
    "base64": Annotated[Base64, Meta(extra={"quiet": True})],
    "boolean": bool,
    "cidrs": Annotated[list[Cidr], Meta(max_length=50, description="at most 50 networks")],
    "cpu": Cpu,
    "https-url": HttpsUrl,
    "labels": Annotated[dict[LabelKey, LabelValue], Meta(min_length=1, max_length=20, description="1 to 20 labels")],
    "mount": Mount,
    "name": DottedName,
    "namespace": Namespace,
    "namespaces": Annotated[list[Namespace], Meta(max_length=50, description="at most 50 namespaces")],
    "port": PortNumber,
    "runtime-classes": Annotated[list[RuntimeClass], Meta(max_length=20, description="at most 20 runtime classes")],
    "size": Size,
    "socket": Socket,
}
"""What a blueprint's options may be, by the name that a blueprint gives it."""
