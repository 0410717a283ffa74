"""Expressions: strict, sandboxed, short."""

import pytest

from scaffold.expressions import ExpressionError, compiler, digest, fill

SCOPE = {"app": {"name": "api", "ports": {"items": {"port": 1}}, "items": "an item"}}


def evaluate(source):
    return fill(compiler()(source), SCOPE)


def test_items_come_before_attributes():
    assert evaluate("=app.items") == "an item"
    assert evaluate("=app.ports.items.port") == 1


def test_everything_else_is_itself():
    assert evaluate({"a": ["x", "=app.name", {"b": 1}]}) == {"a": ["x", "api", {"b": 1}]}


@pytest.mark.parametrize(
    "source",
    ["=app.nme", "=nothing", "=app.name.x", "=''.__class__.__mro__", "=9 ** 9 ** 9", "='a' * 999999999", "=range(9)", "=app.update({})",
     "=lipsum()", "=app | nothing", "=1 +", "=cycler", "='%099999999d' % 1", "='a' | center(9999999)", "='%s' | format(1)", "=[1] | random"],
)  # fmt: skip
def test_a_typo_or_a_way_out_is_an_error(source):
    with pytest.raises(ExpressionError):
        evaluate(source)


def test_a_digest_changes_with_the_value_only():
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}) != digest({"a": 1, "b": 3})
