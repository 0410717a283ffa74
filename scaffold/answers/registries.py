"""Rules on the registries that images may come from.

May import: schema, platform, images.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.images import comes_from, repository

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.answers.platform import Platform
    from scaffold.answers.schema import App
    from scaffold.answers.walker import Path

    Complaint = tuple[Path, str, str]


def check(platform: Platform) -> Iterator[Complaint]:
    """Yield what is wrong with the Platform's registries: what would never be the beginning of an image's name."""
    registries = platform.spec.registries
    for index, text in enumerate(registries):
        at: Path = ("spec", "registries", index)
        host, _, path = text.partition("/")
        if host == "index.docker.io":
            yield at, "images of Docker Hub are compared as docker.io", f"write docker.io/{path}"
        elif host == "docker.io" and path and "/" not in path:
            why = f"an account of Docker Hub, or the image {repository(text)}?"
            yield at, why, f"write {text}/ or {repository(text)}"
        if text in registries[:index]:
            yield at, f"{text} stands there twice", "remove one of them"


def check_app(app: App, platform: Platform) -> Iterator[Complaint]:
    """Yield each image of an App that comes from elsewhere."""
    registries = platform.spec.registries
    for at, image in app.images.items():
        if registries and not any(comes_from(image, one) for one in registries):
            why = f"{repository(image)} is in none of the Platform's registries"
            yield at, why, f"copy it to one of: {', '.join(registries[:10])}"
