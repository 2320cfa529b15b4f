"""Feynman-Kac steering: particles that look good are copied, those that do not die out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from triptych.alignment.search.problem import Problem
from triptych.alignment.search.simple import best_of_n
from triptych.alignment.search.state import SearchState
from triptych.errors import BudgetError

RESAMPLE_AT = (0.3, 0.5, 0.7)
"""Shares of the steps after which particles are resampled."""
STRENGTH = 2.0
"""Weight of one deviation of a prompt's scores, as a power of e."""


def particles(state: SearchState) -> None:
    """Resample a batch by its previews' scores at three moments (Singhal et al. 2025).

    Raises `BudgetError` if η is 0: copies of a particle would then stay equal to it.
    """
    problem = state.problem
    if problem.eta <= 0:
        raise BudgetError(
            "Particles need noise on the way (eta above 0), else copies of a sample stay equal.",
            "Choose another strategy, or ask for samples with an eta of 1.",
        )
    looks = sorted({max(round(share * problem.steps), 1) for share in RESAMPLE_AT})
    # A copy that is made before the last step stays equal: that step ends in a clean picture.
    looks = [step for step in looks if step < problem.steps - 1]
    each = problem.sample_nfe + len(looks) * problem.look_cost
    count = int(state.left // each)
    if count < 2:
        best_of_n(state)
        return
    rng = np.random.default_rng(problem.seed)
    batch = state.begin(count)
    before = np.zeros(count)
    for step in looks:
        batch.advance(step)
        scores = np.array(batch.look())
        weights = _weights(scores - before, problem)
        kept = systematic(weights, rng)
        before = scores[kept]
        batch.keep(kept.tolist())
    batch.finish()
    best_of_n(state)


def systematic(weights: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.intp]:
    """Systematic resampling (Kitagawa 1996): as many indices as weights, ascending."""
    places = (rng.random() + np.arange(len(weights))) / len(weights)
    return np.minimum(np.searchsorted(np.cumsum(weights), places), len(weights) - 1)


def _weights(gains: NDArray[np.float64], problem: Problem) -> NDArray[np.float64]:
    """Potentials from how much each particle's score rose since the last look."""
    within = problem.statistics.within if problem.statistics else float(np.std(gains)) or 1.0
    powers = STRENGTH * gains / max(within, 1e-6)
    weights = np.exp(powers - powers.max())
    return weights / weights.sum()
