"""What runs the pods of an App: the kind of workload, how many pods, when they run and how they end.

May import: draft, objects, part, named (kinds), labels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.adopt.named import KINDS
from scaffold.labels import OWNER

if TYPE_CHECKING:
    from scaffold.adopt.draft import Draft
    from scaffold.adopt.objects import Found
    from scaffold.adopt.part import Part

_SCALED = frozenset(("Deployment", "StatefulSet"))
# What Kubernetes takes where nothing is said; ours is another number.
_RETRIES = 6
_CPU = 80
_GRACE = 30


def workload(draft: Draft, found: Found) -> None:
    """Read the kind of a workload and what belongs to it."""
    whole, kind = draft.whole, KINDS[draft.kind]
    owner = whole.at("metadata", "labels", OWNER)
    if owner.text not in {"", draft.namespace}:
        draft.put(("team",), owner.text, owner)
    if kind != "Deployment":
        draft.put(("workload", "kind"), kind, whole.one.place("kind"))
    if draft.kind in {"ReplicaSet", "ReplicationController"}:
        draft.note(whole.one.place("kind"), f"a {draft.kind} becomes a Deployment, which rolls its pods out")
    if kind in _SCALED:
        _replicas(draft, _autoscaler(draft, found))
    if kind == "DaemonSet":
        why = "nothing here says how many nodes there are: 100 at most are counted"
        draft.note(whole.one.place("kind"), why, "say it: spec.workload.nodes")
    if kind == "CronJob":
        _schedule(draft)
    if kind in {"Job", "CronJob"}:
        _ends(draft, whole.at("spec", "jobTemplate", "spec") if kind == "CronJob" else whole["spec"])
    grace = draft.pod["terminationGracePeriodSeconds"]
    if grace and grace.number != _GRACE and grace.number is not None:
        draft.put(("shutdown",), grace.number, grace)


def _replicas(draft: Draft, scaler: Part | None) -> None:
    """Read how many pods there are: by an autoscaler, else a number, which is 1 where nobody says it."""
    number = draft.whole.at("spec", "replicas")
    if scaler is not None:
        number.take()
        _scale(draft, scaler)
    elif number.number == 0:
        number.leave("0 replicas: nothing of it runs", "leave the App out, or scale it down where it runs")
        draft.put(("workload", "replicas"), 1, number)
    else:
        value = number.number if number.number is not None else 1
        draft.put(("workload", "replicas"), value, number or draft.whole["spec"])


def _autoscaler(draft: Draft, found: Found) -> Part | None:
    for scaler in found.of("HorizontalPodAutoscaler"):
        target = scaler.at("spec", "scaleTargetRef")
        named = (target["kind"].text, target["name"].text)
        if scaler.one.key[1] == draft.namespace and named == (draft.kind, draft.whole.one.key[2]):
            return scaler.take()
    return None


def _scale(draft: Draft, scaler: Part) -> None:
    """Read the bounds of an autoscaler and the use of CPU that it aims at; other metrics are left."""
    spec = scaler["spec"]
    least, most = spec["minReplicas"], spec["maxReplicas"]
    low, high = least.number or 1, most.number or 1
    spec["behavior"].take()
    if low >= high:
        draft.put(("workload", "replicas"), low, least or spec)
        return
    draft.put(("workload", "replicas", "min"), low, least or spec)
    draft.put(("workload", "replicas", "max"), high, most)
    old = spec["targetCPUUtilizationPercentage"]
    aims = [(old.number, old)] if old else []
    for metric in spec["metrics"].items:
        own = metric["containerResource" if metric["type"].text == "ContainerResource" else "resource"]
        target = own.at("target", "averageUtilization")
        if own["name"].text == "cpu" and target:
            own.take()
            aims.append((target.number, target))
        else:
            metric.leave("an App is scaled by its CPU alone", "keep a HorizontalPodAutoscaler of your own for it")
    for value, place in aims[:1] or [(_CPU, spec)]:
        draft.put(("workload", "replicas", "cpu"), value, place)


def _schedule(draft: Draft) -> None:
    spec = draft.whole["spec"]
    draft.put(("workload", "schedule"), spec["schedule"].text, spec["schedule"])
    if spec["timeZone"]:
        draft.put(("workload", "timeZone"), spec["timeZone"].text, spec["timeZone"])
    policy = spec["concurrencyPolicy"]
    if policy.text in {"Allow", "Replace"}:
        why = f"concurrencyPolicy {policy.text}: a run of an App begins when the one before it is over"
        policy.leave(why, "if runs have to overlap, a patch in the App's kustomization.yaml")
    if spec["suspend"].flag:
        spec["suspend"].leave("it is suspended, and would run again", "leave the App out, or suspend it where it runs")
    for key in ("startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
        spec[key].take()


def _ends(draft: Draft, job: Part) -> None:
    """Read how long what runs to its end may take, and how often it is tried."""
    deadline, retries = job["activeDeadlineSeconds"], job["backoffLimit"]
    if deadline:
        draft.put(("workload", "deadline"), deadline.number, deadline)
    else:
        draft.note(draft.whole["spec"], "it says no deadline: it has an hour", "say it: spec.workload.deadline")
    draft.put(("workload", "retries"), _RETRIES if retries.number is None else retries.number, retries or job)
    for key in ("completions", "parallelism"):
        if job[key].number not in {None, 1}:
            job[key].leave("an App's Job is one pod", "declare an App for each, or keep the Job beside the bundle")
    for key in ("ttlSecondsAfterFinished", "podReplacementPolicy"):
        job[key].take()
