"""The pod of an App as templates read it: who it runs as, where, with what around its containers.

May import: containers, storage, system.model, answers.schema, answers.platform, images, labels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.containers import containers
from scaffold.images import split
from scaffold.labels import pod_labels
from scaffold.storage import storage

if TYPE_CHECKING:
    from scaffold.answers.platform import PlatformSpec
    from scaffold.answers.policy import NodePool
    from scaffold.system.model import Member


def pod(member: Member, platform: PlatformSpec) -> dict[str, Any]:
    """Return an App's pod, with every default decided.

    Args:
        member: the App with the additions to its pods.
        platform: what runs it.
    """
    app, additions = member.app, member.additions
    stored = storage(app, [entry for entry, _ in additions.files], [entry for entry, _ in additions.volumes])
    pool = platform.nodePools.get(app.spec.isolation or "")
    mounts = {key: stored.pop(key) for key in ("mounts", "singles")}
    return {
        "image_names": list(dict.fromkeys(split(image)[0] for image in app.images.values())),
        # As they were said, for who compares pods: `app.ids` is what follows, which nobody said.
        "user": app.spec.security.user,
        "group": app.spec.security.group,
        # GA in 1.35, but the last kubelet that still speaks to containerd 1.7 is 1.35, and on such a node it would
        # refuse the pod (SupplementalGroupsPolicyNotSupported): only from 1.36 on is it safe everywhere.
        "strict_groups": tuple(map(int, platform.kubernetes.split("."))) >= (1, 36),
        "nodes": _nodes(member, pool),
        "unlimited": [] if platform.cpuLimits else ["cpu"],
        "labels": {**pod_labels(app), **{entry.key: entry.value for entry, _ in additions.labels}},
        "annotations": {entry.key: entry.value for entry, _ in additions.annotations},
        "shutdown": app.spec.shutdown,
        **containers(member, platform, mounts),
        **stored,
    }


def _nodes(member: Member, pool: NodePool | None) -> dict[str, Any]:
    """Return where and by what pods run, field by field: on any node, or on those of a pool, tolerating its taints.

    What a blueprint needs of a node holds in any case: elsewhere the pod would be something else than declared.
    """
    made: dict[str, Any] = {"hostUsers": False} if member.app.spec.security.userNamespace else {}
    needed = {entry.key: entry.value for entry, _ in member.additions.nodes}
    if pool and pool.runtimeClass:
        made["runtimeClassName"] = pool.runtimeClass
    if pool or needed:
        made["nodeSelector"] = {**(pool.labels if pool else {}), **needed}
    if pool:
        made["tolerations"] = [
            {"key": one.key, "operator": "Equal", **({"value": one.value} if one.value else {}), "effect": one.effect}
            for one in pool.taints
        ]
    return made
