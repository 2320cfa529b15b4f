"""Expected-improvement stopping: spend the next denoiser evaluation where it buys most."""

from __future__ import annotations

from dataclasses import dataclass

from triptych.alignment.search.prior import Expected, PromptPrior
from triptych.alignment.search.pruning import SECOND_CORRELATION
from triptych.alignment.search.run import Run

HOPELESS = 0.05
"""With less chance than this that the rest of the budget brings a pass, a prompt is given up."""


@dataclass(frozen=True)
class _Look:
    """Where a sample is looked at, and what its preview is worth."""

    step: int
    correlation: float
    shift: float


def sequential(run: Run) -> None:
    """One seed after another, each only while it is worth its price.

    Before a seed: stop if one passed; give the prompt up if the rest of the budget has less than
    a 5 % chance of a pass; stop if a new seed's expected improvement over the best buys less than
    λ a denoiser evaluation. After its preview: drop it if going on buys less than λ, or less than
    a fresh seed would. What is not spent here is left to other deliverables.
    """
    problem, prior, look = run.problem, PromptPrior.of(run.problem.statistics), _look_of(run)
    if not run.finished and run.affords(problem.sample_nfe):
        run.begin(1).finish()
    while (best := run.best) is not None and run.affords(problem.sample_nfe, int(look is not None)):
        assert best.score is not None
        if best.accepted:
            run.decision = "one passed"
            return
        scores = [trial.score for trial in run.finished if trial.score is not None]
        fresh = prior.next_seed(scores)
        rest = int(run.left // problem.sample_nfe)
        if problem.threshold is not None and _hopeless(fresh, problem.threshold, rest):
            run.decision = "no seed of this prompt is likely to pass"
            return
        price = fresh.improvement(best.score) / problem.sample_nfe
        if price < problem.trade_off:
            run.decision = "another seed is not worth its price"
            return
        _try_one(run, prior, look, scores, max(price, problem.trade_off))
    if run.best is not None and run.best.accepted:
        run.decision = "one passed"


def _try_one(
    run: Run, prior: PromptPrior, look: _Look | None, scores: list[float], price: float
) -> None:
    batch = run.begin(1)
    if look is None or run.best is None or run.best.score is None:
        batch.finish()
        return
    batch.advance(look.step)
    seen = batch.look()[0]
    expected = prior.after_preview(scores, seen, look.correlation, look.shift)
    remaining = (run.problem.steps - look.step) * run.problem.step_nfe
    if expected.improvement(run.best.score) / remaining < price:
        batch.drop()
    else:
        batch.finish()


def _hopeless(fresh: Expected, threshold: float, samples: int) -> bool:
    return 1 - (1 - fresh.chance(threshold)) ** samples < HOPELESS


def _look_of(run: Run) -> _Look | None:
    found = run.problem.statistics
    if found is None or (step := found.step_reaching(SECOND_CORRELATION)) is None:
        return None
    place = found.preview_steps.index(step)
    at = max(round(step * run.problem.steps / found.steps), 1)
    if at >= run.problem.steps:
        return None
    return _Look(at, found.preview_correlations[place], found.preview_shifts[place])
