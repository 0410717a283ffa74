"""Each two choices of a Platform together are a bundle that holds; what is none is refused, and on the list."""

import matrix
import pytest
from harness import run

from scaffold.answers.platform import POINTS
from scaffold.errors import AnswersError, ScaffoldError
from scaffold.verify import verify


def test_each_two_choices_together_hold(catalog):
    seen = set()
    for name, values in matrix.pairs(catalog):
        try:
            made = run(catalog, *values)
            verify(made.bundle, made.system)
        except ScaffoldError as error:
            error.add_note(name)
            raise
        seen |= set(name.split(" + "))
    assert seen >= {choice.name for choices in matrix.factors(catalog).values() for choice in choices}


def test_every_choice_is_in_the_matrix(catalog):
    """One that no case uses would be in no system."""
    factors = matrix.factors(catalog)
    for blueprint in catalog.blueprints:
        for option in blueprint.options:
            if option.at in POINTS and option.at in factors:
                assert option.choice in {choice.name for choice in factors[option.at]}, blueprint.id


def test_what_contradicts_itself_is_refused(catalog):
    factors = matrix.factors(catalog)
    every = [choice for choices in factors.values() for choice in choices]
    for pair, why in matrix.CONTRADICTIONS.items():
        chosen = [choice for choice in every if choice.name in pair]
        with pytest.raises(AnswersError) as refused:
            run(catalog, *matrix.system([*chosen, factors[matrix.KINDS][0]]))
        assert why in str(refused.value)
