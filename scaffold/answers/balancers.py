"""Rules on load balancers: who is let in, by which Services, and as whom connections reach pods.

May import: schema, platform, peers, rules of ports, unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.answers.unknown import unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scaffold.answers.peers import Caller
    from scaffold.answers.platform import Platform
    from scaffold.answers.schema import App
    from scaffold.answers.walker import Path

    Complaint = tuple[Path, str, str]

_LONGEST = 63  # a Service's name


def service(app: App, balancer: str) -> str:
    """Return the name of the Service by which a load balancer reaches an App."""
    return f"{app.name}-{balancer}"


def check(app: App) -> Iterator[Complaint]:
    """Yield what is wrong with the load balancers among an App's callers."""
    first: dict[str, Caller] = {}
    for index, caller in enumerate(app.spec.callers):
        at: Path = ("spec", "from", index)
        if caller.loadBalancer is None:
            for key in ("cidrs", "internet"):
                if getattr(caller, key):
                    yield (*at, key), f"{key} says whom a load balancer lets in", "add `loadBalancer`, or use `cidr`"
            continue
        if bool(caller.cidrs) == caller.internet:
            why = "cidrs and internet given" if caller.internet else "it does not say whom the load balancer lets in"
            yield at, why, "give networks as `cidrs`, or `internet: true`, which is reported as a risk"
        port = app.spec.ports.get(caller.port) if isinstance(caller.port, str) else None
        ranges = port or next((one for one in app.spec.ports.values() if one.port == caller.port), None)
        if ranges is not None and ranges.endPort is not None:
            yield (*at, "port"), "a load balancer passes on single ports", "declare each port by itself"
        other = first.setdefault(caller.loadBalancer, caller)
        if (sorted(set(other.cidrs)), other.internet) != (sorted(set(caller.cidrs)), caller.internet):
            why = f"its Service lets the same in on all ports, and another entry of {caller.loadBalancer} names others"
            yield at, why, "the same `cidrs` in each, or another load balancer of the Platform"


def check_platform(platform: Platform) -> Iterator[Complaint]:
    """Yield what is wrong with the Platform's load balancers, but for their networks."""
    for name, balancer in platform.spec.loadBalancers.items():
        at: Path = ("spec", "loadBalancers", name)
        if balancer.source == "unpreserved" and not balancer.cidrs:
            why = "pods do not see who calls, and nothing says whom they see"
            yield at, why, "add `cidrs`: the balancer's own addresses, or the nodes'"
        if balancer.source == "preserved" and balancer.cidrs:
            yield (*at, "cidrs"), "pods see their callers' own addresses", "remove it, or source: unpreserved"
        if balancer.source == "unpreserved" and balancer.healthChecks:
            why = "pods see the balancer in any case, and let in what it asks"
            yield (*at, "healthChecks"), why, "name these networks in `cidrs`, or source: preserved"


def check_app(app: App, platform: Platform) -> Iterator[Complaint]:
    """Yield the load balancers of an App that the Platform does not have."""
    known = platform.spec.loadBalancers
    for index, caller in enumerate(app.spec.callers):
        if caller.loadBalancer is not None and caller.loadBalancer not in known:
            at = ("spec", "from", index, "loadBalancer")
            yield at, *unknown("load balancer", caller.loadBalancer, known, "loadBalancers")


def check_names(app: App, apps: Mapping[str, App]) -> Iterator[Complaint]:
    """Yield each Service of an App's load balancers whose name is too long, or somebody else's."""
    beside = [other for other in apps.values() if other.namespace == app.namespace and other is not app]
    taken = {other.name: other.name for other in beside} | {
        service(other, caller.loadBalancer): other.name
        for other in beside
        for caller in other.spec.callers
        if caller.loadBalancer is not None
    }
    for index, caller in enumerate(app.spec.callers):
        at: Path = ("spec", "from", index, "loadBalancer")
        name = service(app, caller.loadBalancer or "")
        if caller.loadBalancer is not None and len(name) > _LONGEST:
            yield at, f"the Service {name} would have a name of more than {_LONGEST}", "a shorter name of the App's"
        if caller.loadBalancer is not None and name in taken:
            why = f"the Service {name} would have the name of one of the App {taken[name]}"
            yield at, why, "another name for one of them"
