"""Stage `image`: the denoiser and Z's image head learn to paint what the copy says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal

import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from torch import Tensor, nn

from triptych.generators.starter.conditioning import PromptEncoder
from triptych.generators.starter.latents import Connector
from triptych.training.data import draw, to_device
from triptych.training.losses import add_noise, denoising_target, image_loss, predicted_clean
from triptych.training.similarity import Cosines

SHOWN_AT = 0.4
"""Share of the noise schedule at which x̂₀ is shown to the CLIP: where L_align looks last."""
FRAMED = 0.4
"""Share of training pictures that are frames of clips: more views of as many scenes."""
SHOWN = 16
"""Validation pictures that are shown to it."""


@dataclass(frozen=True)
class Encoded:
    """A split, encoded once: what the denoisers learn from.

    Attributes:
        images: (N, C, h, w) normalised latents of the stills.
        clips: (M, F, C, h, w) normalised latents of the clips.
        clip_cases: (M,) the case of each clip.
        shared: (N, R, K, D) Z of R different copies of each case.
        prompts: N lists of prompts that fit the picture (captions, the plan's visual line).
        clip_prompts: M prompts of the clips, the motion added.
    """

    images: Tensor
    clips: Tensor
    clip_cases: Tensor
    shared: Tensor
    prompts: list[list[str]]
    clip_prompts: list[str]


@dataclass
class VisualBatch:
    """Clean latents, noise, times, and what may be said about them."""

    clean: Tensor
    noise: Tensor
    times: Tensor
    shared: Tensor
    prompts: list[str]
    hear_latents: Tensor
    hear_prompt: Tensor
    rows: Tensor


def draw_hearing(
    size: int, drop: tuple[float, float, float], generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Which of Z and prompt each sample hears, (B,) booleans each.

    Args:
        size: B.
        drop: chance of neither, of Z alone, of the prompt alone; else both.
        generator: the source of chance.
    """
    chance = torch.rand(size, generator=generator)
    neither, only_z, only_prompt = drop
    hear_latents = (chance >= neither) & ~(
        (chance >= neither + only_z) & (chance < neither + only_z + only_prompt)
    )
    hear_prompt = chance >= neither + only_z
    return hear_latents, hear_prompt


def draw_times(count: int, size: int, generator: torch.Generator) -> Tensor:
    """(size,) time steps below `count`: half uniform, half where most is to be learned.

    That is the middle of the schedule, by a logit-normal density (Esser et al. 2024): near its
    start a picture is all but given, near its end all but lost.
    """
    even = torch.rand(size, generator=generator)
    middle = torch.sigmoid(torch.randn(size, generator=generator) - 0.4)
    share = torch.where(torch.rand(size, generator=generator) < 0.5, even, middle)
    return (share * count).long().clamp(max=count - 1)


def heard_states(batch: VisualBatch, connector: Connector, prompts: PromptEncoder) -> Tensor:
    """Conditioning (B, K + L, C) with what a sample does not hear set to zero."""
    spoken = connector(batch.shared) * batch.hear_latents[:, None, None]
    said = prompts(batch.prompts) * batch.hear_prompt[:, None, None]
    return torch.cat([spoken, said], dim=1)


class ImageObjective(nn.Module):
    """L_img (eq. 4), conditioned on Z, the prompt, both or neither.

    Args:
        denoiser: the UNet.
        connector: the image head of Z.
        prompts: the frozen text tower.
        scheduler: its ᾱ are the noise schedule.
        train: encoded training split.
        validation: encoded validation split.
        drop: as in `draw_hearing`.
        write: exports the trained weights.
        alike: mean CLIP cosine of clean latents, decoded, and their prompts; validation logs it.
    """

    def __init__(
        self,
        denoiser: UNet2DConditionModel,
        connector: Connector,
        prompts: PromptEncoder,
        scheduler: DDIMScheduler,
        train: Encoded,
        validation: Encoded,
        drop: tuple[float, float, float],
        write: Callable[[Path], None],
        alike: Cosines | None = None,
    ) -> None:
        super().__init__()
        self.denoiser, self.connector = denoiser, connector
        self._alike = alike
        self._prompts, self._train, self._validation = prompts, train, validation
        self._drop, self._write = drop, write
        self._alpha_bar = scheduler.alphas_cumprod
        self._prediction: Literal["epsilon", "v_prediction"] = scheduler.config["prediction_type"]

    def batch(self, generator: torch.Generator, size: int) -> VisualBatch:
        """Stills of the training split with noise, times and hearing."""
        times = len(self._alpha_bar)
        return draw_images(self._train, size, self._drop, times, generator, FRAMED)

    def forward(self, batch: VisualBatch) -> dict[str, Tensor]:
        """The denoising loss."""
        batch = to_device(batch, self)
        alpha, _, predicted = self._predict(batch)
        target = denoising_target(batch.clean, batch.noise, alpha, self._prediction)
        return {"loss": image_loss(predicted, target)}

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Loss hearing both, Z alone and the prompt alone, on the same noise each time.

        A stage that never hears Z is judged by the prompt alone.
        """
        figures = {}
        deaf = self._drop[0] + self._drop[2] >= 1
        only_prompt = (0.0, 0.0, 1.0)
        hearings = {"loss": (0.0, 0.0, 0.0), "latents": (0.0, 1.0, 0.0), "prompt": only_prompt}
        hearings = {"loss": only_prompt} if deaf else hearings
        for name, drop in hearings.items():
            generator = torch.Generator().manual_seed(5)
            losses = [
                float(
                    self(draw_images(self._validation, 64, drop, len(self._alpha_bar), generator))[
                        "loss"
                    ]
                )
                for _ in range(2)
            ]
            figures[name] = sum(losses) / len(losses)
        if self._alike is not None:
            figures["similarity"] = self._similarity(hearings["loss"], self._alike)
        return figures

    def _similarity(self, drop: tuple[float, float, float], alike: Cosines) -> float:
        generator = torch.Generator().manual_seed(5)
        times = len(self._alpha_bar)
        batch = draw_images(self._validation, SHOWN, drop, times, generator)
        batch.times.fill_(int(SHOWN_AT * times))
        batch = to_device(batch, self)
        alpha, noisy, predicted = self._predict(batch)
        clean = predicted_clean(noisy, predicted, alpha, self._prediction)
        return alike(clean, batch.prompts)

    def _predict(self, batch: VisualBatch) -> tuple[Tensor, Tensor, Tensor]:
        """ᾱ (B,), the noisy latents and the denoiser's answer."""
        alpha = self._alpha_bar.to(batch.times.device)[batch.times]
        noisy = add_noise(batch.clean, batch.noise, alpha)
        states = heard_states(batch, self.connector, self._prompts)
        return alpha, noisy, self.denoiser(noisy, batch.times, states).sample

    def export(self, folder: Path) -> None:
        """Write the denoiser, the scheduler and the shared latents."""
        self._write(folder)


def draw_images(
    data: Encoded,
    size: int,
    drop: tuple[float, float, float],
    times: int,
    generator: torch.Generator,
    framed: float = 0.0,
) -> VisualBatch:
    """A batch of stills with noise and hearing drawn from `generator`.

    Args:
        data: a split.
        size: of the batch.
        drop: as in `draw_hearing`.
        times: of the noise schedule.
        generator: the source of chance.
        framed: share of the pictures that are frames of clips instead.
    """
    rng = Random(int(torch.randint(2**62, (1,), generator=generator)))
    rows = draw(len(data.images), size, generator)
    copies = draw(data.shared.shape[1], size, generator)
    hear_latents, hear_prompt = draw_hearing(size, drop, generator)
    clean = data.images[rows].float()
    if framed and len(data.clips):
        clips = draw(len(data.clips), size, generator)
        frames = draw(data.clips.shape[1], size, generator)
        moved = torch.rand(size, generator=generator) < framed
        clean[moved] = data.clips[clips, frames][moved].float()
        rows = torch.where(moved, data.clip_cases[clips], rows)
    return VisualBatch(
        clean=clean,
        noise=torch.randn(clean.shape, generator=generator),
        times=draw_times(times, size, generator),
        shared=data.shared[rows, copies].float(),
        prompts=[rng.choice(data.prompts[row]) for row in rows.tolist()],
        hear_latents=hear_latents,
        hear_prompt=hear_prompt,
        rows=rows,
    )
