"""How a container is asked whether it is well: a command of `curl` or `wget` is a request, any other is run.

May import: credentials, model.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scaffold.errors import Problem
from scaffold.evidence.credentials import are_secret_words
from scaffold.evidence.model import Asked, Fact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scaffold.errors import Place

_LOCAL = frozenset(("localhost", "127.0.0.1", "0.0.0.0", "::1"))  # noqa: S104  an address to be asked, not bound
_URL = re.compile(r"""https?://[^\s"'|;&)]+|(?:localhost|127\.0\.0\.1)(?::[0-9]+)?/[^\s"'|;&)]*""")
_ASKS = re.compile(r"(?:^|[\s/;(])(?:curl|wget|wget2|http|httpie)(?:\s|\Z)")
# Options with which a request says more than where it goes.
_MORE = frozenset(("-H", "--header", "-u", "--user", "-X", "--request", "-d", "--data", "--post-data"))


def asked(words: Sequence[str], place: Place, shell: str | None = None, own: str = "localhost") -> Iterator[Fact]:
    """Yield how the process is asked.

    Args:
        words: the command's words, variables in their place.
        place: where it stands.
        shell: the text that a shell runs instead of the words, as it stands.
        own: a name under which it knows itself, too.
    """
    text = " ".join(words)
    if are_secret_words(list(words)):
        yield Problem(place, "the health check has a secret in its command", "declare spec.health without it")
        return
    found = _URL.search(text) if _ASKS.search(text) and not _MORE.intersection(words) else None
    request = _request(found[0], place, own) if found else None
    if request:
        yield request
    elif words:
        yield Asked(place, words=tuple(words) if shell is None else ("/bin/sh", "-c", shell))


def _request(url: str, place: Place, own: str) -> Asked | None:
    try:
        parts = urlsplit(url if "//" in url else f"http://{url}")
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return None
    if parts.hostname not in {*_LOCAL, own.lower()} or parts.scheme != "http":
        return None  # over TLS the kubelet could ask, but no answer says so
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Asked(place, port, path) if re.fullmatch(r"/[\x21-\x7e]*", path) else None
