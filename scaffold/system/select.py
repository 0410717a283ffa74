"""Which blueprints run, and for whom: `when` and `each` read declared answers only, so there is no fixed point.

May import: answers, blueprint, expressions, model, errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec

from scaffold.answers.conditions import conditions
from scaffold.answers.distributions import premise
from scaffold.answers.walker import dotted
from scaffold.errors import AnswersError, BlueprintError, Place, Problem
from scaffold.expressions import Expression, ExpressionError
from scaffold.system.balancers import balancers
from scaffold.system.derived import (
    ambiguous,
    asks,
    limits,
    narrowed,
    needs,
    of_requests,
    part_name,
    place,
    plain_ports,
    probed,
    probed_over_http,
    routes,
)
from scaffold.system.model import Selection
from scaffold.system.relayed import outside, passed, relay_of, unled, unpassed
from scaffold.system.unseen import by_target, unseen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.answers.load import Answers
    from scaffold.answers.platform import Platform
    from scaffold.answers.schema import App
    from scaffold.blueprint import Blueprint
    from scaffold.catalog import Catalog
    from scaffold.system.model import Edge


def app_view(app: App) -> dict[str, Any]:
    """Return an App as expressions and templates read it: its spec as JSON, with its names and what follows from it."""
    view: dict[str, Any] = msgspec.to_builtins(app.spec)
    for name, asked in asks(app).items():
        secret = view["secrets"][name]
        secret["asks"] = asked
        secret |= place(app, name)
        secret["join"] = [{**part, "name": part_name(index)} for index, part in enumerate(secret["join"])]
    return {
        **view,
        "ports": {name: {**view["ports"][name], "l4": port.l4} for name, port in app.spec.ports.items()},
        "mapped": list(app.mapped),
        "needs": needs(app),
        "least": app.spec.workload.least,
        "name": app.name,
        "namespace": app.namespace,
        "key": app.key,
        "team": app.team,
        "ids": app.spec.security.ids,
        "plain_ports": plain_ports(app),
        "probed": probed(app),
        "probed_over_http": probed_over_http(app),
        "narrowed": narrowed(app),
        "of_requests": of_requests(app),
        "ambiguous": ambiguous(app),
        "routes": routes(app),
        "limits": limits(app),
    }


def platform_view(platform: Platform) -> dict[str, Any]:
    """Return the Platform as expressions and templates read it: its spec as JSON, with its name and its premise.

    The premise is what its distribution takes for granted; none where the Platform says otherwise.
    """
    view: dict[str, Any] = msgspec.to_builtins(platform.spec)
    return {**view, "name": platform.metadata.name, "premise": premise(view)}


def subjects(answers: Answers, edges: Iterable[Edge] = ()) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the names in scope for each subject, by scope and subject: its own, what `edges` say, and `platform`."""
    into = by_target(edges)
    platform = platform_view(answers.platform)
    relay, past = relay_of(answers.platform), unpassed(answers)
    apps_ = {app.key: app for app in answers.apps}
    views = {key: app_view(app) for key, app in apps_.items()}
    more = {"platform": platform, "relay": relay}
    namespaces = {name: {**more, "namespace": one} for name, one in _spaces(answers, views, platform)}
    return {
        "app": {
            key: {
                "platform": platform,
                "app": view,
                "pod": {"app": key},
                "proxy": {"proxy": key},
                "stores": _stores(view, platform),
                "operators": sorted({one.get("operator", "") for one in _stores(view, platform).values()}),
                "fetched": _fetched(view),
                "asked": _asked(view),
                "folders": _folders(view),
                "pool": platform["nodePools"].get(view["isolation"]),
                "identity": _identity(view, platform),
                "relay": relay,
                "unpassed": past[key],
                "issuers": _issuers(view, platform),
                "balancers": balancers(apps_[key], answers.platform),
                "unseen": sorted(unseen(into.get(key, ()), answers.platform)),
            }
            for key, view in views.items()
        },
        "namespace": namespaces,
        "on-demand": namespaces,
        "egress": {space: {**more, **one} for space, one in passed(answers).items()},
        "control-plane": {platform["name"]: {"platform": platform, "apps": list(views.values())}},
    }


def _spaces(
    answers: Answers, views: Mapping[str, Any], platform: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each namespace as expressions read it: its Apps, their people, hosts and routes."""
    space = attrgetter("namespace")
    for name, several in groupby(sorted(answers.apps, key=space), key=space):
        own = list(several)
        apps = [views[app.key] for app in own]
        taken = {key: route for app in own for key, route in routes(app).items()}
        found = {"name": name, "apps": apps, "teams": _teams(apps, platform), "routes": taken}
        yield name, {**found, **outside(own, answers.platform)}


def _stores(app: dict[str, Any], platform: dict[str, Any]) -> dict[str, Any]:
    """Return the secret stores that an App reads from, by name."""
    used = sorted({secret["store"] for secret in app["secrets"].values()})
    return {name: platform["secretStores"][name] for name in used}


def _issuers(app: dict[str, Any], platform: dict[str, Any]) -> dict[str, Any]:
    """Return the issuers whose tokens an App asks for, by name; `forward` where the process is given such tokens."""
    tokens = [caller["token"] for caller in app["from"] if caller["token"]]
    return {
        name: {**platform["issuers"][name], "forward": any(one["forward"] for one in tokens if one["issuer"] == name)}
        for name in sorted({one["issuer"] for one in tokens})
    }


def _fetched(app: dict[str, Any]) -> dict[str, Any]:
    """Return what an App reads from each of its secret stores: its secrets, by name."""
    found: dict[str, dict[str, Any]] = {}
    for name, secret in app["secrets"].items():
        found.setdefault(secret["store"], {})[name] = secret
    return found


def _folders(app: dict[str, Any]) -> dict[str, list[str]]:
    """Return the directories of the files that an App reads from each of its secret stores."""
    found: dict[str, set[str]] = {secret["store"]: set() for secret in app["secrets"].values()}
    for secret in app["secrets"].values():
        found[secret["store"]] |= {secret["folder"]} if secret["folder"] else set()
    return {store: sorted(folders) for store, folders in found.items()}


def _asked(app: dict[str, Any]) -> dict[str, Any]:
    """Return what is asked of each secret store for an App, one by one, with the secret's path below spec.secrets."""
    found: dict[str, dict[str, Any]] = {}
    for name, secret in app["secrets"].items():
        for one in secret["asks"]:
            found.setdefault(secret["store"], {})[f"{name} {one['name']}"] = {**one, "at": [name]}
    return found


def _identity(app: dict[str, Any], platform: dict[str, Any]) -> str:
    """Return in which cloud an App has an identity, and how that knows it: `<cloud>/<mode>`; nothing without one."""
    if not app["identity"]:
        return ""
    known = platform["cloudIdentity"]
    return f"{app['identity']['cloud']}/{known['mode'] if known else ''}"


def _teams(apps: list[dict[str, Any]], platform: dict[str, Any]) -> dict[str, Any]:
    """Return the groups of people of the teams that own one of some Apps, by team, where the Platform says whose."""
    return {team: platform["teams"][team] for team in sorted({app["team"] for app in apps}) if platform["teams"]}


def select(catalog: Catalog, scopes: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> tuple[Selection, ...]:
    """Return every run of every blueprint of scope app or namespace, in the order of the catalog.

    Raises:
        BlueprintError: a `when` or `each` cannot be evaluated.
    """
    return tuple(
        Selection(blueprint, subject, key, msgspec.json.encode(item).decode())
        for blueprint in catalog.blueprints
        for subject, scope in scopes.get(blueprint.scope, {}).items()
        for key, item in runs(blueprint, blueprint.when, blueprint.each, scope)
    )


def refuse(
    selections: tuple[Selection, ...], scopes: Mapping[str, Mapping[str, Mapping[str, Any]]], answers: Answers
) -> None:
    """Check the answers with which a selected blueprint cannot hold what it says.

    Raises:
        AnswersError: with all of them.
    """
    problems = []
    for selection in selections:
        for refusal in selection.blueprint.refusals:
            unit = {"key": selection.key, "item": msgspec.json.decode(selection.item)}
            scope = {**scopes[selection.blueprint.scope][selection.subject], **unit}
            for key, item in runs(selection.blueprint, refusal.when, refusal.each, scope):
                # What is made of an answer says itself where that stands.
                own = item.get("at") if isinstance(item, dict) else None
                whose, path = selection.subject, (*refusal.at, *(own or ([key] if key else [])))
                if path[0] == "platform":
                    whose, path = "", ("spec", *path[1:])
                place = answers.place(whose, path)
                problems.append(Problem(place, f"{dotted(path)}: {refusal.why}", refusal.remedy))
    problems += _unknown(selections, scopes["app"], answers)
    problems += _unenforced(selections, answers)
    if not any(one.blueprint.scope == "egress" for one in selections):
        problems += unled(answers)
    if problems:
        raise AnswersError([*dict.fromkeys(problems)])  # of the Platform, each App tells


def _unenforced(selections: tuple[Selection, ...], answers: Answers) -> Iterator[Problem]:
    """Yield each answer on requests that nothing rendered for the App enforces: it would be ignored, without a word."""
    enforced = {(one.subject, name) for one in selections for name in one.blueprint.enforces}
    for app in answers.apps:
        for name, path in conditions(app):
            if enforced.isdisjoint(((app.key, name), (app.namespace, name))):
                why = f"{dotted(path)}: nothing on this Platform enforces {name}"
                remedy = "remove it, or declare a Platform spec.mesh that does"
                if name == "limits.all":
                    remedy = "remove it, or declare what counts: Platform spec.rateLimit, with a spec.mesh that asks it"
                yield Problem(answers.place(app.key, path), why, remedy)


def _unknown(
    selections: tuple[Selection, ...], scopes: Mapping[str, Mapping[str, Any]], answers: Answers
) -> Iterator[Problem]:
    """Yield each identity that no blueprint gives: nothing would be rendered for it, without a word."""
    given = {
        one.subject
        for one in selections
        if any(option.at == "platform.cloudIdentity" for option in one.blueprint.options)
    }
    for app in answers.apps:
        cloud, _, mode = scopes[app.key]["identity"].partition("/")
        if cloud and app.key not in given:
            why = f"the Platform does not say how {cloud} knows a pod's ServiceAccount"
            other = f": {mode} is for another cloud" if mode else ""
            remedy = "Platform spec.cloudIdentity, with a mode for that cloud: `scaffold schema platform` has them"
            yield Problem(answers.place(app.key, ("spec", "identity")), f"spec.identity: {why}{other}", remedy)


def runs(
    blueprint: Blueprint, when: Expression | None, each: Expression | None, scope: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    """Yield the key and item of each run: one without `each`, else one for each entry of what it yields.

    An entry of a mapping is its key and value; one of a list of words is the word, as key and item.
    """
    try:
        entries = {"": None} if each is None else each.evaluate(scope)
    except ExpressionError as error:
        raise broken(blueprint, str(error)) from error
    if isinstance(entries, list) and all(isinstance(entry, str) for entry in entries):
        entries = {entry: entry for entry in entries}
    if not isinstance(entries, Mapping):
        raise broken(blueprint, f"`each` yields a mapping or a list of words, not {type(entries).__name__}")
    for key, item in entries.items():
        try:
            inner = scope if each is None else {**scope, "key": key, "item": item}
            wanted = when is None or when.evaluate(inner)
        except ExpressionError as error:
            raise broken(blueprint, str(error)) from error
        if wanted:
            yield key, item


def broken(blueprint: Blueprint, why: str) -> BlueprintError:
    """Return the error for a blueprint whose description failed when it was used."""
    return BlueprintError([Problem(Place(str(blueprint.folder / "blueprint.yaml"), 1, 1), why)])
