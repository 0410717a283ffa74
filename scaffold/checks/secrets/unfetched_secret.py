"""A pod reads a Secret that nothing makes, or an ExternalSecret asks a store that is not there.

What: every Secret and key that a pod reads is made by an ExternalSecret of its namespace, whose store is in the bundle
    and belongs to the same App, or is declared as one that others make; and the API version is one that is served.
Why: a pod that waits for its Secret never starts. One that reads another App's Secret has rights that nobody declared.
Fields: pods' volumes, env and envFrom; ExternalSecret spec.target, spec.data, spec.secretStoreRef.
Reference: External Secrets, API external-secrets.io/v1 (v1beta1 is no longer served).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Manifest, PodTemplate, Rendered
    from scaffold.system.model import Member


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each Secret that is not made, not the App's own, or asked of no store."""
    made: dict[tuple[str, str, str], str] = {}
    stores = {(m.namespace, m.name): m.file.subject for m in rendered.applied if m.kind == "SecretStore"}
    for manifest in rendered.applied:
        if not manifest.group.startswith("external-secrets.io"):
            continue
        if manifest.value["apiVersion"] != "external-secrets.io/v1":
            yield _finding(manifest.path, f"{manifest.value['apiVersion']} is not served")
        if manifest.kind == "ExternalSecret":
            yield from _store(manifest, stores)
            target = manifest.spec.get("target") or {}
            fetched = [entry.get("secretKey") for entry in manifest.spec.get("data") or ()]
            # What a template makes of it stands in its place.
            for key in (target.get("template") or {}).get("data") or fetched:
                made[manifest.namespace, target.get("name", manifest.name), key] = manifest.file.subject
    for pod in rendered.pods:
        given = _given(rendered.members.get(pod.manifest.file.subject))
        for name, key in _read(pod):
            owner = made.get((pod.manifest.namespace, name, key))
            if owner != pod.manifest.file.subject and (name, key) not in given:
                reason = f"belongs to {owner}" if owner else "nothing makes it"
                yield _finding(pod.place(), f"reads the Secret {name} ({key}): {reason}")


def _given(member: Member | None) -> set[tuple[str, str]]:
    return {(entry.name, entry.key) for entry, _ in member.additions.given_secrets} if member else set()


def _store(manifest: Manifest, stores: dict[tuple[str, str], str]) -> Iterator[Finding]:
    store = manifest.spec.get("secretStoreRef") or {}
    if store.get("kind", "SecretStore") != "SecretStore":
        yield _finding(manifest.path, f"asks a {store.get('kind')}, which serves every namespace")
    elif stores.get((manifest.namespace, str(store.get("name")))) != manifest.file.subject:
        yield _finding(manifest.path, f"{store.get('name')} is no store of this App")


def _read(pod: PodTemplate) -> Iterator[tuple[str, str]]:
    """Yield each Secret and key that a pod reads; all keys of a Secret are one that no ExternalSecret makes."""
    for volume in pod.spec.get("volumes") or ():
        if "secret" in volume:
            yield volume["secret"].get("secretName", ""), "every key"
        for source in (volume.get("projected") or {}).get("sources") or ():
            secret = source.get("secret")
            if secret is not None:
                items = secret.get("items") or [{"key": "every key"}]
                yield from ((secret.get("name", ""), item["key"]) for item in items)
    for _, container in pod.containers():
        for entry in container.get("envFrom") or ():
            if "secretRef" in entry:
                yield entry["secretRef"].get("name", ""), "every key"
        for entry in container.get("env") or ():
            reference = (entry.get("valueFrom") or {}).get("secretKeyRef")
            if reference is not None:
                yield reference.get("name", ""), reference.get("key", "")


def _finding(place: str, reason: str) -> Finding:
    return Finding("error", "secrets/unfetched-secret", place, reason)
