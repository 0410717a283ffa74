"""The variables of a container: plain ones with their values, and who keeps the others.

May import: draft, objects, part.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct, field

from scaffold.adopt.part import Part
from scaffold.errors import Place

if TYPE_CHECKING:
    from scaffold.adopt.objects import Found

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_REFERENCE = re.compile(r"\$\$|\$\(([^()\s]{1,253})\)")


class SecretKey(Struct, frozen=True):
    """A key of a Secret that a process reads: the Secret's name, the key, and where it was said."""

    secret: str
    key: str
    part: Part


class Variables(Struct):
    """What a container is told: plain values with their places, and keys of Secrets, by the variables' names.

    `hidden` are texts with the value of one in them.
    """

    plain: dict[str, tuple[str, Part]] = field(default_factory=dict)
    secret: dict[str, SecretKey] = field(default_factory=dict)
    hidden: list[tuple[str, Place]] = field(default_factory=list)


def variables(container: Part, namespace: str, found: Found) -> Variables:
    """Read the variables of a container as the kubelet does: all of a source first, then one by one."""
    made = Variables()
    for source in container["envFrom"].items:
        _all_of(source, namespace, found, made)
    for entry in container["env"].items:
        name = entry["name"].text
        if not _NAME.fullmatch(name):
            entry.leave("a variable of an App has a name of letters, digits and _", "rename it")
            continue
        made.plain.pop(name, None)
        made.secret.pop(name, None)
        if entry["valueFrom"]:
            _referred(entry, name, (namespace, found), made)
        else:
            text = entry["value"].text
            if _mentions(text, made.secret):
                why = "it is put together from a Secret's value"
                made.hidden.append((expanded(text, made), entry.place))
                entry.leave(why, "declare it under spec.secrets, as a `join` of parts that the store keeps")
            else:
                made.plain[name] = (expanded(text, made), entry["value"] or entry)
    return made


def _all_of(source: Part, namespace: str, found: Found, made: Variables) -> None:
    """Read every key of a ConfigMap or a Secret."""
    prefix = source["prefix"].text
    for kind, key in (("ConfigMap", "configMapRef"), ("Secret", "secretRef")):
        name = source[key]["name"].text if source[key] else ""
        one = found.get(kind, namespace, name) if name else None
        source[key]["optional"].take()
        if name and one is None and kind == "ConfigMap":
            source.leave(f"the ConfigMap {name} is not among what was read", "name its file, too")
        elif name and one is None:
            _unknown(source, name)
        for part in one["data"].entries.values() if one is not None else ():
            variable = prefix + str(part.steps[-1])
            if not _NAME.fullmatch(variable):
                continue  # the kubelet leaves it out, too
            if kind == "ConfigMap":
                made.plain[variable] = (part.text, part)
            else:
                made.secret[variable] = SecretKey(name, str(part.take().steps[-1]), source)


def _unknown(source: Part, name: str) -> None:
    why = f"all keys of the Secret {name}, and nothing says which there are"
    source.leave(why, "declare each under spec.secrets: {store, key, property, env}")


def _referred(entry: Part, name: str, where: tuple[str, Found], made: Variables) -> None:
    namespace, found = where
    config, secret = entry.at("valueFrom", "configMapKeyRef"), entry.at("valueFrom", "secretKeyRef")
    if secret:
        secret["optional"].take()
        made.secret[name] = SecretKey(secret["name"].text, secret["key"].text, secret)
    elif config:
        config["optional"].take()
        one = found.get("ConfigMap", namespace, config["name"].text)
        if one is None or not one["data"][config["key"].text]:
            why = f"the key {config['key'].text} of the ConfigMap {config['name'].text} is not among what was read"
            entry.leave(why, "name its file, too")
        else:
            made.plain[name] = (one["data"][config["key"].text].text, one["data"][config["key"].text])
    else:
        why = "what the pod learns of itself is no answer"
        entry.leave(why, "a patch in the App's kustomization.yaml, if the process needs it")


def expanded(text: str, known: Variables) -> str:
    """Put plain variables in, as the kubelet does; what is not known stays as it is written."""

    def one(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        return known.plain[found[1]][0] if found[1] in known.plain else found[0]

    return _REFERENCE.sub(one, text)


def _mentions(text: str, secret: dict[str, SecretKey]) -> bool:
    return any(found[1] in secret for found in _REFERENCE.finditer(text))


def words(part: Part, known: Variables) -> list[str]:
    """Read a command or its arguments, with the plain variables put in; a secret in them is left, once."""
    made = [word.text for word in part.items]
    secret = sorted({name for word in made for name in known.secret if f"$({name})" in word})
    if secret:
        why = f"the value of {', '.join(secret)} stands on its command line, which everybody on its node sees"
        part.leave(why, "let the process read the variable or a file itself")
        known.hidden.extend((expanded(word, known), part.place) for word in made if _mentions(word, known.secret))
        return [word for word in made if not _mentions(word, known.secret)]
    return [expanded(word, known) for word in made]
