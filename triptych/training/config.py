"""Typed training configuration: every stage's steps, rates and weights, with defaults that work."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from triptych.errors import TriptychError
from triptych.files.text import read_text
from triptych.files.yaml import parse_yaml

StageName = Literal[
    "autoencoder",
    "clip",
    "evaluation_clip",
    "denoiser",
    "text",
    "latents",
    "image",
    "decoder",
    "video",
    "joint",
]


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StageOptions(_Options):
    """How one stage is optimised (Adam, as in the method: β 0.9 and 0.999)."""

    steps: int = Field(ge=1)
    batch: int = Field(default=32, ge=1)
    rate: float = Field(gt=0)
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = Field(default=0.01, ge=0)
    warm_up: int = Field(default=100, ge=0)
    """Steps in which the rate grows to `rate`."""
    decay: float = Field(default=0.2, ge=0, le=1)
    """Share of the steps, at the end, in which the rate falls to a twentieth."""
    clip_norm: float = Field(default=1.0, gt=0)
    ema: float = Field(default=0.999, ge=0, lt=1)
    """Decay of the averaged weights that are exported; 0 exports the last ones."""
    accumulate: int = Field(default=1, ge=1)
    validate_every: int = Field(default=500, ge=1)
    save_every: int = Field(default=250, ge=1)
    patience: int = Field(default=0, ge=0)
    """Validations without a better loss before the stage stops; 0 never stops early."""


class LossWeights(_Options):
    """L = α·L_text + β·L_img + γ·L_vid + δ·L_align (method, eq. 9)."""

    alpha: float = Field(default=1.0, ge=0)
    beta: float = Field(default=0.5, ge=0)
    gamma: float = Field(default=0.5, ge=0)
    delta: float = Field(default=0.5, ge=0)


class ConnectorSizes(_Options):
    """Sizes of a connector to a pretrained pipeline."""

    inner: int = Field(default=512, ge=1)
    layers: int = Field(default=4, ge=1)
    heads: int = Field(default=4, ge=1)


class TrainingConfig(_Options):
    """All stages. `starter()` trains from scratch on two cores; `pretrained()` tunes backbones."""

    seed: int = 11
    mixed_precision: Literal["no", "fp16", "bf16"] = "no"
    lower: bool = False
    """Whether a tokenizer of our own reads all text in lower case."""
    stages: dict[StageName, StageOptions]
    weights: LossWeights = LossWeights()
    lora_rank: int = Field(default=8, ge=1)
    connector: ConnectorSizes = ConnectorSizes()
    adversarial: float = Field(default=0.02, ge=0)
    """Weight of the adversarial term within L_vid."""
    align_below: float = Field(default=0.4, gt=0, le=1)
    """L_align is taken where the time step is below this share of the noise schedule."""
    prediction: Literal["epsilon", "v_prediction"] = "v_prediction"
    """v weights the noise error by 1/ᾱ (Salimans & Ho 2022): layout is learned sooner."""
    drop: tuple[float, float, float] = (0.1, 0.2, 0.2)
    """Chance to train with neither prompt nor Z, with Z alone, with the prompt alone."""

    def stage(self, name: StageName) -> StageOptions:
        """Options of one stage; raises `TriptychError` if the configuration lacks it."""
        if name not in self.stages:
            raise TriptychError(
                f"The configuration has no stage '{name}'.",
                f"It has: {', '.join(self.stages)}.",
            )
        return self.stages[name]


def starter_config() -> TrainingConfig:
    """What the shipped starter was trained with, from scratch on two cores in about eight hours.

    The model card tells where the shipped weights' history differs: their schedules were changed
    while they were trained, and some stages were gone on with after others.
    """
    return TrainingConfig(
        mixed_precision="bf16",
        stages={
            "autoencoder": StageOptions(steps=3200, batch=16, rate=8e-4, save_every=200),
            "clip": StageOptions(steps=3000, batch=64, rate=8e-4, weight_decay=0.1),
            "evaluation_clip": StageOptions(
                steps=4000, batch=64, rate=1e-3, weight_decay=0.1, decay=0.5, validate_every=400
            ),
            "denoiser": StageOptions(steps=1900, batch=16, rate=5e-4, decay=0.0),
            "text": StageOptions(steps=1500, batch=16, rate=2e-3, decay=0.3, ema=0.99),
            "latents": StageOptions(
                steps=3100, batch=16, rate=1e-3, warm_up=50, decay=0.35, ema=0.99
            ),
            "image": StageOptions(steps=7600, batch=16, rate=5e-4, decay=0.4),
            "decoder": StageOptions(
                steps=2000, batch=16, rate=4e-4, betas=(0.8, 0.99), decay=0.4, ema=0.998
            ),
            "video": StageOptions(
                steps=2400, batch=2, rate=4e-4, decay=0.35, ema=0.995, validate_every=200
            ),
            "joint": StageOptions(
                steps=200, batch=4, rate=5e-5, warm_up=10, decay=0.4, ema=0.98, validate_every=50
            ),
        },
    )


def pretrained_config() -> TrainingConfig:
    """The method's rates for tuning pretrained backbones through LoRA and connectors."""
    return TrainingConfig(
        prediction="epsilon",
        stages={
            "clip": StageOptions(steps=1000, batch=64, rate=1e-5),
            "text": StageOptions(steps=3000, batch=8, rate=2e-5),
            "latents": StageOptions(steps=3000, batch=8, rate=1e-4),
            "image": StageOptions(steps=5000, batch=8, rate=1e-5),
            "video": StageOptions(steps=5000, batch=2, rate=1e-4),
            "joint": StageOptions(steps=2000, batch=2, rate=1e-5),
        },
    )


def read_config(path: Path) -> TrainingConfig:
    """A configuration from YAML; raises `TriptychError` naming the file and the field."""
    try:
        content = parse_yaml(read_text(path), str(path), typed=True).value
        return TrainingConfig.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise TriptychError(
            f"{path}: {where}: {first['msg']}", "See docs/training.md for every field."
        ) from error
