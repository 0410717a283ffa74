"""What each field on single requests means, in words: tokens, and how many requests are answered.

May import: field.
"""

from __future__ import annotations

from scaffold.answers.field import Field

REQUESTS = {
    "Limits": {
        "each": Field(
            "Limit of each pod",
            "What each pod answers: N pods answer N times as many. A port that takes plain text counts that apart. In "
            "an ambient mesh the waypoint lets through no more than the least number of pods may answer together.",
            {"requests": 100, "per": "second"},
        ),
        "all": Field(
            "Limit of all pods",
            "What all pods answer together, counted by the Platform's rateLimit. Where that cannot be asked, nothing "
            "is answered.",
            {"requests": 1000, "per": "second"},
        ),
    },
    "Rate": {
        "requests": Field("Requests", "How many requests are answered."),
        "per": Field("Per", "In which time."),
    },
    "Token": {
        "issuer": Field("Issuer of the token", "Which issuer of the Platform has made it.", "main"),
        "audiences": Field(
            "Audiences of the token", "For whom it is made; none: any of the issuer's audiences.", ["orders"]
        ),
        "claims": Field("Claims", "What it has to say, each with one of these values.", {"groups": ["buyers"]}),
        "forward": Field(
            "Forwarded", "Whether the process is given the token, too. By default it is taken off once it was checked."
        ),
    },
}
