"""What the critic measured: of a pair of parts, and of what a picture lacks."""

from __future__ import annotations

from dataclasses import dataclass

from triptych.alignment.align import align_loss
from triptych.alignment.calibration import Criterion
from triptych.domain import Pair, PairScore


@dataclass(frozen=True)
class PairResult:
    """What was measured of one pair, and how it was judged.

    Attributes:
        cosine: mean over claims; of a clip with the mean of its frames (eq. 8).
        weakest: the weakest claim's cosine.
        weakest_claim: that claim; empty for image-video.
        frame: the 10th-percentile frame's cosine; None for a still.
        z: by criterion; empty without a null.
        threshold: the cosine that `cosine` must reach; None if the CLIP is not calibrated.
        failed: what fell short, in words; empty if all held or nothing could be judged.
    """

    pair: Pair
    cosine: float
    weakest: float
    weakest_claim: str
    frame: float | None
    z: dict[Criterion, float]
    threshold: float | None
    failed: tuple[str, ...]

    @property
    def loss(self) -> float:
        """L_align."""
        return align_loss(self.cosine)

    @property
    def passed(self) -> bool | None:
        """Whether it was accepted; None if it could not be judged."""
        return None if self.threshold is None else not self.failed

    def as_score(self) -> PairScore | None:
        """For a verdict; None if there was no threshold to hold it against."""
        if self.threshold is None:
            return None
        return PairScore(
            pair=self.pair,
            cosine=self.cosine,
            loss=self.loss,
            z=self.z.get("mean"),
            threshold=self.threshold,
            passed=not self.failed,
        )


@dataclass(frozen=True)
class Missing:
    """An attribute or claim that the picture does not show."""

    words: str
    """As the plan says it: what the next attempt is told to mention."""
    seen: str
    """The rival that the picture is nearer to; empty for a claim without rivals."""
    margin: float
    """Cosine (or z, for a claim) less what it should have reached; negative."""

    @property
    def sentence(self) -> str:
        """For the verdict's reason."""
        if self.seen:
            return f"“{self.words}” does not show; it looks more like “{self.seen}”"
        return f"“{self.words}” does not show"
