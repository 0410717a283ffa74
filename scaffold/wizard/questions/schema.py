"""Questions that the schema itself asks: a field's words are its title, description and example.

What a blueprint adds to the answers appears here by itself.

May import: around, question, seen, spelling, answers.exported (how a description is put together).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from scaffold.answers.exported import EXPECTED
from scaffold.wizard.question import Choice, Default, Patch, Question
from scaffold.wizard.spelling import plain
from scaffold.wizard.spelling.entries import NONE, Misspelt

if TYPE_CHECKING:
    from scaffold.documents.editing import Path
    from scaffold.wizard.around import Around
    from scaffold.wizard.questions.seen import Seen

Schema = Mapping[str, Any]


def properties(around: Around, kind: str) -> Schema:
    """Return the fields of the spec of a kind of document."""
    found: Schema = around.schemas[kind]["$defs"][f"{kind}Spec"]["properties"]
    return found


def variants(around: Around, kind: str, schema: Schema) -> dict[str, Schema]:
    """Return the choices that a field offers, each as its schema, by its word; those with the fewest fields first."""
    parts = around.schemas[kind]["$defs"]
    found = {}
    for one in schema.get("additionalProperties", schema).get("anyOf", []):
        if "$ref" in one:
            part = parts[one["$ref"].rpartition("/")[2]]
            words = [field["enum"][0] for field in part["properties"].values() if _is_tag(field)]
            if words:
                found[words[0]] = part
    return dict(sorted(found.items(), key=lambda item: (len(item[1]["required"]), item[0])))


def _is_tag(field: Schema) -> bool:
    return len(field.get("enum", [])) == 1 and "default" not in field


def tag(part: Schema) -> str:
    """Return the field of a choice that names it."""
    names: list[str] = [name for name, field in part["properties"].items() if _is_tag(field)]
    return names[0]


def described(field: Schema) -> tuple[str, str]:
    """Return what a field means, and what is expected of it."""
    text, _, expected = field.get("description", "").partition(EXPECTED)
    return text.strip(), expected


def fields(section: str, part: Schema, kind: str, path: Path, id_: str) -> Iterator[Question]:
    """Yield a question for each field of a choice: a quiet one, where the field has a default."""
    for name, field in part["properties"].items():
        if _is_tag(field) or len(field.get("enum", [])) == 1:
            continue
        text, expected = described(field)
        example = next(iter(field.get("examples", [])), None)
        hint = f" For example {_spelled(field, example)}." if example is not None else ""
        quiet = name not in part["required"]
        enum = tuple(Choice(str(word), "") for word in field.get("enum", []) if word is not None)
        yield Question(
            f"{id_}.{name}",
            section,
            field.get("title", name),
            f"{text.removesuffix('.')}?",
            f"{part['title']}: {text}" + (f" Expected: {expected}" if expected else "") + hint,
            partial(read_field, kind, (*path, name), field),
            (),
            Default(NONE, "as it is by default") if quiet else None,
            () if quiet else enum,
            quiet=quiet,
            example=enum[0].word if enum else "" if example is None else _spelled(field, example),
        )


def _is_text(schema: Schema) -> bool:
    return schema.get("type") in ("string", ["string", "null"])


def _spelled(schema: Schema, value: Any) -> str:
    """Spell an example as it may be typed: a string needs no quotes."""
    return str(value) if _is_text(schema) else plain.spell(value)


def read_field(kind: str, path: Path, schema: Schema, text: str) -> list[Patch]:
    """Read what was typed for a field: a list needs no brackets, and a string no quotes."""
    types = schema.get("type", "")
    if text.strip() == NONE:
        return [Patch(kind, path, None)]
    if text.strip() in schema.get("enum", ()):
        return [Patch(kind, path, text.strip())]
    if types == "array" and not text.lstrip().startswith("["):
        return [Patch(kind, path, [plain.read(part) for part in text.split(",") if part.strip()])]
    if _is_text(schema) and not text.lstrip().startswith('"'):
        return [Patch(kind, path, text.strip())]
    return [Patch(kind, path, plain.read(text))]


def whole(around: Around, kind: str, name: str, section: str) -> Question:
    """Return a question for a field of the spec that is asked on demand: its value on one line."""
    schema = properties(around, kind)[name]
    text, expected = described(schema)
    example = next(iter(schema.get("examples", [])), None)
    hint = f" For example {_spelled(schema, example)}" if example is not None else ""
    path = ("spec", name)
    found = around.default(path, plain.spell) if kind == "App" else None
    enum = tuple(Choice(word, "") for word in schema.get("enum", ()) if isinstance(word, str))
    return Question(
        f"{kind.lower()}.{name}",
        section,
        schema.get("title", name),
        f"{schema.get('title', name)}: what does it say?",
        f"{text} One line of YAML, or {NONE}." + (f" Expected: {expected}." if expected else "") + hint,
        partial(read_field, kind, path, schema),
        ((kind, path),),
        found or Default(NONE, "as it is by default"),
        (Choice(NONE, "as it is by default"), *enum) if enum else (),
        quiet=True,
    )


def chosen(seen: Seen, kind: str, name: str, section: str) -> Iterator[Question]:
    """Yield the question for a field of which one of several choices holds, or none; and those for its fields.

    Args:
        seen: what was answered so far, this question's own answer too, once it was asked.
        kind: App or Platform.
        name: the field of the spec.
        section: where it is asked.
    """
    schema = properties(seen.around, kind)[name]
    found, path, id_ = variants(seen.around, kind, schema), ("spec", name), f"{kind.lower()}.{name}"
    yield Question(
        id_,
        section,
        schema["title"],
        f"{schema['title']}: which?",
        described(schema)[0],
        partial(_read_choice, kind, path, found),
        ((kind, path),),
        Default(NONE, "as it is by default"),
        (Choice(NONE, ""), *(Choice(word, described(part)[0].removesuffix(".")) for word, part in found.items())),
        quiet=True,
    )
    if (text := seen.text(id_)) in found:
        yield from fields(section, found[text], kind, path, id_)


def _read_choice(kind: str, path: Path, found: Mapping[str, Schema], text: str) -> list[Patch]:
    if text == NONE:
        return [Patch(kind, path, None)]
    if text not in found:
        raise Misspelt("no such choice", f"one of: {NONE}, {', '.join(found)}")
    return [Patch(kind, path, {tag(found[text]): text})]
