"""What makes a pipeline take less memory or time: as its profile wishes, or when memory ran out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from triptych.errors import ProfileError
from triptych.generators.parts import Diffusers
from triptych.generators.pretrained.denoising import first_line
from triptych.generators.pretrained.prompts import denoiser_of

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline


def economise(pipeline: DiffusionPipeline, part: Diffusers, device: torch.device) -> None:
    """Apply the profile's wishes about memory and speed; unknown ones are an error."""
    vae = getattr(pipeline, "vae", None)
    denoiser = denoiser_of(pipeline)
    for wanted, name in (part.vae_slicing, "enable_slicing"), (part.vae_tiling, "enable_tiling"):
        if wanted and hasattr(vae, name):
            getattr(vae, name)()
    if part.attention == "sliced":
        pipeline.enable_attention_slicing()
    elif part.attention is not None:
        try:
            denoiser.set_attention_backend(part.attention)
        except (ValueError, AttributeError, ImportError, RuntimeError) as error:
            raise ProfileError(
                f"The attention backend {part.attention!r} cannot be used with {part.model}: "
                f"{first_line(error)}"
            ) from error
    if part.cache == "first-block":
        import diffusers

        try:
            denoiser.enable_cache(diffusers.FirstBlockCacheConfig())  # type: ignore[attr-defined]
        except (AttributeError, ValueError, LookupError) as error:
            raise ProfileError(
                f"{part.model} has no feature cache.", "Set `cache: none`."
            ) from error
    if device.type == "cuda":
        if hasattr(pipeline, "unet"):
            lay_channels_last(denoiser)
        if part.offload == "model":
            pipeline.enable_model_cpu_offload(device=device)
        elif part.offload == "sequential":
            pipeline.enable_sequential_cpu_offload(device=device)
    if part.compile:
        if getattr(denoiser, "_repeated_blocks", None) and not hasattr(pipeline, "unet"):
            denoiser.compile_repeated_blocks()
        else:
            denoiser.compile()


def lay_channels_last(denoiser: nn.Module) -> None:
    """Lay out weights of 2-D convolutions as tensor cores read them; the others have no such way.

    A denoiser of clips has weights of four and of five dimensions side by side.
    """
    for module in denoiser.modules():
        if isinstance(module, nn.Conv2d):
            module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def cheapen(pipeline: DiffusionPipeline) -> bool:
    """Slice and tile what can be. False if that was done already."""
    if getattr(pipeline, "_triptych_cheap", False):
        return False
    pipeline._triptych_cheap = True
    vae = getattr(pipeline, "vae", None)
    for name in ("enable_slicing", "enable_tiling"):
        if hasattr(vae, name):
            getattr(vae, name)()
    if hasattr(pipeline, "unet"):
        pipeline.enable_attention_slicing()
    return True
