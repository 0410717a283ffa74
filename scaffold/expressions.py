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
from typing import TYPE_CHECKING, Any

from jinja2 import FunctionLoader, StrictUndefined, TemplateError, Undefined, nodes
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jinja2 import BytecodeCache, Template

MAX_LENGTH = 80
FILTERS = ("first", "join", "length", "list", "map", "rejectattr", "replace", "selectattr", "sort", "string", "unique")


class ExpressionError(ValueError):
    """An expression that does not compile or cannot be evaluated; the message says why."""


class _Environment(ImmutableSandboxedEnvironment):
    """Expressions as templates, so that their bytecode is kept, too: the name is the source.

    It equals what `compile_expression` makes, which cannot be kept.
    """

    intercepted_binops = frozenset(("*", "**", "%"))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002  Jinja's signature
        raise ExpressionError(f"`{operator}` is not available")

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parser = Parser(self, source, name, filename, state="variable")
        expression = parser.parse_expression()
        if not parser.stream.eos:
            parser.fail("chunk after expression", parser.stream.current.lineno)
        made = nodes.Template([nodes.Assign(nodes.Name("result", "store"), expression, lineno=1)], lineno=1)
        made.set_environment(self)
        return made


def digest(value: Any) -> str:
    """Return 16 hexadecimal digits that change when a JSON value does."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _environment(bytecode: BytecodeCache | None) -> _Environment:
    made = _Environment(
        undefined=StrictUndefined,
        loader=FunctionLoader(lambda source: source.removeprefix("=")),
        bytecode_cache=bytecode,
        auto_reload=False,
        optimized=False,  # an expression is evaluated less often than it is compiled
    )
    made.globals.clear()
    made.filters = {**{name: made.filters[name] for name in FILTERS}, "digest": digest}
    return made


class Expression:
    """One expression, compiled when it is first used; `evaluate` is a pure function of the names in scope."""

    __slots__ = ("_environment", "_template", "source")

    def __init__(self, source: str, environment: _Environment) -> None:
        self.source = source
        self._environment = environment
        self._template: Template | None = None

    def compile(self) -> None:
        """Compile the expression, unless it is compiled.

        Raises:
            ExpressionError: it is too long, or no expression.
        """
        self._compiled()

    def _compiled(self) -> Template:
        if self._template is None:
            if len(self.source) > MAX_LENGTH:
                raise ExpressionError(f"an expression has at most {MAX_LENGTH} characters: compute it in the context")
            try:
                self._template = self._environment.get_template(self.source)
            except TemplateError as error:
                raise ExpressionError(f"{self.source}: {error}") from error
        return self._template

    def evaluate(self, scope: Mapping[str, Any]) -> Any:
        """Return the value of the expression.

        Raises:
            ExpressionError: a name is missing, or the evaluation failed.
        """
        template = self._compiled()
        try:
            # What Jinja calls a context, without the copies of the scope that it makes for templates that write.
            context = self._environment.context_class(self._environment, dict(scope), self.source, {})
            for _ in template.root_render_func(context):
                pass
            value = context.vars["result"]
            if isinstance(value, Undefined):
                str(value)  # a strict undefined raises when it is used
        except ExpressionError:
            raise
        except Exception as error:
            raise ExpressionError(f"{self.source}: {error}") from error
        return value


def compiler(bytecode: BytecodeCache | None = None) -> Callable[[Any], Any]:
    """Return a function that turns each string starting with `=` in a JSON value into an Expression, anywhere in it.

    Args:
        bytecode: where compiled expressions are kept, if anywhere.
    """
    environment = _environment(bytecode)
    known: dict[str, Expression] = {}

    def compiled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: compiled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [compiled(item) for item in value]
        if isinstance(value, str) and value.startswith("="):
            return known.setdefault(value, Expression(value, environment))
        return value

    return compiled


def inside(value: Any) -> Iterator[Expression]:
    """Yield every Expression in a value."""
    if isinstance(value, Expression):
        yield value
    elif isinstance(value, (dict, list, tuple)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from inside(item)


def fill(value: Any, scope: Mapping[str, Any]) -> Any:
    """Evaluate every Expression in a value; everything else is itself."""
    if isinstance(value, Expression):
        return value.evaluate(scope)
    if isinstance(value, dict):
        return {key: fill(item, scope) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [fill(item, scope) for item in value]
    return value
