"""From what was measured to a verdict: which part is to blame, and what it lacks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from triptych.alignment.results import Missing, PairResult
from triptych.domain import PAIR_WORDS, Pair, Part, Verdict
from triptych.protocols import Pixels, Subject

_BLAMED: dict[Pair, Part] = {"text-image": "image", "text-video": "clip", "image-video": "clip"}
_MOST_MISSING = 3


def verdict_on(
    subject: Subject,
    results: Sequence[PairResult],
    missing: Callable[[Pixels], Sequence[Missing]],
) -> Verdict:
    """The verdict on an attempt.

    Args:
        subject: the attempt.
        results: of its pairs.
        missing: what a picture or clip lacks of the plan, the clearest miss first; asked of the
            part that is blamed.
    """
    blamed = _weakest(results, subject.own_image)
    pixels = {"image": subject.image, "clip": subject.clip}.get(blamed or "")
    lacking = [] if pixels is None else missing(pixels)[:_MOST_MISSING]
    scores = tuple(score for score in (result.as_score() for result in results) if score)
    if results and len(scores) < len(results):
        return Verdict(
            deliverable=subject.deliverable,
            scores=scores,
            status="unjudged",
            reason="The CLIP in use has no calibration, so there is no threshold to hold to:"
            " `triptych calibrate` makes one.",
        )
    if blamed is None:
        return Verdict(deliverable=subject.deliverable, scores=scores, status="passed")
    failed = [f"{PAIR_WORDS[r.pair]}: {', '.join(r.failed)}" for r in results if r.failed]
    return Verdict(
        deliverable=subject.deliverable,
        scores=scores,
        status="failed",
        weakest=blamed,
        missing=tuple(one.words for one in lacking),
        reason="; ".join([*failed, *(one.sentence for one in lacking)]) + ".",
    )


def _weakest(results: Sequence[PairResult], own_image: bool) -> Part | None:
    """The part that made the first pair to fall short; a picture before its clip."""
    failed = [result for result in results if result.passed is False]
    if not failed:
        return None
    return _BLAMED[failed[0].pair] if own_image else "copy"
