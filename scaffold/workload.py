"""The workload of an App as templates read it: its kind, its name, and what the kind asks for.

May import: storage, answers.schema.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from msgspec import to_builtins

from scaffold.storage import volume_name

if TYPE_CHECKING:
    from scaffold.answers.schema import App

_FILES = {
    "CronJob": "cron-job",
    "DaemonSet": "daemon-set",
    "Deployment": "deployment",
    "Job": "job",
    "Pod": "pod",
    "StatefulSet": "stateful-set",
}
_VERSIONS = {"CronJob": "batch/v1", "Job": "batch/v1", "Pod": "v1"}
# The label by which a controller tells the pods of one revision from those of another.
_REVISIONS = {"Deployment": "pod-template-hash", "StatefulSet": "controller-revision-hash"}


def workload(app: App, runs: Any) -> dict[str, Any]:
    """Return an App's workload, with every default decided.

    Args:
        app: whose it is.
        runs: its pods as templates read them: a Job cannot change, so one of other pods has another name.
    """
    asked = app.spec.workload
    name = app.name if asked.kind != "Job" else _name(app, runs)
    waits = sum(sidecar.started is not None for sidecar in app.spec.sidecars.values())
    return {
        "kind": asked.kind,
        "version": _VERSIONS.get(asked.kind, "apps/v1"),
        "file": _FILES[asked.kind],
        "name": name,
        # A Pod by itself is what a template is to the others, but that it has a name of its own.
        "alone": {"name": name, "namespace": app.namespace} if asked.kind == "Pod" else {},
        "optional": {
            **({"serviceName": name} if asked.kind == "StatefulSet" and app.mapped else {}),
            # How many there are is the autoscaler's, if any: a number here would be set again by each apply.
            **({} if asked.scale else {"replicas": asked.pods}),
        },
        "scale": to_builtins(asked.scale) if asked.scale else {},
        "restart": "Never" if asked.ends else "Always",
        "revision": _REVISIONS.get(asked.kind, ""),
        "volumes": [
            {"name": volume_name(path), "size": volume.size, "storage_class": volume.storageClass or ""}
            for path, volume in sorted(asked.volumes.items())
        ],
        # Pods that need each other to become ready cannot wait for one another.
        "order": "Parallel" if asked.peers else "OrderedReady",
        "peers": bool(asked.peers),
        "schedule": asked.schedule or "",
        "time_zone": asked.timeZone or "Etc/UTC",
        # When a rollout counts as stuck: ten minutes, and never before a pod has had its time to start.
        "progress": max(600, (app.spec.health.startup or 0) + 300 * (1 + waits)),
        "deadline": asked.deadline or 3600,
        "retries": 2 if asked.retries is None else asked.retries,
    }


def _name(app: App, runs: Any) -> str:
    """Return a Job's name, which says what it runs."""
    asked = app.spec.workload
    # What is not asked for is left out: a field that a later version knows, too, would start every Job again.
    asks = _filled([runs, asked.deadline, asked.retries])
    return f"{app.name}-{hashlib.sha256(json.dumps(asks, sort_keys=True).encode()).hexdigest()[:8]}"


def _filled(value: Any) -> Any:
    """Return JSON without what is empty, at any depth."""
    if isinstance(value, dict):
        return {key: item for key, own in value.items() if not _is_empty(item := _filled(own))}
    return [_filled(item) for item in value] if isinstance(value, list) else value


def _is_empty(value: Any) -> bool:
    return value is None or value is False or value in ("", [], {})
