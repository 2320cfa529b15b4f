"""Training a connector: first on words alone, then through the frozen pipeline.

The warm-up asks only that the connector say what the pipeline's own text encoder would say of the
same caption; it is cheap and makes the second stage converge. That one asks that the frozen
denoiser, hearing the connector, predict the clean picture: the diffusion loss, with the gradient
through the denoiser into the connector. Both work for any pipeline that takes prompt embeddings,
because the pipeline's own `__call__` does everything in between.
"""

from __future__ import annotations

import contextlib
import copy
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from triptych.errors import ModelError
from triptych.generators.pretrained.connector import Connector, ConnectorConfig
from triptych.generators.pretrained.prompts import embed_prompts, from_latents, listed_names
from triptych.generators.pretrained.run import Call, scheduled
from triptych.generators.pretrained.stepwise import Paused, call_parameters, stepwise
from triptych.generators.protocols import Pixels

Report = Callable[[int, float], None]
TRAINING_STEPS = 100
"""Time steps that the diffusion loss is drawn from: the sampler's own grid of a hundred."""


def new_connector(
    pipeline: Any,
    *,
    language_model: str,
    pipeline_name: str,
    count: int,
    width: int,
    inner: int = 512,
    layers: int = 4,
    heads: int = 4,
) -> Connector:
    """A fresh connector with the sizes of a pipeline's own prompt embeddings.

    Args:
        pipeline: a loaded diffusers pipeline.
        language_model: name and revision of the model whose Z (count, width) it will read.
        pipeline_name: name and revision of the pipeline.

    Its empty conditioning is what the pipeline's text encoder says of the empty prompt.
    """
    empty = embed_prompts(pipeline, ["a picture", ""])
    pooled = empty.pooled
    connector = Connector(
        ConnectorConfig(
            language_model=language_model,
            pipeline=pipeline_name,
            count=count,
            width=width,
            length=empty.sequence.shape[1],
            conditioning=empty.sequence.shape[2],
            pooled=0 if pooled is None else pooled.shape[1],
            inner=inner,
            layers=layers,
            heads=heads,
        )
    )
    connector.empty.copy_(empty.sequence[1])
    if pooled is not None:
        connector.empty_pooled.copy_(pooled[1])
    return connector.to(pipeline.device)


def warm_up(
    connector: Connector,
    pipeline: Any,
    latents: Tensor,
    captions: Sequence[str],
    *,
    steps: int = 1000,
    batch: int = 32,
    rate: float = 1e-3,
    seed: int = 0,
    report: Report | None = None,
) -> list[float]:
    """Regress the frozen text encoder's embeddings of captions from their Z.

    Args:
        latents: Z (N, K, D) of the captions.
        captions: N captions.
        steps: optimiser steps (Adam).

    Returns:
        The mean squared error of each step, relative to that of the mean embedding.
    """
    with torch.no_grad():
        chunks = [
            embed_prompts(pipeline, captions[i : i + 64]) for i in range(0, len(captions), 64)
        ]
    length = connector.config.length
    sequence = torch.cat([_fitted(one.sequence.float(), length) for one in chunks])
    masks = [torch.ones(one.sequence.shape[:2]) if one.mask is None else one.mask for one in chunks]
    mask = torch.cat([_fitted(one[..., None].float().to(sequence.device), length) for one in masks])
    pooled = [one.pooled.float() for one in chunks if one.pooled is not None]
    target_pooled = torch.cat(pooled) if pooled else None
    scale = sequence.var().clamp(min=1e-8)

    def loss_of(rows: Tensor) -> Tensor:
        said, said_pooled = connector(latents[rows].to(sequence.device))
        wrong = (said - sequence[rows]).square() * mask[rows]
        loss = wrong.sum() / (mask[rows].sum() * sequence.shape[-1]) / scale
        if said_pooled is not None and target_pooled is not None:
            loss = loss + functional.mse_loss(said_pooled, target_pooled[rows]) / (
                target_pooled.var().clamp(min=1e-8)
            )
        return loss

    return _optimise(connector, loss_of, len(captions), steps, batch, rate, seed, report)


def fit(
    connector: Connector,
    pipeline: Any,
    latents: Tensor,
    pictures: Sequence[Pixels],
    *,
    steps: int = 1000,
    batch: int = 4,
    rate: float = 1e-4,
    seed: int = 0,
    report: Report | None = None,
) -> list[float]:
    """Train through the frozen pipeline: predict the clean picture at a random time step.

    Args:
        latents: Z (N, K, D) of the pictures' copy.
        pictures: N images of one size, (H, W, 3).

    Returns:
        The loss of each step: mean squared error of the noise or velocity that is meant, which is
        that of the clean latents over their share of noise.
    Raises `ModelError` for a pipeline whose latents are not plain (B, C, h, w).
    """
    for module in pipeline.components.values():
        if isinstance(module, torch.nn.Module):
            module.requires_grad_(False)
    clean = encode_pictures(pipeline, pictures)
    draw = torch.Generator().manual_seed(seed)
    scheduler = _scheduled_for_training(pipeline, connector, latents[:1], clean[:1])
    times = scheduler.__dict__["timesteps"]

    def loss_of(rows: Tensor) -> Tensor:
        index = int(torch.randint(len(times), (1,), generator=draw))
        noise = torch.randn(clean[rows].shape, generator=draw).to(clean)
        noisy, share = _noised(scheduler, clean[rows], noise, index)
        predicted = _predict(pipeline, connector, latents[rows], noisy, scheduler, index)
        return functional.mse_loss(predicted.float(), clean[rows].float()) / share

    return _optimise(connector, loss_of, len(pictures), steps, batch, rate, seed, report)


@torch.no_grad()
def encode_pictures(pipeline: Any, pictures: Sequence[Pixels]) -> Tensor:
    """Images (H, W, 3) to the denoiser's latents (N, C, h, w)."""
    if hasattr(pipeline, "_pack_latents") or getattr(pipeline.vae.config, "latents_mean", None):
        raise ModelError(
            f"{type(pipeline).__name__} packs or whitens its latents in a way of its own.",
            "Warm the connector up on captions alone, or train it for another pipeline.",
        )
    vae, found = pipeline.vae, []
    for picture in pictures:
        pixels = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float() / 127.5 - 1
        encoded = vae.encode(pixels.to(vae.device, vae.dtype)).latent_dist.mode()
        shift = getattr(vae.config, "shift_factor", None) or 0.0
        found.append((encoded - shift) * vae.config.scaling_factor)
    return torch.cat(found)


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
    pipeline: Any, connector: Connector, latents: Tensor, clean: Tensor
) -> Any:
    """A scheduler with the schedule that the pipeline gives it, at no step yet."""
    scheduler = stepwise(pipeline.scheduler)
    with torch.no_grad():
        _call(pipeline, connector, latents, torch.randn_like(clean), scheduler)
    for name in ("_step_index", "_begin_index"):
        if hasattr(scheduler, name):
            setattr(scheduler, name, None)
    return scheduler


def _predict(
    pipeline: Any, connector: Connector, latents: Tensor, noisy: Tensor, scheduler: Any, index: int
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
    pipeline: Any, connector: Connector, latents: Tensor, noisy: Tensor, scheduler: Any
) -> None:
    """One step of the pipeline's own call, without the `no_grad` that is wrapped around it."""

    def stop(*anything: Any) -> dict[str, Any]:
        raise Paused

    names = call_parameters(type(pipeline))
    scale = getattr(pipeline, "vae_scale_factor", 8)
    shared = {
        "num_inference_steps": TRAINING_STEPS,
        "height": noisy.shape[-2] * scale,
        "width": noisy.shape[-1] * scale,
        "guidance_scale": 1.0,
        "output_type": "latent",
        "latents": noisy,
        "callback_on_step_end": stop,
        "callback": stop,
        "callback_steps": 1,
    }
    each = from_latents(pipeline, connector, list(latents), [""] * len(latents), "latents")
    call = Call({k: v for k, v in shared.items() if k in names}, each, listed_names(pipeline))
    bare = inspect.unwrap(type(pipeline).__call__)
    with scheduled(pipeline, scheduler), contextlib.suppress(Paused):
        bare(pipeline, **call.arguments())


def _fitted(values: Tensor, length: int) -> Tensor:
    """(B, L', C) cut or filled with zeros to (B, length, C)."""
    return functional.pad(values[:, :length], (0, 0, 0, max(0, length - values.shape[1])))


def _optimise(
    connector: Connector,
    loss_of: Callable[[Tensor], Tensor],
    count: int,
    steps: int,
    batch: int,
    rate: float,
    seed: int,
    report: Report | None,
) -> list[float]:
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(connector.parameters(), lr=rate, weight_decay=0.01)
    connector.train()
    losses = []
    for step in range(steps):
        rows = torch.randint(count, (min(batch, count),), generator=generator)
        loss = loss_of(rows)
        if not torch.isfinite(loss):
            raise ModelError(f"The connector's loss is not a number at step {step}.", "Lower rate.")
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(connector.parameters(), 1.0)
        optimiser.step()
        losses.append(float(loss))
        if report is not None:
            report(step + 1, losses[-1])
    connector.eval()
    return losses
