"""What was rendered is adopted again: the same flows, and what no manifest tells is listed."""

import pytest
from harness import EXAMPLES, ROOT

from scaffold.adopt.adopting import adopt, platform_of
from scaffold.adopt.objects import found_in
from scaffold.answers.load import from_documents
from scaffold.graph.difference import compared
from scaffold.graph.objects import objects
from scaffold.graph.trees import read_trees
from scaffold.system.resolve import resolve


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.name for example in EXAMPLES])
def test_an_adopted_bundle_has_the_flows_of_the_bundle(catalog, golden, example):
    given = platform_of(example)
    tree = read_trees([str(example / "bundle")])
    made = adopt(found_in(tree.documents, ""), catalog, given)
    [answers] = from_documents([*made.documents, *([given] if given else [])], catalog)
    values = objects(tree.documents).values
    assert compared(resolve(catalog, answers), values).is_equal
    left = "\n".join(map(str, made.left)).replace(f"{ROOT}/", "")
    golden(ROOT / f"tests/adopt/goldens/{example.name}.txt", f"{left}\n")
