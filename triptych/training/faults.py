"""The denoiser's own faults: latents of renders, noised, and as the denoiser gives them back.

What should have come of them is known, so what follows the denoiser can learn to mend them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from diffusers import DDIMScheduler
from torch import Tensor

from triptych.training.losses import add_noise, predicted_clean

Predict = Callable[[Tensor, Tensor, Sequence[str]], Tensor]
"""Noisy latents (B, C, h, w), times (B,) and prompts to the denoiser's answer."""

LEAST, MOST = 0.05, 0.6
"""Shares of the noise schedule between which latents are noised."""


class Faults:
    """Makes latents as wrong as the denoiser makes them.

    Args:
        predict: the frozen denoiser, hearing a prompt.
        scheduler: its noise schedule, and what it predicts.
    """

    def __init__(self, predict: Predict, scheduler: DDIMScheduler) -> None:
        self._predict = predict
        self._alpha_bar = scheduler.alphas_cumprod
        self._prediction = scheduler.config["prediction_type"]

    def times(self, count: int, generator: torch.Generator, most: float = MOST) -> Tensor:
        """(count,) moments of the schedule up to which latents are noised.

        Args:
            count: how many.
            generator: draws them, evenly.
            most: the latest, as a share of the schedule.
        """
        share = LEAST + (most - LEAST) * torch.rand(count, generator=generator)
        return (share * len(self._alpha_bar)).long()

    @torch.no_grad()
    def wrong(self, clean: Tensor, noise: Tensor, times: Tensor, prompts: Sequence[str]) -> Tensor:
        """Latents (B, C, h, w) as the denoiser gives them back, in two steps of DDIM.

        Args:
            clean: (B, C, h, w) latents of renders.
            noise: of the same shape.
            times: (B,) as of `times`.
            prompts: what the denoiser is told of each.
        """
        latents = clean
        for _ in range(2):
            alpha = self._alpha_bar.to(times.device)[times]
            noisy = add_noise(latents, noise, alpha)
            predicted = self._predict(noisy, times, prompts).float()
            latents = predicted_clean(noisy, predicted, alpha, self._prediction)
            wide = alpha.view(-1, 1, 1, 1)
            noise = (noisy - wide.sqrt() * latents) / (1 - wide).sqrt()
            times = times // 3
        return latents
