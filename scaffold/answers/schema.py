"""What a team may declare: the `App` document, field by field (`platform` has the other one).

The types are the schema: patterns and bounds stand once (in `words`), and reading, messages and the exported JSON
Schema follow from them. A field exists only when something is derived from it; an unknown key is an error, never
ignored.
Rules that look at more than one value are in `rules` (one document) and `references` (between documents).

May import: answer, exception, numbers, peers, port, secret, workload, words.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta, field

from scaffold.answers.answer import Answer, Variant
from scaffold.answers.exception import ControlException
from scaffold.answers.numbers import GroupId, ShutdownSeconds, StartSeconds, UserId
from scaffold.answers.peers import Callee, Caller
from scaffold.answers.port import Port
from scaffold.answers.secret import Secret
from scaffold.answers.words import (
    ApiGroup,
    ApiResource,
    ApiVerb,
    AppName,
    Argument,
    ContainerName,
    ContainerPath,
    Cpu,
    Environment,
    EnvName,
    EnvValue,
    FileText,
    HttpPath,
    Image,
    Namespace,
    ObjectName,
    PortName,
    SecretName,
    Size,
    StoreName,
    Team,
)
from scaffold.answers.workload import Workload

API_VERSION = "scaffold/v1"

# Word by word, for no shell; what a process is given is exactly that.
Command: TypeAlias = Annotated[list[Argument], Meta(min_length=1, max_length=50, description="1 to 50 words")]
Arguments: TypeAlias = Annotated[list[Argument], Meta(max_length=50, description="at most 50 words")]
Files: TypeAlias = Annotated[dict[ContainerPath, FileText], Meta(max_length=100, description="at most 100 files")]
Writable: TypeAlias = Annotated[dict[ContainerPath, Size], Meta(max_length=50, description="at most 50 directories")]


class Resources(Answer, frozen=True):
    """Requests, and limits equal to them. Ephemeral storage is computed from what may be written."""

    cpu: Cpu | None = None
    memory: Size | None = None


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


class Sidecar(Answer, frozen=True):
    """What runs beside the App, from before its init containers until it has ended, from an image of its own.

    It has the App's network and its user, and none of its variables, files, secrets and directories but `mounts`: which
    of the App's directories it reads or writes. It serves those of the App's `ports` that it names. With `started`, the
    next container waits until it answers.
    """

    image: Image
    command: Command | None = None
    args: Arguments = field(default_factory=list)
    env: Annotated[
        dict[EnvName, EnvValue], Meta(max_length=100, description="at most 100 variables", extra={"quiet": True})
    ] = field(default_factory=dict)
    resources: Resources = field(default_factory=Resources)
    ports: Annotated[list[PortName], Meta(max_length=20, description="at most 20 ports")] = field(default_factory=list)
    started: Probe | None = None
    writable: Writable = field(default_factory=lambda: {"/tmp": "64Mi"})  # noqa: S108  in the container
    mounts: Annotated[
        dict[ContainerPath, Literal["read", "write"]], Meta(max_length=50, description="at most 50 directories")
    ] = field(default_factory=dict)


class Config(Answer, frozen=True):
    """Plain configuration, never a secret: environment variables and files by their path.

    A directory of `files` holds them alone. One of `singleFiles` lies among what the image has beside it.
    """

    env: Annotated[
        dict[EnvName, EnvValue], Meta(max_length=500, description="at most 500 variables", extra={"quiet": True})
    ] = field(default_factory=dict)
    files: Files = field(default_factory=dict)
    singleFiles: Files = field(default_factory=dict)  # noqa: N815  Kubernetes' spelling


class Security(Answer, frozen=True):
    """What an image needs that the defaults do not give: its ids, and where it writes (directory: size).

    The group is the user's number, unless it is said; it owns what is mounted, too. Ids are `assigned` where the
    cluster does so as it admits the pod. With `userNamespace`, its users are others on the node: root in the container,
    by whatever way, is nobody there.
    """

    user: UserId | Literal["assigned"] = 10001
    group: GroupId | None = None
    userNamespace: bool = False  # noqa: N815  Kubernetes' spelling
    writable: Writable = field(default_factory=lambda: {"/tmp": "64Mi"})  # noqa: S108  in the container

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


class AppSpec(Answer, frozen=True):
    """What one service is, serves and calls."""

    image: Image
    command: Command | None = None
    args: Arguments = field(default_factory=list)
    team: Team | None = None
    workload: Workload = field(default_factory=Workload)
    resources: Resources = field(default_factory=Resources)
    ports: Annotated[dict[PortName, Port], Meta(max_length=50, description="at most 50 ports")] = field(
        default_factory=dict
    )
    health: Health = field(default_factory=Health)
    init: Annotated[
        dict[ContainerName, InitContainer], Meta(max_length=10, description="at most 10 init containers")
    ] = field(default_factory=dict)
    sidecars: Annotated[dict[ContainerName, Sidecar], Meta(max_length=10, description="at most 10 sidecars")] = field(
        default_factory=dict
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
    identity: Variant | None = None
    security: Security = field(default_factory=Security)
    isolation: StoreName | None = None
    exceptions: Annotated[list[ControlException], Meta(max_length=20, description="at most 20 exceptions")] = field(
        default_factory=list
    )
    # As they were written: each is merged into the spec before the spec is read, and none of them is left then.
    environments: Annotated[
        dict[Environment, dict[str, Any]], Meta(max_length=20, description="at most 20 environments")
    ] = field(default_factory=dict)


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
    def images(self) -> dict[tuple[str, ...], str]:
        """The images that it names, by where they are written."""
        spec = self.spec
        given: dict[tuple[str, ...], str] = {("spec", "image"): spec.image}
        given |= {("spec", "sidecars", name, "image"): sidecar.image for name, sidecar in spec.sidecars.items()}
        given |= {("spec", "init", name, "image"): step.image for name, step in spec.init.items() if step.image}
        return given

    @property
    def mapped(self) -> dict[str, Port]:
        """The ports that a Service maps and a container lists, by name: both know single ports."""
        return {name: port for name, port in self.spec.ports.items() if port.endPort is None}

    @property
    def served(self) -> dict[str, Port]:
        """The ports that the App's own container listens on, by name: without those of its sidecars."""
        others = {name for sidecar in self.spec.sidecars.values() for name in sidecar.ports}
        return {name: port for name, port in self.spec.ports.items() if name not in others}

    @property
    def team(self) -> str:
        """The owning team; by default the namespace's name, so that flows between namespaces need both sides."""
        return self.spec.team or self.metadata.namespace
