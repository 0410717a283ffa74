"""One blueprint: what its files may say.

    <section>/<name>/
      blueprint.yaml             the description (the keys of `Description`, no others)
      cookiecutter.json          the same lines in every blueprint
      {{cookiecutter.name}}/…    the templates; their paths are the output's paths (none: it only contributes)
      templates/…                parts that templates include
      cases/<case>.yaml          answers, and what the bundle must say for them

May import: answers.option_words, answers.request_words, expressions (types), value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, field

from scaffold.answers.option_words import WORDS
from scaffold.answers.request_words import Enforced
from scaffold.value import Value

if TYPE_CHECKING:
    from pathlib import Path

    from scaffold.expressions import Expression
    from scaffold.render.environment import Renderer


_Text = Annotated[str, Meta(min_length=3, max_length=600, description="a sentence")]
_Expression = Annotated[str, Meta(pattern="^=", description="an expression, which starts with '='")]


class _Closed(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Allowed(_Closed, frozen=True):
    """A finding that an exception allows: the check's id, and the part of the container that it is about."""

    check: Annotated[str, Meta(pattern=r"^[a-z-]+/[a-z-]+$(?!\n)", description="<section>/<check>")]
    at: Annotated[str, Meta(pattern=r"^(/[A-Za-z]+)*$(?!\n)", description="a JSON pointer into the container")] = ""


class Relaxation(_Closed, frozen=True):
    """How a control may be relaxed for a container: what is open then, and which findings it allows.

    `level` is the highest one of Pod Security that still admits the pod.
    """

    text: _Text
    allows: Annotated[list[Allowed], Meta(min_length=1)]
    level: Literal["restricted", "baseline"] = "restricted"


class Control(_Closed, frozen=True):
    """One security requirement that a blueprint meets; `proof` names the claims in which a program was asked.

    Where no program can be asked, `unproven` says why, and what judges it instead.
    Without `relaxed`, no exception from it can be declared.
    """

    id: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{2,40}$(?!\n)", description="lower-case words joined by '-'")]
    text: _Text
    references: Annotated[list[str], Meta(min_length=1)]
    proof: list[
        Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*/[a-z][a-z0-9_]*$(?!\n)", description="<consumer>/<claim>")]
    ] = []
    unproven: _Text | None = None
    relaxed: Relaxation | None = None


class Contributes(_Closed, frozen=True):
    """What a blueprint adds to the system, besides files. Each entry may have its own `when` and `each`."""

    edges: list[dict[str, Any]] = []
    files: list[dict[str, Any]] = []
    volumes: list[dict[str, Any]] = []
    env: list[dict[str, Any]] = []
    envFrom: list[dict[str, Any]] = []  # noqa: N815  Kubernetes' spelling
    annotations: list[dict[str, Any]] = []
    accountAnnotations: list[dict[str, Any]] = []  # noqa: N815  Kubernetes' spelling
    givenSecrets: list[dict[str, Any]] = []  # noqa: N815  Kubernetes' spelling
    labels: list[dict[str, Any]] = []
    nodes: list[dict[str, Any]] = []
    proxies: list[dict[str, Any]] = []
    reads: list[dict[str, Any]] = []
    renewals: list[dict[str, Any]] = []
    requires: list[dict[str, Any]] = []
    serviceLabels: list[dict[str, Any]] = []  # noqa: N815  Kubernetes' spelling
    sidecars: list[dict[str, Any]] = []
    storeAnnotations: list[dict[str, Any]] = []  # noqa: N815  Kubernetes' spelling
    storeObjects: list[dict[str, Any]] = []  # noqa: N815  Kubernetes' spelling
    storeTokens: list[dict[str, Any]] = []  # noqa: N815  Kubernetes' spelling
    tunnel: list[dict[str, Any]] = []


class Option(_Closed, frozen=True):
    """One answer that a blueprint asks for: a word of `answers.words`, or one of `choices`. No default: it is required.

    A default of null makes an answer that may be left out. `title` is its label in forms; by default its name in words.
    """

    text: _Text
    title: Annotated[str, Meta(min_length=2, max_length=40, description="a label of a few words")] | None = None
    type: Literal[tuple(WORDS)] | None = None  # type: ignore[valid-type]  # the table is the type
    choices: list[Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,40}$")]] = []
    default: Any = UNSET
    example: Any = None


class Adopts(_Closed, frozen=True):
    """What a choice is in foreign manifests (`scaffold adopt`): a part of an object of a kind; where its fields are.

    `at` leads to the part, which has to be there; `where` are values in it that have to be right (`a|b`: one of them).
    Paths are lists of keys.
    """

    kind: Annotated[str, Meta(pattern="^[A-Z][A-Za-z]{1,60}$")]
    at: list[str] = []
    where: dict[str, list[str]] = {}
    fields: dict[str, list[str]] = {}


class Options(_Closed, frozen=True):
    """Answers that a blueprint adds: a section of the Platform, or one more `choice` where there are several.

    Which fields have choices, of the Platform and of an App, is in `answers.platform.POINTS`.

    `text` says what the section or the choice is.
    """

    text: _Text
    at: Annotated[str, Meta(pattern=r"^(platform|app)\.[a-z][A-Za-z]{1,40}$", description="platform.<field>")]
    fields: dict[Annotated[str, Meta(pattern="^[a-z][A-Za-z0-9]{0,40}$")], Option]
    choice: Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,40}$")] | None = None
    adopts: Adopts | None = None


class Refusal(_Closed, frozen=True):
    """Answers of an App, or of its Platform, with which the blueprint cannot hold what it says.

    `at` is where they stand: `spec.…` or `metadata.…` of the App, `platform.…` for the Platform's spec.
    """

    at: Annotated[
        str,
        Meta(pattern=r"^(spec|metadata|platform)(\.[a-z][A-Za-z]*)+$", description="a path such as spec.security.user"),
    ]
    why: _Text
    remedy: _Text
    when: _Expression
    each: _Expression | None = None


class Description(_Closed, frozen=True):
    """blueprint.yaml. `at` is for scope index: rendered in every folder that has one, or once at the top.

    `enforces` are answers on requests that hold where it is rendered: for an App, or for all of a namespace.
    `otherwise` says what is left open, or what to do, where the blueprint is not rendered.
    """

    title: _Text
    why: _Text
    scope: Literal["app", "namespace", "egress", "on-demand", "control-plane", "request", "index"]
    otherwise: _Text | None = None
    ownership: Literal["generated", "seeded"] = "generated"
    at: Literal["every-folder", "top"] = "every-folder"
    when: _Expression | None = None
    each: _Expression | None = None
    options: list[Options] = []
    refuses: list[Refusal] = []
    enforces: list[Enforced] = []
    contributes: Contributes = field(default_factory=Contributes)
    controls: list[Control] = []


class Case(_Closed, frozen=True):
    """cases/<case>.yaml: documents, and either what the bundle says for them or the error that refuses them.

    `expect` maps a path in the bundle to {JSON pointer: value}, `absent` lists paths that must not be rendered, and
    `refused` is a part of the error's text.
    """

    title: _Text
    answers: Annotated[list[dict[str, Any]], Meta(min_length=1)]
    expect: dict[str, dict[str, Any]] = {}
    absent: list[str] = []
    refused: str | None = None


class Contribution(Value, frozen=True):
    """An entry of `contributes`: its kind, its own `when` and `each`, and its fields with compiled expressions."""

    kind: str
    when: Expression | None
    each: Expression | None
    fields: tuple[tuple[str, Any], ...]


class Refused(Value, frozen=True):
    """An entry of `refuses`, with compiled expressions; `at` is a path in the App's document, or below `platform`."""

    at: tuple[str, ...]
    why: str
    remedy: str
    when: Expression
    each: Expression | None


class Blueprint(Value, frozen=True):
    """A blueprint that passed its checks. `id` is `section/name`; `digest` changes with any of its files.

    `source` is where a third party's was taken from; empty for those that come with the program.
    """

    id: str
    folder: Path
    title: str
    why: str
    otherwise: str
    scope: str
    ownership: str
    at: str
    when: Expression | None
    each: Expression | None
    options: tuple[Options, ...]
    refusals: tuple[Refused, ...]
    enforces: tuple[str, ...]
    contributions: tuple[Contribution, ...]
    controls: tuple[Control, ...]
    templates: tuple[str, ...]
    digest: str
    renderer: Renderer
    source: str = ""
