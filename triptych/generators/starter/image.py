"""The starter's picture: latent diffusion conditioned on Z and the prompt. P(I | T, Z)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from diffusers import DDIMScheduler, UNet2DConditionModel
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from triptych.domain import ModelIdentity
from triptych.errors import ModelError
from triptych.generators.eighths import from_eighths
from triptych.generators.starter.sampling import DdimSampling, to_pixels
from triptych.generators.starter.visual import StarterVisual
from triptych.generators.weights import revision_of
from triptych.protocols import Progress, VisualRequest

UNET_WEIGHTS = "diffusion_pytorch_model.safetensors"
"""What diffusers calls the weights of a UNet."""


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
            shape=(autoencoder.config.packed_channels, side, side),
        )


def read_unet(folder: Path) -> UNet2DConditionModel:
    """A UNet that diffusers saved, in float32, whether stored in whole, in halves or in eighths.

    Raises `OSError`, `ValueError`, `RuntimeError` or `SafetensorError` if it cannot be read.
    """
    config: Any = UNet2DConditionModel.load_config(str(folder))
    denoiser = UNet2DConditionModel.from_config(config)
    assert isinstance(denoiser, UNet2DConditionModel)
    denoiser.load_state_dict(from_eighths(load_file(folder / UNET_WEIGHTS)))
    return denoiser.eval()


def load_denoiser(folder: Path) -> tuple[UNet2DConditionModel, DDIMScheduler]:
    """UNet and scheduler of `image/`; raises `ModelError` if they cannot be loaded."""
    try:
        denoiser = read_unet(folder / "image")
        scheduler = DDIMScheduler.from_pretrained(str(folder / "image"))
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"The denoiser in {folder / 'image'} cannot be loaded: {error}",
            "Reinstall the package, or train it with `triptych train image`.",
        ) from error
    assert isinstance(scheduler, DDIMScheduler)
    return denoiser, scheduler


def image_identity(folder: Path) -> ModelIdentity:
    """Name of the image module in a weights folder, and the hash of all that it works with."""
    revision = revision_of(folder, "image", "latents", "clip", "autoencoder")
    return ModelIdentity(name="starter/image", revision=revision)
