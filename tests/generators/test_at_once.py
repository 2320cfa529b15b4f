"""Generators that take one step, or any number of their own, whatever a request wishes for."""

import numpy as np
import pytest

from tests.alignment.test_scoring import ColourEncoder, Mixer
from triptych.alignment.scoring import AlignmentScorer
from triptych.alignment.search import STRATEGIES, search, visual_problem
from triptych.domain import ModelIdentity, Spend
from triptych.errors import ModelError
from triptych.generators.at_once import AtOnce, OneStep
from triptych.protocols import Made, VisualRequest

WISHED = VisualRequest("a red mug", steps=6)


class Flat(OneStep):
    """Pictures of one colour, at a price."""

    identity = ModelIdentity(name="flat")

    def start(self, requests, latents, seeds, on_step=None):
        return AtOnce(self.paint, requests, seeds, on_step)

    def paint(self, request, seed):
        return Made(np.full((16, 16, 3), seed % 256, np.uint8), Spend(cost=0.01, nfe=99))


class Stubborn(Mixer):
    """Takes three steps."""

    def steps_for(self, wished):
        return 3

    def start(self, requests, latents, seeds, on_step=None):
        made = super().start(requests, latents, seeds, on_step)
        made.steps = 3
        return made


@pytest.mark.parametrize("strategy", sorted(set(STRATEGIES) - {"particles"}))
def test_every_search_takes_a_generator_of_one_step(strategy):
    scorer = AlignmentScorer(ColourEncoder())
    asked = visual_problem(Flat(), WISHED, None, "A red mug.", scorer, candidates=3, seed=5)
    found = search(asked, strategy)
    assert (asked.steps, asked.budget) == (1, 3)
    assert found.nfe == len(found.trials) <= 3
    assert found.winner.made.spend.cost == 0.01
    assert found.winner.made.spend.nfe == 1


def test_steps_that_a_generator_cannot_choose_are_what_is_budgeted():
    scorer = AlignmentScorer(ColourEncoder())
    asked = visual_problem(Stubborn(), WISHED, None, "A red mug.", scorer, candidates=2)
    assert (asked.steps, asked.budget) == (3, 2 * 3 * 2)
    assert search(asked, "best-of-n").nfe == asked.budget


def test_samples_are_made_once_and_only_those_that_are_kept():
    heard, painted = [], []

    def paint(request, seed):
        painted.append(seed)
        return Made(np.zeros((2, 2, 3), np.uint8), Spend())

    sampling = AtOnce(paint, [WISHED] * 3, [1, 2, 3], lambda *step: heard.append(step))
    with pytest.raises(ModelError, match="cannot be looked at before"):
        sampling.preview()
    sampling.keep([2, 0])
    sampling.advance(0)
    assert (sampling.step, sampling.nfe, sampling.size) == (0, 0, 2)
    made = sampling.finish()
    assert sampling.finish() == made
    assert (painted, heard) == ([3, 1], [(1, 1)])
    assert (sampling.step, sampling.nfe) == (1, 2)
    assert len(sampling.preview()) == 2
    sampling.keep([1])
    assert sampling.finish() == [made[1]]
