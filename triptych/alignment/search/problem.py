"""What a search is given and what it hands back; images and clips alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from triptych.alignment.calibration import SearchStatistics
from triptych.domain import Strategy
from triptych.protocols import Made, Pixels, Sampling
from triptych.seeds import derive_seed

Score = Callable[[Sequence[Pixels]], Sequence[float]]
"""Ranks pictures or clips; higher is better."""


@dataclass(frozen=True)
class Proposal:
    """One sample to try.

    Attributes:
        index: its number in the search.
        seed: of its noise.
    """

    index: int
    seed: int


@dataclass(frozen=True)
class Trial:
    """One sample that was tried, finished or dropped on the way.

    Attributes:
        proposal: what was tried.
        history: (steps done, preview's score) each time it was looked at.
        score: the critic's, when finished; None if it was dropped.
        accepted: whether it meets the threshold by itself.
        made: the finished sample; None if dropped.
        preview: the last preview of a dropped sample, if one was taken.
        nfe: denoiser evaluations it took; a copy's count from where it parted.
        looks: previews taken of it.
        seconds: its share of the batch's time.
        parent: index of the sample that it is a copy of (particles).
    """

    proposal: Proposal
    history: tuple[tuple[int, float], ...] = ()
    score: float | None = None
    accepted: bool = False
    made: Made | None = None
    preview: Pixels | None = None
    nfe: int = 0
    looks: int = 0
    seconds: float = 0.0
    parent: int | None = None

    @property
    def pixels(self) -> Pixels | None:
        """What there is to show of it."""
        return self.made.pixels if self.made else self.preview


@dataclass(frozen=True)
class Problem:
    """One part of one deliverable to search for.

    Attributes:
        propose: begins a batch; the only way to the generator.
        score: the critic's ranking of finished samples.
        budget: denoiser evaluations that may be spent, previews charged in step equivalents.
        steps: denoising steps of one sample.
        step_nfe: denoiser evaluations of one step of one sample; 2 with guidance.
        preview: ranking of previews; by default `score`.
        threshold: what `score` should reach; None if nothing was calibrated.
        accept: whether a finished sample passes; by default `score` ≥ `threshold`.
        confirm: the same question under another augmentation, asked of the winner alone.
        seed: decides all chance; index 0 has this very seed, as without a search.
        eta: DDIM's η of the samples; particles need it above 0.
        statistics: what was measured of this generator; None if nothing was.
        max_batch: most samples that are denoised together.
        max_candidates: most samples that may be begun by strategies that drop some.
        trade_off: λ of the sequential strategy: score that one NFE must be expected to buy.
    """

    propose: Callable[[Sequence[Proposal]], Sampling]
    score: Score
    budget: int
    steps: int
    step_nfe: int = 2
    preview: Score | None = None
    threshold: float | None = None
    accept: Callable[[Pixels], bool] | None = None
    confirm: Callable[[Pixels], bool] | None = None
    seed: int = 0
    eta: float = 0.0
    statistics: SearchStatistics | None = None
    max_batch: int = 16
    max_candidates: int = 64
    trade_off: float = 0.001

    @property
    def sample_nfe(self) -> int:
        """Denoiser evaluations of one whole sample."""
        return self.steps * self.step_nfe

    @property
    def samples(self) -> int:
        """Whole samples that the budget pays for."""
        return self.budget // self.sample_nfe

    @property
    def look_cost(self) -> float:
        """One preview of one sample, in NFE."""
        return self.step_nfe * (self.statistics.preview_cost if self.statistics else 0.5)

    def proposal(self, index: int) -> Proposal:
        """The sample of that number; its seed depends on the problem's and the number alone."""
        return Proposal(index, derive_seed(self.seed, index) if index else self.seed)


@dataclass(frozen=True)
class Outcome:
    """All that a search tried, and which one it stands for.

    Attributes:
        winner: the best finished sample (for retry-last the last).
        met: whether the winner passes, also under another augmentation if it was one of several;
            None if there is no threshold.
        decision: why the search ended, in words.
        nfe: denoiser evaluations in all.
        looks: previews in all.
        charged: `nfe` and previews in NFE; never above the budget.
    """

    strategy: Strategy
    trials: tuple[Trial, ...]
    winner: Trial
    met: bool | None
    decision: str
    nfe: int
    looks: int
    charged: float
