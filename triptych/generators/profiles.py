"""Profiles: which models stand behind the agents, as data. One word is all that changes.

A profile is a YAML file. Shipped ones lie in the package; one's own in `./profiles` or in the
user's configuration folder, and come first. Any value can be overridden: `image.steps=20`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from triptych.briefs.text import read_text
from triptych.briefs.yaml import parse_yaml
from triptych.errors import BriefError, ProfileError

SHIPPED = Path(__file__).parents[1] / "profiles"
_MOST_KEYS = 10
"""Of the path that an override goes."""
_MOST_TOLD = 20

Conditioning = Literal["prompt", "latents", "both"]
Sampler = Literal["own", "ddim", "dpm++", "euler", "lcm", "unipc"]


class Settings(BaseModel):
    """Base of the parts of a profile: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Weights(Settings):
    """Where a model comes from and how it is held."""

    model: str
    """A hub name such as `owner/name`, or a local folder."""
    revision: str = ""
    """A commit of the hub; required for a hub name, so that a profile always means the same."""
    variant: str | None = None
    dtype: Literal["auto", "float32", "float16", "bfloat16"] = "auto"
    """`auto`: bfloat16 on an accelerator, float32 on the CPU."""
    device: str = "auto"
    download: float = Field(default=0, ge=0)
    """Size of the download in GB."""
    licence: str = ""


class Starter(Settings):
    """A module of the starter: weights shipped with the package."""

    kind: Literal["starter"]
    folder: str | None = None
    steps: int = Field(default=50, ge=1, le=1000)
    guidance: float | None = None


class Transformers(Weights):
    """A causal language model of transformers as planner, copywriter and source of Z."""

    kind: Literal["transformers"]
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


class Chat(Settings):
    """A chat model behind LangChain as planner or copywriter."""

    kind: Literal["chat"]
    model: str
    """`provider:model`, or `package.module:Class` with the class's arguments in `options`."""
    options: dict[str, Any] = {}
    """Arguments of the chat model class, such as `base_url` and `temperature`."""
    structured: Literal["schema", "json"] = "schema"
    """`schema`: the server is given the schema; `json`: it is told in words and the answer read."""
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
    encoder: Annotated[Starter | Transformers, Field(discriminator="kind")] | None = None
    """The local language model that reads the copy and gives its Z; None for no Z."""
    licence: str = ""


class Diffusers(Weights):
    """What all diffusion pipelines have in common."""

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
    offload: Literal["none", "model", "sequential"] = "none"
    vae_slicing: bool = False
    vae_tiling: bool = False
    attention: str | None = None
    """A diffusers attention backend for transformers; `sliced` for UNets."""
    compile: bool = False
    cache: Literal["none", "first-block"] = "none"
    """Reuse of transformer blocks between steps, where the model has it."""
    options: dict[str, Any] = {}
    """Further arguments of the pipeline's call."""

    @model_validator(mode="after")
    def _placed_once(self) -> Diffusers:
        if self.device_map is not None and self.offload != "none":
            raise ValueError("device_map and offload exclude each other: set one of them")
        return self


class DiffusersImage(Diffusers):
    """A text-to-image pipeline."""

    kind: Literal["diffusers-image"]


class DiffusersVideo(Diffusers):
    """What video pipelines have in common."""

    frames: int = Field(default=16, ge=1)
    fps: int = Field(default=8, ge=1)


class ImageToVideo(DiffusersVideo):
    """A pipeline that begins with the key image."""

    kind: Literal["diffusers-image-to-video"]


class TextToVideo(DiffusersVideo):
    """A pipeline that takes words or conditioning alone; the trace says that it saw no image."""

    kind: Literal["diffusers-text-to-video"]


class AnimateDiff(DiffusersVideo):
    """A motion adapter on top of a Stable Diffusion or SDXL image model (`model`)."""

    kind: Literal["animatediff"]
    adapter: str
    adapter_revision: str = ""


class OpenClip(Weights):
    """The critic's CLIP."""

    kind: Literal["open-clip"]


Planner = Annotated[Starter | Transformers | Chat, Field(discriminator="kind")]
Image = Annotated[Starter | DiffusersImage, Field(discriminator="kind")]
Video = Annotated[Starter | ImageToVideo | TextToVideo | AnimateDiff, Field(discriminator="kind")]
Clip = Annotated[Starter | OpenClip, Field(discriminator="kind")]


class Profile(Settings):
    """All the models of a campaign, and what a person should know before fetching them."""

    name: str
    title: str
    licence: str
    disk: str
    memory: str
    time: str
    gpu_memory: float = Field(default=0, ge=0)
    """GiB that a GPU must have; 0 where nobody said."""
    main_memory: float = Field(default=0, ge=0)
    """GiB of main memory that it takes without a GPU; 0 where nobody said."""
    conditioning: Conditioning = "both"
    """What image and clip are conditioned on: the prompt, Z, or both."""
    memory_limit: float | None = Field(default=None, gt=0)
    """GiB that models may take on the device together; the least recently used moves off."""
    fetch: bool = False
    """Download missing models at their first use. Off: a missing model is an error that says so."""
    planner: Planner | None = None
    """None: the same model as `text`."""
    text: Planner
    image: Image
    video: Video
    clip: Clip

    def weights(self) -> dict[str, Weights]:
        """Every model with weights to fetch, by the profile's key."""
        found: dict[str, Weights] = {}
        for key in ("planner", "text", "image", "video", "clip"):
            part = getattr(self, key)
            if isinstance(part, Weights):
                found[key] = part
            if isinstance(part, Chat) and isinstance(part.encoder, Weights):
                found[f"{key}.encoder"] = part.encoder
            if isinstance(part, AnimateDiff):
                found[f"{key}.adapter"] = Weights(
                    model=part.adapter, revision=part.adapter_revision, licence=part.licence
                )
        return found


def profile_folders() -> list[Path]:
    """Where profiles are looked for, first come first."""
    user = Path(platformdirs.user_config_dir("triptych", appauthor=False)) / "profiles"
    return [Path("profiles"), user, SHIPPED]


def profile_files() -> dict[str, Path]:
    """Every profile's file by name; one's own hide the shipped ones."""
    files: dict[str, Path] = {}
    for folder in profile_folders():
        for path in sorted(folder.glob("*.yaml")):
            files.setdefault(path.stem, path)
    return files


def list_profiles() -> list[Profile]:
    """All profiles that can be read, by name. A broken one raises `ProfileError`."""
    return [read_profile(name) for name in sorted(profile_files())]


def read_profile(name: str, overrides: Sequence[str] = ()) -> Profile:
    """A profile by name, or by a path that ends in `.yaml`, with overrides `part.key=value`.

    Local folders in a profile may be relative to its file. Raises `ProfileError` with every
    problem in words.
    """
    if name.endswith((".yaml", ".yml")):
        path = Path(name)
    else:
        files = profile_files()
        if name not in files:
            raise ProfileError(
                f"There is no profile {name!r}.", f"Known profiles: {', '.join(sorted(files))}."
            )
        path = files[name]
    try:
        data = parse_yaml(read_text(path), f"The profile {path}", typed=True).value
    except BriefError as error:
        raise ProfileError(error.message, error.hint) from error
    if not isinstance(data, dict):
        raise ProfileError(f"The profile {path} must be a mapping of keys to values.")
    data.setdefault("name", path.stem)
    for override in overrides:
        _override(data, override)
    _anchor(data, path.parent)
    try:
        profile = Profile.model_validate(data)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}"[:300]
            for one in error.errors(include_url=False)[:_MOST_TOLD]
        )
        raise ProfileError(
            f"The profile {profile_name(data, path)} is not valid: {problems}.",
            "docs/profiles.md tells of every key.",
        ) from error
    for key, part in profile.weights().items():
        if not is_local(part.model) and not part.revision:
            raise ProfileError(
                f"{key} of the profile {profile.name} names {part.model} without a revision.",
                f"Set `{_revision_of(key)}` to a commit, so that the profile always means the"
                " same.",
            )
    return profile


def _revision_of(key: str) -> str:
    """Where the revision of a part's weights stands in a profile."""
    return f"{key}_revision" if key.endswith(".adapter") else f"{key}.revision"


def profile_name(data: dict[str, Any], path: Path) -> str:
    """The name to call a profile by in messages."""
    return str(data.get("name", path.stem))[:100]


def is_local(model: str) -> bool:
    """Whether a model's name is a folder here rather than a name on the hub."""
    return model.startswith((".", "/", "~")) or _is_folder(Path(model))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # too long for a name, with a NUL, or not to be looked at
        return False


def _override(data: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    path = key.strip().split(".")
    if not equals or not all(path):
        raise ProfileError(f"{override!r} is not an override.", "Write it as image.steps=20.")
    if len(path) > _MOST_KEYS:
        raise ProfileError(
            f"{override[:60]!r}… goes deeper than a profile.", "See docs/profiles.md."
        )
    try:
        read = parse_yaml(text, f"The value of {override[:200]!r}", typed=True)
    except BriefError as error:
        raise ProfileError(error.message, error.hint) from error
    if read.notes:
        raise ProfileError(
            f"The value of {override[:200]!r} holds a comment.", "Put a value with ` #` in quotes."
        )
    here = data
    for part in path[:-1]:
        here = here.setdefault(part, {})
        if not isinstance(here, dict):
            raise ProfileError(f"{override!r} goes into {part}, which holds no keys.")
    here[path[-1]] = read.value


def _anchor(data: dict[str, Any], folder: Path) -> None:
    """Make relative folders of a profile's file absolute, where they exist beside it."""
    for key, value in data.items():
        if isinstance(value, dict):
            _anchor(value, folder)
        elif key in ("model", "adapter", "connector", "head", "lora", "folder") and value:
            beside = folder / str(value)
            if _is_folder(beside) and not Path(str(value)).is_absolute():
                data[key] = str(beside.resolve())
