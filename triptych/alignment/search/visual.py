"""Search problems for the generators: a picture for some copy, a clip for a picture and copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from triptych.alignment.augment import shifted
from triptych.alignment.calibration import SearchStatistics
from triptych.alignment.search.problem import Problem, Proposal
from triptych.domain import ModelIdentity, Part, Strategy
from triptych.generators.guidance import nfe_of_step
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

NOISE_ON_THE_WAY: Mapping[Strategy, float] = {"particles": 1.0}
"""DDIM's η that a strategy asks of the sampler; 0 where it is not named. Copies of a particle part
only by noise that is drawn on the way: 1 is as much as ancestral sampling draws."""
_TOGETHER = {"image": 16, "clip": 4}
"""Most samples that are denoised together."""


@runtime_checkable
class MeasuredCritic(Protocol):
    """A critic that knows how its ranks are spread; the search does without where it does not."""

    def threshold(self, part: Part) -> float | None:
        """What a rank must about reach to pass; None if nothing was calibrated."""
        ...

    def statistics(self, part: Part, generator: ModelIdentity) -> SearchStatistics | None:
        """What was measured of this very generator; None if nothing was."""
        ...


@dataclass(frozen=True)
class FromKeyImage:
    """A video generator with its key image in hand: it begins samples as an image generator does.

    Attributes:
        video: shoots.
        key_image: (H, W, 3) what its clips begin with.
    """

    video: VideoGenerator
    key_image: Pixels

    @property
    def identity(self) -> ModelIdentity:
        """The video generator's."""
        return self.video.identity

    @property
    def step_nfe(self) -> int:
        """The video generator's."""
        return self.video.step_nfe

    def steps_for(self, wished: int | None) -> int:
        """As the video generator has it."""
        return self.video.steps_for(wished)

    def start(
        self,
        requests: Sequence[VisualRequest],
        latents: Sequence[torch.Tensor | None],
        seeds: Sequence[int],
        on_step: Progress | None = None,
    ) -> Sampling:
        """Begin a batch of clips of the key image."""
        keys = [self.key_image] * len(requests)
        return self.video.start(requests, latents, keys, seeds, on_step)


def visual_problem(
    generator: ImageGenerator | FromKeyImage,
    request: VisualRequest,
    latents: torch.Tensor | None,
    words: str,
    critic: Critic,
    strategy: Strategy = "pruning",
    *,
    candidates: int = 1,
    budget: int | None = None,
    seed: int = 0,
    trade_off: float = 0.001,
    on_step: Progress | None = None,
) -> Problem:
    """Search for a picture that agrees with the copy, or for a clip of a picture.

    A picture passes if it agrees with the words; a clip if it agrees with them and with its key
    image, moves, and does not flicker.

    Args:
        generator: paints, or shoots from a key image.
        request: what is asked; the strategy's η is put into it where it has a choice of samples.
        latents: Z of the copy, (K, D).
        words: what should be seen, in one line.
        critic: ranks and accepts.
        strategy: that the problem is for.
        candidates: compute, in full samples.
        budget: NFE that are left for this, if that is less.
        seed: the first sample's; those of the others follow from it.
        trade_off: λ of the sequential strategy.
        on_step: called with steps done and steps in all.
    """
    key = generator.key_image if isinstance(generator, FromKeyImage) else None
    part: Literal["image", "clip"] = "image" if key is None else "clip"
    if candidates > 1:
        request = replace(request, eta=NOISE_ON_THE_WAY.get(strategy, request.eta))

    def propose(proposals: Sequence[Proposal]) -> Sampling:
        count, seeds = len(proposals), [proposal.seed for proposal in proposals]
        return generator.start([request] * count, [latents] * count, seeds, on_step)

    def passes(sample: Pixels) -> bool:
        return critic.passes(words, sample, key)

    steps, scale = generator.steps_for(request.steps), request.guidance_scale
    step_nfe = generator.step_nfe if scale is None else nfe_of_step(scale)
    whole = candidates * steps * step_nfe
    measured = isinstance(critic, MeasuredCritic)
    return Problem(
        propose=propose,
        score=lambda samples: critic.rank(words, samples),
        budget=whole if budget is None else min(whole, budget),
        steps=steps,
        step_nfe=step_nfe,
        preview=lambda samples: critic.rank(words, samples, preview=True),
        threshold=critic.threshold(part) if measured else None,
        accept=passes if critic.judges else None,
        confirm=lambda sample: passes(shifted(sample)),
        seed=seed,
        eta=request.eta,
        statistics=critic.statistics(part, generator.identity) if measured else None,
        max_batch=_TOGETHER[part],
        trade_off=trade_off,
    )
