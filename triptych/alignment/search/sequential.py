"""Expected-improvement stopping: spend the next denoiser evaluation where it buys most."""

from __future__ import annotations

from dataclasses import dataclass

from triptych.alignment.search.prior import PromptPrior
from triptych.alignment.search.state import SearchState

BELIEVED = 0.75
"""Within-prompt rank correlation from which on a single preview may decide."""
HOPELESS = 0.35
"""With less chance than this that its next seed passes, a prompt is given up.

In a Gaussian world NFE per success is least for 0.3 to 0.4: after one or two seeds the belief about
a prompt is wide, and most that have no chance to speak of still seem to have one of 5 to 30 %. What
is given up is not lost, since the words change next, which helps such prompts more than a seed.
"""


@dataclass(frozen=True)
class _Look:
    """Where a sample is looked at, and what its preview is worth."""

    step: int
    correlation: float
    shift: float


def sequential(state: SearchState) -> None:
    """One seed after another, each only while it is worth its price.

    Before a seed: stop if one passed; give the prompt up if a new seed is not likely enough to
    pass; stop if its expected improvement over the best buys less than λ a denoiser evaluation.
    After its preview: drop it if going on buys less than λ, or less than a fresh seed would. What
    is not spent here is left to other deliverables.
    """
    problem, prior, look = state.problem, PromptPrior.of(state.problem.statistics), _look_of(state)
    if state.affords(problem.sample_nfe):
        state.begin(1).finish()
    while (best := state.best) is not None and state.affords(
        problem.sample_nfe, int(look is not None)
    ):
        if len(state.trials) >= problem.max_candidates:
            return
        assert best.score is not None
        if best.accepted:
            state.decision = "one passed"
            return
        scores = _evidence(state, look)
        fresh = prior.next_seed(scores)
        if problem.threshold is not None and fresh.chance(problem.threshold) < HOPELESS:
            state.decision = "no seed of this prompt is likely to pass"
            return
        price = fresh.improvement(best.score) / problem.sample_nfe
        if price < problem.trade_off:
            state.decision = "another seed is not worth its price"
            return
        _try_one(state, prior, look, scores, max(price, problem.trade_off))
    if state.best is not None and state.best.accepted:
        state.decision = "one passed"


def _try_one(
    state: SearchState, prior: PromptPrior, look: _Look | None, scores: list[float], price: float
) -> None:
    batch = state.begin(1)
    if look is None or state.best is None or state.best.score is None:
        batch.finish()
        return
    batch.advance(look.step)
    seen = batch.look()[0]
    expected = prior.after_preview(scores, seen, look.correlation, look.shift)
    remaining = (state.problem.steps - look.step) * state.problem.step_nfe
    if expected.improvement(state.best.score) / remaining < price:
        batch.drop()
    else:
        batch.finish()


def _evidence(state: SearchState, look: _Look | None) -> list[float]:
    """What the prompt's seeds have shown: finals, and of dropped ones what their previews promised.

    Without the dropped ones, the prompt would be judged by its promising seeds alone.
    """
    shift = look.shift if look else 0.0
    return [
        trial.score if trial.score is not None else trial.history[-1][1] + shift
        for trial in state.trials
        if trial.score is not None or trial.history
    ]


def _look_of(state: SearchState) -> _Look | None:
    statistics = state.problem.statistics
    if statistics is None or (step := statistics.step_reaching(BELIEVED)) is None:
        return None
    place = statistics.preview_steps.index(step)
    at = max(round(step * state.problem.steps / statistics.steps), 1)
    if at >= state.problem.steps:
        return None
    return _Look(at, statistics.preview_correlations[place], statistics.preview_shifts[place])
