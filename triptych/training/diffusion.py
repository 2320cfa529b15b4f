"""Training through a pipeline: a connector, and LoRA on the denoiser, by the diffusion loss.

The denoiser, hearing the connector, is to predict the clean picture, with the gradient through it
into the connector, and into LoRA where there is any. This works for any pipeline that takes prompt
embeddings, because the pipeline's own `__call__` does everything in between.
"""

from __future__ import annotations

import contextlib
import copy
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Never

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from triptych.errors import ModelError
from triptych.generators.pretrained.connector import Connector
from triptych.generators.pretrained.denoising import Call, scheduled
from triptych.generators.pretrained.prompts import denoiser_of, from_latents, listed_names
from triptych.generators.pretrained.stepwise import (
    Paused,
    StepwiseScheduler,
    call_parameters,
    stepwise,
)
from triptych.protocols import Pixels
from triptych.training.connector import Export, Said, freeze
from triptych.training.data import draw, to_device
from triptych.training.similarity import Cosines

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline, ModelMixin

TRAINING_STEPS = 100
"""Time steps that the diffusion loss is drawn from: the sampler's own grid of a hundred."""
HELD_BACK = 16
"""Validation pictures that the loss is measured on."""


@dataclass
class PictureBatch:
    """Z (B, K, D), clean latents and noise (B, C, h, w), and the step of the sampler's grid."""

    shared: Tensor
    clean: Tensor
    noise: Tensor
    step: int
    captions: list[str]


class ThroughPipelineObjective(nn.Module):
    """Predict the clean picture at a random time step, through the pipeline's own call.

    The loss is the mean squared error of the noise or velocity that is meant, which is that of the
    clean latents over their share of noise.

    Args:
        connector: what is trained, with LoRA on the pipeline's denoiser if `lora`.
        pipeline: everything else in it is frozen here.
        train: what is said of the training pictures.
        validation: of those to be judged by.
        clean: latents (N, C, h, w) of the pictures of both splits, as `encode_pictures` gives them.
        export: writes what is trained.
        lora: rank of LoRA on the denoiser's attention; None leaves the denoiser as it is.
        alike: mean CLIP cosine of clean latents, decoded, and their captions.

    Raises `ModelError` for a pipeline that does not say what it predicts.
    """

    def __init__(
        self,
        connector: Connector,
        pipeline: DiffusionPipeline,
        train: Said,
        validation: Said,
        clean: tuple[Tensor, Tensor],
        export: Export,
        lora: int | None = None,
        alike: Cosines | None = None,
    ) -> None:
        super().__init__()
        self.connector = connector
        self._pipeline = freeze(pipeline)
        if lora is not None:
            self.denoiser = add_lora(pipeline, lora)
        self._train, self._validation, self._clean = train, validation, clean
        self._export, self._alike = export, alike
        first = clean[0][:1].to(pipeline.device).float()
        self._scheduler = _scheduled_for_training(
            pipeline, connector, train.shared[:1, 0].float(), first
        )
        self._steps = len(self._scheduler.__dict__["timesteps"])

    def batch(self, generator: torch.Generator, size: int) -> PictureBatch:
        """Pictures of the training split at one time step of the sampler's grid."""
        rows, shared = self._train.draw(size, generator)
        clean = self._clean[0][rows].float()
        return PictureBatch(
            shared,
            clean,
            torch.randn(clean.shape, generator=generator),
            int(draw(self._steps, 1, generator)),
            [self._train.captions[row] for row in rows.tolist()],
        )

    def forward(self, batch: PictureBatch) -> dict[str, Tensor]:
        """The diffusion loss."""
        batch = to_device(batch, self)
        predicted, share = self._predict(batch)
        return {"loss": functional.mse_loss(predicted.float(), batch.clean) / share}

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """The loss at four steps, and the similarity of picture and caption at little noise."""
        held = PictureBatch(
            shared=self._validation.shared[:HELD_BACK, 0].float(),
            clean=self._clean[1][:HELD_BACK].float(),
            noise=torch.zeros(0),
            step=0,
            captions=self._validation.captions[:HELD_BACK],
        )
        held.noise = torch.randn(held.clean.shape, generator=torch.Generator().manual_seed(5))
        losses = []
        for place in (1, 3, 5, 7):
            held.step = place * self._steps // 8
            losses.append(float(self(held)["loss"]))
        figures = {"loss": sum(losses) / len(losses)}
        if self._alike is not None:
            held.step = 6 * self._steps // 10
            clean, _ = self._predict(to_device(held, self))
            figures["similarity"] = self._alike(clean, held.captions)
        return figures

    def export(self, folder: Path) -> None:
        """Write the connector, and LoRA if there is any."""
        if hasattr(self, "denoiser"):
            self.denoiser.save_lora_adapter(str(folder / "lora"))
        self._export(self.connector, folder)

    def _predict(self, batch: PictureBatch) -> tuple[Tensor, float]:
        """x̂₀, and the noise's share of variance at the batch's step."""
        noisy, share = _noised(self._scheduler, batch.clean, batch.noise, batch.step)
        return (
            _predict(
                self._pipeline, self.connector, batch.shared, noisy, self._scheduler, batch.step
            ),
            share,
        )


def add_lora(pipeline: DiffusionPipeline, rank: int) -> ModelMixin:
    """Put trainable low-rank factors on the attention of a pipeline's denoiser, and return it."""
    from peft import LoraConfig

    denoiser = denoiser_of(pipeline)
    denoiser.add_adapter(
        LoraConfig(r=rank, lora_alpha=rank, target_modules=["to_q", "to_k", "to_v", "to_out.0"])
    )
    for parameter in denoiser.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()  # halves lose small steps
    return denoiser


def has_plain_latents(pipeline: DiffusionPipeline) -> bool:
    """Whether its latents are plain (B, C, h, w): not packed, whitened a channel, or a clip's."""
    whitened = getattr(pipeline.vae.config, "latents_mean", None)
    of_clips = "num_frames" in call_parameters(type(pipeline))
    return not (hasattr(pipeline, "_pack_latents") or whitened or of_clips)


@torch.no_grad()
def encode_pictures(pipeline: DiffusionPipeline, pictures: Sequence[Pixels]) -> Tensor:
    """Images (H, W, 3) to the denoiser's latents (N, C, h, w), float32 on the CPU.

    Raises `ModelError` for a pipeline whose latents are not plain (B, C, h, w).
    """
    if not has_plain_latents(pipeline):
        raise ModelError(
            f"{type(pipeline).__name__} packs or whitens its latents in a way of its own.",
            "Warm the connector up on captions alone, or train it for another pipeline.",
        )
    vae, latents = pipeline.vae, []
    for picture in pictures:
        pixels = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float() / 127.5 - 1
        encoded = vae.encode(pixels.to(vae.device, vae.dtype)).latent_dist.mode()
        shift = getattr(vae.config, "shift_factor", None) or 0.0
        latents.append(((encoded - shift) * vae.config.scaling_factor).float().cpu())
    return torch.cat(latents)


def decode_latents(pipeline: DiffusionPipeline, clean: Tensor) -> Tensor:
    """Back from the denoiser's latents to pixels (N, 3, H, W) in about −1..1."""
    vae = pipeline.vae
    shift = getattr(vae.config, "shift_factor", None) or 0.0
    latents = clean.to(vae.device, vae.dtype) / vae.config.scaling_factor + shift
    return torch.cat([vae.decode(one[None]).sample for one in latents])


def _noised(scheduler: Any, clean: Tensor, noise: Tensor, index: int) -> tuple[Tensor, float]:
    """Clean latents as the sampler would hold them at a step, and the noise's share of variance."""
    time = scheduler.__dict__["timesteps"][index : index + 1]
    if type(scheduler).__name__.startswith("FlowMatch"):
        sigma = float(scheduler.sigmas[index])
        return sigma * noise + (1 - sigma) * clean, max(sigma**2, 1e-4)
    held = scheduler.add_noise(clean, noise, time.expand(len(clean)))
    kept = float(scheduler.alphas_cumprod[int(time)])
    return held, max((1 - kept) / kept, 1e-4)


def _scheduled_for_training(
    pipeline: DiffusionPipeline, connector: Connector, latents: Tensor, clean: Tensor
) -> StepwiseScheduler:
    """A scheduler with the schedule that the pipeline gives it, at no step yet."""
    scheduler = stepwise(pipeline.scheduler)
    with torch.no_grad():
        _call(pipeline, connector, latents, torch.randn_like(clean), scheduler)
    for name in ("_step_index", "_begin_index"):
        if hasattr(scheduler, name):
            setattr(scheduler, name, None)
    return scheduler


def _predict(
    pipeline: DiffusionPipeline,
    connector: Connector,
    latents: Tensor,
    noisy: Tensor,
    scheduler: StepwiseScheduler,
    index: int,
) -> Tensor:
    """x0 as the pipeline predicts it from noisy latents in one unguided step, with gradients."""
    once = copy.deepcopy(scheduler)
    once.open(done=index)
    _call(pipeline, connector, latents, noisy, once)
    if once.predicted is None:
        raise ModelError(
            f"{type(once).__name__} does not say what it predicts.", "Train with `sampler: ddim`."
        )
    return once.predicted


def _call(
    pipeline: DiffusionPipeline,
    connector: Connector,
    latents: Tensor,
    noisy: Tensor,
    scheduler: StepwiseScheduler,
) -> None:
    """One step of the pipeline's own call, without the `no_grad` that is wrapped around it."""

    def stop(*anything: object) -> Never:
        raise Paused

    names = call_parameters(type(pipeline))
    scale = getattr(pipeline, "vae_scale_factor", 8)
    shared = {
        "num_inference_steps": TRAINING_STEPS,
        "height": noisy.shape[-2] * scale,
        "width": noisy.shape[-1] * scale,
        "guidance_scale": 1.0,
        "output_type": "latent",
        "latents": noisy.to(denoiser_of(pipeline).dtype),
        "callback_on_step_end": stop,
        "callback": stop,
        "callback_steps": 1,
    }
    each = from_latents(pipeline, connector, list(latents), [""] * len(latents), "latents")
    call = Call({k: v for k, v in shared.items() if k in names}, each, listed_names(pipeline))
    bare = inspect.unwrap(type(pipeline).__call__)
    with scheduled(pipeline, scheduler), contextlib.suppress(Paused):
        bare(pipeline, **call.arguments())
