"""The answers' types with what blueprints add to them: choices (`backend: vault`) and sections of the Platform.

An option has one of the answers' own words as its type, so that messages, escaping and the tests that feed hostile
strings hold for it, too.

May import: schema, platform, words, blueprint (types).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from functools import reduce
from operator import or_
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, field

from scaffold.answers.answer import Answer
from scaffold.answers.platform import POINTS, Platform, PlatformSpec, Variant
from scaffold.answers.schema import App
from scaffold.answers.words import WORDS, StoreName

if TYPE_CHECKING:
    from scaffold.blueprint import Option, Options

Kinds: TypeAlias = Mapping[str, Any]
"""The struct of each kind of document: App, and a subclass of Platform."""

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
    taken: dict[tuple[str, str], str] = {(name, ""): "the schema" for name in ("name", *PlatformSpec.__struct_fields__)}
    added: _Fields = []
    for blueprint, entry in options:
        point, choice = entry.at.removeprefix("platform."), entry.choice or ""
        if bool(choice) != (point in choices):
            raise OptionError(blueprint, f"{entry.at} " + ("takes no choice" if choice else "takes a choice"))
        if (point, choice) in taken:
            raise OptionError(blueprint, f"{entry.at} {choice}".rstrip() + f" belongs to {taken[point, choice]}")
        taken[point, choice] = blueprint
        try:
            if choice:
                settings: dict[str, Any] = {"bases": (Variant,), "tag_field": POINTS[point].tag, "tag": choice}
                choices[point].append(msgspec.defstruct(choice, _fields(entry), **settings, **_SETTINGS))
            else:
                section = msgspec.defstruct(point, _fields(entry), bases=(Answer,), **_SETTINGS)
                section()  # a Platform that does not mention the section gets its defaults
                added.append((point, section, field(default_factory=section)))
        except (TypeError, ValueError) as error:
            raise OptionError(blueprint, f"{entry.at}: {error}") from error
    return _kinds(added, choices)


def _kinds(added: _Fields, choices: Mapping[str, list[type]]) -> Kinds:
    for point, made in choices.items():
        union: Any = reduce(or_, made) if made else None
        if union and POINTS[point].many:
            added.append((point, dict[StoreName, union], field(default_factory=dict)))
        elif union:
            added.append((point, union | None, None))
    spec = msgspec.defstruct("PlatformSpec", added, bases=(PlatformSpec,), **_SETTINGS)
    spec_field = ("spec", spec, field(default_factory=spec))
    platform = msgspec.defstruct("Platform", [spec_field], bases=(Platform,), **_SETTINGS)
    return MappingProxyType({"App": App, "Platform": platform})


def _fields(entry: Options) -> _Fields:
    return [(name, _type(option), _default(option)) for name, option in entry.fields.items()]


def _type(option: Option) -> Any:
    if (option.type is None) == (not option.choices):
        raise TypeError("an option has either a type or choices")
    made: Any = Literal[tuple(option.choices)] if option.choices else WORDS[option.type or ""]
    return made | None if option.default is None else made


def _default(option: Option) -> Any:
    if option.default is UNSET:
        return field()
    msgspec.convert(option.default, _type(option))
    return field(default_factory=lambda: deepcopy(option.default))
