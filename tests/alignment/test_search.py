"""Searches over a small stochastic process whose scores are known, not over a model."""

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triptych.alignment.calibration import SearchStatistics
from triptych.alignment.search import STRATEGIES, Problem, search
from triptych.alignment.search.prior import Expected, PromptPrior
from triptych.alignment.search.pruning import best_schedule
from triptych.domain import Spend
from triptych.errors import BudgetError, ModelError
from triptych.protocols import Made

STEPS = 20
LOOKS = (2, 5, 10, 15)


@dataclass
class Walk:
    """A bridge from noise to a seed's true quality: previews get truer with every step.

    At step s of S the preview is ρ·quality + √(1−ρ²)·noise with ρ = √(s/S). A "picture" is one
    float in eight bytes.
    """

    seeds: list[int]
    step_nfe: int = 2
    eta: float = 0.0
    step: int = 0
    nfe: int = 0
    steps: int = STEPS

    def __post_init__(self):
        rngs = [np.random.default_rng(seed) for seed in self.seeds]
        self.quality = np.array([r.standard_normal() for r in rngs])
        self.noise = np.array([r.standard_normal() for r in rngs])
        self.spent = [0] * len(self.seeds)
        self.rng = np.random.default_rng(self.seeds)

    @property
    def size(self):
        return len(self.quality)

    def advance(self, to_step):
        done = max(to_step - self.step, 0)
        self.step += done
        self.nfe += done * self.step_nfe * self.size
        self.spent = [nfe + done * self.step_nfe for nfe in self.spent]

    def preview(self):
        rho = math.sqrt(self.step / self.steps)
        return [picture(v) for v in rho * self.quality + math.sqrt(1 - rho**2) * self.noise]

    def keep(self, indices):
        again = np.array([i in list(indices)[:place] for place, i in enumerate(indices)])
        left = math.sqrt(1 - self.step / self.steps)
        jump = self.eta * left * self.rng.standard_normal(len(again)) * again
        self.quality = self.quality[list(indices)] * np.where(again, math.sqrt(1 - left**2), 1)
        self.quality = self.quality + jump
        self.noise = self.noise[list(indices)]
        self.spent = [self.spent[i] for i in indices]

    def finish(self):
        self.advance(self.steps)
        return [
            Made(picture(q), Spend(nfe=n)) for q, n in zip(self.quality, self.spent, strict=True)
        ]


def picture(value):
    return np.frombuffer(np.float64(value).tobytes(), dtype=np.uint8).reshape(1, 1, 8)


def values(pictures):
    return [float(np.frombuffer(p.tobytes(), dtype=np.float64)[0]) for p in pictures]


def statistics(correlations=None):
    return SearchStatistics(
        generator="walk",
        steps=STEPS,
        between=1.0,
        within=1.0,
        mean=0.0,
        preview_steps=LOOKS,
        preview_correlations=correlations or tuple(math.sqrt(s / STEPS) for s in LOOKS),
        preview_shifts=(0.0,) * len(LOOKS),
        preview_cost=0.1,
    )


def problem(seed=0, samples=4, eta=0.0, **changes):
    given = {
        "propose": lambda proposals: Walk([p.seed for p in proposals], eta=eta),
        "score": values,
        "budget": samples * STEPS * 2,
        "steps": STEPS,
        "seed": seed,
        "eta": eta,
        "statistics": statistics(),
    }
    return Problem(**(given | changes))


def gain(strategy, samples, prompts=400, **changes):
    found = [
        search(problem(seed * 31, samples, **changes), strategy).winner.score
        for seed in range(prompts)
    ]
    return float(np.mean(found))


@pytest.mark.parametrize(("samples", "expected"), [(2, 0.56), (4, 1.03), (8, 1.42), (16, 1.77)])
def test_best_of_n_gains_the_expected_maximum_of_normals(samples, expected):
    assert gain("best-of-n", samples, prompts=1000) == pytest.approx(expected, abs=0.08)


def test_pruning_gains_more_than_best_of_n_for_the_same_compute():
    assert gain("pruning", 4, prompts=1000) > 1.1 * gain("best-of-n", 4, prompts=1000)


def test_pruning_is_best_of_n_where_previews_say_too_little():
    weak = statistics((0.1, 0.2, 0.3, 0.4))
    for changed in (weak, None):
        a = search(problem(7, 4, statistics=changed), "pruning")
        b = search(problem(7, 4, statistics=changed), "best-of-n")
        assert scores(a) == scores(b)
        assert a.looks == 0


def test_retry_last_returns_the_last_and_retry_the_best():
    last, best = (search(problem(3, 4, threshold=9.0), s) for s in ("retry-last", "retry"))
    assert scores(last) == scores(best)
    assert last.winner.score == last.trials[-1].score
    assert best.winner.score == max(scores(best))
    assert best.met is False


def test_retry_stops_at_the_first_that_passes():
    found = search(problem(3, 8, threshold=-9.0), "retry")
    assert len(found.trials) == 1
    assert found.met is True
    assert found.decision == "one passed"


def test_the_sequential_strategy_spends_less_where_more_is_not_worth_it():
    dear = search(problem(5, 8, trade_off=1.0), "sequential")
    cheap = search(problem(5, 8, trade_off=1e-9), "sequential")
    assert len(dear.trials) == 1
    assert cheap.nfe > dear.nfe
    assert "price" in dear.decision


def test_the_sequential_strategy_gives_hopeless_prompts_up():
    found = search(problem(5, 8, threshold=12.0, trade_off=0.0), "sequential")
    assert len(found.trials) == 1
    assert "likely" in found.decision


def test_the_sequential_strategy_needs_fewer_evaluations_per_success_than_retry():
    """Prompts differ as much as seeds do, so some can hardly pass."""

    def of_prompt(number, strategy):
        mean = np.random.default_rng(number).standard_normal()
        asked = problem(
            number,
            8,
            score=lambda pictures: [mean + v for v in values(pictures)],
            threshold=1.0,
            trade_off=0.0,
        )
        return search(asked, strategy)

    def cost(strategy):
        found = [of_prompt(number, strategy) for number in range(300)]
        return sum(f.charged for f in found) / sum(f.winner.accepted for f in found)

    assert cost("sequential") < 0.75 * cost("retry")


def test_particles_copy_the_promising_and_need_noise():
    with pytest.raises(BudgetError, match="eta"):
        search(problem(1, 4), "particles")
    found = search(problem(1, 8, eta=1.0), "particles")
    assert any(trial.parent is not None for trial in found.trials)
    assert gain("particles", 8, eta=1.0) > 0.5


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_budget_of_one_sample_adds_one_score_and_nothing_else(strategy):
    scored = []

    def score(pictures):
        scored.extend(pictures)
        return values(pictures)

    asked = problem(9, 1, eta=1.0, score=score, threshold=0.0, confirm=lambda p: 1 / 0)
    found = search(asked, strategy)
    assert len(scored) == 1
    assert found.looks == 0
    assert found.nfe == STEPS * 2
    assert found.winner.proposal.seed == 9


@pytest.mark.parametrize("strategy", STRATEGIES)
@settings(max_examples=40, deadline=None)
@given(
    budget=st.integers(STEPS * 2, STEPS * 2 * 9),
    seed=st.integers(0, 2**31),
    threshold=st.none() | st.floats(-3, 3),
    trade_off=st.floats(0, 0.1),
    measured=st.booleans(),
    preview_cost=st.floats(0, 3),
    max_batch=st.integers(1, 5),
)
def test_no_strategy_ever_exceeds_its_budget(
    strategy, budget, seed, threshold, trade_off, measured, preview_cost, max_batch
):
    walks = []

    def propose(proposals):
        assert len(proposals) <= max_batch
        walks.append(Walk([p.seed for p in proposals], eta=1.0))
        return walks[-1]

    found = statistics().model_copy(update={"preview_cost": preview_cost}) if measured else None
    asked = problem(
        seed,
        eta=1.0,
        propose=propose,
        budget=budget,
        threshold=threshold,
        trade_off=trade_off,
        statistics=found,
        max_batch=max_batch,
    )
    outcome = search(asked, strategy)
    assert outcome.charged <= budget + 1e-6
    assert outcome.nfe == sum(walk.nfe for walk in walks) == sum(t.nfe for t in outcome.trials)
    assert outcome.looks == sum(t.looks for t in outcome.trials)
    assert len({t.proposal.index for t in outcome.trials}) == len(outcome.trials)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_search_is_deterministic(strategy):
    a, b = (search(problem(13, 5, eta=1.0), strategy) for _ in range(2))
    assert [t.proposal for t in a.trials] == [t.proposal for t in b.trials]
    assert scores(a) == scores(b)


def test_dropped_trials_keep_their_history_and_last_preview():
    found = search(problem(2, 4), "pruning")
    dropped = [t for t in found.trials if t.score is None]
    assert dropped
    for trial in dropped:
        assert trial.made is None
        assert values([trial.pixels]) == [trial.history[-1][1]]


def test_the_luckiest_of_several_must_stand_another_look():
    met = [
        search(problem(4, 4, threshold=-9.0, confirm=lambda p, a=answer: a), "best-of-n").met
        for answer in (True, False)
    ]
    assert met == [True, False]


def test_a_budget_below_one_sample_is_refused():
    with pytest.raises(BudgetError, match="does not pay"):
        search(problem(budget=STEPS * 2 - 1))


def test_a_generator_that_spends_more_than_it_says_is_found_out():
    asked = problem(propose=lambda ps: Walk([p.seed for p in ps], step_nfe=4))
    with pytest.raises(ModelError, match="evaluations a step"):
        search(asked, "best-of-n")


def test_a_schedule_fits_its_budget_and_follows_the_previews():
    found = best_schedule(200, 50, ((10, 0.6), (25, 0.9), (48, 0.91)), 0.5)
    assert found is not None
    assert found.looks == (10, 25)
    begun, second, last = found.counts
    spent = begun * 10 + second * 15 + last * 25 + (begun + second) * 0.5
    assert spent <= 200
    assert begun > 4
    assert best_schedule(200, 50, ((45, 0.5), (48, 0.75)), 2.0) is None


def test_expected_improvement_is_the_normal_integral():
    belief = Expected(0.3, 1.2)
    draws = np.random.default_rng(0).normal(0.3, 1.2, 200_000)
    assert belief.improvement(1.0) == pytest.approx(np.maximum(draws - 1, 0).mean(), rel=0.02)
    assert belief.chance(1.0) == pytest.approx((draws >= 1).mean(), abs=0.005)


def test_a_prompts_mean_is_shrunk_less_the_more_seeds_were_seen():
    prior = PromptPrior(mean=0.0, between=1.0, within=1.0)
    few, many = prior.prompt([2.0]), prior.prompt([2.0] * 20)
    assert few.mean == pytest.approx(1.0)
    assert 1.8 < many.mean < 2.0
    assert many.deviation < few.deviation


def scores(outcome):
    return [t.score for t in outcome.trials if t.score is not None]


def test_strategies_are_those_a_plan_may_name():
    from typing import get_args

    from triptych.domain import Strategy

    assert set(STRATEGIES) == set(get_args(Strategy))
    assert replace(problem(), seed=1).proposal(0).seed == 1
