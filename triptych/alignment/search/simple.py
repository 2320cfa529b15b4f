"""The two plain strategies that the others must beat: retry, and best-of-N."""

from __future__ import annotations

from triptych.alignment.search.state import SearchState


def retry(state: SearchState) -> None:
    """A new seed until one passes or the budget is spent.

    Whether the best or the last one is handed back is the caller's choice (`retry`,
    `retry-last`); the last is what most pipelines do.
    """
    while state.affords(state.problem.sample_nfe):
        if state.finished and state.finished[-1].accepted:
            state.decision = "one passed"
            return
        state.begin(1).finish()
    if state.finished and state.finished[-1].accepted:
        state.decision = "one passed"


def best_of_n(state: SearchState) -> None:
    """As many seeds as the budget pays for, in batches; expected gain E[max of N] deviations."""
    while count := min(int(state.left // state.problem.sample_nfe), state.problem.max_batch):
        state.begin(count).finish()
