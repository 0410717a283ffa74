"""The answers' types with what blueprints add to them: choices (`mode: …`) and sections of the Platform.

An option has one of the answers' own words as its type, so that messages, escaping and the tests that feed hostile
strings hold for it, too.

May import: schema, platform, field, words, blueprint (types).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from functools import reduce
from inspect import getdoc
from operator import or_
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, field

from scaffold.answers.answer import Answer, Variant
from scaffold.answers.field import Field, label
from scaffold.answers.option_words import WORDS
from scaffold.answers.platform import POINTS, Platform, PlatformSpec
from scaffold.answers.schema import App, AppSpec
from scaffold.answers.words import StoreName

if TYPE_CHECKING:
    from scaffold.blueprint import Option, Options

Kinds: TypeAlias = Mapping[str, Any]
"""The struct of each kind of document: subclasses of App and of Platform."""

_Fields: TypeAlias = list[tuple[str, Any, Any]]

_SETTINGS: dict[str, Any] = {"frozen": True, "forbid_unknown_fields": True, "kw_only": True, "omit_defaults": False}


class OptionError(ValueError):
    """Options of one blueprint that contradict the schema, or another blueprint's; the message says which."""

    def __init__(self, blueprint: str, why: str) -> None:
        super().__init__(why)
        self.blueprint = blueprint


def kinds(options: Iterable[tuple[str, Options]]) -> Kinds:
    """Return the type of each kind of document, with the options of all blueprints.

    Args:
        options: each with the id of its blueprint.

    Raises:
        OptionError: an option does not fit.
    """
    choices: dict[str, list[type]] = {point: [] for point in POINTS}
    sections: dict[str, Field] = {}
    declared = {f"platform.{name}" for name in ("name", "premise", *PlatformSpec.__struct_fields__)} - POINTS.keys()
    taken: dict[tuple[str, str], str] = {(name, ""): "the schema" for name in declared}
    added: _Fields = []
    flat: dict[str, list[tuple[str, Options]]] = {}
    for blueprint, entry in options:
        choice = entry.choice or ""
        _check(blueprint, entry, taken)
        taken[entry.at, choice] = blueprint
        try:
            settings: dict[str, Any] = {**_SETTINGS, "namespace": _words(entry)}
            if choice and POINTS[entry.at].base:
                flat.setdefault(entry.at, []).append((choice, entry))
                _based(entry.at, flat[entry.at])
            elif choice:
                settings |= {"bases": (Variant,), "tag_field": POINTS[entry.at].tag, "tag": choice}
                choices[entry.at].append(msgspec.defstruct(choice, _fields(entry), **settings))
            else:
                name = entry.at.removeprefix("platform.")
                section = msgspec.defstruct(name, _fields(entry), bases=(Answer,), **settings)
                section()  # a Platform that does not mention the section gets its defaults
                added.append((name, section, field(default_factory=section)))
                sections[name] = Field(label(name), f"{entry.text}.")
        except (TypeError, ValueError) as error:
            raise OptionError(blueprint, f"{entry.at}: {error}") from error
    added += [_based(at, entries) for at, entries in flat.items()]
    platform = _kind(Platform, PlatformSpec, [*added, *_choices("platform.", choices)], sections)
    app = _kind(App, AppSpec, [*_choices("app.", choices)], {})
    return MappingProxyType({"App": app, "Platform": platform})


def _check(blueprint: str, entry: Options, taken: Mapping[tuple[str, str], str]) -> None:
    choice = entry.choice or ""
    if entry.at.startswith("app.") and entry.at not in POINTS:
        raise OptionError(blueprint, f"{entry.at} takes no options")
    if bool(choice) != (entry.at in POINTS):
        raise OptionError(blueprint, f"{entry.at} " + ("takes no choice" if choice else "takes a choice"))
    if (entry.at, choice) in taken:
        raise OptionError(blueprint, f"{entry.at} {choice}".rstrip() + f" belongs to {taken[entry.at, choice]}")


def _choices(kind: str, choices: Mapping[str, list[type]]) -> _Fields:
    """Return the fields of a kind whose choices are known now."""
    added: _Fields = []
    for point, made in choices.items():
        union: Any = reduce(or_, made) if made else None
        if not union or not point.startswith(kind):
            continue
        if POINTS[point].many:
            added.append((point.removeprefix(kind), dict[StoreName, union], field(default_factory=dict)))
        else:
            added.append((point.removeprefix(kind), union | None, None))
    return added


def _based(at: str, entries: list[tuple[str, Options]]) -> tuple[str, Any, Any]:
    """Return a field of many entries of one type, which has the fields of every choice beside its own.

    `FIELDS_OF` says which of them are whose: those of another choice than an entry's are no answer of its.
    """
    point = POINTS[at]
    assert point.base is not None  # noqa: S101  told by the caller
    chosen = Literal[tuple(sorted(choice for choice, _ in entries))]  # type: ignore[valid-type]  # known now
    known = {point.tag, *point.base.__struct_fields__}
    for name, option in (one for _, entry in entries for one in entry.fields.items()):
        if name in known or option.default is UNSET:
            raise ValueError(f"{name} " + ("is there already" if name in known else "needs a default: others lack it"))
        known.add(name)
    words = {name: one for _, entry in entries for name, one in _words(entry)["FIELDS"].items()}
    said = " ".join(f"{choice}: {entry.text}." for choice, entry in sorted(entries))
    words[point.tag] = Field(point.title, f"{point.text} {said}")
    own = {
        "__doc__": getdoc(point.base),
        "FIELDS": MappingProxyType(words),
        "FIELDS_OF": MappingProxyType({choice: tuple(entry.fields) for choice, entry in entries}),
    }
    fields_ = [(point.tag, chosen, field(default=point.default)), *(one for _, e in entries for one in _fields(e))]
    made = msgspec.defstruct(point.base.__name__, fields_, bases=(point.base,), namespace=own, **_SETTINGS)
    name, few = at.removeprefix("platform."), msgspec.Meta(max_length=20, description="at most 20")
    return name, Annotated[dict[StoreName, made], few], field(default_factory=dict)  # type: ignore[valid-type]


def _kind(kind: Any, spec: Any, added: _Fields, sections: Mapping[str, Field]) -> Any:
    """Return a kind of document whose spec has some fields more."""
    own = {"__doc__": getdoc(spec), "FIELDS": sections}
    made = msgspec.defstruct(spec.__name__, added, bases=(spec,), namespace=own, **_SETTINGS)
    default = field(default_factory=made) if spec is PlatformSpec else field()
    own = {"__doc__": getdoc(kind)}
    return msgspec.defstruct(kind.__name__, [("spec", made, default)], bases=(kind,), namespace=own, **_SETTINGS)


def _fields(entry: Options) -> _Fields:
    return [(name, _type(option), _default(option)) for name, option in entry.fields.items()]


def _words(entry: Options) -> dict[str, Any]:
    """Return what a generated type says of itself and its fields, for the exported schema."""
    fields = {
        name: Field(option.title or label(name), f"{option.text}.", option.example)
        for name, option in entry.fields.items()
    }
    if entry.choice:
        point = POINTS[entry.at]
        fields[point.tag] = Field(point.title, f"{point.text} {entry.choice}: {entry.text}.", entry.choice)
    return {"__doc__": f"{entry.text}.", "FIELDS": MappingProxyType(fields)}


def _type(option: Option) -> Any:
    if (option.type is None) == (not option.choices):
        raise TypeError("an option has either a type or choices")
    made: Any = Literal[tuple(option.choices)] if option.choices else WORDS[option.type or ""]
    return made | None if option.default is None else made


def _default(option: Option) -> Any:
    if option.example is not None:
        msgspec.convert(option.example, _type(option))
    if option.default is UNSET:
        return field()
    msgspec.convert(option.default, _type(option))
    return field(default_factory=lambda: deepcopy(option.default))
