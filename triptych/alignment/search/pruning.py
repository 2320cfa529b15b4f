"""Progressive seed pruning: many seeds begin, previews decide who is worth finishing."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from triptych.alignment.search.problem import Problem
from triptych.alignment.search.run import Run
from triptych.alignment.search.simple import best_of_n

FIRST_CORRELATION, SECOND_CORRELATION = 0.5, 0.75
"""Within-prompt rank correlations that a preview must reach to be believed, early and late."""
_DRAWS = 4096


@dataclass(frozen=True)
class Schedule:
    """How many go on from where.

    Attributes:
        counts: samples that begin, that are left after the first look, and after the second.
        looks: steps at which they are looked at.
        gain: expected best of those finished, in deviations of a prompt's scores.
    """

    counts: tuple[int, int, int]
    looks: tuple[int, int]
    gain: float


def pruning(run: Run) -> None:
    """Begin several times more seeds than can be finished, and halve them by their previews.

    Where previews were not measured or say too little, and wherever plain best-of-N is expected
    to gain as much, it is best-of-N.
    """
    schedule = schedule_for(run.problem) if not run.trials else None
    if schedule is None:
        best_of_n(run)
        return
    begun, second, last = schedule.counts
    batch = run.begin(begun)
    for step, count in zip(schedule.looks, (second, last), strict=True):
        if count == len(batch.trials):
            continue
        batch.advance(step)
        scores = batch.look()
        batch.keep(sorted(np.argsort(scores, kind="stable")[::-1][:count].tolist()))
    batch.finish()
    while run.affords(run.problem.sample_nfe):
        run.begin(1).finish()


def schedule_for(problem: Problem) -> Schedule | None:
    """The schedule with the highest expected gain that the budget pays for; None for best-of-N."""
    found = problem.statistics
    if found is None or problem.samples < 2:
        return None
    early, late = (found.step_reaching(c) for c in (FIRST_CORRELATION, SECOND_CORRELATION))
    if early is None or late is None:
        return None
    correlation = dict(zip(found.preview_steps, found.preview_correlations, strict=True))
    scale = problem.steps / found.steps
    steps = (max(round(early * scale), 1), max(round(late * scale), 1))
    if steps[1] >= problem.steps:
        return None
    return best_schedule(
        problem.budget / problem.step_nfe,
        problem.steps,
        steps,
        (correlation[early], correlation[late]),
        found.preview_cost,
        problem.max_candidates,
    )


@lru_cache(maxsize=256)
def best_schedule(
    budget: float,
    steps: int,
    looks: tuple[int, int],
    correlations: tuple[float, float],
    preview_cost: float,
    most: int = 64,
) -> Schedule | None:
    """The best counts under a Gaussian model of scores; None if best-of-N is as good.

    Final scores are standard normal, previews correlate with them as measured, and the early one
    tells nothing that the late one does not (a Markov chain).

    Args:
        budget: in steps of one sample.
        steps: of a whole sample.
        looks: steps of the two looks.
        correlations: of the previews with the final score.
        preview_cost: of one preview, in steps.
        most: samples that may be begun; never more than four times what best-of-N would.
    """
    most = max(min(4 * int(budget // steps), most), int(budget // steps))
    final, early, late = _scores(most, correlations)
    plain = float(final[:, : int(budget // steps)].max(axis=1).mean())
    best: Schedule | None = None
    for begun, second, last in itertools.product(range(2, most + 1), repeat=3):
        if not begun >= second >= last or begun == last:
            continue
        counts = (begun, second, last)
        if _cost(counts, looks, steps, preview_cost) > budget:
            continue
        if _wasteful(counts, looks, steps, preview_cost, budget):
            continue
        gain = _gain(counts, final, early, late)
        if gain > (best.gain if best else plain + 0.01):
            best = Schedule(counts, looks, gain)
    return best


def _cost(
    counts: tuple[int, int, int], looks: tuple[int, int], steps: int, preview_cost: float
) -> float:
    begun, second, last = counts
    seen = (begun if begun > second else 0) + (second if second > last else 0)
    denoised = begun * looks[0] + second * (looks[1] - looks[0]) + last * (steps - looks[1])
    return denoised + seen * preview_cost


def _wasteful(
    counts: tuple[int, int, int],
    looks: tuple[int, int],
    steps: int,
    preview_cost: float,
    budget: float,
) -> bool:
    """Whether one more sample at any stage would still fit: then another schedule is better."""
    begun, second, last = counts
    more = [(begun, second, last + 1)] if last < second else []
    more += [(begun, second + 1, last)] if second < begun else []
    return any(_cost(one, looks, steps, preview_cost) <= budget for one in more)


def _scores(
    count: int, correlations: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Final, early and late scores (draws, count) of the Gaussian model; always the same draws."""
    rng = np.random.default_rng(0)
    final, noise_late, noise_early = rng.standard_normal((3, _DRAWS, max(count, 1)))
    first, second = correlations
    late = second * final + np.sqrt(1 - min(second, 1.0) ** 2) * noise_late
    link = min(first / second, 1.0)
    early = link * late + np.sqrt(1 - link**2) * noise_early
    return final, early, late


def _gain(
    counts: tuple[int, int, int], final: np.ndarray, early: np.ndarray, late: np.ndarray
) -> float:
    begun, second, last = counts
    rows = np.arange(len(final))[:, None]
    kept = np.argpartition(-early[:, :begun], second - 1, axis=1)[:, :second]
    again = np.argpartition(-late[rows, kept], last - 1, axis=1)[:, :last]
    return float(final[rows, kept[rows, again]].max(axis=1).mean())
