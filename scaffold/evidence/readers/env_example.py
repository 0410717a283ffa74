"""An example of a `.env` file: names of secrets, plain configuration, and whom the addresses in it reach.

Source: the convention of `.env` libraries. A `.env` itself is never read.

May import: addresses, credentials, dotenv, servers, files, model, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.documents.reading import quoted
from scaffold.errors import Problem
from scaffold.evidence.addresses import KEYED, WEB, addresses
from scaffold.evidence.credentials import is_secret
from scaffold.evidence.dotenv import assignments
from scaffold.evidence.files import EXAMPLES
from scaffold.evidence.model import Fact, Hidden, Proposal, Variable
from scaffold.evidence.servers import SCHEMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.errors import Place
    from scaffold.evidence.files import Text

FILES = EXAMPLES

_OWN = ("localhost", "127.0.0.1", "0.0.0.0", "::1", "host.docker.internal")  # noqa: S104  to be recognized


def read(text: Text) -> Iterator[Fact]:
    """Yield what is found; an example that is good on one machine only is no value."""
    for name, value, place in assignments(text):
        yield from _reached(name, value or "", place)
        if is_secret(name, value or ""):
            yield Hidden(place, env=name)
        elif not value or any(own in value for own in _OWN):
            why = f"the variable {quoted(name)} has no value that holds elsewhere"
            yield Problem(place, why, "declare it under spec.config.env")
        else:
            yield Variable(place, name, value)


def _reached(name: str, value: str, place: Place) -> Iterator[Proposal]:
    for address in addresses(value):
        if address.scheme in {"", KEYED, *WEB} or not address.port:
            continue  # where others find it, as often as whom it reaches
        known = "" if address.host in _OWN else address.host
        target = {"host": known} if "." in known else {"app": known or address.scheme}
        port = SCHEMES.get(address.scheme) or address.port if not known else address.port
        why = f"{name} is an address of {known or address.scheme}"
        yield Proposal(("spec", "to"), {**target, "port": port}, place, why)
