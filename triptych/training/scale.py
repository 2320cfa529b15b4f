"""How large a starter is trained, and on what: on two cores, on a GPU, or as a rehearsal.

A scale is sizes and a configuration. What has nothing to do with a picture's size (language model,
Z, both CLIPs) is taken from the shipped weights where a scale does not train it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from triptych.generators.starter.autoencoder import AutoencoderConfig
from triptych.generators.starter.load import SHIPPED_WEIGHTS
from triptych.training.config import StageName, StageOptions, TrainingConfig, starter_config
from triptych.training.sizes import StarterSizes
from triptych.training.starter import STAGES, Workshop

ScaleName = Literal["cpu", "gpu", "toy"]

SMALL: tuple[StageName, ...] = tuple(stage for stage in STAGES if stage != "upscaler")
"""All stages but the one that learns from larger renders than the others."""
PICTURES: tuple[StageName, ...] = (
    "autoencoder", "denoiser", "image", "decoder", "video", "joint",
)  # fmt: skip
"""The stages that depend on the pictures' size."""
ADOPTED = ("text", "latents", "clip", "evaluation_clip")
"""Modules that do not, and come from the shipped weights."""


@dataclass(frozen=True)
class Scale:
    """Sizes of the modules, how each stage is trained, and which stages are."""

    config: TrainingConfig
    sizes: StarterSizes
    stages: tuple[StageName, ...]


def scale_of(name: ScaleName) -> Scale:
    """The scale of a name.

    `cpu` trains everything from nothing at 128×128 on two cores; `gpu` pictures of 256×256 with
    44 M parameters; `toy` is `gpu` in the small, to see within minutes whether all of it works.
    """
    if name == "cpu":
        return Scale(starter_config(), StarterSizes(), SMALL)
    if name == "gpu":
        return Scale(_gpu_config(1.0), _gpu_sizes(), PICTURES)
    return Scale(_gpu_config(0.0), _toy_sizes(), PICTURES)


def workshop_at(scale: Scale, data: Path, work: Path, weights: Path | None = None) -> Workshop:
    """What trains a scale's stages; a work folder that is there already is gone on with.

    Args:
        scale: sizes and configuration.
        data: a case folder.
        work: where checkpoints and exports go.
        weights: where what the scale does not train is taken from; the shipped ones if None.
    """
    workshop = Workshop(data, work, scale.config, scale.sizes)
    if scale.stages != SMALL:
        workshop.adopt(weights or SHIPPED_WEIGHTS, ADOPTED)
    return workshop


def _gpu_sizes() -> StarterSizes:
    return StarterSizes(
        autoencoder=AutoencoderConfig(image_size=256, channels=(96, 160), pack=2),
        denoiser=(256, 384),
        attending=(True, True),
        denoiser_heads=8,
    )


def _toy_sizes() -> StarterSizes:
    return StarterSizes(
        autoencoder=AutoencoderConfig(image_size=64, channels=(16, 16), pack=2),
        polish=1,
        denoiser=(16, 32),
        attending=(True, True),
        denoiser_heads=2,
    )


def _gpu_config(share: float) -> TrainingConfig:
    """Every stage for some half an hour of one large GPU; a share of 0 is two steps a stage."""

    def options(steps: int, batch: int, rate: float, ema: float, **more: object) -> StageOptions:
        small = {"steps": 2, "batch": 4, "warm_up": 1, "validate_every": 2, "save_every": 1}
        large = {"steps": steps, "batch": batch, "validate_every": 500, "save_every": 250}
        return StageOptions.model_validate(
            {"rate": rate, "ema": ema, **more, **(large if share else small)}
        )

    return TrainingConfig(
        mixed_precision="bf16" if share else "no",
        stages={
            "autoencoder": options(3000, 64, 6e-4, 0.998),
            "denoiser": options(500, 256, 4e-4, 0.99, decay=0.0),
            "image": options(12_000, 256, 4e-4, 0.9995, decay=0.4),
            "decoder": options(2500, 32, 4e-4, 0.998, betas=(0.8, 0.99)),
            "video": options(3000, 16, 3e-4, 0.998, decay=0.35),
            "joint": options(2000, 32, 5e-5, 0.998, decay=0.4),
        },
    )
