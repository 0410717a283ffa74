"""What a graph says of each pair, for tests: its names taken back to pods and addresses."""

from scaffold.graph.drawn import graph_of, names_of, rows_of
from scaffold.graph.naming import ADDRESSES, ANY_OTHER_POD, ANY_POD, ANYTHING, called_by_name
from scaffold.graph.objects import objects
from scaffold.graph.trees import Tree
from scaffold.reach.intent import STRANGER
from scaffold.reach.model import Pod
from scaffold.reach.ranges import merge


def read(text, name="given.yaml"):
    """Return the objects of a text that is sound."""
    tree = Tree()
    tree.text(text.encode(), name, json=text.startswith("{"))
    found = objects(tree.documents)
    assert [*map(str, (*tree.problems, *found.problems))] == []
    return found


def flows_of(rows):
    """Return what some rows say, as an evaluation says it."""
    return {
        (source, target, one)
        for target in rows.nodes
        for mask, ports in rows.row(target)
        for source in rows.listed(mask)
        for one in ports
        if isinstance(source, Pod) or isinstance(target, Pod)
    }


def drawn_pairs(cluster):
    """Return what a drawn graph says of each pair, by names, and of the pods of one name among themselves.

    A group is all that its name says; of its own target it says nothing.
    """
    rows = rows_of(cluster)
    names = names_of(cluster, rows)
    members = {ADDRESSES.id: set(cluster.universe.nets), ANYTHING.id: set(rows.listed(rows.unheld))}
    members[ANY_OTHER_POD.id] = {pod for pod in cluster.universe.pods if pod.name == STRANGER}
    members[ANY_POD.id] = {node for node in members[ANYTHING.id] if isinstance(node, Pod)}
    for pod, node in names.node.items():
        members.setdefault(node.id, set()).add(pod)
    for pod in cluster.workloads:
        members.setdefault(f"{pod.namespace}/*workloads", set()).add(pod)
    for name in cluster.universe.names:
        members.setdefault(called_by_name(name).id, set()).add(name)
    for mask, node in names._nets:
        members.setdefault(node.id, set()).update(rows.listed(mask))
    certain, own, seen = {}, {}, cluster.workloads
    flows = graph_of(cluster).flows
    unnamed = {end.id for flow in flows for end in (flow.source, flow.target)} - members.keys()
    members |= {name: by_ends(cluster.universe, name) for name in unnamed}
    for flow in flows:
        targets = members[flow.target.id]
        if flow.target == ANYTHING:
            targets = set(rows.listed(rows.open)) - seen.keys()
        for target in targets:
            for source in members[flow.source.id]:
                into = own if source == target and flow.source != flow.target else certain
                into.setdefault((called(names, source), called(names, target)), set()).update(flow.ports)
    return _merged(certain), _merged(own)


def by_ends(universe, name):
    """Return the addresses of a network that nobody named: by its ends, or all but some."""
    if name.startswith(f"{ADDRESSES.name} except "):
        networks = name.removeprefix(f"{ADDRESSES.name} except ").split(", ")
        return set(universe.nets) - {net for one in networks for net in universe.nets_in(one, ())}
    return set(universe.nets_in(name, ()))


def evaluated_pairs(cluster, flows):
    """Return the same of the flows of an evaluation, as far as a graph shows them: with a workload at an end."""
    names = names_of(cluster, rows_of(cluster))
    made = {}
    for source, target, ports in flows:
        if not cluster.workloads.keys().isdisjoint((source, target)):
            made.setdefault((called(names, source), called(names, target)), set()).add(ports)
    return _merged(made)


def called(names, node):
    return names.node[node].id if isinstance(node, Pod) else str(node)


def _merged(pairs):
    return {ends: tuple(merge(ports)) for ends, ports in pairs.items()}
