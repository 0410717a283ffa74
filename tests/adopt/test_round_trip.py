"""What was rendered is adopted again: the same flows; what no manifest tells, and what comes out otherwise, is listed."""

import pytest
from harness import EXAMPLES, ROOT, run_answers

from scaffold.adopt.adopting import adopt, platform_of
from scaffold.adopt.objects import found_in
from scaffold.answers.load import from_documents
from scaffold.bundle.lock import LOCK
from scaffold.graph.difference import compared
from scaffold.graph.objects import objects
from scaffold.graph.trees import read_trees


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.name for example in EXAMPLES])
def test_an_adopted_bundle_has_the_flows_of_the_bundle(catalog, golden, example):
    given = platform_of(example)
    tree = read_trees([str(example / "bundle")])
    made = adopt(found_in(tree.documents, ""), catalog, given)
    [answers] = from_documents([*made.documents, *([given] if given else [])], catalog)
    again = run_answers(catalog, answers)
    values = objects(tree.documents).values
    assert compared(again.system, values).is_equal
    left = "\n".join(map(str, made.left)).replace(f"{ROOT}/", "")
    rendered = {file.path: file.text for file in again.bundle.files}
    before = {path: text(example / "bundle" / path) for path in rendered}
    there = {
        path.relative_to(example / "bundle").as_posix() for path in (example / "bundle").rglob("*") if path.is_file()
    }
    other = sorted({path for path in rendered if rendered[path] != before[path]} | (there - rendered.keys() - {LOCK}))
    told = f"## left\n\n{left}\n\n## rendered otherwise\n\n" + "".join(f"{path}\n" for path in other)
    golden(ROOT / f"tests/adopt/goldens/{example.name}.txt", told)


def text(path):
    return path.read_text("utf-8") if path.is_file() else ""
