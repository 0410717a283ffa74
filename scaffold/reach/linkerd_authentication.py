"""Whom Linkerd's MeshTLSAuthentication and NetworkAuthentication mean, as sources of rules.

The semantics are those of linkerd/linkerd2 `policy-controller/k8s/index/src/inbound`.

May import: authorization.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from scaffold.reach.authorization import Match

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.reach.authorization import Matches

GROUP = "policy.linkerd.io"
_MESH_TLS, _NETWORK, _ACCOUNT = "meshtlsauthentication", "networkauthentication", "serviceaccount"

ANYBODY: tuple[Matches, ...] = ((),)
IDENTIFIED: tuple[Matches, ...] = ((Match("principals", ("*",)),),)


class Authentications:
    """The authentications of some objects, by namespace and name; each is a list of sources, any of which is meant."""

    def __init__(self, manifests: Iterable[dict[str, Any]]) -> None:
        self._known: dict[tuple[str, str, str], tuple[Matches, ...]] = {}
        for manifest in manifests:
            kind = str(manifest.get("kind", "")).lower()
            group = str(manifest.get("apiVersion", "")).partition("/")[0]
            if group == GROUP and kind in {_MESH_TLS, _NETWORK}:
                metadata, spec = manifest.get("metadata") or {}, manifest.get("spec") or {}
                namespace = metadata.get("namespace", "default")
                sources = _identities(spec, namespace) if kind == _MESH_TLS else _networks(spec)
                self._known[kind, namespace, metadata.get("name", "")] = tuple(sources)

    def required(self, references: Iterable[dict[str, Any]], namespace: str) -> tuple[Matches, ...]:
        """Return who has all of the authentications that a policy asks for: everybody, where it asks for none.

        Nobody, where Linkerd ignores the policy: one of them is missing or empty, or there are two of a sort.

        Args:
            references: its `requiredAuthenticationRefs`.
            namespace: its own.
        """
        found: dict[str, tuple[Matches, ...]] = {}
        for reference in references:
            kind, name = str(reference.get("kind", "")).lower(), str(reference.get("name", ""))
            space = reference.get("namespace") or namespace
            sources = self._sources(kind, str(reference.get("group") or ""), space, name)
            sort = _NETWORK if kind == _NETWORK else _MESH_TLS
            if sort in found or not sources:
                return ()
            found[sort] = sources
        return tuple(tuple(sorted((*one, *two))) for one, two in product(*(found.get(s, ANYBODY) for s in _SORTS)))

    def _sources(self, kind: str, group: str, namespace: str, name: str) -> tuple[Matches, ...]:
        if kind == _ACCOUNT and group in {"", "core"}:
            return ((account(namespace, name),),)
        return self._known.get((kind, namespace, name), ()) if group.lower() == GROUP else ()


_SORTS = (_MESH_TLS, _NETWORK)


def account(namespace: str, name: str) -> Match:
    """Return a ServiceAccount of the cluster, as sources name it: Linkerd's rules name no trust domain."""
    return Match("principals", (f"cluster.local/ns/{namespace}/sa/{name}",))


def _identities(spec: dict[str, Any], namespace: str) -> Iterator[Matches]:
    for identity in spec.get("identities") or ():
        yield (_identity(str(identity)),)
    for reference in spec.get("identityRefs") or ():
        kind, name = str(reference.get("kind", "")).lower(), str(reference.get("name", ""))
        if kind == _ACCOUNT:
            yield (account(reference.get("namespace") or namespace, name),)
        elif kind == "namespace":
            yield (Match("namespaces", (name,)),)


def _identity(text: str) -> Match:
    """Return whom a name of a certificate means: `ACCOUNT.NAMESPACE.serviceaccount.identity.…`, or a pattern of it.

    Of which mesh it is, is not asked; and a pattern that is no namespace's is taken for whoever shows an identity.
    """
    known, _, rest = text.partition(".serviceaccount.identity.")
    name, _, namespace = known.rpartition(".")
    if not rest or not name:
        return IDENTIFIED[0][0]
    if name == "*":
        return Match("namespaces", (namespace,))
    return IDENTIFIED[0][0] if "*" in name else account(namespace, name)


def _networks(spec: dict[str, Any]) -> Iterator[Matches]:
    for network in spec.get("networks") or ():
        excepted = tuple(map(str, network.get("except") or ()))
        blocks = Match("ipBlocks", (str(network.get("cidr", "")),))
        yield (blocks, Match("ipBlocks", excepted, negated=True)) if excepted else (blocks,)
