"""Evaluate a third party's blueprints in a contained process: JSON in, JSON out.

May import: process, limits, blueprint, blueprint_folder, expressions, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from jinja2 import TemplateError

from scaffold.blueprint import Description
from scaffold.contained.limits import Checked, Request
from scaffold.contained.process import Contained, ContainedError
from scaffold.errors import Place, Problem, printable
from scaffold.expressions import MAX_LENGTH, Expression, ExpressionError
from scaffold.render.environment import FOLDER, PARTIALS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scaffold.blueprint_folder import Source
    from scaffold.render.environment import Renderer

MAX_RUNS = 10_000
"""How many entries an expression may yield: each may become a unit."""


class Apart:
    """An Evaluation in a contained process, which all of its blueprints share."""

    def __init__(self, process: Contained) -> None:
        self._process = process

    def check(self, source: Source) -> tuple[Description | None, list[Problem]]:
        """Return the description of a blueprint, None where something is wrong, and every problem."""
        asked = Request("check", source.id_, str(source.folder), parts=dict(source.parts))
        try:
            found = msgspec.json.decode(self._process.ask(asked), type=Checked)
            problems = [
                Problem(Place(file, line, column), printable(why), printable(remedy))
                for file, line, column, why, remedy in found.problems
            ]
            made = msgspec.convert(found.description, Description) if found.description is not None else None
        except (ContainedError, msgspec.ValidationError) as error:
            return None, [Problem(Place(str(source.folder), 1, 1), f"while it was checked, it {error}")]
        self._process.loaded.add(source.id_)
        return (None, problems) if problems else (made, [])

    def compiled(self, value: Any) -> Any:
        """Return a JSON value in which each string that starts with `=` is an Expression, evaluated there."""
        if isinstance(value, dict):
            return {key: self.compiled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.compiled(item) for item in value]
        return _Expression(value, self._process) if isinstance(value, str) and value.startswith("=") else value

    def renderer(self, source: Source) -> Renderer:
        """Return what renders the blueprint's templates there, from the bytes that were checked."""
        return _Renderer(self._process, source)


class _Expression(Expression):
    """An expression that is compiled and evaluated in the contained process."""

    __slots__ = ("_process",)

    def __init__(self, source: str, process: Contained) -> None:
        self.source = source
        self._process = process

    def compile(self) -> None:
        """Do nothing: it compiled when its blueprint was checked."""

    def evaluate(self, scope: Mapping[str, Any]) -> Any:
        """Return the value of the expression.

        Raises:
            ExpressionError: a name is missing, the evaluation failed, or takes too much.
        """
        if len(self.source) > MAX_LENGTH:
            raise ExpressionError(f"an expression has at most {MAX_LENGTH} characters")
        names = msgspec.Raw(msgspec.json.encode(dict(scope)))
        try:
            value = msgspec.json.decode(self._process.ask(Request("evaluate", "", self.source, names)))
        except (ContainedError, RecursionError) as error:
            said = f"{error}".removeprefix(f"{self.source}: ")
            raise ExpressionError(f"{self.source}: {said}") from error
        if isinstance(value, (dict, list)) and len(value) > MAX_RUNS:
            raise ExpressionError(f"{self.source}: yields more than {MAX_RUNS} entries")
        return value


class _Renderer:
    """Renders the templates of one blueprint in the contained process."""

    def __init__(self, process: Contained, source: Source) -> None:
        self._process, self._of = process, source.id_
        self._parts = {p: data for p, data in source.parts.items() if p.startswith((f"{FOLDER}/", f"{PARTIALS}/"))}

    def name(self, template: str, context: dict[str, Any]) -> str:
        """Return the path that a template's name makes."""
        return self._ask("name", template, context)

    def body(self, template: str, context: dict[str, Any]) -> str:
        """Return the text that a template makes."""
        return self._ask("body", template, context)

    def _ask(self, do: str, template: str, context: dict[str, Any]) -> str:
        known = msgspec.Raw(msgspec.json.encode(context))
        try:
            if self._of not in self._process.loaded:
                self._process.ask(Request("load", self._of, parts=self._parts))
                self._process.loaded.add(self._of)
            return msgspec.json.decode(self._process.ask(Request(do, self._of, template, known)), type=str)
        except (ContainedError, msgspec.ValidationError) as error:
            raise TemplateError(str(error)) from error
