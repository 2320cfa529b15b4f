"""Runs a strategy by its name and says what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from triptych.alignment.search.particles import particles
from triptych.alignment.search.problem import Outcome, Problem, Trial
from triptych.alignment.search.pruning import pruning
from triptych.alignment.search.run import Record, Run
from triptych.alignment.search.sequential import sequential
from triptych.alignment.search.simple import best_of_n, retry
from triptych.domain import Strategy
from triptych.errors import BudgetError

STRATEGIES: Mapping[Strategy, Callable[[Run], None]] = {
    "retry-last": retry,
    "retry": retry,
    "best-of-n": best_of_n,
    "pruning": pruning,
    "sequential": sequential,
    "particles": particles,
}


def search(
    problem: Problem,
    strategy: Strategy = "pruning",
    record: Record | None = None,
    resumed: Sequence[Trial] = (),
) -> Outcome:
    """Search for the best sample that the budget buys.

    Deterministic by the problem's seed. A budget of one sample buys one sample and one score,
    whatever the strategy.

    Args:
        problem: what to search for.
        strategy: by name, as a plan gives it.
        record: called with the trials that ended, each time some do; what it has stored is what
            `resumed` takes after an interruption. Trials of one call belong together: store all
            of them or none.
        resumed: trials of an interrupted run; they are not made again, and count as spent.

    Raises:
        BudgetError: if the budget does not pay for one sample, or the strategy cannot run.
    """
    if problem.samples < 1:
        raise BudgetError(
            f"A budget of {problem.budget} NFE does not pay for one sample of "
            f"{problem.sample_nfe}.",
            "Raise the budget, or take fewer steps.",
        )
    if strategy not in STRATEGIES:
        raise BudgetError(
            f"There is no search strategy {strategy!r}.", f"Choose from {', '.join(STRATEGIES)}."
        )
    run = Run(problem, record, resumed)
    if problem.samples == 1:
        best_of_n(run)
    else:
        STRATEGIES[strategy](run)
    winner = run.finished[-1] if strategy == "retry-last" else _winner(run)
    return Outcome(
        strategy,
        tuple(run.trials),
        winner,
        _met(problem, winner, len(run.finished)),
        run.decision,
        run.nfe,
        run.looks,
        run.charged,
        _warnings(run, winner),
    )


def _winner(run: Run) -> Trial:
    """The best by the critic, or by critic and second scorer together."""
    rated = _rated(run)
    if rated is None:
        best = run.best
        assert best is not None, "a search finishes at least one sample"
        return best
    first, second = rated
    weight = run.problem.second_weight
    on_first_scale = first.mean() + (second - second.mean()) * first.std() / (second.std() or 1.0)
    joint = (1 - weight) * first + weight * on_first_scale
    finished = run.finished
    return finished[max(range(len(joint)), key=lambda i: (finished[i].accepted, joint[i], -i))]


def _rated(run: Run) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Scores of the finished by both scorers; None unless there are two to compare."""
    scores = [(t.score, t.second) for t in run.finished]
    if len(scores) < 2 or any(second is None for _, second in scores):
        return None
    first, second = np.array(scores, dtype=np.float64).T
    return first, second


def _met(problem: Problem, winner: Trial, compared: int) -> bool | None:
    """Whether the winner passes; the luckiest of several must pass a second, shifted look."""
    if problem.threshold is None and problem.accept is None:
        return None
    if not winner.accepted or compared < 2 or problem.confirm is None or winner.made is None:
        return winner.accepted
    return problem.confirm(winner.made.pixels)


def _warnings(run: Run, winner: Trial) -> tuple[str, ...]:
    rated = _rated(run)
    if rated is None or winner.score is None or winner.second is None:
        return ()
    first, second = winner.score - rated[0].mean(), winner.second - rated[1].mean()
    if first > 0 > second:
        return (
            "The critic's CLIP and the second scorer part company: the winner is above the "
            f"average of {len(rated[0])} samples by the one ({first:+.2f}) and below it by the "
            f"other ({second:+.2f}).",
        )
    return ()
