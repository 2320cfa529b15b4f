"""A search under way: its purse, its trials, and batches that charge every step they take."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from triptych.alignment.search.problem import Problem, Proposal, Trial
from triptych.errors import BudgetError, ModelError
from triptych.protocols import Pixels, Sampling

_ROUNDING = 1e-6


class SearchState:
    """What a strategy works with.

    Args:
        problem: what is searched for.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.trials: list[Trial] = []
        self.decision = "the budget is spent"
        self._next = 0
        self.nfe = 0
        self.looks = 0

    @property
    def charged(self) -> float:
        """Spent so far, in NFE."""
        return self.nfe + self.looks * self.problem.look_cost

    @property
    def left(self) -> float:
        """Still to be spent, in NFE."""
        return self.problem.budget - self.charged

    @property
    def finished(self) -> list[Trial]:
        """Trials that were finished, in order."""
        return [trial for trial in self.trials if trial.score is not None]

    @property
    def best(self) -> Trial | None:
        """The best finished one so far: what passes before what does not, then by score."""
        return max(self.finished, key=_merit, default=None)

    def affords(self, nfe: float, looks: int = 0) -> bool:
        """Whether that can still be paid."""
        return nfe + looks * self.problem.look_cost <= self.left + _ROUNDING

    def proposals(self, count: int) -> list[Proposal]:
        """The next samples to try."""
        start, self._next = self._next, self._next + count
        return [self.problem.proposal(start + i) for i in range(count)]

    def begin(self, count: int) -> Batch:
        """Start the next `count` samples together."""
        proposals = self.proposals(count)
        size = self.problem.max_batch
        chunks = [proposals[i : i + size] for i in range(0, count, size)]
        herds = [_Herd(self.problem.propose(chunk), _fresh(chunk)) for chunk in chunks]
        for herd in herds:
            if herd.sampling.steps != self.problem.steps:
                raise ModelError(
                    f"The generator takes {herd.sampling.steps} steps, "
                    f"not the {self.problem.steps} that were budgeted."
                )
        return Batch(self, herds)

    def fork(self, parent: Trial) -> Trial:
        """A copy that goes its own way from here; it has spent nothing yet."""
        proposal = replace(parent.proposal, index=self._next)
        self._next += 1
        return Trial(proposal, parent.history, parent=parent.proposal.index)

    def end(self, trials: Sequence[Trial]) -> None:
        """Keep trials that are over."""
        self.trials += trials


@dataclass
class _Herd:
    """A sampling and the trials in it, in the same order."""

    sampling: Sampling
    trials: list[Trial] = field(default_factory=list)


class Batch:
    """Samples on their way together; the only one who advances them, so nothing goes uncharged.

    Samples beyond `max_batch` are denoised in several calls; a strategy does not notice.
    """

    def __init__(self, state: SearchState, herds: list[_Herd]) -> None:
        self._state, self._herds = state, herds
        self._dropped: list[Trial] = []

    @property
    def step(self) -> int:
        """Steps done."""
        return self._herds[0].sampling.step

    @property
    def trials(self) -> list[Trial]:
        """Samples still in it."""
        return [trial for herd in self._herds for trial in herd.trials]

    def advance(self, to_step: int) -> None:
        """Denoise until `to_step` steps are done. Raises `BudgetError` before overspending."""
        problem = self._state.problem
        cost = len(self.trials) * (to_step - self.step) * problem.step_nfe
        if not self._state.affords(cost):
            raise BudgetError(f"{cost} NFE are asked for and {self._state.left:.0f} are left.")
        for herd in self._herds:
            self._advance(herd, to_step)

    def look(self) -> list[float]:
        """Score a preview of every sample."""
        if not self._state.affords(0, len(self.trials)):
            raise BudgetError("The previews asked for do not fit the budget.")
        scores: list[float] = []
        for herd in self._herds:
            started = time.perf_counter()
            seen = herd.sampling.preview()
            herd_scores = [
                float(s) for s in (self._state.problem.preview or self._state.problem.score)(seen)
            ]
            share = (time.perf_counter() - started) / len(herd.trials)
            step = herd.sampling.step
            herd.trials = [
                replace(
                    trial,
                    history=(*trial.history, (step, score)),
                    preview=pixels,
                    looks=trial.looks + 1,
                    seconds=trial.seconds + share,
                )
                for trial, score, pixels in zip(herd.trials, herd_scores, seen, strict=True)
            ]
            self._state.looks += len(herd.trials)
            scores += herd_scores
        return scores

    def keep(self, indices: Sequence[int]) -> None:
        """Go on with these alone; an index that comes again is a copy with noise of its own."""
        start, herds = 0, []
        for herd in self._herds:
            own = [i - start for i in indices if start <= i < start + len(herd.trials)]
            start += len(herd.trials)
            kept: list[Trial] = []
            for position, i in enumerate(own):
                again = i in own[:position]
                kept.append(self._state.fork(herd.trials[i]) if again else herd.trials[i])
            self._dropped += [t for i, t in enumerate(herd.trials) if i not in own]
            if own:
                herd.sampling.keep(own)
                herds.append(_Herd(herd.sampling, kept))
        self._herds = herds

    def drop(self) -> None:
        """Give all of them up."""
        self._state.end([*self._dropped, *self.trials])
        self._herds, self._dropped = [], []

    def finish(self) -> list[Trial]:
        """Denoise to the end, score, and record finished and dropped ones together."""
        self.advance(self._state.problem.steps)
        finished: list[Trial] = []
        for herd in self._herds:
            started = time.perf_counter()
            made = herd.sampling.finish()
            scored = self._scored([m.pixels for m in made])
            share = (time.perf_counter() - started) / len(made)
            finished += [
                replace(
                    trial,
                    score=score,
                    accepted=accepted,
                    made=one,
                    preview=None,
                    seconds=trial.seconds + share,
                )
                for trial, one, (score, accepted) in zip(herd.trials, made, scored, strict=True)
            ]
        self._state.end([*self._dropped, *finished])
        self._herds, self._dropped = [], []
        return finished

    def _advance(self, herd: _Herd, to_step: int) -> None:
        problem, before = self._state.problem, herd.sampling.nfe
        steps = to_step - herd.sampling.step
        started = time.perf_counter()
        herd.sampling.advance(to_step)
        share = (time.perf_counter() - started) / len(herd.trials)
        spent = herd.sampling.nfe - before
        self._state.nfe += spent
        each = spent // len(herd.trials)
        herd.trials = [replace(t, nfe=t.nfe + each, seconds=t.seconds + share) for t in herd.trials]
        if spent > len(herd.trials) * steps * problem.step_nfe:
            raise ModelError(
                f"The generator spent {spent / len(herd.trials) / steps:g} denoiser evaluations "
                f"a step, not the {problem.step_nfe} that were budgeted.",
                "Give its guidance scale with the request, or mend the generator's count.",
            )

    def _scored(self, pixels: list[Pixels]) -> list[tuple[float, bool]]:
        problem = self._state.problem
        scores = [float(score) for score in problem.score(pixels)]
        if problem.accept:
            accepted = [problem.accept(one) for one in pixels]
        else:
            bound = problem.threshold
            accepted = [bound is not None and score >= bound for score in scores]
        return list(zip(scores, accepted, strict=True))


def _fresh(proposals: Sequence[Proposal]) -> list[Trial]:
    return [Trial(proposal) for proposal in proposals]


def _merit(trial: Trial) -> tuple[bool, float, int]:
    assert trial.score is not None
    return (trial.accepted, trial.score, -trial.proposal.index)
