"""What a diffusers pipeline is conditioned on: its own text encoder's words, Z, or both."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from triptych.domain import Conditioning
from triptych.errors import ModelError
from triptych.generators.pretrained.stepwise import call_parameters

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline, ModelMixin

    from triptych.generators.pretrained.connector import Connector

LISTED = frozenset({"prompt_embeds", "negative_prompt_embeds"})


@dataclass(frozen=True)
class Embedded:
    """Prompts in a pipeline's own conditioning space."""

    sequence: Tensor
    """(B, L, C)."""
    mask: Tensor | None = None
    """(B, L), 1 on real tokens; None where the pipeline takes none."""
    pooled: Tensor | None = None
    """(B, P), where the pipeline takes one."""


@torch.no_grad()
def embed_prompts(pipeline: DiffusionPipeline, prompts: Sequence[str]) -> Embedded:
    """Encode prompts with the pipeline's own text encoder, whatever layout it answers in.

    Raises `ModelError` for a pipeline without `encode_prompt` and `prompt_embeds`.
    """
    names = call_parameters(type(pipeline))
    if "prompt_embeds" not in names or not hasattr(pipeline, "encode_prompt"):
        raise ModelError(
            f"{type(pipeline).__name__} takes no prompt embeddings, so no connector fits it.",
            "Set `conditioning: prompt` and leave `connector` out.",
        )
    accepted = inspect.signature(pipeline.encode_prompt).parameters
    given = {
        "prompt": list(prompts),
        "device": getattr(pipeline, "_execution_device", pipeline.device),
        "do_classifier_free_guidance": False,
        "num_images_per_prompt": 1,
        "num_videos_per_prompt": 1,
    }
    if "prompt_2" in accepted:
        given["prompt_2"] = list(prompts)
    if "prompt_3" in accepted:
        given["prompt_3"] = list(prompts)
    answer = pipeline.encode_prompt(**{k: v for k, v in given.items() if k in accepted})
    parts = answer if isinstance(answer, tuple) else (answer,)
    sequence = parts[0]
    if isinstance(sequence, list):
        return _pad(sequence)
    rows = [
        part
        for part in parts[1:]
        if isinstance(part, Tensor) and part.ndim == 2 and len(part) == len(prompts)
    ]
    mask = next(
        (row for row in rows if _mask_name(names) and row.shape == sequence.shape[:2]), None
    )
    pooled = None
    if "pooled_prompt_embeds" in names:
        pooled = next((row for row in rows if row is not mask), None)
    return Embedded(sequence, mask, pooled)


def embed_silence(pipeline: DiffusionPipeline, count: int) -> Embedded:
    """What a pipeline hears when nothing is said: the empty prompt, or zeros as SDXL learned it."""
    empty = embed_prompts(pipeline, [""] * count)
    if not hears_zeros(pipeline):
        return empty
    pooled = None if empty.pooled is None else torch.zeros_like(empty.pooled)
    return replace(empty, sequence=torch.zeros_like(empty.sequence), pooled=pooled)


def hears_zeros(pipeline: DiffusionPipeline) -> bool:
    """Whether zeros stand for nothing said, and not the empty prompt's embedding."""
    return bool(getattr(pipeline.config, "force_zeros_for_empty_prompt", False))


def _pad(rows: list[Tensor]) -> Embedded:
    length = max(len(row) for row in rows)
    sequence = rows[0].new_zeros(len(rows), length, rows[0].shape[-1])
    mask = torch.zeros(len(rows), length, device=sequence.device)
    for index, row in enumerate(rows):
        sequence[index, : len(row)] = row
        mask[index, : len(row)] = 1
    return Embedded(sequence, mask)


def _mask_name(names: frozenset[str]) -> str | None:
    return next((n for n in ("prompt_attention_mask", "prompt_embeds_mask") if n in names), None)


def takes_lists(pipeline: DiffusionPipeline) -> bool:
    """Whether a pipeline wants prompt embeddings as a list of (L, C), each of its own length."""
    if not hasattr(pipeline, "encode_prompt"):
        return False
    hint = str(inspect.signature(type(pipeline).__call__).parameters["prompt_embeds"].annotation)
    return "list[" in hint.lower() and "tensor" in hint.lower()


def listed_names(pipeline: DiffusionPipeline) -> frozenset[str]:
    """Arguments that a pipeline wants as lists rather than stacked."""
    return LISTED if takes_lists(pipeline) else frozenset()


def words(
    pipeline: DiffusionPipeline, prompts: Sequence[str], negatives: Sequence[str]
) -> dict[str, list[str]]:
    """Per-sample arguments that leave the encoding to the pipeline.

    Where no sample has a negative prompt none is given: for SDXL that is not the empty prompt.
    """
    names = call_parameters(type(pipeline))
    given = {"prompt": list(prompts)}
    if any(negatives):
        given["negative_prompt"] = list(negatives)
    return {name: values for name, values in given.items() if name in names}


def from_latents(
    pipeline: DiffusionPipeline,
    connector: Connector,
    latents: Sequence[Tensor],
    prompts: Sequence[str],
    use: Conditioning,
) -> dict[str, list[Tensor]]:
    """Per-sample arguments with Z (K, D) through the connector, before the prompt's own tokens.

    The unconditional half is what the connector learned to be the empty prompt's embedding.
    """
    names = call_parameters(type(pipeline))
    weight = next(connector.parameters())
    stacked = torch.stack([z.to(weight.device, weight.dtype) for z in latents])
    heard, pooled = connector(stacked)
    silent, silent_pooled = connector.silence(len(latents))
    mask, silent_mask = torch.ones(heard.shape[:2]), torch.ones(silent.shape[:2])
    if use == "both":
        own, empty = embed_prompts(pipeline, prompts), embed_silence(pipeline, len(prompts))
        heard, mask = _join(heard, mask, own)
        silent, silent_mask = _join(silent, silent_mask, empty)
        pooled = pooled if own.pooled is None else own.pooled
        silent_pooled = silent_pooled if empty.pooled is None else empty.pooled
    device = getattr(pipeline, "_execution_device", pipeline.device)
    dtype = denoiser_of(pipeline).dtype

    def rows(values: Tensor) -> list[Tensor]:
        return list(values.to(device, dtype))

    made = {
        "prompt_embeds": rows(heard),
        "negative_prompt_embeds": rows(silent),
    }
    if takes_lists(pipeline):  # each of its own length: padding would be read as words
        made["prompt_embeds"] = _unpadded(made["prompt_embeds"], mask)
        made["negative_prompt_embeds"] = _unpadded(made["negative_prompt_embeds"], silent_mask)
    name = _mask_name(names)
    if name is not None:
        made[name] = list(mask.to(device))
        made[f"negative_{name}"] = list(silent_mask.to(device))
    if pooled is not None and silent_pooled is not None:
        made["pooled_prompt_embeds"] = rows(pooled)
        made["negative_pooled_prompt_embeds"] = rows(silent_pooled)
    return {name: values for name, values in made.items() if name in names}


def _join(heard: Tensor, mask: Tensor, own: Embedded) -> tuple[Tensor, Tensor]:
    sequence = torch.cat([heard, own.sequence.to(heard.device, heard.dtype)], dim=1)
    own_mask = torch.ones(own.sequence.shape[:2]) if own.mask is None else own.mask
    return sequence, torch.cat([mask, own_mask.to(mask.device, mask.dtype)], dim=1)


def _unpadded(rows: list[Tensor], mask: Tensor) -> list[Tensor]:
    return [row[kept.bool().to(row.device)] for row, kept in zip(rows, mask, strict=True)]


def denoiser_of(pipeline: DiffusionPipeline) -> ModelMixin:
    """The UNet or transformer that a pipeline denoises with."""
    unet = getattr(pipeline, "unet", None)
    return unet if unet is not None else pipeline.transformer
