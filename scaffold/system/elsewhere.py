"""The proxies of Apps that are rendered elsewhere: their callers here send to them, as their own bundle makes them.

May import: answers, contributions, contribute, link, select, model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from scaffold.contributions import ProxyEntry
from scaffold.system.contribute import evaluated
from scaffold.system.link import published
from scaffold.system.model import Endpoint
from scaffold.system.select import select, subjects

if TYPE_CHECKING:
    from scaffold.answers.load import Answers
    from scaffold.catalog import Catalog


def proxies_elsewhere(catalog: Catalog, answers: Answers) -> dict[Endpoint, Endpoint]:
    """Return the proxies that Apps of elsewhere have by what is known of them, by the ends that their pods are.

    Raises:
        BlueprintError: an expression failed.
    """
    making = tuple(
        blueprint
        for blueprint in catalog.blueprints
        if blueprint.scope == "app" and any(one.kind == "proxies" for one in blueprint.contributions)
    )
    if not making or not answers.known:
        return {}
    apps = {app.key: app for app in answers.known}
    scopes = subjects(replace(answers, apps=answers.known, known=()))
    selections = select(replace(catalog, blueprints=making), {"app": scopes["app"]})
    found = {}
    for subject, _, entry in evaluated(selections, scopes, frozenset(("proxies",))):
        if isinstance(entry, ProxyEntry):
            labels = tuple(sorted(entry.labels.items()))
            end = Endpoint(apps[subject].namespace, labels, account=entry.account, proxy=True)
            found[published(apps[subject])] = end
    return found
