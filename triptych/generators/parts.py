"""The settings of the kinds of models that come with Triptych."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, JsonValue, model_validator

from triptych.generators.guidance import nfe_of_step
from triptych.generators.kinds import TextSettings
from triptych.generators.settings import (
    CriticPart,
    EncoderPart,
    ImagePart,
    Part,
    TextPart,
    VideoPart,
    VisualPart,
    Weights,
    calibration_folder,
    is_local,
)
from triptych.generators.starter import CLIP_GUIDANCE_SCALE, GUIDANCE_SCALE

Sampler = Literal["own", "ddim", "dpm++", "euler", "lcm", "unipc"]


class Starter(TextPart, ImagePart, VideoPart, EncoderPart):
    """A module of the starter: weights shipped with the package."""

    folder: str | None = None
    steps: int = Field(default=50, ge=1, le=1000)
    guidance: float | None = None
    upscale: bool = True
    """Whether finished pictures and frames are drawn at four times the size."""

    def steps_for(self, wished: int | None) -> int:
        """As many as are wished for."""
        return wished or self.steps

    def step_nfe(self, part: Literal["image", "clip"]) -> int:
        """Two with guidance."""
        usual = GUIDANCE_SCALE if part == "image" else CLIP_GUIDANCE_SCALE
        return nfe_of_step(usual if self.guidance is None else self.guidance)

    def languages(self) -> frozenset[str]:
        """English alone."""
        return frozenset({"en"})

    def weights_folder(self) -> Path:
        """Where all of its modules are."""
        from triptych.generators.starter import load

        return Path(self.folder) if self.folder else load.SHIPPED_WEIGHTS

    def calibration_folder(self) -> Path:
        """Beside the encoder's weights."""
        return self.weights_folder() / "clip"


class _Held(Weights, Part):
    """A model with weights to fetch and hold."""

    def weights(self) -> Mapping[str, Weights]:
        """Its own."""
        return {"": self}


class Transformers(_Held, TextPart):
    """A causal language model of transformers as planner, copywriter and source of Z."""

    lora: str | None = None
    """A folder with a peft adapter."""
    head: str | None = None
    """A folder with a trained latent head; without one the head is random, always the same."""
    latents: int = Field(default=32, ge=1, le=1024)
    """K of an untrained head."""
    width: int = Field(default=768, ge=1)
    """D of an untrained head."""
    device_map: str | None = None
    """`auto` or `balanced` spreads the model over all devices; it stays where it is put then."""
    attention: str | None = None
    compile: bool = False
    beams: int | None = Field(default=None, ge=1, le=64)
    """Beams of the copy; by default what the agent asks for (5, as the method has it)."""
    max_tokens: int = Field(default=128, ge=8, le=4096)


class Chat(TextPart):
    """A chat model behind LangChain as planner or copywriter."""

    model: str
    """`provider:model`, or `package.module:Class` with the class's arguments in `options`."""
    options: dict[str, JsonValue] = Field(default_factory=dict)
    """Arguments of the chat model class, such as `base_url` and `temperature`."""
    structured: Literal["schema", "json"] = "schema"
    """`schema`: the server is given the schema, or asked for any JSON where it refuses schemas;
    `json`: it is told in words and the answer read."""
    timeout: float = Field(default=60, gt=0)
    """Seconds for one call."""
    retries: int = Field(default=4, ge=0, le=20)
    """Further tries after 429, 5xx, time-outs and lost connections."""
    backoff: float = Field(default=1.0, ge=0)
    """Seconds before the first retry; doubled each time, with jitter; at most 30."""
    repairs: int = Field(default=2, ge=0, le=5)
    """Times that an invalid answer is sent back with what is wrong with it."""
    requests_per_second: float | None = Field(default=None, gt=0)
    price_in: float = Field(default=0, ge=0)
    """US dollars for a million tokens read."""
    price_out: float = Field(default=0, ge=0)
    """US dollars for a million tokens written."""
    encoder: TextSettings | None = None
    """The local language model that reads the copy and gives its Z; None for no Z."""
    licence: str = ""

    def inner(self) -> Mapping[str, Part]:
        """The local model, if there is one."""
        return {} if self.encoder is None else {"encoder": self.encoder}

    def address(self) -> str:
        """The server's, where it is not the provider's own."""
        return str(self.options.get("base_url") or "")

    def price(self, tokens_in: int, tokens_out: int) -> float:
        """By the million, in and out."""
        return (tokens_in * self.price_in + tokens_out * self.price_out) / 1e6

    def latents_source(self) -> TextPart | None:
        """The local model."""
        return self.encoder


class Diffusers(_Held, VisualPart):
    """What all diffusion pipelines have in common."""

    pipeline: ClassVar[bool] = True

    sampler: Sampler = "own"
    """`own` is what the checkpoint came with; `ddim` is the method's."""
    steps: int = Field(default=50, ge=1, le=1000)
    guidance: float = Field(default=7.5, ge=0)
    height: int | None = Field(default=None, ge=8)
    width: int | None = Field(default=None, ge=8)
    negative_prompt: str = ""
    connector: str | None = None
    """A folder with a connector trained for this pair of models."""
    lora: str | None = None
    """A folder with a LoRA adapter of the denoiser."""
    device_map: str | None = None
    """`balanced` spreads the pipeline's models over all devices; they stay where they are put."""
    offload: Literal["none", "auto", "model", "sequential"] = "none"
    """`model`: of its models only the one at work is on the GPU; `sequential`: only its layer at
    work; `auto`: the least of these that the GPU's memory asks for."""
    vae_slicing: bool = False
    vae_tiling: bool = False
    attention: str | None = None
    """A diffusers attention backend for transformers; `sliced` for UNets."""
    compile: bool = False
    cache: Literal["none", "first-block"] = "none"
    """Reuse of transformer blocks between steps, where the model has it."""
    options: dict[str, JsonValue] = Field(default_factory=dict)
    """Further arguments of the pipeline's call."""

    @model_validator(mode="after")
    def _placed_once(self) -> Diffusers:
        if self.device_map is not None and self.offload not in ("none", "auto"):
            raise ValueError("device_map and offload exclude each other: set one of them")
        return self

    def steps_for(self, wished: int | None) -> int:
        """As many as are wished for."""
        return wished or self.steps

    def step_nfe(self, part: Literal["image", "clip"]) -> int:
        """Two with guidance."""
        return nfe_of_step(self.guidance)


class DiffusersImage(Diffusers, ImagePart):
    """A text-to-image pipeline."""


class DiffusersVideo(Diffusers, VideoPart):
    """What video pipelines have in common."""

    frames: int = Field(default=16, ge=1)
    fps: int = Field(default=8, ge=1)


class ImageToVideo(DiffusersVideo):
    """A pipeline that begins with the key image."""


class TextToVideo(DiffusersVideo):
    """A pipeline that takes words or conditioning alone; the trace says that it saw no image."""

    takes_key_image: ClassVar[bool] = False


class AnimateDiff(DiffusersVideo):
    """A motion adapter on top of a Stable Diffusion or SDXL image model (`model`)."""

    adapter: str
    adapter_revision: str = ""
    adapter_download: float = Field(default=0, ge=0)
    """Size of the adapter's download in GB."""
    adapter_licence: str = ""
    adapter_parameters: float = Field(default=0, ge=0)
    """Billions."""

    def weights(self) -> Mapping[str, Weights]:
        """Image model and adapter."""
        adapter = Weights(
            model=self.adapter,
            revision=self.adapter_revision,
            download=self.adapter_download,
            licence=self.adapter_licence or self.licence,
            parameters={"model": self.adapter_parameters} if self.adapter_parameters else {},
            dtype=self.dtype,
        )
        return {"": self, "adapter": adapter}


class Camera(VideoPart):
    """A camera that moves over the key image; no model, and nothing in the picture moves."""

    frames: int = Field(default=48, ge=2, le=2000)
    fps: int = Field(default=24, ge=1, le=60)
    zoom: float = Field(default=1.15, gt=1, le=2)
    """How much nearer the nearest frame is than the farthest."""


class OpenClip(_Held, EncoderPart):
    """A CLIP model in open_clip's format."""

    def calibration_folder(self) -> Path:
        """Beside the weights of a local one; in the user's data folder for one of the hub."""
        if is_local(self.model):
            return Path(self.model).expanduser()
        return calibration_folder(f"{self.model.replace('/', '--')}-{self.revision[:12]}")


class ByEncoder(CriticPart):
    """The critic that judges by the profile's encoder, against calibrated thresholds."""
