"""Read our own text: rendered files as Kubernetes' clients do (YAML 1.1), and templates for their lint.

May import: reading, errors.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import yaml

from scaffold.documents.reading import Refused, events, quoted
from scaffold.errors import Place, Problem


def reread(text: str, file: str) -> tuple[list[Any], list[Problem]]:
    """Read our own output back as a Kubernetes client would (YAML 1.1), strictly.

    Returns:
        The documents' JSON values, and one problem where the text is not YAML, repeats a key, or holds an anchor or a
        tag.
    """
    values: list[Any] = []
    stack: list[Any] = [values]
    keys: list[str | None] = [None]
    try:
        for event in events(text):
            if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                stack.pop()
                keys.pop()
                continue
            if not isinstance(event, yaml.NodeEvent):
                continue
            value = _reread_value(event)
            container = stack[-1]
            if isinstance(container, list):
                container.append(value)
            elif keys[-1] is None:
                keys[-1] = _reread_key(event, container)
                continue
            else:
                container[keys[-1]], keys[-1] = value, None
            if isinstance(value, (dict, list)):
                stack.append(value)
                keys.append(None)
    except Refused as refused:
        at = refused.event.start_mark
        return [], [Problem(Place(file, at.line + 1, at.column + 1), refused.message)]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)
        return [], [Problem(place, getattr(error, "problem", None) or str(error))]
    return values, []


def _reread_value(event: Any) -> Any:
    if isinstance(event, yaml.AliasEvent) or event.anchor or event.tag:
        raise Refused(event, "an anchor, an alias or a tag", "")
    if isinstance(event, yaml.ScalarEvent):
        return event.value if event.style else _scalar_1_1(event.value)
    return {} if isinstance(event, yaml.MappingStartEvent) else []


def _reread_key(event: Any, container: dict[str, Any]) -> str:
    if not isinstance(event, yaml.ScalarEvent):
        raise Refused(event, "a key is not a word", "")
    if event.value in container:
        raise Refused(event, f"duplicate key {quoted(event.value)}", "")
    return str(event.value)


@lru_cache(maxsize=4096)
def _scalar_1_1(text: str) -> Any:
    """Type a plain scalar as PyYAML does for YAML 1.1, except dates: Kubernetes' clients go through JSON."""
    loader: Any = yaml.SafeLoader("")
    tag = loader.resolve(yaml.ScalarNode, text, (True, False))
    if tag == "tag:yaml.org,2002:timestamp":
        return text
    return loader.construct_object(yaml.ScalarNode(tag, text))


def scalars(text: str) -> list[tuple[str, bool]]:
    """Return each scalar of a YAML text, in order, and whether it is a plain one; for finding what was not rendered.

    Raises:
        ValueError: the text is not YAML; the message says where.
    """
    try:
        return [(e.value, not e.style) for e in events(text) if isinstance(e, yaml.ScalarEvent)]
    except yaml.YAMLError as error:
        raise ValueError(_where(error)) from error


def lines_of_scalars(text: str) -> list[tuple[str, bool]]:
    """Do the same for a text in which whole lines may come and go: nothing in it may reach over the end of a line.

    Raises:
        ValueError: the text is not YAML, or a scalar or flow collection spans lines; the message says where.
    """
    found: list[tuple[str, bool]] = []
    flows: list[int | None] = []
    try:
        event: Any
        for event in events(text):
            line, end = event.start_mark.line + 1, event.end_mark.line + 1
            if isinstance(event, yaml.ScalarEvent):
                found.append((event.value, not event.style))
                if event.style in {"|", ">"} or end != line:
                    raise ValueError(f"line {line}: a scalar of several lines")
            elif isinstance(event, yaml.CollectionStartEvent):
                flows.append(line if event.flow_style else None)
            elif isinstance(event, yaml.CollectionEndEvent) and flows.pop() not in {None, end}:
                raise ValueError(f"line {line}: a flow collection of several lines")
    except yaml.YAMLError as error:
        raise ValueError(_where(error)) from error
    return found


def _where(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return (f"line {mark.line + 1}: " if mark else "") + str(getattr(error, "problem", None) or error)
