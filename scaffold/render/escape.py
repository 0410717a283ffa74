"""Serialise every interpolated value as its file's type asks for, told by the template's suffix.

A Jinja extension, named in each blueprint's cookiecutter.json, so that stock cookiecutter escapes exactly as we do. It
relies on `positions`: a value stands only where its type's escape is exact.

May import: escape_go, escape_json, escape_markdown, escape_yaml, verbatim, and jinja2 only (stock cookiecutter imports
this module by itself).
"""

from __future__ import annotations

import re
from functools import lru_cache
from posixpath import splitext
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, pass_context
from jinja2.ext import Extension

from scaffold.render import escape_go, escape_json, escape_markdown, escape_yaml
from scaffold.render.verbatim import Verbatim

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2.runtime import Context


def _yaml(_context: Context, value: Any) -> str:
    return escape_yaml.scalar(value)


def _json(context: Context, value: Any) -> str:
    return escape_json.value(value, alone=isinstance(value, (dict, list)) and _is_all(context))


def _markdown(_context: Context, value: Any) -> str:
    return escape_markdown.inline(value)


# Each type of file, by its suffix: the same ones as `positions.POSITIONS` and `verify.READERS`.
ESCAPES: dict[str, Callable[[Context, Any], str]] = {".json": _json, ".md": _markdown, ".yaml": _yaml}


def _is_all(context: Context) -> bool:
    """Tell whether a value is all that its template holds: nothing can follow a value with which JSON begins."""
    loader, name = context.environment.loader, context.name
    if loader is None or name is None:
        return False
    return loader.get_source(context.environment, name)[0].lstrip().startswith("{{")


@lru_cache(maxsize=1024)  # asked for every value
def suffix(name: str) -> str:
    """Return a template's type, as it stands in the tables: `.yaml`; a name may be left empty by a condition."""
    return splitext(name.removesuffix("{% endif %}"))[1]


# A part that stands further in than it is written; the tag is alone on its line.
_INDENTED = re.compile(r"^( +)(\{% include .* %\})$", re.MULTILINE)


def indented(text: str, width: int) -> str:
    """Move every line to the right, but those without any character: of a block's value they are a part."""
    return "\n".join(" " * width + line if line else line for line in text.split("\n"))


@pass_context
def finalize(context: Context, value: Any) -> Any:
    """Serialise what a `{{ … }}` yields. A file *name* has no template name and is checked as a path instead."""
    if context.name is None or isinstance(value, Verbatim):
        return value
    return ESCAPES.get(suffix(context.name), _yaml)(context, value)


class Escaping(Extension):
    """Installs `finalize` and the filters of the few other positions; an include is as far in as its tag."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.finalize = finalize
        environment.filters["comment"] = escape_yaml.comment
        environment.filters["block"] = escape_yaml.block
        environment.filters["code"] = escape_markdown.code
        environment.filters["go_template"] = escape_go.go_template
        environment.filters["indented"] = indented

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002  the base's
        """Let an indented include indent what it includes."""
        return _INDENTED.sub(lambda tag: f"{{% filter indented({len(tag[1])}) %}}{tag[2]}{{% endfilter %}}", source)
