"""What to expect of a prompt's next seed: a prior over prompts, shrunk by the seeds seen so far."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from triptych.alignment.calibration import SearchStatistics

VAGUE = (0.0, 10.0, 1.0)
"""Mean, between and within of an unmeasured generator: the first seed then says where it lies."""


@dataclass(frozen=True)
class Expected:
    """A normal belief about a score."""

    mean: float
    deviation: float

    def improvement(self, best: float) -> float:
        """E[max(score − best, 0)] (Mockus 1978)."""
        if self.deviation <= 0:
            return max(self.mean - best, 0.0)
        u = (self.mean - best) / self.deviation
        density = math.exp(-u * u / 2) / math.sqrt(2 * math.pi)
        return (self.mean - best) * _below(u) + self.deviation * density

    def chance(self, bound: float) -> float:
        """P(score ≥ bound)."""
        if self.deviation <= 0:
            return float(self.mean >= bound)
        return _below((self.mean - bound) / self.deviation)


@dataclass(frozen=True)
class PromptPrior:
    """Scores of one prompt's seeds are N(m, within²), and prompts' means m are N(mean, between²).

    The prompt's own mean is shrunk towards that of all prompts by how few of its seeds were seen
    (James & Stein 1961; the normal model's posterior).
    """

    mean: float = VAGUE[0]
    between: float = VAGUE[1]
    within: float = VAGUE[2]

    @classmethod
    def of(cls, statistics: SearchStatistics | None) -> PromptPrior:
        """As measured of a generator; vague without a measurement."""
        if statistics is None:
            return cls()
        return cls(statistics.mean, statistics.between, statistics.within)

    def prompt(self, scores: Sequence[float]) -> Expected:
        """Belief about the prompt's mean, given its finished seeds."""
        precision = 1 / self.between**2 + len(scores) / self.within**2
        mean = (self.mean / self.between**2 + sum(scores) / self.within**2) / precision
        return Expected(mean, precision**-0.5)

    def next_seed(self, scores: Sequence[float]) -> Expected:
        """Belief about the score of a seed not yet tried."""
        prompt = self.prompt(scores)
        return Expected(prompt.mean, math.hypot(prompt.deviation, self.within))

    def after_preview(
        self, scores: Sequence[float], preview: float, correlation: float, shift: float
    ) -> Expected:
        """Belief about the final score of a seed whose preview was scored.

        Args:
            scores: the prompt's finished seeds.
            preview: score of the preview.
            correlation: within-prompt correlation of previews with finals at that step.
            shift: how much finals lie above previews on average at that step.
        """
        prompt = self.prompt(scores)
        mean = prompt.mean + correlation * (preview + shift - prompt.mean)
        spread = self.within * math.sqrt(max(1 - correlation**2, 0.0))
        return Expected(mean, math.hypot(spread, (1 - correlation) * prompt.deviation))


def _below(u: float) -> float:
    return (1 + math.erf(u / math.sqrt(2))) / 2
