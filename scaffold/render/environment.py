"""The Jinja environment in which a blueprint's templates are compiled: strict, sandboxed, escaping.

It equals what stock cookiecutter builds from the blueprint's cookiecutter.json, less Jinja's globals.

May import: escape.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from scaffold.render.escape import Escaping

if TYPE_CHECKING:
    from pathlib import Path

    from jinja2 import BaseLoader, BytecodeCache, Environment, Template

# The static lines of every cookiecutter.json: how stock cookiecutter is told to compile as we do.
COOKIECUTTER: dict[str, Any] = {
    "name": "example",
    "_extensions": ["scaffold.render.escape.Escaping"],
    "_jinja2_env_vars": {"trim_blocks": True, "lstrip_blocks": True},
}
FILTERS = ("block", "code", "comment", "go_template", "indented", "join", "length", "replace", "sort", "string")
FOLDER = "{{cookiecutter.name}}"
PARTIALS = "templates"


def environment(blueprint: Path, bytecode: BytecodeCache | None = None) -> ImmutableSandboxedEnvironment:
    """Return the environment for the templates in a blueprint's folder and for the parts they include.

    Args:
        blueprint: the blueprint's folder.
        bytecode: where compiled templates are kept, if anywhere.
    """
    return strict(FileSystemLoader([blueprint / FOLDER, blueprint / PARTIALS]), bytecode)


def strict(loader: BaseLoader, bytecode: BytecodeCache | None = None) -> ImmutableSandboxedEnvironment:
    """Return the environment for the templates and parts that a loader knows."""
    made = ImmutableSandboxedEnvironment(
        loader=loader,
        undefined=StrictUndefined,
        extensions=[Escaping],
        bytecode_cache=bytecode,
        auto_reload=False,  # a run reads each template once
        optimized=False,  # templates compute nothing that is constant
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    made.globals.clear()
    # Others could make text that looks safe (`map("comment")`), or as much of it as there is memory.
    made.filters = {name: made.filters[name] for name in FILTERS}
    return made


class Renderer(Protocol):
    """What renders one blueprint's templates, here or elsewhere. Both raise TemplateError or TypeError."""

    def name(self, template: str, context: dict[str, Any]) -> str:
        """Return the path that a template's name makes; `context` holds `cookiecutter`."""

    def body(self, template: str, context: dict[str, Any]) -> str:
        """Return the text that a template makes."""


class InProcess:
    """A renderer in this process."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    def name(self, template: str, context: dict[str, Any]) -> str:
        """Return the path that a template's name makes."""
        return _named(self._environment, template).render(context)

    def body(self, template: str, context: dict[str, Any]) -> str:
        """Return the text that a template makes."""
        return self._environment.get_template(template).render(context)


@lru_cache(maxsize=1024)  # the same few for every unit
def _named(environment: Environment, template: str) -> Template:
    """Compile the name of a template, which is one itself."""
    return environment.from_string(template)
