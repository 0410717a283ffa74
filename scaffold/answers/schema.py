"""What people may declare: the `App` and `Platform` documents, field by field.

The types are the schema: patterns and bounds stand here once, and reading, error messages and the exported JSON Schema
follow from them. A field exists only when something is derived from it; an unknown key is refused, never ignored.
Rules that look at more than one value are in `rules` (one document) and `references` (between documents).

May import: nothing of the project.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct, field

API_VERSION = "scaffold/v1"


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
Size: TypeAlias = Annotated[str, _text("[1-9][0-9]{0,6}(?:Mi|Gi)", 9, 'a size with its unit, for example "64Mi"')]
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
L4: TypeAlias = Literal["tcp", "udp"]


class Answer(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=False):
    """The base of every declared value: frozen, closed."""


class Workload(Answer, frozen=True):
    """What kind of controller runs the pods."""

    kind: Literal["Deployment"] = "Deployment"
    replicas: Replicas = 3


class Resources(Answer, frozen=True):
    """Requests, and limits equal to them. Ephemeral storage is computed from what may be written."""

    cpu: Cpu = "250m"
    memory: Size = "256Mi"


class Port(Answer, frozen=True):
    """A port the process listens on; `service` is the Service's port, by default the same number."""

    port: ContainerPort
    service: PortNumber | None = None
    protocol: Literal["http", "grpc", "tcp", "udp"] = "tcp"

    @property
    def l4(self) -> str:
        """The transport that policies and Services name: TCP or UDP."""
        return "UDP" if self.protocol == "udp" else "TCP"


class Probe(Answer, frozen=True):
    """How to ask the process: exactly one of `http` (a path), `tcp` and `grpc` (a port's name).

    `port` names the port that `http` asks; by default the first one.
    """

    http: HttpPath | None = None
    tcp: PortName | None = None
    grpc: PortName | None = None
    port: PortName | None = None


class Health(Answer, frozen=True):
    """Readiness (is it asked for work?) and liveness (is it restarted?)."""

    ready: Probe | None = None
    live: Probe | None = None


class Peer(Answer, frozen=True):
    """The other end of a flow: exactly one of `app`, `pods` (labels) and `cidr`. `namespace` defaults to the App's."""

    app: AppName | None = None
    pods: Annotated[dict[LabelKey, LabelValue], Meta(min_length=1, description="at least one label")] | None = None
    cidr: Cidr | None = None
    namespace: Namespace | None = None


class Caller(Peer, frozen=True, kw_only=True):
    """Who may reach this App, on which of its ports (by name or pod port)."""

    port: PortName | PortNumber


class Callee(Peer, frozen=True, kw_only=True):
    """What this App reaches: the callee's port by name, or the pod port by number where no App file declares it."""

    port: PortName | PortNumber
    protocol: L4 | None = None


class Config(Answer, frozen=True):
    """Plain configuration, never a secret: environment variables and files by their path."""

    env: dict[EnvName, EnvValue] = {}
    files: dict[ContainerPath, FileText] = {}


class Security(Answer, frozen=True):
    """What an image needs that the defaults do not give: its numeric user, and where it writes (directory: size)."""

    user: UserId = 10001
    writable: dict[ContainerPath, Size] = field(default_factory=lambda: {"/tmp": "64Mi"})  # noqa: S108  in the container


class AppSpec(Answer, frozen=True):
    """What one service is, serves and calls."""

    image: Image
    team: Team | None = None
    workload: Workload = field(default_factory=Workload)
    resources: Resources = field(default_factory=Resources)
    ports: dict[PortName, Port] = {}
    health: Health = field(default_factory=Health)
    callers: list[Caller] = field(default_factory=list, name="from")
    callees: list[Callee] = field(default_factory=list, name="to")
    config: Config = field(default_factory=Config)
    security: Security = field(default_factory=Security)


class AppMetadata(Answer, frozen=True):
    """An App is known by its name and namespace."""

    name: AppName
    namespace: Namespace


class App(Answer, frozen=True):
    """One service. `kind: App` documents are written by the team that owns it."""

    apiVersion: Literal["scaffold/v1"]  # noqa: N815  Kubernetes' spelling
    kind: Literal["App"]
    metadata: AppMetadata
    spec: AppSpec

    @property
    def name(self) -> str:
        """The App's name: also its ServiceAccount's, and the value of its selector label."""
        return self.metadata.name

    @property
    def namespace(self) -> str:
        """The namespace that the App lives in."""
        return self.metadata.namespace

    @property
    def key(self) -> str:
        """`namespace/name`, unique in a system."""
        return f"{self.metadata.namespace}/{self.metadata.name}"

    @property
    def team(self) -> str:
        """The owning team; by default the namespace's name, so that flows between namespaces need both sides."""
        return self.spec.team or self.metadata.namespace


class PlatformMetadata(Answer, frozen=True):
    """A Platform is known by its name."""

    name: Namespace


class Dns(Answer, frozen=True):
    """Who resolves names: pods by namespace and labels, and addresses (NodeLocal DNSCache, a cloud's resolver)."""

    namespace: Namespace = "kube-system"
    labels: Annotated[dict[LabelKey, LabelValue], Meta(min_length=1, description="at least one label")] = field(
        default_factory=lambda: {"k8s-app": "kube-dns"}
    )
    port: PortNumber = 53
    cidrs: list[Cidr] = field(default_factory=list)


class PlatformSpec(Answer, frozen=True):
    """What the cluster is.

    `kubernetes` is the oldest minor version, of API server and kubelets, that must accept the bundle;
    `clusterNetworks` are the networks of pods, Services and nodes, which no rule on addresses may open.
    """

    kubernetes: Literal["1.35", "1.36", "1.37"] = "1.35"
    clusterNetworks: list[Cidr] = field(default_factory=list)  # noqa: N815  Kubernetes' spelling
    dns: Dns = field(default_factory=Dns)


class Platform(Answer, frozen=True):
    """One cluster. `kind: Platform` is written once by the platform team; without one the defaults hold."""

    apiVersion: Literal["scaffold/v1"]  # noqa: N815  Kubernetes' spelling
    kind: Literal["Platform"]
    metadata: PlatformMetadata
    spec: PlatformSpec = field(default_factory=PlatformSpec)


KINDS: dict[str, type[App | Platform]] = {"App": App, "Platform": Platform}


def default_platform() -> Platform:
    """Return the Platform that holds where none was given."""
    return Platform(apiVersion="scaffold/v1", kind="Platform", metadata=PlatformMetadata(name="default"))
