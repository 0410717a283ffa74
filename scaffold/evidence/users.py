"""Who a process runs as: Kubernetes tells root from others by numbers only, so a name is no answer.

May import: model, errors, documents (spelling).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scaffold.documents.reading import quoted
from scaffold.errors import Problem
from scaffold.evidence.model import Fact, Proposal, Said

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scaffold.errors import Place

_USER = ("spec", "security", "user")
_GROUP = ("spec", "security", "group")
_NUMBERS = re.compile(r"([0-9]{1,10})(?::([0-9]{1,10}))?")
_OWN = 10001
# Accounts of public images, with the numbers that their makers document.
_KNOWN = (
    ("node", "node", 1000),
    ("distroless", "nonroot", 65532),
    ("chainguard", "nonroot", 65532),
    ("", "nobody", 65534),
)


def root(place: Place, why: str) -> Problem:
    """Return what is said of a process that may be root."""
    return Problem(place, why, f"build the image for a user of its own, `USER {_OWN}`, and try whether it starts")


def numeric(given: str, place: Place) -> list[Fact]:
    """Return the user, and the group, of `1000` or `1000:1000`; nothing where they are names."""
    if given.partition(":")[0] in {"root", "0"}:
        return [root(place, "it runs as root, which no restricted pod may")]
    found = _NUMBERS.fullmatch(given)
    if found is None:
        user, _, _ = given.partition(":")
        return [Said(place, _USER, int(user))] if _NUMBERS.fullmatch(user) and ":" not in user else []
    facts: list[Fact] = [Said(place, _USER, int(found[1]))]
    return [*facts, Said(place, _GROUP, int(found[2]))] if found[2] else facts


def account(
    given: str, place: Place, base: str = "", made: Iterable[tuple[Sequence[str | None], Place]] = ()
) -> list[Fact]:
    """Return what is known of a user that is given by its name.

    Args:
        given: `name` or `name:group`.
        place: where it stands.
        base: the image that it stands in, or starts from.
        made: commands that the image is built by, which may say the number of the user that they make.
    """
    name = given.partition(":")[0]
    for words, at in made:
        number = _number(words, name)
        if number:
            return [Said(at, _USER, number)]
    left: list[Fact] = [
        Problem(
            place,
            f"the user {quoted(name)} is a name, by which Kubernetes cannot tell that it is not root",
            f"declare its number as spec.security.user: `docker run --rm --entrypoint id IMAGE -u {name}`"
            if re.fullmatch(r"[a-z_][a-z0-9_-]{0,31}", name)
            else "declare its number as spec.security.user",
        )
    ]
    known = [number for image, user, number in _KNOWN if user == name and image in base]
    return [*left, *(Proposal(_USER, number, place, f"{name} is {number} in such images") for number in known[:1])]


def _number(words: Sequence[str | None], name: str) -> int:
    """Return the number that `useradd -u NUMBER NAME` gives to a name; 0 where none is given."""
    command: list[str] = []
    number = 0
    for word in [*words, ";"]:
        part = word or ""
        if part in {"&&", "||", ";", "|"} or part.endswith(";"):
            command.append(part.rstrip(";"))
            if name in command:
                number = _option(command) or number
            command = []
        else:
            command.append(part)
    return number


def _option(command: list[str]) -> int:
    names = [at for at, word in enumerate(command) if word.rpartition("/")[2] in {"useradd", "adduser"}]
    for at, word in enumerate(command[names[0] :] if names else [], names[0] if names else 0):
        found = re.fullmatch(r"(?:--uid=?|-[A-Za-z]*u)([0-9]{0,10})", word)
        number = (found[1] or (command[at + 1] if at + 1 < len(command) else "")) if found else ""
        if number.isascii() and number.isdigit() and len(number) <= 10:  # noqa: PLR2004  as many digits as ids have
            return int(number)
    return 0
