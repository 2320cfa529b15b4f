"""Progressive seed pruning: many seeds begin, previews decide who is worth finishing."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from triptych.alignment.search.problem import Problem
from triptych.alignment.search.simple import best_of_n
from triptych.alignment.search.state import SearchState

_DRAWS = 1024
_SHARES = (0.2, 1 / 3, 0.5, 2 / 3, 1.0)
"""Shares of the samples begun that may be left after the first look."""
_WORTH = 1.02
"""What the expected gain must be of best-of-N's: a model's hair's breadth is not worth a change."""

Floats = NDArray[np.float32]


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


def pruning(state: SearchState) -> None:
    """Begin several times more seeds than can be finished, and cut them down by their previews.

    Where previews were not measured or say too little, and wherever plain best-of-N is expected
    to gain as much, it is best-of-N.
    """
    schedule = schedule_for(state.problem)
    if schedule is None:
        best_of_n(state)
        return
    begun, second, last = schedule.counts
    batch = state.begin(begun)
    for step, count in zip(schedule.looks, (second, last), strict=True):
        if count == len(batch.trials):
            continue
        batch.advance(step)
        scores = batch.look()
        batch.keep(sorted(np.argsort(scores, kind="stable")[::-1][:count].tolist()))
    batch.finish()
    while state.affords(state.problem.sample_nfe):
        state.begin(1).finish()


def schedule_for(problem: Problem) -> Schedule | None:
    """The schedule with the highest expected gain that the budget pays for; None for best-of-N."""
    statistics = problem.statistics
    if statistics is None or problem.samples < 2:
        return None
    scale = problem.steps / statistics.steps
    looks = {
        max(round(step * scale), 1): correlation
        for step, correlation in zip(
            statistics.preview_steps, statistics.preview_correlations, strict=True
        )
    }
    return best_schedule(
        problem.budget / problem.step_nfe,
        problem.steps,
        tuple((s, min(c, 0.999)) for s, c in looks.items() if s < problem.steps and c > 0),
        statistics.preview_cost,
        problem.max_candidates,
    )


@lru_cache(maxsize=256)
def best_schedule(
    budget: float,
    steps: int,
    looks: tuple[tuple[int, float], ...],
    preview_cost: float,
    most: int = 64,
) -> Schedule | None:
    """The best looks and counts under a Gaussian model of scores; None if best-of-N is as good.

    Final scores are standard normal, previews correlate with them as measured, and the early one
    tells nothing that the late one does not (a Markov chain).

    Args:
        budget: in steps of one sample.
        steps: of a whole sample.
        looks: steps that were measured, with their correlation with the final score.
        preview_cost: of one preview, in steps.
        most: samples that may be begun; never more than four times what best-of-N would.
    """
    affordable = int(budget // steps)
    most = max(min(4 * affordable, most), affordable)
    normals = np.random.default_rng(0).standard_normal((3, _DRAWS, most), dtype=np.float32)
    plain = float(normals[0, :, :affordable].max(axis=1).mean())
    best: Schedule | None = None
    for (early, first), (late, second) in itertools.combinations(sorted(looks), 2):
        if second <= first:
            continue
        previews = _previews(normals, first, second)
        for counts in _fitting(budget, steps, (early, late), preview_cost, affordable, most):
            gain = _gain(counts, normals[0], *previews)
            if gain > (best.gain if best else plain * _WORTH):
                best = Schedule(counts, (early, late), gain)
    return best


def _fitting(
    budget: float,
    steps: int,
    looks: tuple[int, int],
    preview_cost: float,
    affordable: int,
    most: int,
) -> Iterator[tuple[int, int, int]]:
    """Counts worth trying: for each start and middle, as many at the end as can be paid."""
    begun_choices = {round(affordable + (most - affordable) * i / 10) for i in range(11)}
    for begun in sorted(begun_choices):
        for second in sorted({max(round(begun * share), 1) for share in _SHARES}):
            fits = [
                last
                for last in range(1, second + 1)
                if _cost((begun, second, last), looks, steps, preview_cost) <= budget
            ]
            if fits and fits[-1] < begun:
                yield begun, second, fits[-1]


def _cost(
    counts: tuple[int, int, int], looks: tuple[int, int], steps: int, preview_cost: float
) -> float:
    begun, second, last = counts
    seen = (begun if begun > second else 0) + (second if second > last else 0)
    denoised = begun * looks[0] + second * (looks[1] - looks[0]) + last * (steps - looks[1])
    return denoised + seen * preview_cost


def _previews(normals: Floats, first: float, second: float) -> tuple[Floats, Floats]:
    """Early and late previews' scores (draws, count) that correlate so with the final ones."""
    final, noise_late, noise_early = normals
    late = second * final + np.sqrt(1 - second**2) * noise_late
    link = first / second
    return link * late + np.sqrt(1 - link**2) * noise_early, late


def _gain(counts: tuple[int, int, int], final: Floats, early: Floats, late: Floats) -> float:
    begun, second, last = counts
    rows = np.arange(len(final))[:, None]
    kept = np.argpartition(-early[:, :begun], second - 1, axis=1)[:, :second]
    again = np.argpartition(-late[rows, kept], last - 1, axis=1)[:, :last]
    return float(final[rows, kept[rows, again]].max(axis=1).mean())
