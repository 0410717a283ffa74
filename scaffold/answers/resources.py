"""What a container takes: its own answer, the App's, or the Platform's; and rules on how much that may be.

May import: schema, platform, policy, quantities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.answers.policy import Amounts
from scaffold.quantities import milli, size_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.answers.platform import Platform, PlatformSpec
    from scaffold.answers.schema import App, InitContainer, Resources, Sidecar
    from scaffold.answers.walker import Path

    Complaint = tuple[Path, str, str]

_MOST = "Platform spec.resources.most"
_NUMBERS = {"cpu": milli, "memory": size_bytes}


def taken(app: App, platform: PlatformSpec, step: InitContainer | None = None) -> Amounts:
    """Return what an App's container takes, or one of its init containers, which takes as much unless it says."""
    asked = [app.spec.resources] if step is None or step.resources is None else [step.resources, app.spec.resources]
    default = platform.resources.default
    return Amounts(
        cpu=next((one.cpu for one in asked if one.cpu), default.cpu),
        memory=next((one.memory for one in asked if one.memory), default.memory),
    )


def taken_beside(sidecar: Sidecar, platform: PlatformSpec) -> Amounts:
    """Return what a sidecar takes: how much its App takes says nothing about it."""
    default = platform.resources.default
    return Amounts(cpu=sidecar.resources.cpu or default.cpu, memory=sidecar.resources.memory or default.memory)


def check(platform: Platform) -> Iterator[Complaint]:
    """Yield what is wrong with the Platform's resources."""
    policy = platform.spec.resources
    for name in _NUMBERS:
        default, most = getattr(policy.default, name), getattr(policy.most, name)
        if _exceeds(name, default, most):
            why = f"{default}, which is given where an App says none, is more than the most, {most}"
            yield ("spec", "resources", "default", name), why, f"give at most {most}"


def check_app(app: App, platform: Platform) -> Iterator[Complaint]:
    """Yield each container of an App that takes more than the Platform allows."""
    for at, asked in _asked(app):
        for name in _NUMBERS:
            amount, most = getattr(asked, name), getattr(platform.spec.resources.most, name)
            if _exceeds(name, amount, most):
                yield (*at, name), f"{amount} is more than a container may take", f"at most {most}: {_MOST}.{name}"


def _asked(app: App) -> Iterator[tuple[Path, Resources]]:
    yield ("spec", "resources"), app.spec.resources
    for name, step in app.spec.init.items():
        if step.resources is not None:
            yield ("spec", "init", name, "resources"), step.resources
    for name, sidecar in app.spec.sidecars.items():
        yield ("spec", "sidecars", name, "resources"), sidecar.resources


def _exceeds(name: str, amount: str | None, most: str | None) -> bool:
    number = _NUMBERS[name]
    return amount is not None and most is not None and number(amount) > number(most)
