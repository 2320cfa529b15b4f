"""The two plain strategies that the others must beat: retry, and best-of-N."""

from __future__ import annotations

from triptych.alignment.search.run import Run


def retry(run: Run) -> None:
    """A new seed until one passes or the budget is spent.

    Whether the best or the last one is handed back is the caller's choice (`retry`,
    `retry-last`); the last is what most pipelines do.
    """
    while run.affords(run.problem.sample_nfe):
        if run.finished and run.finished[-1].accepted:
            run.decision = "one passed"
            return
        run.begin(1).finish()
    if run.finished and run.finished[-1].accepted:
        run.decision = "one passed"


def best_of_n(run: Run) -> None:
    """As many seeds as the budget pays for, in batches; expected gain E[max of N] deviations."""
    while count := min(int(run.left // run.problem.sample_nfe), run.problem.max_batch):
        run.begin(count).finish()
