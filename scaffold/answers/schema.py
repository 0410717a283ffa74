"""What a team may declare: the `App` document, field by field (`platform` has the other one).

The types are the schema: patterns and bounds stand once (in `words`), and reading, messages and the exported JSON
Schema follow from them. A field exists only when something is derived from it; an unknown key is an error, never
ignored.
Rules that look at more than one value are in `rules` (one document) and `references` (between documents).

May import: answer, exception, workload, words.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, field

from scaffold.answers.answer import Answer
from scaffold.answers.exception import ControlException
from scaffold.answers.numbers import ContainerPort, GroupId, PortNumber, ShutdownSeconds, StartSeconds, UserId
from scaffold.answers.words import (
    L4,
    AccountName,
    ApiGroup,
    ApiResource,
    ApiVerb,
    AppName,
    Argument,
    Cidr,
    ContainerPath,
    Cpu,
    EnvName,
    EnvValue,
    FileText,
    HostName,
    HttpMethod,
    HttpPath,
    HttpPattern,
    Image,
    InitName,
    LabelKey,
    LabelValue,
    Namespace,
    ObjectName,
    PortName,
    SecretKey,
    SecretName,
    SecretProperty,
    Size,
    StoreName,
    Team,
)
from scaffold.answers.workload import Workload

API_VERSION = "scaffold/v1"

# Word by word, for no shell; what a process is given is exactly that.
Command: TypeAlias = Annotated[list[Argument], Meta(min_length=1, max_length=50, description="1 to 50 words")]
Arguments: TypeAlias = Annotated[list[Argument], Meta(max_length=50, description="at most 50 words")]


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
    """How to ask the process: exactly one of `http` (a path), `tcp` and `grpc` (a port's name) and `exec` (a command).

    `port` names the port that `http` asks; by default the first one.
    """

    ONE_OF = ("http", "tcp", "grpc", "exec")

    http: HttpPath | None = None
    tcp: PortName | None = None
    grpc: PortName | None = None
    exec: Command | None = None
    port: PortName | None = None


class Health(Answer, frozen=True):
    """Readiness (is it asked for work?) and liveness (is it restarted, once it had `startup` seconds to start?)."""

    ready: Probe | None = None
    live: Probe | None = None
    startup: StartSeconds | None = None


class InitContainer(Answer, frozen=True):
    """What runs to its end before the App's container starts, with the same rights, files and variables."""

    command: Command
    args: Arguments = field(default_factory=list)
    image: Image | None = None
    resources: Resources | None = None


class Peer(Answer, frozen=True):
    """The other end of a flow: exactly one of `app`, `pods` (labels) and `cidr`. `namespace` defaults to the App's."""

    app: AppName | None = None
    pods: (
        Annotated[dict[LabelKey, LabelValue], Meta(min_length=1, max_length=20, description="1 to 20 labels")] | None
    ) = None
    cidr: Cidr | None = None
    namespace: Namespace | None = None


class Caller(Peer, frozen=True, kw_only=True):
    """Who may reach this App, on which of its ports (by name or pod port).

    `account` is the ServiceAccount of `pods`, as which a mesh knows them; without one they are outside it. `methods`
    and `paths` narrow what an HTTP or gRPC port is asked for. `gateway` is a fourth kind of caller: requests from
    outside for one `host`, through a gateway of the Platform.
    """

    ONE_OF = ("app", "pods", "cidr", "gateway")

    port: PortName | PortNumber
    gateway: StoreName | None = None
    host: HostName | None = None
    account: AccountName | None = None
    methods: Annotated[list[HttpMethod], Meta(max_length=7, description="at most 7 methods")] = field(
        default_factory=list
    )
    paths: Annotated[list[HttpPattern], Meta(max_length=50, description="at most 50 paths")] = field(
        default_factory=list
    )


class Callee(Peer, frozen=True, kw_only=True):
    """What this App reaches: the callee's port by name, or the pod port by number where no App file declares it.

    `host` is a fourth kind of peer: a name outside the cluster. NetworkPolicy knows no names, so it comes with the
    host's networks (`cidrs`), or with `internet: true`, which opens the port to all public addresses and is reported.
    """

    ONE_OF = ("app", "pods", "cidr", "host")

    port: PortName | PortNumber
    protocol: L4 | None = None
    host: HostName | None = None
    cidrs: Annotated[list[Cidr], Meta(max_length=50, description="at most 50 networks")] = field(default_factory=list)
    internet: bool = False


class Config(Answer, frozen=True):
    """Plain configuration, never a secret: environment variables and files by their path."""

    env: Annotated[
        dict[EnvName, EnvValue], Meta(max_length=500, description="at most 500 variables", extra={"quiet": True})
    ] = field(default_factory=dict)
    files: Annotated[dict[ContainerPath, FileText], Meta(max_length=100, description="at most 100 files")] = field(
        default_factory=dict
    )


class Security(Answer, frozen=True):
    """What an image needs that the defaults do not give: its ids, and where it writes (directory: size).

    The group is the user's number, unless it is said; it owns what is mounted, too. Ids are `assigned` where the
    cluster does so as it admits the pod. With `userNamespace`, its users are others on the node: root in the container,
    by whatever way, is nobody there.
    """

    user: UserId | Literal["assigned"] = 10001
    group: GroupId | None = None
    userNamespace: bool = False  # noqa: N815  Kubernetes' spelling
    writable: Annotated[dict[ContainerPath, Size], Meta(max_length=50, description="at most 50 directories")] = field(
        default_factory=lambda: {"/tmp": "64Mi"}  # noqa: S108  in the container
    )

    @property
    def ids(self) -> dict[str, int]:
        """The `user` and `group` that it runs as, which owns its volumes, too; empty where the cluster assigns them."""
        if isinstance(self.user, str):
            return {}
        return {"user": self.user, "group": self.user if self.group is None else self.group}


class Permission(Answer, frozen=True):
    """What the App may do through the API of its own namespace: exactly these verbs on these resources (and names)."""

    resources: Annotated[list[ApiResource], Meta(min_length=1, max_length=20, description="1 to 20 resources")]
    verbs: Annotated[list[ApiVerb], Meta(min_length=1, max_length=8, description="1 to 8 verbs")]
    names: Annotated[list[ObjectName], Meta(max_length=50, description="at most 50 names")] = field(
        default_factory=list
    )
    group: ApiGroup = ""


class Secret(Answer, frozen=True):
    """A secret by reference: which store keeps it under which key, and where the process reads it (`file` or `env`)."""

    ONE_OF = ("file", "env")

    store: StoreName
    key: SecretKey
    property: SecretProperty | None = None
    file: ContainerPath | None = None
    env: EnvName | None = None


class AppSpec(Answer, frozen=True):
    """What one service is, serves and calls."""

    image: Image
    team: Team | None = None
    workload: Workload = field(default_factory=Workload)
    resources: Resources = field(default_factory=Resources)
    ports: Annotated[dict[PortName, Port], Meta(max_length=50, description="at most 50 ports")] = field(
        default_factory=dict
    )
    health: Health = field(default_factory=Health)
    init: Annotated[dict[InitName, InitContainer], Meta(max_length=10, description="at most 10 init containers")] = (
        field(default_factory=dict)
    )
    shutdown: ShutdownSeconds = 30
    callers: Annotated[list[Caller], Meta(max_length=500, description="at most 500 callers")] = field(
        default_factory=list, name="from"
    )
    callees: Annotated[list[Callee], Meta(max_length=500, description="at most 500 callees")] = field(
        default_factory=list, name="to"
    )
    # Quiet: a value that stands here by mistake is not repeated.
    secrets: Annotated[
        dict[SecretName, Secret], Meta(max_length=100, description="at most 100 secrets", extra={"quiet": True})
    ] = field(default_factory=dict)
    config: Config = field(default_factory=Config)
    permissions: Annotated[list[Permission], Meta(max_length=20, description="at most 20 permissions")] = field(
        default_factory=list
    )
    security: Security = field(default_factory=Security)
    exceptions: Annotated[list[ControlException], Meta(max_length=20, description="at most 20 exceptions")] = field(
        default_factory=list
    )


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
