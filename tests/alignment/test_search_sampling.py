"""The search steers the starter's own DDIM sampler, on data whose denoiser is known exactly."""

import numpy as np
import pytest
from diffusers import DDIMScheduler

from benchmarks.pools import Pool, measure
from triptych.alignment.search import STRATEGIES, Problem, search
from triptych.generators.starter.sampling import DdimSampling, Recipe, to_pixels

STEPS = 12
SPREAD = 0.3


def sampling(seeds, eta=0.0):
    """Pictures of one flat brightness, N(0, 0.3²) in −1..1: the ideal ε of Gaussian data."""
    scheduler = DDIMScheduler(num_train_timesteps=100, clip_sample=False)

    def denoise(noisy, times, rows):
        alpha = scheduler.alphas_cumprod[times].view(-1, 1, 1, 1)
        return noisy * (1 - alpha).sqrt() / (alpha * SPREAD**2 + 1 - alpha)

    def decode(latents, rows):
        return list(to_pixels(latents.expand(-1, 3, 4, 4)))

    recipe = Recipe(denoise, decode, decode, (1, 1, 1), STEPS, eta)
    return DdimSampling(recipe, scheduler, seeds)


def brightness(pictures):
    return [float(picture.mean()) / 255 for picture in pictures]


@pytest.fixture(scope="module")
def statistics():
    steps = [2, 4, 6, 8]
    previews, finals = np.zeros((20, 16, 4)), np.zeros((20, 16))
    for row in range(20):
        batch = sampling(range(row * 16, row * 16 + 16), eta=1.0)
        for place, step in enumerate(steps):
            batch.advance(step)
            previews[row, :, place] = brightness(batch.preview())
        finals[row] = brightness([made.pixels for made in batch.finish()])
    passed = finals > 0.6
    pool = Pool("exact", STEPS, 2, np.array(steps), previews, finals, passed, 0.6, 0.1)
    return measure(pool)


def problem(seed, samples, statistics=None):
    return Problem(
        propose=lambda proposals: sampling([p.seed for p in proposals], eta=1.0),
        score=brightness,
        budget=samples * STEPS * 2,
        steps=STEPS,
        seed=seed,
        eta=1.0,
        threshold=0.75,
        statistics=statistics,
        max_batch=3,
    )


def test_later_previews_tell_more(statistics):
    found = statistics.preview_correlations
    assert list(found) == sorted(found)
    assert found[-1] > 0.6


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_steers_the_sampler_within_its_budget(strategy, statistics):
    asked = problem(1, 6, statistics)
    found = search(asked, strategy)
    assert found.charged <= asked.budget
    made = [trial.made.spend.nfe for trial in found.trials if trial.made]
    assert all(nfe == STEPS * 2 for nfe in made)
    again = search(asked, strategy)
    assert (again.winner.pixels == found.winner.pixels).all()


def test_searches_gain_over_a_single_sample(statistics):
    def mean(strategy, samples):
        return np.mean([search(problem(s, samples, statistics), strategy).winner.score
                        for s in range(30)])  # fmt: skip

    single = mean("best-of-n", 1)
    deviation = statistics.within
    for strategy in ("best-of-n", "pruning", "particles"):
        assert mean(strategy, 6) > single + 0.5 * deviation


def test_a_batch_gives_the_same_pictures_as_one_by_one(statistics):
    together, alone = problem(3, 4), problem(3, 4)
    alone = Problem(**{**alone.__dict__, "max_batch": 1})
    found = [search(asked, "best-of-n") for asked in (together, alone)]
    assert [t.score for t in found[0].trials] == [t.score for t in found[1].trials]
