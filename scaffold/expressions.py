"""Expressions in a blueprint's description: a string that starts with `=`, sandboxed and strict.

They read declared answers only. A name that does not exist is an error, never None; items come before attributes, so
that a port named `items` is a port; multiplication, formatting and most filters are off, since a short text could fill
the memory with them.

May import: nothing of the project.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateError, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_LENGTH = 80
FILTERS = ("first", "join", "length", "list", "map", "rejectattr", "replace", "selectattr", "sort", "string", "unique")


class ExpressionError(ValueError):
    """An expression that does not compile or cannot be evaluated; the message says why."""


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset(("*", "**", "%"))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002  Jinja's signature
        raise ExpressionError(f"`{operator}` is not available")

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


def digest(value: Any) -> str:
    """Return 16 hexadecimal digits that change when a JSON value does."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _environment() -> _Environment:
    made = _Environment(undefined=StrictUndefined)
    made.globals.clear()
    made.filters = {**{name: made.filters[name] for name in FILTERS}, "digest": digest}
    return made


class Expression:
    """A compiled expression; `evaluate` is a pure function of the names in scope."""

    __slots__ = ("_call", "source")

    def __init__(self, source: str, environment: _Environment) -> None:
        self.source = source
        if len(source) > MAX_LENGTH:
            raise ExpressionError(f"an expression has at most {MAX_LENGTH} characters: compute it in the context")
        try:
            self._call = environment.compile_expression(source.removeprefix("="), undefined_to_none=False)
        except TemplateError as error:
            raise ExpressionError(f"{source}: {error}") from error

    def evaluate(self, scope: Mapping[str, Any]) -> Any:
        """Return the value of the expression.

        Raises:
            ExpressionError: a name is missing, or the evaluation failed.
        """
        try:
            value = self._call(**scope)
            if isinstance(value, Undefined):
                str(value)  # a strict undefined raises when it is used
        except ExpressionError:
            raise
        except Exception as error:
            raise ExpressionError(f"{self.source}: {error}") from error
        return value


def compiler() -> Any:
    """Return a function that turns each string starting with `=` in a JSON value into an Expression, anywhere in it."""
    environment = _environment()

    def compiled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: compiled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [compiled(item) for item in value]
        return Expression(value, environment) if isinstance(value, str) and value.startswith("=") else value

    return compiled


def fill(value: Any, scope: Mapping[str, Any]) -> Any:
    """Evaluate every Expression in a value; everything else is itself."""
    if isinstance(value, Expression):
        return value.evaluate(scope)
    if isinstance(value, dict):
        return {key: fill(item, scope) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [fill(item, scope) for item in value]
    return value
