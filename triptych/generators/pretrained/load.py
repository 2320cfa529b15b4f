"""From a profile's words to loaded models, through the libraries' own `from_pretrained`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from triptych.domain import ModelIdentity
from triptych.errors import ModelError, ProfileError
from triptych.generators.parts import (
    AnimateDiff,
    Diffusers,
)
from triptych.generators.parts import Transformers as TransformersPart
from triptych.generators.pretrained.adapters import BROKEN, merge_into_denoiser, with_adapter
from triptych.generators.pretrained.classes import float32_parts, pipeline_class, read_index
from triptych.generators.pretrained.denoising import first_line
from triptych.generators.pretrained.economy import economise
from triptych.generators.pretrained.locate import LORA_MARK, identity_name, locate, pick_dtype
from triptych.generators.pretrained.prompts import denoiser_of
from triptych.generators.settings import Weights

if TYPE_CHECKING:
    from diffusers import ConfigMixin, DiffusionPipeline, MotionAdapter
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

    from triptych.generators.pretrained.latents import LatentHead

SCHEDULERS: dict[str, tuple[str, dict[str, str | bool]]] = {
    "ddim": ("DDIMScheduler", {"clip_sample": False}),
    "dpm++": (
        "DPMSolverMultistepScheduler",
        {"algorithm_type": "dpmsolver++", "use_karras_sigmas": True},
    ),
    "euler": ("EulerDiscreteScheduler", {}),
    "lcm": ("LCMScheduler", {}),
    "unipc": ("UniPCMultistepScheduler", {}),
}


def load_pipeline(
    part: Diffusers, folder: Path, device: torch.device, fetch: bool
) -> DiffusionPipeline:
    """A diffusers pipeline as the profile wants it: on the CPU, spread, or with its own offloading.

    Only safetensors are read, and no code that comes with them is run.
    """
    import diffusers

    diffusers.utils.logging.disable_progress_bar()  # type: ignore[attr-defined]
    index = read_index(part, folder)
    kind = pipeline_class(part, index)
    options: dict[str, MotionAdapter] = {}
    dtype = pick_dtype(part.dtype, device)
    dtypes = {"default": dtype, **dict.fromkeys(float32_parts(index), torch.float32)}
    try:
        if isinstance(part, AnimateDiff):
            adapter = Weights(model=part.adapter, revision=part.adapter_revision)
            options["motion_adapter"] = diffusers.MotionAdapter.from_pretrained(  # type: ignore[attr-defined]
                str(locate(adapter, fetch, pipeline=False)), dtype=dtype, use_safetensors=True
            )
        pipeline = kind.from_pretrained(
            str(folder),
            dtype=dtypes,
            use_safetensors=True,
            variant=part.variant,
            local_files_only=True,
            trust_remote_code=False,
            device_map=part.device_map,
            **options,
        )
    except BROKEN as error:
        raise ModelError(
            f"The pipeline {part.model} cannot be loaded: {first_line(error)}",
            "It must be a whole diffusers folder with safetensors weights.",
        ) from error
    pipeline.set_progress_bar_config(disable=True)
    if part.lora is not None:
        merge_into_denoiser(denoiser_of(pipeline), part.lora)
    if part.sampler != "own":
        pipeline.scheduler = make_scheduler(part, pipeline.scheduler)
    economise(pipeline, part, device)
    return pipeline


def make_scheduler(part: Diffusers, own: ConfigMixin) -> ConfigMixin:
    """The sampler that the profile names, with the checkpoint's own noise schedule."""
    import diffusers

    flows = type(own).__name__.startswith("FlowMatch")
    if flows or getattr(own.config, "prediction_type", "") == "flow_prediction":
        if part.sampler == ("euler" if flows else "unipc"):
            return own
        raise ProfileError(
            f"{part.model} is a flow-matching model: the sampler {part.sampler} is not for it.",
            "Leave `sampler` out: it has its own.",
        )
    name, changes = SCHEDULERS[part.sampler]
    if isinstance(part, AnimateDiff):  # what motion adapters were trained with
        changes = {**changes, "beta_schedule": "linear", "timestep_spacing": "linspace"}
    return getattr(diffusers, name).from_config(own.config, **changes)


@dataclass
class LanguageModel:
    """A causal language model with its tokenizer and latent head, in evaluation mode."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerFast
    head: LatentHead


def load_language_model(
    part: TransformersPart, folder: Path, identity: ModelIdentity, device: torch.device
) -> LanguageModel:
    """Model, LoRA (merged in) and latent head. Raises `ModelError` if they do not fit."""
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    from triptych.generators.pretrained.latents import LatentHead, LatentHeadConfig

    logging.disable_progress_bar()
    options: dict[str, str] = {}
    if part.attention is not None:
        options["attn_implementation"] = part.attention
    try:
        model = AutoModelForCausalLM.from_pretrained(
            str(folder),
            dtype=pick_dtype(part.dtype, device),
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            device_map=part.device_map,
            **options,
        )
        tokenizer = AutoTokenizer.from_pretrained(
            str(folder), local_files_only=True, trust_remote_code=False
        )
        if part.lora is not None:
            model = with_adapter(model, part.lora)
    except BROKEN as error:
        raise ModelError(
            f"The language model {part.model} cannot be loaded: {first_line(error)}",
            "It must be a causal language model with safetensors weights and a fast tokenizer.",
        ) from error
    # A head is trained for a language model as it was published: it may stand on top of any LoRA.
    name = identity_name(identity).partition(LORA_MARK)[0]
    hidden = int(model.get_input_embeddings().embedding_dim)  # type: ignore[arg-type]
    if part.head is not None:
        head = LatentHead.from_pretrained(Path(part.head))
        head.check(name)
    else:
        head = LatentHead(LatentHeadConfig(name, hidden, part.latents, part.width))
    model.eval()
    if part.compile:
        model.compile()
    return LanguageModel(model, tokenizer, head.eval())
