"""What the starter's picture and clip have in common: conditioning, guidance, a batch's start."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import torch
from diffusers import DDIMScheduler
from torch import Tensor, nn

from triptych.domain import ModelIdentity
from triptych.errors import ModelError
from triptych.generators.guidance import nfe_of_step
from triptych.generators.starter.autoencoder import Autoencoder
from triptych.generators.starter.conditioning import Conditioning, PromptEncoder, condition
from triptych.generators.starter.latents import Connector
from triptych.generators.starter.sampling import DdimSampling, Decode, Recipe
from triptych.generators.starter.upscaler import Upscaler
from triptych.protocols import Progress, VisualRequest

Denoiser = TypeVar("Denoiser", bound=nn.Module)
Predict = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
"""(noisy (B, …), times (B,), conditioning (B, S, C), rows of the batch (B,)) to prediction."""


class StarterVisual(Generic[Denoiser]):
    """A latent denoiser with all that it works with.

    Args:
        denoiser: attends to (B, K + L, C).
        autoencoder: pixels to latents and back; shared by picture and clip.
        connector: this denoiser's head of the shared latents.
        prompts: encodes the prompt's words.
        scheduler: DDIM, as trained.
        identity: name and revision for the trace.
        use: which conditioning may speak; baselines switch one off.
        steps: denoising steps where a request leaves them open.
        scale: guidance scale where a request leaves it open.
        upscaler: what draws the finished picture larger; None leaves it as decoded.
    """

    def __init__(
        self,
        denoiser: Denoiser,
        autoencoder: Autoencoder,
        connector: Connector,
        prompts: PromptEncoder,
        scheduler: DDIMScheduler,
        identity: ModelIdentity,
        use: Conditioning,
        steps: int,
        scale: float,
        upscaler: Upscaler | None = None,
    ) -> None:
        self.denoiser, self.autoencoder = denoiser.eval(), autoencoder.eval()
        self.connector, self.prompts = connector.eval(), prompts
        self.scheduler, self._identity = scheduler, identity
        self.use: Conditioning = use
        self.steps, self.scale = steps, scale
        self.upscaler = upscaler

    @property
    def identity(self) -> ModelIdentity:
        """Name and weights' hash."""
        return self._identity

    @property
    def step_nfe(self) -> int:
        """Denoiser evaluations of one step of one sample, where a request leaves guidance open."""
        return nfe_of_step(self.scale)

    def steps_for(self, wished: int | None) -> int:
        """As many as are wished for."""
        return wished or self.steps

    def drawn(self, latents: Tensor) -> Tensor:
        """Finished latents (B, C, h, w) to pixels (B, 3, H, W), as large as they come."""
        pixels = self.autoencoder.decode(latents)
        return pixels if self.upscaler is None else self.upscaler.enlarge(pixels)

    def _sample(
        self,
        requests: Sequence[VisualRequest],
        latents: Sequence[Tensor | None],
        seeds: Sequence[int],
        on_step: Progress | None,
        predict: Predict,
        codec: tuple[Decode, Decode],
        shape: tuple[int, ...],
        begin: Callable[[Tensor], Tensor] = lambda noise: noise,
    ) -> DdimSampling:
        """Begin a batch.

        Args:
            requests: of one recipe; raises `ModelError` if they are not.
            latents: Z (K, D) or None, one a request.
            seeds: one a request.
            on_step: called with steps done and steps in all.
            predict: the denoiser, told which rows of the batch it is asked about.
            codec: decodes finished latents, and sketches previews.
            shape: of one sample's latents.
            begin: what the first noise is made into.
        """
        require_one_recipe(requests)
        first = requests[0]
        scale = self.scale if first.guidance_scale is None else first.guidance_scale
        states = guided_states(self.prompts, self.connector, requests, latents, self.use)

        def denoise(noisy: Tensor, times: Tensor, rows: Tensor) -> Tensor:
            return guide(predict, noisy, times, states, rows, scale)

        steps, nfe = self.steps_for(first.steps), nfe_of_step(scale)
        recipe = Recipe(denoise, *codec, shape, steps, first.eta, nfe, begin)
        return DdimSampling(recipe, copy.deepcopy(self.scheduler), seeds, on_step)


def require_one_recipe(requests: Sequence[VisualRequest]) -> None:
    """A batch shares steps, guidance, η and frames; raises `ModelError` if it does not."""
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
    predict: Predict, noisy: Tensor, times: Tensor, states: Tensor, rows: Tensor, scale: float
) -> Tensor:
    """Classifier-free guidance, both halves in one call (Ho & Salimans 2022).

    Args:
        predict: the denoiser.
        noisy: (B, …).
        times: (B,).
        states: (2, N, S, C) of the whole first batch.
        rows: (B,) which of the N each sample is.
        scale: guidance scale; at 1 and below the conditional half is asked alone.
    """
    chosen = states[:, rows]
    if nfe_of_step(scale) == 1:
        return predict(noisy, times, chosen[1], rows)
    twice = torch.cat([noisy, noisy]), torch.cat([times, times]), chosen.flatten(0, 1)
    without, given = predict(*twice, torch.cat([rows, rows])).chunk(2)
    return without + scale * (given - without)
