"""Render an ordinary cookiecutter template as cookiecutter does without a prompt; hooks and extensions are never run.

Called in the contained process alone. May import: nothing of the project.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

with suppress(ImportError):  # comes with cookiecutter, whose templates expect it
    import slugify

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jinja2 import Environment

_SETTINGS = frozenset(
    (
        "trim_blocks",
        "lstrip_blocks",
        "block_start_string",
        "block_end_string",
        "variable_start_string",
        "variable_end_string",
        "comment_start_string",
        "comment_end_string",
        "line_statement_prefix",
        "line_comment_prefix",
    )
)
_OWN = "cookiecutter.extensions."


class SkeletonError(ValueError):
    """A template that cannot be rendered; the message says why."""


def render_skeleton(parts: Mapping[str, bytes], scope: dict[str, Any]) -> dict[str, Any]:
    """Return `files` (texts by their paths below the template's folder), and `left`: the paths of what is no text.

    Args:
        parts: the files of the source by their paths.
        scope: `app`, the App as JSON, and `given`, values of the template's variables by their names.

    Raises:
        SkeletonError: it is no template, asks for code, or a value does not fit.
        TemplateError: a file or its name cannot be rendered.
    """
    asked = _variables(parts)
    made = _environment(asked)
    top = _top(parts, made)
    context = {"cookiecutter": _context(asked, made, scope)}
    files: dict[str, str] = {}
    left: list[str] = []
    for path, data in parts.items():
        inside = path.removeprefix(f"{top}/")
        if inside == path:
            continue
        try:
            name = made.from_string(inside).render(context)
            text = _text(data)
            if text is not None and not any(fnmatch(inside, one) for one in asked.get("_copy_without_render", ())):
                text = made.from_string(text).render(context)
        except TemplateError as error:
            raise SkeletonError(f"{path}: {error}") from error
        if text is None:
            left.append(name)
        elif name in files:
            raise SkeletonError(f"{path}: {name} is already rendered from another file")
        elif name.rpartition("/")[2]:  # as cookiecutter: a file whose name a condition leaves empty is left out
            files[name] = text
    return {"files": files, "left": left}


def _variables(parts: Mapping[str, bytes]) -> dict[str, Any]:
    try:
        asked = json.loads(parts["cookiecutter.json"])
    except KeyError as error:
        raise SkeletonError("no cookiecutter.json: not a cookiecutter template") from error
    except (ValueError, RecursionError) as error:
        raise SkeletonError(f"cookiecutter.json: {error}") from error
    if not isinstance(asked, dict):
        raise SkeletonError("cookiecutter.json: not an object")
    if "templates" in asked or "template" in asked:
        raise SkeletonError("cookiecutter.json: several templates: name the source of one")
    alien = [str(one) for one in asked.get("_extensions") or () if not str(one).startswith(_OWN)]
    if alien:
        raise SkeletonError(f"cookiecutter.json: _extensions would import code: {', '.join(alien)}")
    return asked


def _environment(asked: dict[str, Any]) -> Environment:
    settings = {key: value for key, value in (asked.get("_jinja2_env_vars") or {}).items() if key in _SETTINGS}
    made = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True, **settings)
    made.filters["jsonify"] = lambda value, indent=4: json.dumps(value, sort_keys=True, indent=indent)
    if "slugify" in sys.modules:
        made.filters["slugify"] = slugify.slugify
    return made


def _top(parts: Mapping[str, bytes], made: Environment) -> str:
    """Return the folder that is the template: the one whose name asks for a variable."""
    tops = {path.partition("/")[0] for path in parts if "/" in path}
    words = ("cookiecutter", made.variable_start_string, made.variable_end_string)
    found = sorted(top for top in tops if all(word in top for word in words))
    if len(found) != 1:
        raise SkeletonError("not one folder whose name is a variable, such as {{cookiecutter.name}}")
    return found[0]


def _context(asked: dict[str, Any], made: Environment, scope: dict[str, Any]) -> dict[str, Any]:
    """Return the values of all variables, in their order: given ones, answers of the same name, defaults."""
    given, context = dict(scope["given"]), {"app": scope["app"]}
    known = [key for key in asked if not key.startswith("_")]
    if unknown := sorted(given.keys() - set(known)):
        raise SkeletonError(f"it asks for no {', '.join(unknown)}, but for: {', '.join(known)}")
    answers = {key: value for key, value in scope["app"].items() if isinstance(value, str)}
    for key, raw in asked.items():
        if key.startswith("_") and not key.startswith("__"):
            context[key] = raw
        elif key in given or (key in answers and isinstance(raw, str)):
            context[key] = _chosen(key, given.get(key, answers.get(key)), [*_rendered(raw, made, context)])
        elif isinstance(raw, list):
            context[key] = next(_rendered(raw, made, context), "")
        else:
            context[key] = _default(raw, made, context)
    return context


def _chosen(key: str, value: Any, choices: list[str]) -> Any:
    if choices and value not in choices:
        raise SkeletonError(f"{key}: {value} is none of: {', '.join(choices)}")
    return {"true": True, "false": False}.get(value, value) if choices == [] and value in {"true", "false"} else value


def _rendered(raw: Any, made: Environment, context: dict[str, Any]) -> Iterator[str]:
    """Yield the choices of a variable that has some."""
    for one in raw if isinstance(raw, list) else ():
        yield made.from_string(str(one)).render(cookiecutter=context)


def _default(raw: Any, made: Environment, context: dict[str, Any]) -> Any:
    if raw is None or isinstance(raw, bool):
        return raw
    if isinstance(raw, dict):
        return {_default(key, made, context): _default(value, made, context) for key, value in raw.items()}
    if isinstance(raw, list):
        return [_default(value, made, context) for value in raw]
    return made.from_string(str(raw)).render(cookiecutter=context)


def _text(data: bytes) -> str | None:
    try:
        return None if b"\0" in data else data.decode()
    except UnicodeDecodeError:
        return None
