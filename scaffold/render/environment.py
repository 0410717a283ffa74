"""The Jinja environment in which a blueprint's templates are compiled: strict, sandboxed, escaping.

It equals what stock cookiecutter builds from the blueprint's cookiecutter.json, less Jinja's globals.

May import: escape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from scaffold.render.escape import Escaping

if TYPE_CHECKING:
    from pathlib import Path

    from jinja2 import BytecodeCache

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
    made = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader([blueprint / FOLDER, blueprint / PARTIALS]),
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
