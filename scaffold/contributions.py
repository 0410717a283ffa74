"""What a blueprint may add to the system, kind by kind, once its expressions are evaluated.

May import: answers.words.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from scaffold.answers.words import (
    AccountName,
    ApiGroup,
    ApiResource,
    Cidr,
    ContainerPath,
    Cpu,
    EnvName,
    LabelKey,
    LabelValue,
    Namespace,
    ObjectName,
    Size,
)


class _Closed(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class EndpointEntry(_Closed, frozen=True):
    """One end of a contributed edge: a loaded App's pods (`app`: its key), other pods by labels, or a network.

    `linkLocal` is the one network that no answer may open, written in the blueprint as it is. As a target it is an
    address where the node hands out credentials, to the very App whose identity they are; as a source it is the node
    itself, under an address that packets from elsewhere cannot have. `internet` is every public address, as a target;
    `apiServer` the API server, and `node` the pod's own node, on the port for names alone.
    `proxy` is the proxy of a loaded App (its key).
    """

    app: str = ""
    proxy: str = ""
    namespace: Namespace | None = None
    labels: dict[LabelKey, LabelValue] = {}
    account: AccountName | None = None
    cidr: Cidr | None = None
    linkLocal: Cidr | None = None  # noqa: N815  spelt as keys of blueprint.yaml are
    internet: bool = False
    apiServer: bool = False  # noqa: N815  Kubernetes' spelling
    node: bool = False


class EdgeEntry(_Closed, frozen=True):
    """A flow that the blueprint's subject needs. `source` is who really opens the connection.

    With `endPort` it is all ports from `port` to that one.
    """

    source: EndpointEntry
    target: EndpointEntry
    port: Annotated[int, Meta(ge=1, le=65535)]
    reason: str
    protocol: Literal["TCP", "UDP", "SCTP"] = "TCP"
    endPort: Annotated[int, Meta(ge=1, le=65535)] | None = None  # noqa: N815  Kubernetes' spelling


class FileEntry(_Closed, frozen=True):
    """A file in the App's container, `path`, with the content of one key of a ConfigMap or of a Secret.

    A `single` one is mounted alone, among what the image has beside it; the others share a volume for each directory.
    """

    path: ContainerPath
    key: str
    configMap: str = ""  # noqa: N815  Kubernetes' spelling
    secret: str = ""
    single: bool = False


class DriverEntry(_Closed, frozen=True):
    """A CSI driver that fills a volume for as long as its pod lives, told what to fill it with by some words."""

    name: ObjectName
    attributes: dict[str, str]


class VolumeEntry(_Closed, frozen=True):
    """A read-only volume of the App's container: projected from `sources`, spelled as in a pod, or a driver's."""

    mountPath: ContainerPath  # noqa: N815  Kubernetes' spelling
    sources: list[dict[str, Any]] = []
    driver: DriverEntry | None = None


class EnvEntry(_Closed, frozen=True):
    """One environment variable of the App's container, with the content of one key of a Secret."""

    name: EnvName
    secret: str
    key: str


class EnvFromEntry(_Closed, frozen=True):
    """All keys of a ConfigMap as environment variables of the App's container."""

    configMap: str  # noqa: N815  Kubernetes' spelling


class LabelEntry(_Closed, frozen=True):
    """A label of the App's pods, or (scope namespace) of the Namespace."""

    key: LabelKey
    value: LabelValue


class NodeEntry(_Closed, frozen=True):
    """A label that nodes have on which the App's pods may run, and nowhere else; of the two, it beats a pool's own."""

    key: LabelKey
    value: LabelValue


class SidecarEntry(_Closed, frozen=True):
    """What a container takes that is added to each pod when it starts: the namespace's quota has room for it."""

    name: str
    cpu: Cpu
    memory: Size


class ProxyEntry(_Closed, frozen=True):
    """The proxy through which the mesh leads what those in it send to the App: pods that a controller runs beside.

    They are known by `labels`, and to the mesh by `account`; the namespace's quota has room for them. `objects` are
    what the controller is told of each kind of object that it makes for them. What each of the App's pods may answer is
    shared out among them: `behind` is how many of those there are at the least; 0: nobody says.
    """

    name: ObjectName
    account: AccountName
    labels: Annotated[dict[LabelKey, LabelValue], Meta(min_length=1)]
    replicas: Annotated[int, Meta(ge=1, le=9)]
    cpu: Cpu
    memory: Size
    storage: Size
    behind: Annotated[int, Meta(ge=0, le=1000)] = 0
    objects: dict[str, Any] = {}


class ServiceLabelEntry(_Closed, frozen=True):
    """A label of the Services by which the App is found."""

    key: LabelKey
    value: LabelValue


class TunnelEntry(_Closed, frozen=True):
    """The port to which the mesh carries whatever TCP those in it send each other: what network policies see of it."""

    port: Annotated[int, Meta(ge=1, le=65535)]


class RequirementEntry(_Closed, frozen=True):
    """What somebody else has to provide, so that this works: who, and what."""

    who: str
    what: str


class AnnotationEntry(_Closed, frozen=True):
    """An annotation of the App's pods: a `value`, or the names of all sidecars, joined by the text in `sidecars`.

    Of scope namespace it is the Namespace's, and a value. The sidecars are the declared ones and those that are added
    to the pod when it starts; where there is none, nor is it.
    """

    key: str
    value: str = ""
    sidecars: str = ""


class AccountAnnotationEntry(_Closed, frozen=True):
    """An annotation of the App's ServiceAccount."""

    key: str
    value: str


class GivenSecretEntry(_Closed, frozen=True):
    """One key of a Secret of the App's namespace that nothing in the bundle makes.

    `kept`: what makes it lies beside the bundle, so that it is not lost.
    """

    name: str
    key: str
    kept: bool = False


class RenewalEntry(_Closed, frozen=True):
    """How a new value of one of the App's secrets comes to where its pods read it: who brings it, and when."""

    secret: str
    by: str


class StoreAnnotationEntry(_Closed, frozen=True):
    """An annotation of the ServiceAccount under which the App's secrets are fetched, and that no pod runs as."""

    key: str
    value: str


class StoreObjectEntry(_Closed, frozen=True):
    """One thing that a store of the App is asked for, in the words of who asks it; what is null is left out.

    `asText`: who asks reads a list of texts, and each of them again.
    """

    store: str
    fields: dict[str, Any]
    asText: bool = False  # noqa: N815  spelt as keys of blueprint.yaml are


class StoreTokenEntry(_Closed, frozen=True):
    """The token that a store of the App is shown, where more is known of it than that it names an audience.

    A `fixed` audience is the operator's own: what a SecretStore names would be accepted beside it. `shared` is who all
    Apps are to the store, where they are one.
    """

    store: str
    audience: str
    fixed: bool = False
    shared: str = ""


class ReadEntry(_Closed, frozen=True):
    """What people of the team may read, since it is rendered or made of what is: all of a namespace, or `names`."""

    resources: Annotated[list[ApiResource], Meta(min_length=1)]
    group: ApiGroup = ""
    names: list[ObjectName] = []


KINDS: dict[str, type[_Closed]] = {
    "accountAnnotations": AccountAnnotationEntry,
    "edges": EdgeEntry,
    "files": FileEntry,
    "volumes": VolumeEntry,
    "env": EnvEntry,
    "envFrom": EnvFromEntry,
    "givenSecrets": GivenSecretEntry,
    "annotations": AnnotationEntry,
    "labels": LabelEntry,
    "nodes": NodeEntry,
    "proxies": ProxyEntry,
    "reads": ReadEntry,
    "renewals": RenewalEntry,
    "requires": RequirementEntry,
    "serviceLabels": ServiceLabelEntry,
    "sidecars": SidecarEntry,
    "storeAnnotations": StoreAnnotationEntry,
    "storeObjects": StoreObjectEntry,
    "storeTokens": StoreTokenEntry,
    "tunnel": TunnelEntry,
}
