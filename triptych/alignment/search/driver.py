"""Runs a strategy by its name and says what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from triptych.alignment.search.particles import particles
from triptych.alignment.search.problem import Outcome, Problem, Trial
from triptych.alignment.search.pruning import pruning
from triptych.alignment.search.sequential import sequential
from triptych.alignment.search.simple import best_of_n, retry
from triptych.alignment.search.state import SearchState
from triptych.domain import Strategy
from triptych.errors import BudgetError

STRATEGIES: Mapping[Strategy, Callable[[SearchState], None]] = {
    "retry-last": retry,
    "retry": retry,
    "best-of-n": best_of_n,
    "pruning": pruning,
    "sequential": sequential,
    "particles": particles,
}


def search(problem: Problem, strategy: Strategy = "pruning") -> Outcome:
    """Search for the best sample that the budget buys.

    Deterministic by the problem's seed. A budget of one sample buys one sample and one score,
    whatever the strategy.

    Args:
        problem: what to search for.
        strategy: by name, as a plan gives it.

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
    state = SearchState(problem)
    if problem.samples == 1:
        best_of_n(state)
    else:
        STRATEGIES[strategy](state)
    winner = state.finished[-1] if strategy == "retry-last" else state.best
    assert winner is not None, "a search finishes at least one sample"
    return Outcome(
        strategy,
        tuple(state.trials),
        winner,
        _met(problem, winner, len(state.finished)),
        state.decision,
        state.nfe,
        state.looks,
        state.charged,
    )


def _met(problem: Problem, winner: Trial, compared: int) -> bool | None:
    """Whether the winner passes; the luckiest of several must pass a second, shifted look."""
    if problem.threshold is None and problem.accept is None:
        return None
    if not winner.accepted or compared < 2 or problem.confirm is None or winner.made is None:
        return winner.accepted
    return problem.confirm(winner.made.pixels)
