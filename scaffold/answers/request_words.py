"""The words of requests: headers, and what a token says.

A value is compared as it is: no `*`, which a mesh would read as a pattern.

May import: words.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from scaffold.answers.words import described

Enforced: TypeAlias = Literal["token", "headers", "addresses", "refusedAgents", "limits.each", "limits.all"]
"""What a mesh can hold an App to, of requests, beyond who sends them to which path: a blueprint says that it does."""

Condition: TypeAlias = Literal["token", "headers", "addresses", "refusedAgents"]
"""The fields of a caller that say more of a request than its method and path."""

_EXACT = r"[\x21-\x29\x2b-\x7e]+"

HeaderName: TypeAlias = Annotated[
    str, described("[a-z](?:[a-z0-9]|-(?!-))*[a-z0-9]", 63, "a header: lower-case letters, digits and '-'", "x-tenant")
]
HeaderValue: TypeAlias = Annotated[
    str, described(_EXACT, 253, "an exact value of a header: printable ASCII without blanks and '*'", "acme")
]
AgentPattern: TypeAlias = Annotated[
    str,
    described(
        r"[A-Za-z0-9][A-Za-z0-9 ./_();:+,-]*\*?",
        128,
        "how a User-Agent begins, with `*` behind it, or all of it; in its own upper and lower case",
        "curl/*",
        "for example {}; `*` in front means nothing here",
    ),
]
ClaimName: TypeAlias = Annotated[
    str,
    described(
        "[A-Za-z0-9_](?:[A-Za-z0-9_.:/-]*[A-Za-z0-9_])?", 128, "a claim: letters, digits and _.:/- inside", "groups"
    ),
]
ClaimValue: TypeAlias = Annotated[
    str, described(_EXACT, 253, "an exact value of a claim: printable ASCII without blanks and '*'", "buyers")
]
TokenAudience: TypeAlias = Annotated[
    str, described(_EXACT, 253, "whom a token is made for: printable ASCII without blanks and '*'", "orders")
]
KeysUrl: TypeAlias = Annotated[
    str,
    described(
        r"https://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?/[A-Za-z0-9_.~/-]*",
        280,
        "where keys are published: an address with https, on its usual port, and a path",
        "https://login.example.com/keys",
        "for example {}: `jwks_uri` of /.well-known/openid-configuration",
    ),
]
