"""What a part of a profile may say: base classes for the settings of every kind of model.

A kind derives its settings from the parts that it can be: `TextPart`, `ImagePart`, `VideoPart`,
`EncoderPart`, `CriticPart`, or several of them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field

Role = Literal["text", "image", "video", "encoder", "critic"]
"""What a model does in a campaign. The planner is a text model too."""


class Settings(BaseModel):
    """Base of all that stands in a profile: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Part(Settings):
    """Base of the settings of one model."""

    kind: str
    """A registered name, or `package.module:Class`."""

    def weights(self) -> Mapping[str, Weights]:
        """Models to fetch before it can be made, by the key under this part; "" for itself."""
        return {}

    def inner(self) -> Mapping[str, Part]:
        """Parts within this one that do the same work, by key."""
        return {}

    def address(self) -> str:
        """Of the server that it calls; empty if it calls none."""
        return ""


class TextPart(Part):
    """Plans and writes copy; a local language model gives its shared latents Z too."""

    def price(self, tokens_in: int, tokens_out: int) -> float:
        """US dollars for tokens read and written."""
        return 0.0

    def languages(self) -> frozenset[str] | None:
        """Languages that it writes, as in `en`; None for all that are asked of it."""
        return None

    def latents_source(self) -> TextPart | None:
        """The settings of the local language model that gives Z; None if there is none."""
        return self


class VisualPart(Part):
    """What pictures and clips have in common. By default one step that costs one evaluation."""

    def steps_for(self, wished: int | None) -> int:
        """Denoising steps of a sample, where so many are wished for; None for its own choice."""
        return 1

    def step_nfe(self, part: Literal["image", "clip"]) -> int:
        """Denoiser evaluations of one step of one sample."""
        return 1


class ImagePart(VisualPart):
    """Makes pictures."""


class VideoPart(VisualPart):
    """Makes clips."""

    takes_key_image: ClassVar[bool] = True
    """Whether a clip begins with the picture; else it is made of words or Z alone."""


class EncoderPart(Part):
    """Embeds words and pictures in one space."""

    def calibration_folder(self) -> Path | None:
        """Where the critic's calibration of it is stored; None if it cannot have one."""
        digest = hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]
        return calibration_folder(f"{re.sub(r'[^A-Za-z0-9._-]+', '--', self.kind)}-{digest}")


class CriticPart(Part):
    """Judges a campaign and ranks samples for the search."""


class Weights(Settings):
    """Where a model comes from and how it is held."""

    pipeline: ClassVar[bool] = False
    """Whether it is a whole diffusers pipeline."""

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
    parameters: dict[str, float] = Field(default_factory=dict)
    """Billions of parameters by component, to compute from what it will take; of one that works in
    twice the precision, as Wan's autoencoder, count each twice."""
    licence: str = ""


def is_local(model: str) -> bool:
    """Whether a model's name is a folder here rather than a name on the hub."""
    return model.startswith((".", "/", "~")) or is_folder(Path(model))


def is_folder(path: Path) -> bool:
    """Whether a folder is there; no name is too odd to ask."""
    try:
        return path.is_dir()
    except (OSError, ValueError):  # too long for a name, with a NUL, or not to be looked at
        return False


def calibration_folder(name: str) -> Path:
    """Where the calibration of an encoder without a folder of its own is stored."""
    return Path(platformdirs.user_data_dir("triptych", appauthor=False)) / "calibration" / name
