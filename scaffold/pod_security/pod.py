"""A pod as the standards read it: the fields that they name, with Kubernetes' types.

What is null is unset, and a field of another name is nobody's business here; a value of another type is no pod at all.
May import: msgspec only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Part(Struct, frozen=True, rename="camel"):
    """One object inside a pod; every field may be left out, as in Kubernetes."""


class Profile(_Part, frozen=True):
    """A seccomp or AppArmor profile."""

    type: str | None = None


class SELinux(_Part, frozen=True):
    """SELinux labels."""

    type: str | None = None
    user: str | None = None
    role: str | None = None


class Windows(_Part, frozen=True):
    """Settings that only nodes with Windows read."""

    host_process: bool | None = None


class Context(_Part, frozen=True):
    """What both a pod's and a container's security context may say; the container's says the last word."""

    run_as_non_root: bool | None = None
    run_as_user: int | None = None
    seccomp_profile: Profile | None = None
    app_armor_profile: Profile | None = None
    se_linux_options: SELinux | None = None
    windows_options: Windows | None = None


class Sysctl(_Part, frozen=True):
    """One kernel parameter."""

    name: str | None = None


class PodContext(Context, frozen=True):
    """A pod's security context."""

    sysctls: list[Sysctl] | None = None


class Capabilities(_Part, frozen=True):
    """Linux capabilities, compared with the runtime's default set."""

    add: list[str] | None = None
    drop: list[str] | None = None


class ContainerContext(Context, frozen=True):
    """A container's security context."""

    privileged: bool | None = None
    allow_privilege_escalation: bool | None = None
    capabilities: Capabilities | None = None
    proc_mount: str | None = None


class Target(_Part, frozen=True):
    """Where a probe or hook connects to; without a host, to the pod itself."""

    host: str | None = None


class Action(_Part, frozen=True):
    """A probe, or a hook of the lifecycle."""

    http_get: Target | None = None
    tcp_socket: Target | None = None


class Lifecycle(_Part, frozen=True):
    """Hooks."""

    post_start: Action | None = None
    pre_stop: Action | None = None


class Port(_Part, frozen=True):
    """A port of a container."""

    host_port: int | None = None


class Container(_Part, frozen=True):
    """A container of any sort: init, ordinary, ephemeral."""

    name: str | None = None
    security_context: ContainerContext | None = None
    ports: list[Port] | None = None
    liveness_probe: Action | None = None
    readiness_probe: Action | None = None
    startup_probe: Action | None = None
    lifecycle: Lifecycle | None = None


class System(_Part, frozen=True):
    """The operating system that a pod is for."""

    name: str | None = None


class Spec(_Part, frozen=True):
    """A pod's spec. A volume is left as it is: what it may be grows with Kubernetes."""

    init_containers: list[Container] | None = None
    containers: list[Container] | None = None
    ephemeral_containers: list[Container] | None = None
    security_context: PodContext | None = None
    volumes: list[dict[str, Any]] | None = None
    os: System | None = None
    host_users: bool | None = None
    host_network: bool | None = None
    host_pid: bool | None = field(default=None, name="hostPID")
    host_ipc: bool | None = field(default=None, name="hostIPC")


class Metadata(_Part, frozen=True):
    """A pod's metadata."""

    annotations: dict[str, str] | None = None


class Pod(_Part, frozen=True):
    """A pod, or the template of one. Places are JSON pointers into it."""

    metadata: Metadata | None = None
    spec: Spec = field(default_factory=Spec)

    @property
    def annotations(self) -> dict[str, str]:
        """Its annotations, empty where there are none."""
        return (self.metadata.annotations if self.metadata else None) or {}

    @property
    def context(self) -> PodContext:
        """Its security context, empty where there is none."""
        return self.spec.security_context or PodContext()

    def for_windows(self) -> bool:
        """Whether nodes with Linux refuse it: the API server then accepts no setting of Linux at all."""
        return self.spec.os is not None and self.spec.os.name == "windows"

    def in_user_namespace(self) -> bool:
        """Whether its root is nobody on the node."""
        return self.spec.host_users is False

    def containers(self) -> Iterator[tuple[str, Container]]:
        """Yield every container with its place: init, ordinary and ephemeral ones."""
        spec = self.spec
        for key, containers in (
            ("initContainers", spec.init_containers),
            ("containers", spec.containers),
            ("ephemeralContainers", spec.ephemeral_containers),
        ):
            for index, container in enumerate(containers or ()):
                yield f"/spec/{key}/{index}", container

    def container_contexts(self) -> Iterator[tuple[str, ContainerContext]]:
        """Yield the security context of every container with its place, an empty one where there is none."""
        for place, container in self.containers():
            yield f"{place}/securityContext", container.security_context or ContainerContext()

    def contexts(self) -> Iterator[tuple[str, Context]]:
        """Yield the security contexts of the pod and of every container."""
        yield "/spec/securityContext", self.context
        yield from self.container_contexts()
