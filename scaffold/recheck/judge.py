"""Every check on the objects that would be applied, whoever wrote them.

A patch, or an object of a team's own, is no finding by itself; what comes of it is judged as if it had been rendered.
What belongs to rendered files only is asked of these alone: a team's objects need no labels of ours, the values of its
Secrets are looked for in its files, and its kustomization may list what it likes.

May import: decided, flows, tree, unanswered, checks, risks, exempted, registry, manifests, finding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold import checks
from scaffold.checks.documents import changed_kustomization
from scaffold.exempted import exempted
from scaffold.finding import Finding
from scaffold.manifests import Rendered
from scaffold.recheck.decided import decided
from scaffold.recheck.flows import joined
from scaffold.recheck.unanswered import UNANSWERED, UnansweredError
from scaffold.registry import registry
from scaffold.risks import risks
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scaffold.manifests import Manifest
    from scaffold.recheck.tree import Tree
    from scaffold.system.model import System


class Judged(Value, frozen=True):
    """What checks found, and the ids of those that could not be asked, since they ask for answers."""

    findings: frozenset[Finding]
    unasked: tuple[str, ...]


def judged(tree: Tree, system: System = UNANSWERED) -> Judged:
    """Run every check over a tree.

    Args:
        tree: what lies on disk.
        system: what it should be; without it, what can be told of manifests alone is.
    """
    answered = system is not UNANSWERED
    own = tuple(one for one in tree.applied if not _is_a_teams_secret(one))
    files = tuple(file for file in tree.files if file.ownership != "seeded")
    applied = Rendered(decided(system, own) if answered else system, own, files)
    written = Rendered(system, tree.written, files)
    findings: set[Finding] = {*tree.findings, *(risks(system) if answered else ())}
    unasked = []
    for id_, check in registry(checks.__name__).items():
        about = written if check is changed_kustomization.check else applied
        try:
            findings.update(_asked(id_, check, about))
        except UnansweredError:
            unasked.append(id_)
    left = exempted(joined(findings, applied), applied) if answered else findings
    # A team's own objects need no labels of ours.
    unlabelled = {("documents/unlabelled-object", one.path) for one in tree.applied if not one.file.blueprint}
    return Judged(frozenset(one for one in left if (one.check, one.place) not in unlabelled), tuple(unasked))


def _asked(id_: str, check: Callable[[Rendered], Iterator[Finding]], about: Rendered) -> Iterator[Finding]:
    """Yield what a check finds; one that cannot read what people wrote is an error, and not a check that passed."""
    try:
        yield from check(about)
    except UnansweredError:
        raise
    except Exception as error:  # noqa: BLE001  whatever a check trips over that was written for rendered objects
        why = f"the check {id_} cannot read what is here ({type(error).__name__}), and judged no more of it"
        remedy = "compare the objects that people changed with the API's reference"
        yield Finding("error", "documents/misshapen", "the bundle", why, remedy)


def _is_a_teams_secret(manifest: Manifest) -> bool:
    return manifest.kind == "Secret" and not manifest.group and not manifest.file.blueprint
