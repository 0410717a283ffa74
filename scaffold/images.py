"""Image references: `registry:port/path:tag@digest`.

May import: nothing of the project.
"""

from __future__ import annotations

_HUB = "docker.io"


def split(image: str) -> tuple[str, str, str]:
    """Return name, tag and digest of a reference, each empty where it is not given; a registry's port is no tag."""
    named, _, digest = image.partition("@")
    folder, slash, last = named.rpartition("/")
    name, _, tag = last.partition(":")
    return folder + slash + name, tag, digest


def repository(image: str) -> str:
    """Return where an image is pulled from, as containerd reads it: registry and path, without tag and digest.

    A first part without a dot or a port is no registry, but a part of Docker Hub's path (distribution/reference,
    `splitDockerDomain`): `nginx:1` is `docker.io/library/nginx`.
    """
    name, _, _ = split(image)
    host, slash, path = name.partition("/")
    if not slash or not (host == "localhost" or {".", ":"} & set(host) or host != host.lower()):
        host, path = _HUB, name
    host = _HUB if host == f"index.{_HUB}" else host
    return f"{host}/library/{path}" if host == _HUB and "/" not in path else f"{host}/{path}"


def comes_from(image: str, registry: str) -> bool:
    """Tell whether an image lies below a registry or a path of one, part by part: `a.io/shop` has no `a.io/shop-x`."""
    whole = repository(image)
    if {"", ".", ".."} & set(whole.split("/")):
        return False  # no name of an image; somebody may read it as another one
    return whole == registry or whole.startswith(f"{registry.rstrip('/')}/")
