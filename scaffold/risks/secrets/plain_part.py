"""A secret is put together from a value that stands in it as it is.

What: each value that a secret is put together from is spelled for the place where it stands.
Why: a value with `@`, a quote or the end of a line in it ends its own part, and says what comes behind it: where the
    program connects, what it turns off. Who may write the one value decides on the rest.
Fields: App spec.secrets[*].join[*].spelled.
Allowed: url (the default) in addresses, json in what is read as JSON.
Reference: OWASP K8S K08; OWASP Top 10 A03 (Injection).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.system.model import System


def check(system: System) -> Iterator[Finding]:
    """Yield a warning for each secret with such a part."""
    for member in system.members:
        for name, secret in member.app.spec.secrets.items():
            plain = [part.property or part.key for part in secret.join if part.spelled == "plain"]
            if plain:
                reason = (
                    f"in the secret {name} {', '.join(map(str, plain))} stands as it is: its value can end its part"
                )
                remedy = "spelled: url in an address, json in JSON; or see that the store holds nothing else there"
                yield Finding("warning", "secrets/plain-part", f"App {member.app.key}", reason, remedy)
