"""What one check of the standards is made of.

May import: pod, value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from scaffold.pod_security.pod import Pod
from scaffold.value import Value

# Yields what a pod violates: the place, as a JSON pointer into the pod, and what is wrong there.
Rule = Callable[[Pod], Iterable[tuple[str, str]]]


class Check(Value, frozen=True):
    """One check: its id in Pod Security admission, and its rules by the version since which each holds, ascending.

    A check of `restricted` may override a weaker one of `baseline`, wherever it has a rule itself.
    """

    id: str
    versions: tuple[tuple[str, Rule], ...]
    overrides: str = ""


def unless(exempt: Callable[[Pod], bool], rule: Rule) -> Rule:
    """Return a rule that does not hold for some pods."""
    return lambda pod: () if exempt(pod) else rule(pod)
