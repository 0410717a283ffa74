"""A secret of an App: where it lies, what it is put together from, and where the process reads it; never its value.

May import: answer, words.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from scaffold.answers.answer import Answer
from scaffold.answers.words import ContainerPath, EnvName, SecretKey, SecretProperty, SecretText, StoreName


class SecretPart(Answer, frozen=True):
    """A part of a secret that is put together: a text as it stands, or what the store keeps, spelled for what it is in.

    `property` is one of what lies under the secret's key, `key` all of what lies under another one.
    """

    ONE_OF = ("text", "property", "key")

    text: SecretText | None = None
    property: SecretProperty | None = None
    key: SecretKey | None = None
    spelled: Literal["url", "json", "plain"] | None = None


class Secret(Answer, frozen=True):
    """A secret by reference: which store keeps it under which key, and where the process reads it.

    A `file` follows the secret. A `singleFile`, among what the image has beside it, stays as it was when the pod
    started, and so does a variable. With `join` it is put together where it is fetched.
    """

    ONE_OF = ("file", "singleFile", "env")

    store: StoreName
    key: SecretKey
    property: SecretProperty | None = None
    join: Annotated[list[SecretPart], Meta(max_length=20, description="at most 20 parts")] = field(default_factory=list)
    file: ContainerPath | None = None
    singleFile: ContainerPath | None = None  # noqa: N815  Kubernetes' spelling
    env: EnvName | None = None
