"""What an App's process reads and writes in volumes: directories, files of configuration and of secrets, kept data.

May import: draft, objects, part, amounts, variables (types).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.adopt.amounts import size
from scaffold.adopt.objects import OF_THE_CLUSTER
from scaffold.adopt.variables import SecretKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.adopt.draft import Draft
    from scaffold.adopt.objects import Found
    from scaffold.adopt.part import Part

_EMPTY = "64Mi"
_TMP = "/tmp"  # noqa: S108  in the container
_KEEP = "what needs that is no App: keep it beside the bundle"
_OTHERS = {
    "hostPath": ("a directory of the node", _KEEP),
    "nfs": ("a share of a file server", "what a StatefulSet keeps: spec.workload.volumes; or a store of objects"),
    "csi": (
        "a volume of a CSI driver",
        "secrets: a store of the Platform; data: spec.workload.volumes of a StatefulSet",
    ),
    "image": ("files of another image", "put them into the App's own image"),
    "ephemeral": ("a volume of the pod's own", "spec.security.writable: the directory and its size"),
}


def storage(draft: Draft, found: Found) -> dict[tuple[str, bool], SecretKey]:
    """Read the volumes that an App's own container mounts, and what only runs before it does.

    Returns:
        The keys of Secrets that are mounted, by their path and whether each lies among the image's files.
    """
    secret: dict[tuple[str, bool], SecretKey] = {}
    volumes = {one["name"].text: one for one in draft.pod["volumes"].items}
    kept = {one.at("metadata", "name").text: one for one in draft.whole.at("spec", "volumeClaimTemplates").items}
    written: list[str] = []
    mounts = [*draft.own["volumeMounts"].items, *_before(draft, volumes)]
    for mount in mounts:
        name, path = mount["name"].text, mount["mountPath"].text.rstrip("/")
        mount["readOnly"].take()
        if name in kept:
            _keep(draft, path, kept[name], mount)
        elif name not in volumes:
            mount.leave(f"the pod has no volume {name}", "mend the source")
        elif volumes[name]["emptyDir"]:
            written.append(path)
            _empty(draft, path, volumes[name], mount)
        else:
            for found_path, value in _files(volumes[name], mount, (draft.namespace, found)):
                single = bool(mount["subPath"].text)
                if isinstance(value, SecretKey):
                    secret[found_path, single] = value
                else:
                    draft.put(("config", "singleFiles" if single else "files", found_path), value.text, value)
    _root(draft, written)
    _beside(draft, volumes, mounts)
    return secret


def _before(draft: Draft, volumes: dict[str, Part]) -> list[Part]:
    """Return mounts of what runs before the App, where the App has neither volume nor path: both have them then.

    No Secret and no claim is among them: those go to nobody who did not have them.
    """
    names = {mount["name"].text for mount in draft.own["volumeMounts"].items}
    paths = {mount["mountPath"].text.rstrip("/") for mount in draft.own["volumeMounts"].items}
    made = []
    for one in draft.pod["initContainers"].items:
        for mount in one["volumeMounts"].items if one["restartPolicy"].text != "Always" else ():
            name, path = mount["name"].text, mount["mountPath"].text.rstrip("/")
            if name in names or path in paths or name not in volumes:
                continue
            if volumes[name]["emptyDir"] or volumes[name]["configMap"]:
                names.add(name)
                paths.add(path)
                made.append(mount)
                draft.note(mount, f"{path} was {one['name'].text}'s alone: an App has what runs before it has")
    return made


def _root(draft: Draft, written: list[str]) -> None:
    """Say what is written: nothing but what is mounted, where the source says that the rest is read-only."""
    closed = draft.own.at("securityContext", "readOnlyRootFilesystem")
    if closed.value is True and not written:
        draft.put(("security", "writable"), {}, closed)
    elif closed.value is not True:
        if written and _TMP not in written:
            draft.put(("security", "writable", _TMP), _EMPTY, draft.own)
        why = "its image's files could be written; now only what spec.security.writable names"
        draft.note(draft.own, why, "name every directory that the process writes, with its size")


def _empty(draft: Draft, path: str, volume: Part, mount: Part) -> None:
    """Read a directory that is empty when the pod starts, and lost with it."""
    empty = volume["emptyDir"]
    if mount["subPath"].text:
        mount["subPath"].leave("a part of a directory that is lost with the pod", "mount the whole of it")
        return
    if empty["medium"].text == "Memory":
        draft.note(empty["medium"], f"{path} lay in memory, and lies on the node's disk now")
    limit = empty["sizeLimit"]
    if not limit:
        draft.note(
            volume, f"{path} had no bound, and holds {_EMPTY} now", f"give its size: spec.security.writable.{path}"
        )
    draft.put(("security", "writable", path), size(limit.text) or _EMPTY, limit or volume)
    empty.take()


def _keep(draft: Draft, path: str, claim: Part, mount: Part) -> None:
    """Read what each pod of a StatefulSet keeps."""
    asked, modes = claim.at("spec", "resources", "requests", "storage"), claim.at("spec", "accessModes")
    for mode in modes.items:
        if mode.text not in {"ReadWriteOnce", "ReadWriteOncePod"}:
            mode.leave("a volume of many pods: each pod of an App keeps its own", "a store of objects, or a database")
    if mount["subPath"].text:
        mount["subPath"].leave("the whole volume is mounted there", "let the process use a directory in it")
    draft.put(("workload", "volumes", path, "size"), size(asked.text) or "1Gi", asked or claim)
    named = claim.at("spec", "storageClassName")
    if named.text:
        draft.put(("workload", "volumes", path, "storageClass"), named.text, named)
    for key in ("metadata", "kind", "apiVersion", "status"):
        claim[key].take()
    claim.at("spec", "volumeMode").take()


def _files(volume: Part, mount: Part, where: tuple[str, Found]) -> Iterator[tuple[str, Part | SecretKey]]:
    """Yield the files of a volume at which one may look through a mount, each with what it holds."""
    path, below = mount["mountPath"].text.rstrip("/"), mount["subPath"].text
    if volume["persistentVolumeClaim"]:
        _claimed(volume, where)
        return
    kinds = [key for key in ("configMap", "secret", "projected") if volume[key]]
    if not kinds:
        key = next((one for one in _OTHERS if volume[one]), "")
        volume.leave(*_OTHERS.get(key, ("a volume that no App knows", _KEEP)))
        return
    for source in volume["projected"]["sources"].items if kinds == ["projected"] else [volume]:
        for name, value in _listed(source, where):
            if not below:
                yield f"{path}/{name}", value
            elif name == below or name.startswith(f"{below}/"):
                yield path + name[len(below) :], value
    for key in kinds:
        volume[key]["defaultMode"].take()


def _claimed(volume: Part, where: tuple[str, Found]) -> None:
    namespace, found = where
    claim = found.get("PersistentVolumeClaim", namespace, volume.at("persistentVolumeClaim", "claimName").text)
    volume["persistentVolumeClaim"].take()
    shared = False
    if claim is not None:
        claim.take()
        shared = any("Many" in mode.text for mode in claim.at("spec", "accessModes").items)
    why = "a volume of many pods" if shared else "a claim that is made by itself"
    volume.leave(why, "kind: StatefulSet with spec.workload.volumes, a volume for each pod; data has to be moved")


def _listed(source: Part, where: tuple[str, Found]) -> Iterator[tuple[str, Part | SecretKey]]:
    """Yield the files of one source, by their path in the volume."""
    if source["configMap"]:
        yield from _configured(source["configMap"], where)
    if source["secret"]:
        yield from _secret(source["secret"], where)
    for key in ("serviceAccountToken", "downwardAPI", "clusterTrustBundle"):
        if source[key]:
            source[key].take()  # a token comes with permissions, and the bundle mounts it then


def _configured(part: Part, where: tuple[str, Found]) -> Iterator[tuple[str, Part]]:
    namespace, found = where
    name, paths = part["name"].text, _paths(part)
    if name in OF_THE_CLUSTER:
        return
    one = found.get("ConfigMap", namespace, name)
    if one is None:
        part.leave(f"the ConfigMap {name} is not among what was read", "name its file, too")
        return
    data = one["data"].entries
    for key in paths or data:
        if key in data:
            yield paths.get(key, key), data[key]
        else:
            part.leave(f"the ConfigMap {name} has no key {key}", "mend the source")
    if one["binaryData"]:
        one["binaryData"].leave("no text: an App's files are text", "put it into the image")


def _secret(part: Part, where: tuple[str, Found]) -> Iterator[tuple[str, SecretKey]]:
    namespace, found = where
    name, paths = part["secretName"].text or part["name"].text, _paths(part)
    one = found.get("Secret", namespace, name)
    if one is None and not paths:
        why = f"all keys of the Secret {name}, and nothing says which there are"
        part.leave(why, "declare each under spec.secrets: {store, key, property, file}")
    for key in paths or (one["data"].entries if one is not None else ()):
        yield paths.get(key, key), SecretKey(name, key, part)


def _paths(part: Part) -> dict[str, str]:
    """Return the path of each key that is listed; nothing where all are."""
    part["optional"].take()
    for item in part["items"].items:
        item["mode"].take()
    return {item["key"].text: item["path"].text for item in part["items"].items}


def _beside(draft: Draft, volumes: dict[str, Part], mounts: Iterable[Part]) -> None:
    """Read which of the App's directories a sidecar mounts, and which it writes by itself."""
    own = {mount["name"].text: mount["mountPath"].text.rstrip("/") for mount in mounts}
    for key in ("initContainers", "containers"):
        for one in draft.pod[key].items:
            name = one["name"].text
            if one.steps == draft.own.steps or name not in draft.spec.get("sidecars", {}):
                _same(one, own, is_own=one.steps == draft.own.steps)
                continue
            draft.put(("sidecars", name, "writable"), {}, one)
            for mount in one["volumeMounts"].items:
                _mounted(draft, name, mount, (own, volumes))
    for volume in volumes.values():
        volume["emptyDir"].take()
        volume["name"].take()


def _same(one: Part, own: dict[str, str], *, is_own: bool) -> None:
    """What runs before the App has its directories, at the same paths."""
    for mount in () if is_own else one["volumeMounts"].items:
        if own.get(mount["name"].text) != mount["mountPath"].text.rstrip("/"):
            mount.leave("what runs before the App has the App's directories, at their paths", "mount it there, too")
        mount.take()


def _mounted(draft: Draft, name: str, mount: Part, where: tuple[dict[str, str], dict[str, Part]]) -> None:
    own, volumes = where
    volume, path = mount["name"].text, mount["mountPath"].text.rstrip("/")
    reads = mount["readOnly"].flag
    if volume in own:
        if own[volume] != path or mount["subPath"].text:
            mount.leave(f"a sidecar has the App's directories at their own paths: {own[volume]}", "mount it there")
        else:
            writes = not reads and volumes.get(volume) is not None and bool(volumes[volume]["emptyDir"])
            draft.put(("sidecars", name, "mounts", path), "write" if writes else "read", mount)
    elif volume in volumes and volumes[volume]["emptyDir"]:
        limit = volumes[volume].at("emptyDir", "sizeLimit")
        draft.put(("sidecars", name, "writable", path), size(limit.text) or _EMPTY, limit or mount)
    else:
        mount.leave("a sidecar has the App's directories alone", "mount it in the App, too, at the same path")
    mount.take()
