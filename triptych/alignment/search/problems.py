"""Search problems for the generators: a picture for some copy, a clip for a picture and copy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from triptych.alignment.augment import shifted
from triptych.alignment.calibration import Criterion, SearchStatistics
from triptych.alignment.scoring import AlignmentScorer, Words
from triptych.alignment.search.problem import Problem, Proposal, Score
from triptych.domain import ModelIdentity, Pair
from triptych.protocols import (
    ImageGenerator,
    Pixels,
    Progress,
    Sampling,
    VideoGenerator,
    VisualRequest,
)

if TYPE_CHECKING:
    import torch


def image_problem(
    generator: ImageGenerator,
    requests: Sequence[VisualRequest],
    latents: torch.Tensor | None,
    words: Words,
    scorer: AlignmentScorer,
    *,
    candidates: int = 1,
    budget: int | None = None,
    seed: int = 0,
    trade_off: float = 0.001,
    second: Score | None = None,
    on_step: Progress | None = None,
) -> Problem:
    """Search for a picture that agrees with the copy.

    Args:
        generator: paints.
        requests: the first is what is asked; the others are rewordings of it, taken one after
            another when attempts fail.
        latents: Z of the copy, (K, D).
        words: the copy, or its claims.
        scorer: the critic.
        candidates: compute, in full samples.
        budget: NFE that are left for this, if that is less.
        seed: of the first sample; the others follow from it.
        trade_off: λ of the sequential strategy.
        second: a second scorer that joins the ranking.
        on_step: told of denoising steps.
    """
    claims = scorer.claims(words)

    def propose(proposals: Sequence[Proposal]) -> Sampling:
        asked = [requests[min(p.words, len(requests) - 1)] for p in proposals]
        seeds = [p.seed for p in proposals]
        return generator.start(asked, [latents] * len(asked), seeds, on_step)

    def passes(pixels: Pixels) -> bool:
        return scorer.text_image(claims, pixels).passed is True

    return _problem(
        generator,
        requests,
        candidates,
        budget,
        propose=propose,
        score=lambda images: scorer.rank_images(claims, images),
        threshold=rank_threshold(scorer, "text-image"),
        accept=passes if scorer.calibration else None,
        confirm=lambda pixels: passes(shifted(pixels)),
        second=second,
        seed=seed,
        trade_off=trade_off,
        statistics=_measured(scorer, generator, "image"),
    )


def clip_problem(
    generator: VideoGenerator,
    requests: Sequence[VisualRequest],
    latents: torch.Tensor | None,
    key_image: Pixels | None,
    words: Words,
    scorer: AlignmentScorer,
    *,
    candidates: int = 1,
    budget: int | None = None,
    seed: int = 0,
    trade_off: float = 0.001,
    second: Score | None = None,
    on_step: Progress | None = None,
) -> Problem:
    """Search for a clip of the winning picture; arguments as for `image_problem`.

    A clip passes if it agrees with the copy and with its key image, moves, and does not flicker.
    """
    claims = scorer.claims(words)

    def propose(proposals: Sequence[Proposal]) -> Sampling:
        asked = [requests[min(p.words, len(requests) - 1)] for p in proposals]
        seeds = [p.seed for p in proposals]
        count = len(asked)
        return generator.start(asked, [latents] * count, [key_image] * count, seeds, on_step)

    def passes(clip: Pixels) -> bool:
        agrees = scorer.text_video(claims, clip).passed is True
        if key_image is None or not agrees:
            return agrees
        return scorer.image_video(key_image, clip).passed is True

    return _problem(
        generator,
        requests,
        candidates,
        budget,
        propose=propose,
        score=lambda clips: scorer.rank_clips(claims, clips),
        preview=lambda clips: scorer.rank_clips(claims, clips, gates=False),
        threshold=rank_threshold(scorer, "text-video"),
        accept=passes if scorer.calibration else None,
        confirm=lambda clip: passes(shifted(clip)),
        second=second,
        seed=seed,
        trade_off=trade_off,
        statistics=_measured(scorer, generator, "clip"),
        max_batch=4,
    )


def named(identity: ModelIdentity) -> str:
    """A generator as pools and statistics name it."""
    return f"{identity.name} {identity.revision}".strip()


def _measured(
    scorer: AlignmentScorer,
    generator: ImageGenerator | VideoGenerator,
    part: Literal["image", "clip"],
) -> SearchStatistics | None:
    """What was measured of this very generator; what another's previews tell is not assumed."""
    found = scorer.calibration.search.get(part) if scorer.calibration else None
    return found if found and found.generator == named(generator.identity) else None


def rank_threshold(scorer: AlignmentScorer, pair: Pair) -> float | None:
    """What a rank must about reach to pass: the mean of its criteria's thresholds."""
    calibration = scorer.calibration
    if calibration is None or pair not in calibration.pairs:
        return None
    criteria: list[Criterion] = list(calibration.pairs[pair].matched)
    needed = [calibration.threshold(pair, criterion, scorer.rate) for criterion in criteria]
    return sum(n for n in needed if n is not None) / len(needed)


def _problem(
    generator: ImageGenerator | VideoGenerator,
    requests: Sequence[VisualRequest],
    candidates: int,
    budget: int | None,
    **given: object,
) -> Problem:
    first = requests[0]
    steps, step_nfe = first.steps or generator.steps, generator.step_nfe
    if first.guidance_scale is not None:
        step_nfe = 1 if first.guidance_scale == 1.0 else 2
    whole = candidates * steps * step_nfe
    return Problem(
        budget=whole if budget is None else min(whole, budget),
        steps=steps,
        step_nfe=step_nfe,
        eta=first.eta,
        rewordings=len(requests) - 1,
        **given,  # type: ignore[arg-type]
    )
