"""The starter's picture: latent diffusion conditioned on Z and the prompt. P(I | T, Z)."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from triptych.domain import ModelIdentity
from triptych.errors import ModelError
from triptych.generators.eighths import from_eighths
from triptych.generators.protocols import Pixels, Progress, VisualRequest
from triptych.generators.starter import GUIDANCE_SCALE
from triptych.generators.starter.autoencoder import Autoencoder
from triptych.generators.starter.conditioning import Conditioning, PromptEncoder, condition
from triptych.generators.starter.latents import Connector
from triptych.generators.starter.sampling import DdimSampling, to_pixels
from triptych.generators.weights import revision_of

UNET_WEIGHTS = "diffusion_pytorch_model.safetensors"
"""What diffusers calls the weights of a UNet."""


class StarterImage:
    """Paints 128×128 pictures.

    Args:
        denoiser: diffusers' UNet with cross-attention over (B, K + L, C).
        autoencoder: pixels to latents and back.
        connector: the image head of the shared latents.
        prompts: encodes the prompt's words.
        scheduler: DDIM, as trained.
        use: which conditioning may speak; baselines switch one off.
        steps: denoising steps where a request leaves them open.
        scale: guidance scale where a request leaves it open.
    """

    def __init__(
        self,
        denoiser: UNet2DConditionModel,
        autoencoder: Autoencoder,
        connector: Connector,
        prompts: PromptEncoder,
        scheduler: DDIMScheduler,
        identity: ModelIdentity,
        use: Conditioning = "both",
        steps: int = 50,
        scale: float = GUIDANCE_SCALE,
    ) -> None:
        self.denoiser, self.autoencoder = denoiser.eval(), autoencoder.eval()
        self.connector, self.prompts = connector.eval(), prompts
        self.scheduler, self._identity = scheduler, identity
        self.use: Conditioning = use
        self.steps, self.scale = steps, scale

    @property
    def identity(self) -> ModelIdentity:
        """Name and weights' hash."""
        return self._identity

    @property
    def step_nfe(self) -> int:
        """Denoiser evaluations of one step of one sample: 2 with guidance."""
        return 1 if self.scale == 1.0 else 2

    def start(
        self,
        requests: Sequence[VisualRequest],
        latents: Sequence[Tensor | None],
        seeds: Sequence[int],
        on_step: Progress | None = None,
    ) -> DdimSampling:
        """Begin a batch; one latents entry (K, D) and one seed a request."""
        require_one_recipe(requests)
        first = requests[0]
        states = guided_states(self.prompts, self.connector, requests, latents, self.use)
        scale = self.scale if first.guidance_scale is None else first.guidance_scale

        def denoise(noisy: Tensor, times: Tensor, rows: Tensor) -> Tensor:
            return guide(
                lambda x, t, c: self.denoiser(x, t, c).sample, noisy, times, states, rows, scale
            )

        side = self.autoencoder.latent_size
        return DdimSampling(
            denoise,
            lambda x: list(to_pixels(self.autoencoder.decode(x))),
            lambda x: list(to_pixels(self.autoencoder.sketch(x))),
            copy.deepcopy(self.scheduler),
            (self.autoencoder.config.packed_channels, side, side),
            seeds,
            first.steps or self.steps,
            first.eta,
            nfe_each=1 if scale == 1.0 else 2,
            on_step=on_step,
        )


def require_one_recipe(requests: Sequence[VisualRequest]) -> None:
    """A batch shares steps, guidance and η; raises `ModelError` if it does not."""
    recipes = {(r.steps, r.guidance_scale, r.eta, r.frames) for r in requests}
    if len(recipes) != 1:
        raise ModelError("A batch must share its steps, guidance scale, eta and frames.")


@torch.no_grad()
def guided_states(
    prompts: PromptEncoder,
    connector: Connector,
    requests: Sequence[VisualRequest],
    latents: Sequence[Tensor | None],
    use: Conditioning,
) -> Tensor:
    """Conditioning (2, B, K + L, C): the unconditional half first, then the conditional."""
    states = condition(prompts([r.prompt for r in requests]), latents, connector, use)
    return torch.stack([torch.zeros_like(states), states])


def guide(
    model: object, noisy: Tensor, times: Tensor, states: Tensor, rows: Tensor, scale: float
) -> Tensor:
    """Classifier-free guidance, both halves in one call (Ho & Salimans 2022).

    Args:
        model: (noisy, times, conditioning) to prediction.
        noisy: (B, …).
        times: (B,).
        states: (2, N, S, C) of the whole first batch.
        rows: (B,) which of the N each sample is.
        scale: guidance scale; 1 asks the conditional half alone.
    """
    chosen = states[:, rows]
    if scale == 1.0:
        return model(noisy, times, chosen[1])  # type: ignore[operator]
    both = model(torch.cat([noisy, noisy]), torch.cat([times, times]), chosen.flatten(0, 1))  # type: ignore[operator]
    without, given = both.chunk(2)
    return without + scale * (given - without)


def read_unet(folder: Path) -> UNet2DConditionModel:
    """A UNet that diffusers saved, in float32, whether stored in whole, in halves or in eighths.

    Raises `OSError`, `ValueError`, `RuntimeError` or `SafetensorError` if it cannot be read.
    """
    config: Any = UNet2DConditionModel.load_config(str(folder))
    denoiser: Any = UNet2DConditionModel.from_config(config)
    denoiser.load_state_dict(from_eighths(load_file(folder / UNET_WEIGHTS)))
    return denoiser.eval()


def load_denoiser(folder: Path) -> tuple[UNet2DConditionModel, DDIMScheduler]:
    """UNet and scheduler of `image/`; raises `ModelError` if they cannot be loaded."""
    try:
        denoiser = read_unet(folder / "image")
        scheduler: Any = DDIMScheduler.from_pretrained(str(folder / "image"))
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"The denoiser in {folder / 'image'} cannot be loaded: {error}",
            "Reinstall the package, or train it with `triptych train image`.",
        ) from error
    return denoiser, scheduler


def image_identity(folder: Path) -> ModelIdentity:
    """Name of the image module in a weights folder, and the hash of all that it works with."""
    revision = revision_of(folder, "image", "latents", "clip", "autoencoder")
    return ModelIdentity(name="starter/image", revision=revision)


__all__ = ["Pixels", "StarterImage", "guide", "guided_states", "image_identity", "load_denoiser"]
