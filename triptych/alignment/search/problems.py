"""Search problems for the generators: a picture for some copy, a clip for a picture and copy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from triptych.alignment.augment import shifted
from triptych.alignment.calibration import SearchStatistics
from triptych.alignment.search.problem import Problem, Proposal, Score
from triptych.domain import ModelIdentity, Part
from triptych.protocols import (
    Critic,
    ImageGenerator,
    Pixels,
    Progress,
    Sampling,
    VideoGenerator,
    VisualRequest,
)

if TYPE_CHECKING:
    import torch


@runtime_checkable
class MeasuredCritic(Protocol):
    """A critic that knows how its ranks are spread; the search does without where it does not."""

    def threshold(self, part: Part) -> float | None:
        """What a rank must about reach to pass; None if nothing was calibrated."""
        ...

    def statistics(self, part: Part, generator: ModelIdentity) -> SearchStatistics | None:
        """What was measured of this very generator; None if nothing was."""
        ...


def image_problem(
    generator: ImageGenerator,
    requests: Sequence[VisualRequest],
    latents: torch.Tensor | None,
    words: str,
    critic: Critic,
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
        words: what should be seen, in one line.
        critic: ranks and accepts.
        candidates: compute, in full samples.
        budget: NFE that are left for this, if that is less.
        seed: of the first sample; the others follow from it.
        trade_off: λ of the sequential strategy.
        second: a second scorer that joins the ranking.
        on_step: told of denoising steps.
    """

    def propose(proposals: Sequence[Proposal]) -> Sampling:
        asked = [requests[min(p.words, len(requests) - 1)] for p in proposals]
        seeds = [p.seed for p in proposals]
        return generator.start(asked, [latents] * len(asked), seeds, on_step)

    def passes(pixels: Pixels) -> bool:
        return critic.passes(words, pixels)

    threshold, statistics = _measured(critic, generator, "image")
    return _problem(
        generator,
        requests,
        candidates,
        budget,
        propose=propose,
        score=lambda images: critic.rank(words, images),
        threshold=threshold,
        accept=passes if critic.judges else None,
        confirm=lambda pixels: passes(shifted(pixels)),
        second=second,
        seed=seed,
        trade_off=trade_off,
        statistics=statistics,
    )


def clip_problem(
    generator: VideoGenerator,
    requests: Sequence[VisualRequest],
    latents: torch.Tensor | None,
    key_image: Pixels | None,
    words: str,
    critic: Critic,
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

    def propose(proposals: Sequence[Proposal]) -> Sampling:
        asked = [requests[min(p.words, len(requests) - 1)] for p in proposals]
        seeds = [p.seed for p in proposals]
        count = len(asked)
        return generator.start(asked, [latents] * count, [key_image] * count, seeds, on_step)

    def passes(clip: Pixels) -> bool:
        return critic.passes(words, clip, key_image)

    threshold, statistics = _measured(critic, generator, "clip")
    return _problem(
        generator,
        requests,
        candidates,
        budget,
        propose=propose,
        score=lambda clips: critic.rank(words, clips),
        preview=lambda clips: critic.rank(words, clips, preview=True),
        threshold=threshold,
        accept=passes if critic.judges else None,
        confirm=lambda clip: passes(shifted(clip)),
        second=second,
        seed=seed,
        trade_off=trade_off,
        statistics=statistics,
        max_batch=4,
    )


def _measured(
    critic: Critic, generator: ImageGenerator | VideoGenerator, part: Literal["image", "clip"]
) -> tuple[float | None, SearchStatistics | None]:
    """Threshold of the critic's ranks and what is known of the generator's, if it knows them."""
    if not isinstance(critic, MeasuredCritic):
        return None, None
    return critic.threshold(part), critic.statistics(part, generator.identity)


def _problem(
    generator: ImageGenerator | VideoGenerator,
    requests: Sequence[VisualRequest],
    candidates: int,
    budget: int | None,
    **given: object,
) -> Problem:
    first = requests[0]
    steps, step_nfe = generator.steps_for(first.steps), generator.step_nfe
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
