"""Which secrets an App reads: where each lies, by the objects that fetch it; never its value.

May import: draft, matching, objects, part, site, variables (types), names, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.adopt.matching import UNKNOWN, chosen, completed
from scaffold.errors import Problem
from scaffold.names import slug

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scaffold.adopt.draft import Draft
    from scaffold.adopt.matching import Choice
    from scaffold.adopt.objects import Found
    from scaffold.adopt.part import Part
    from scaffold.adopt.site import Site
    from scaffold.adopt.variables import SecretKey

_POINT = "platform.secretStores"
_LONGEST = 40
_EXISTING = "existing"


def secrets(
    draft: Draft,
    env: Mapping[str, SecretKey],
    files: Mapping[tuple[str, bool], SecretKey],
    around: tuple[Found, Site],
) -> None:
    """Declare each key of a Secret that a process reads, by the variable or the path where it reads it."""
    for name, one in env.items():
        _declare(draft, name, ("env", name), one, around)
    for (path, single), one in files.items():
        _declare(draft, path.rpartition("/")[2], ("singleFile" if single else "file", path), one, around)


def _declare(draft: Draft, called: str, way: tuple[str, str], one: SecretKey, around: tuple[Found, Site]) -> None:
    found, site = around
    lies = _lies(draft.namespace, one, found, site)
    if lies is None:
        return
    name, taken = slug(called.replace("_", "-").lower()), draft.spec.get("secrets", {})
    if name in taken:
        name = slug(f"{name}-{one.secret}-{one.key}".lower())
    store, key, inside, place = lies
    at = ("secrets", name)
    draft.put((*at, "store"), store, place)
    draft.put((*at, "key"), key, place)
    if inside:
        draft.put((*at, "property"), inside, place)
    draft.put((*at, way[0]), way[1], one.part)
    one.part.take()


def _lies(namespace: str, one: SecretKey, found: Found, site: Site) -> tuple[str, str, str, Part] | None:
    """Return the store of a key of a Secret, what it is there, and the part that says so; None where it is left."""
    for fetched in found.of("ExternalSecret"):
        target = fetched.at("spec", "target", "name").text or fetched.one.key[2]
        if (fetched.one.key[1], target) == (namespace, one.secret):
            return _fetched(fetched, one, found, site)
    for sealed in found.of("SealedSecret"):
        named = sealed.at("spec", "template", "metadata", "name").text or sealed.one.key[2]
        if (sealed.one.key[1], named) == (namespace, one.secret) and (known := chosen(site.known, _POINT, sealed)):
            sealed.take()
            return _store(site, known[0], sealed), one.secret, one.key, one.part
    plain = found.get("Secret", namespace, one.secret)
    if plain is not None:
        why = "its values stand in the source; nothing of them was read"
        made = Problem(plain.place, f"Secret {namespace}/{one.secret}: {why}", "keep them in a store: spec.secrets")
        site.left += [] if made in site.left else [made]
        plain.take()
    choice = next((choice for choice in site.known if (choice.point, choice.adopts.kind) == (_POINT, "Secret")), None)
    if choice is None:
        one.part.leave("no store keeps Secrets that others make", "declare it under spec.secrets, by a store")
        return None
    return _store(site, choice, one.part), one.secret, one.key, one.part


def _fetched(fetched: Part, one: SecretKey, found: Found, site: Site) -> tuple[str, str, str, Part] | None:
    """Return where External Secrets takes a key from."""
    spec = fetched["spec"]
    fetched.take()
    if one.key in spec.at("target", "template", "data").entries:
        why = f"{one.key} is put together by a template"
        one.part.leave(why, "declare it under spec.secrets, as a `join` of what the store keeps")
        return None
    store = _asked(fetched, found, site)
    for entry in spec["data"].items:
        if entry["secretKey"].text == one.key:
            remote = entry["remoteRef"]
            return store, remote["key"].text, remote["property"].text, remote
    for entry in spec["dataFrom"].items:
        if entry["extract"]["key"].text:
            return store, entry["extract"]["key"].text, one.key, entry
    one.part.leave(f"{fetched.one.key[2]} fetches no {one.key} by name", "declare it under spec.secrets")
    return None


def _asked(fetched: Part, found: Found, site: Site) -> str:
    """Return the name of the store that is asked, and have the Platform know it."""
    spec = fetched["spec"]
    ref = spec["secretStoreRef"]
    kind, name = ref["kind"].text or "SecretStore", ref["name"].text
    # One of an App's own is called after it, with the store's name behind a dot.
    called = slug(name.rpartition(".")[2])[:_LONGEST].strip("-")
    if site.says("secretStores", called):
        return called
    namespaces = {part.one.key[1] for part in found.of(kind) if part.one.key[2] == name}
    space = fetched.one.key[1] if fetched.one.key[1] in namespaces else next(iter(sorted(namespaces)), "")
    part = found.get(kind, space, name)
    known = chosen(site.known, _POINT, part) if part is not None else None
    if part is None or known is None:
        why = f"what the {kind} {name} asks is not known here"
        problem = Problem(
            ref.place, why, f"Platform spec.secretStores.{called}: {{backend: …}}; scaffold schema platform"
        )
        site.left += [] if problem in site.left else [problem]
        return called
    choice, given = known
    part.take()
    fields = completed(choice, {key: text for key, (text, _) in given.items()})
    places = {key: one.place for key, (_, one) in given.items()}
    site.need_all(("secretStores", called), {key: (fields[key], places.get(key, part.place)) for key in fields})
    return called


def _store(site: Site, choice: Choice, part: Part) -> str:
    """Return the name of the store of a choice, and have the Platform know one."""
    if site.given is not None:
        for name, store in site.given.spec.secretStores.items():
            if getattr(store, "backend", "") == choice.name:
                return name
    name = _EXISTING if choice.adopts.kind == "Secret" else "sealed"
    if not site.says("secretStores", name):
        value = completed(choice, {})
        site.need(("secretStores", name), value, part.place)
        if UNKNOWN in value.values():
            why = "who makes the Secrets that Apps read is not among what was read"
            site.notes.append(Problem(part.place, why, f"say it in the Platform: spec.secretStores.{name}"))
    return name
