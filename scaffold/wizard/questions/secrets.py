"""Which secrets it reads, and where they lie: never what they are.

May import: around, question, schema, seen, spelling.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from scaffold.wizard.question import APP, PLATFORM, Choice, Default, Patch, Question, or_yaml
from scaffold.wizard.questions.schema import Schema, described, fields, properties, tag, variants
from scaffold.wizard.spelling.entries import NONE, Misspelt
from scaffold.wizard.spelling.secrets import FORM, read, spell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scaffold.wizard.questions.seen import Seen

_SECRETS = ("spec", "secrets")
_STORES = ("spec", "secretStores")
STORE = "main"
"""The name of a store that the wizard declares."""
KEY, PROPERTY = "value", "property"


def questions(seen: Seen) -> Iterator[Question]:
    """Yield the questions of the section."""
    yield _secrets(seen)
    if not seen.value(_SECRETS):
        return
    if seen.around.platforms:
        yield _declared_store(seen)
    else:
        found = variants(seen.around, PLATFORM, properties(seen.around, PLATFORM)["secretStores"])
        yield _backend(found)
        if seen.text("store") in found:
            yield from fields("Secrets", found[seen.text("store")], PLATFORM, (*_STORES, STORE), "store")
    yield _keys(seen)


def _secrets(seen: Seen) -> Question:
    return Question(
        "secrets",
        "Secrets",
        "Secrets",
        "Which secrets does it read, and from where?",
        f"Name the variable or the file that the process reads: {FORM}. A file is replaced when the secret changes, a "
        "variable is set when the pod starts. No value is asked for: what looks like one is refused, and not kept.",
        or_yaml(_SECRETS, read),
        ((APP, _SECRETS),),
        seen.around.default(_SECRETS, spell) or Default(NONE, "none was found"),
        link="https://kubernetes.io/docs/concepts/security/secrets-good-practices/",
    )


def _backend(found: Mapping[str, Schema]) -> Question:
    words = list(found)
    return Question(
        "store",
        "Secrets",
        "Secrets lie in",
        "Where do secrets lie?",
        "What keeps the secrets, outside of this folder. The bundle refers to them, and holds none. A Platform file of "
        "the cluster says it once for all Apps; there is none here, so one is written.",
        partial(_read_backend, found),
        ((PLATFORM, _STORES),),
        Default(words[0], "asks for the fewest answers") if words else None,
        tuple(Choice(word, described(part)[0].removesuffix(".")) for word, part in found.items()),
        "https://kubernetes.io/docs/concepts/security/secrets-good-practices/#avoid-sharing-secret-manifests",
    )


def _read_backend(found: Mapping[str, Schema], text: str) -> list[Patch]:
    if text not in found:
        raise Misspelt("no such store", f"one of: {', '.join(found)}")
    return [Patch(PLATFORM, (*_STORES, STORE), {tag(found[text]): text})]


def _declared_store(seen: Seen) -> Question:
    stores = (seen.around.platform or {}).get("secretStores") or {}
    return Question(
        "store",
        "Secrets",
        "Secrets lie in",
        "In which store of the Platform do they lie?",
        f"The stores that {seen.around.platforms[0].file} declares.",
        lambda _: [],
        (),
        Default(next(iter(stores)), seen.around.platforms[0].file) if stores else None,
        tuple(Choice(name, str(one.get("backend", ""))) for name, one in stores.items()),
    )


def _keys(seen: Seen) -> Question:
    return Question(
        "keys",
        "Secrets",
        "Kept under",
        "Under which key does the store keep each, where none was named?",
        "What a key is depends on the store: a path, a name, the name of a Secret. key is the whole of what lies "
        f"there; {PROPERTY} is one property of it, called {KEY}. Name a key of your own with the secret: DB_PASSWORD "
        "from shop/db#password",
        partial(_read_keys, seen),
        (),
        Default(PROPERTY, "a name made from the App's"),
        (Choice("key", "the whole of it"), Choice(PROPERTY, f"its property {KEY!r}")),
        quiet=True,
    )


def _read_keys(seen: Seen, text: str) -> list[Patch]:
    """Complete the secrets: their store, and a key for those without one."""
    made: dict[str, dict[str, Any]] = {}
    declared = (seen.around.platform or {}).get("secretStores") or {}
    store = STORE if not seen.around.platforms else seen.text("store") or next(iter(declared), STORE)
    for name, secret in (seen.value(_SECRETS) or {}).items():
        made[name] = {"store": store, "key": f"{seen.text('name')}-{name}", **secret}
        if text == PROPERTY and "key" not in secret:
            made[name].setdefault(PROPERTY, KEY)
    return [Patch(APP, _SECRETS, made)]
