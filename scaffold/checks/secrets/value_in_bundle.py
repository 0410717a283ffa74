"""The bundle holds the value of a secret.

What: no object of kind Secret is rendered, and no file holds a private key or a token in an issuer's own form.
Why: what is rendered is committed; base64 hides nothing, and history forgets nothing.
Fields: kind; the text of every file.
Reference: CIS Kubernetes 5.4.2; OWASP K8S K08.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.answers.secrets import is_issued
from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each Secret, and for each file with what an issuer gave out."""
    for file in rendered.files:
        if is_issued(file.text):
            yield Finding("error", "secrets/value-in-bundle", file.path, "a key or a token: it would be committed")
    for manifest in rendered.manifests:
        if manifest.kind == "Secret" and not manifest.group:
            yield Finding("error", "secrets/value-in-bundle", manifest.path, "a Secret: its value would be committed")
