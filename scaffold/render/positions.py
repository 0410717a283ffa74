"""Where a value may stand in a template: the lint that makes escaping sound.

Escaping by file type alone creates injections: inside quotes, as half of a word, in a block scalar, a serialised value
means something else. So each type of file has positions in which its escape is exact, and all others are refused.

May import: positions_yaml, positions_json, positions_markdown, holes, environment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import TemplateNotFound, TemplateSyntaxError

from scaffold.render import positions_json, positions_markdown, positions_yaml
from scaffold.render.environment import PARTIALS
from scaffold.render.escape import suffix
from scaffold.render.holes import Skeleton, parts, skeleton, tags

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jinja2 import Environment

    Complaint = tuple[str, int, str]

MAX_TAGS = 1 / 3

# Each type of file, by its suffix: the same ones as `escape.ESCAPES` and `verify.READERS`.
POSITIONS: dict[str, Callable[[Skeleton], Iterator[tuple[int, str]]]] = {
    ".json": positions_json.positions,
    ".md": positions_markdown.positions,
    ".yaml": positions_yaml.positions,
}


def lint(name: str, environment: Environment) -> Iterator[Complaint]:
    """Yield (template, line, what is wrong) for a template and the parts it includes; nothing where escaping is sound.

    Args:
        name: the template, as the environment's loader knows it; its type is one of POSITIONS.
        environment: the blueprint's environment.
    """
    lines: list[tuple[str, int, str]] = []
    try:
        for part, source in parts(name, environment, lines).items():
            environment.get_template(part)  # compiles it: a filter that does not exist is found here
            yield from ((part, line, why) for line, why in tags(part, source, environment))
            if part != name and not source.endswith("\n"):
                yield part, 1, "a part ends in a newline: what follows it, or its own repetition, is another line"
        whole = skeleton("".join(text for _, _, text in lines), environment)
    except TemplateSyntaxError as error:
        yield name, error.lineno, f"not a template: {error.message}"
        return
    except TemplateNotFound as error:
        yield name, 1, f"includes {error.name}, which is not in {PARTIALS}/"
        return
    for line, why in POSITIONS[suffix(name)](whole):
        yield *(lines[line - 1][:2] if lines else (name, 1)), why


def tag_share(sources: list[str]) -> float:
    """Return which part of the lines of a blueprint's templates are tags; templates look like what they make."""
    lines = [line for source in sources for line in source.splitlines()]
    return sum("{%" in line for line in lines) / max(len(lines), 1)
