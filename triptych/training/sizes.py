"""The starter's modules before their first step: sizes, and fresh models of those sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from diffusers import DDIMScheduler, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from transformers import LlamaConfig, LlamaForCausalLM

from triptych.generators.eighths import from_eighths, to_eighths
from triptych.generators.starter.autoencoder import AutoencoderConfig
from triptych.generators.starter.latents import LatentsConfig
from triptych.generators.starter.prompts import PromptFormat
from triptych.generators.starter.video import MotionConfig
from triptych.training.config import TrainingConfig
from triptych.training.contrast import TOWERS, Tower


@dataclass(frozen=True)
class StarterSizes:
    """Sizes of the starter's modules; tests train smaller ones."""

    vocabulary: int = 2048
    llama: tuple[int, int, int, int] = (256, 768, 6, 8)
    """Width, feed-forward width, layers, heads."""
    latents: LatentsConfig = field(default_factory=LatentsConfig)
    autoencoder: AutoencoderConfig = field(default_factory=lambda: AutoencoderConfig(pack=2))
    polish: int = 5
    """Residual blocks that the stage `decoder` adds to the autoencoder."""
    denoiser: tuple[int, ...] = (160, 160)
    attending: tuple[bool, ...] = (True, False)
    """Whether each level of the denoiser attends to what is said; its middle always does."""
    denoiser_heads: int = 4
    norm_groups: int = 16
    motion: MotionConfig = field(default_factory=MotionConfig)
    towers: Mapping[str, Tower] = field(default_factory=lambda: TOWERS)
    """open_clip's configuration of the two CLIPs' image towers."""
    world_cases: int = 60_000
    """Text-only scenes that the LLM may learn from beside the rendered ones."""


def llama_of(sizes: StarterSizes, prompt: PromptFormat) -> LlamaForCausalLM:
    """A fresh language model over the prompt format's vocabulary."""
    width, forward, layers, heads = sizes.llama
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(prompt.tokenizer),
            hidden_size=width,
            intermediate_size=forward,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            num_key_value_heads=heads // 2,
            max_position_embeddings=1024,
            tie_word_embeddings=True,
            pad_token_id=prompt.pad,
            bos_token_id=prompt.bos,
            eos_token_id=prompt.eos,
        )
    )


def denoiser_of(sizes: StarterSizes, latent_size: int) -> UNet2DConditionModel:
    """A fresh image denoiser."""
    down = ["CrossAttnDownBlock2D" if attends else "DownBlock2D" for attends in sizes.attending]
    up = ["CrossAttnUpBlock2D" if attends else "UpBlock2D" for attends in sizes.attending[::-1]]
    return UNet2DConditionModel(
        sample_size=latent_size,
        in_channels=sizes.autoencoder.packed_channels,
        out_channels=sizes.autoencoder.packed_channels,
        block_out_channels=sizes.denoiser,
        layers_per_block=1,
        down_block_types=tuple(down),
        up_block_types=tuple(up),
        mid_block_type="UNetMidBlock2DCrossAttn",
        cross_attention_dim=sizes.latents.conditioning,
        attention_head_dim=sizes.denoiser_heads,
        norm_num_groups=sizes.norm_groups,
    )


def scheduler_of(config: TrainingConfig) -> DDIMScheduler:
    """The noise schedule of both denoisers: Stable Diffusion's (Rombach et al. 2022).

    With v-prediction it ends in pure noise (Lin et al. 2023), for sampling begins there: else the
    model learns to read a picture's brightness from the last step's remains, and all come out grey.
    """
    return DDIMScheduler(
        num_train_timesteps=1000,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        prediction_type=config.prediction,
        timestep_spacing="trailing",
        rescale_betas_zero_snr=config.prediction == "v_prediction",
    )


def store(path: Path, eighths: bool = False) -> None:
    """Rewrite a safetensors file in half precision, or its matrices in eight bits."""
    tensors = from_eighths(load_file(path))
    halved = {n: t.half() if t.is_floating_point() else t for n, t in tensors.items()}
    temporary = path.with_suffix(".part")
    stored = to_eighths(tensors) if eighths else halved
    save_file(stored, temporary, metadata={"format": "pt"})
    temporary.replace(path)
