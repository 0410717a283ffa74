"""What one check of the standards is made of.

May import: pod.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from scaffold.pod_security.pod import Pod

# Yields what a pod violates: the place, as a JSON pointer into the pod, and what is wrong there.
Rule = Callable[[Pod], Iterable[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its id in Pod Security admission, and its rules by the version since which each holds, ascending.

    A check of `restricted` may override a weaker one of `baseline`, wherever it has a rule itself.
    """

    id: str
    versions: tuple[tuple[str, Rule], ...]
    overrides: str = ""


def unless(exempt: Callable[[Pod], bool], rule: Rule) -> Rule:
    """Return a rule that does not hold for some pods."""
    return lambda pod: () if exempt(pod) else rule(pod)
