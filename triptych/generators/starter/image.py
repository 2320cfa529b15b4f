"""The starter's picture: latent diffusion conditioned on Z and the prompt. P(I | T, Z)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from torch import Tensor

from triptych.domain import ModelIdentity
from triptych.errors import ModelError
from triptych.generators.starter.sampling import DdimSampling, to_pixels
from triptych.generators.starter.visual import StarterVisual
from triptych.generators.weights import revision_of
from triptych.protocols import Progress, VisualRequest


class StarterImage(StarterVisual[UNet2DConditionModel]):
    """Paints 128×128 pictures with diffusers' UNet."""

    def steps_for(self, wished: int | None) -> int:
        """As many as are wished for."""
        return wished or self.steps

    def start(
        self,
        requests: Sequence[VisualRequest],
        latents: Sequence[Tensor | None],
        seeds: Sequence[int],
        on_step: Progress | None = None,
    ) -> DdimSampling:
        """Begin a batch; one latents entry (K, D) and one seed a request.

        Raises `ModelError` if the requests differ in more than their prompts.
        """
        autoencoder, side = self.autoencoder, self.autoencoder.latent_size
        return self._sample(
            requests,
            latents,
            seeds,
            on_step,
            predict=lambda x, t, states, _: self.denoiser(x, t, states).sample,
            codec=(
                lambda clean, _: list(to_pixels(autoencoder.decode(clean))),
                lambda clean, _: list(to_pixels(autoencoder.sketch(clean))),
            ),
            shape=(autoencoder.config.latent_channels, side, side),
        )


def load_denoiser(folder: Path) -> tuple[UNet2DConditionModel, DDIMScheduler]:
    """UNet and scheduler of `image/`; raises `ModelError` if they cannot be loaded."""
    try:
        denoiser = UNet2DConditionModel.from_pretrained(
            str(folder / "image"), use_safetensors=True, torch_dtype=torch.float32
        )
        scheduler: Any = DDIMScheduler.from_pretrained(str(folder / "image"))
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelError(
            f"The denoiser in {folder / 'image'} cannot be loaded: {error}",
            "Reinstall the package, or train it with `triptych train image`.",
        ) from error
    return denoiser, scheduler


def image_identity(folder: Path) -> ModelIdentity:
    """Name of the image module in a weights folder, and the hash of all that it works with."""
    revision = revision_of(folder, "image", "latents", "clip", "autoencoder")
    return ModelIdentity(name="starter/image", revision=revision)
