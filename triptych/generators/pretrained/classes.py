"""Which class of diffusers runs a checkpoint, by what the profile wants of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from triptych.errors import ModelError, ProfileError
from triptych.generators.parts import AnimateDiff, Diffusers, ImageToVideo, TextToVideo
from triptych.generators.pretrained.stepwise import call_parameters

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline

TO_STEPPED = {"LatentConsistencyModelPipeline": "StableDiffusionPipeline"}
"""Pipelines that another class runs step for step, and can also show what it has so far."""
TO_ANIMATEDIFF = {
    "StableDiffusionPipeline": "AnimateDiffPipeline",
    "StableDiffusionXLPipeline": "AnimateDiffSDXLPipeline",
}

FLOAT32_VAES = frozenset({"AutoencoderKLWan"})
"""Autoencoders that their authors run in float32: in bfloat16 fine structure is lost."""


def read_index(part: Diffusers, folder: Path) -> dict[str, object]:
    """A pipeline's `model_index.json`. Raises `ModelError` if there is none that names a class."""
    try:
        index = json.loads((folder / "model_index.json").read_text())
        if class_of(index["_class_name"]):
            return index
        raise ValueError("it names no class")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{part.model} is not a diffusers pipeline: no model_index.json."
        ) from error


def float32_parts(index: dict[str, object]) -> list[str]:
    """Parts of a pipeline that work in float32 whatever the rest does."""
    return [name for name, entry in index.items() if class_of(entry) in FLOAT32_VAES]


def class_of(entry: object) -> str:
    """The class that an entry of `model_index.json` names, alone or after its library."""
    last = entry[-1] if isinstance(entry, list) and entry else entry
    return last if isinstance(last, str) else ""


def pipeline_class(part: Diffusers, index: dict[str, object]) -> type[DiffusionPipeline]:
    """The class that runs a checkpoint as the profile's kind wants it.

    Raises `ModelError` or `ProfileError` if the installed diffusers has none.
    """
    import diffusers

    name = class_of(index["_class_name"])
    if isinstance(part, ImageToVideo):
        return _seeing_class(part, name)
    wanted = TO_STEPPED.get(name, name)
    if isinstance(part, TextToVideo):
        wanted = name.replace("ImageToVideoPipeline", "Pipeline")
    elif isinstance(part, AnimateDiff):
        wanted = TO_ANIMATEDIFF.get(name, "")
    if not wanted:
        raise ProfileError(
            f"{part.model} is a {name}; motion adapters go on Stable Diffusion 1.5 or SDXL."
        )
    kind = getattr(diffusers, wanted, None)
    if kind is None:
        raise ModelError(
            f"{part.model} needs {wanted}, which the installed diffusers does not have.",
            "Upgrade diffusers.",
        )
    return kind


def _seeing_class(part: ImageToVideo, name: str) -> type[DiffusionPipeline]:
    """The class that runs a video checkpoint from a picture; never one that would not look at it.

    A checkpoint may name its text-to-video class although it is made for both (`WanPipeline`).
    """
    import diffusers

    sibling = f"{name.removesuffix('Pipeline')}ImageToVideoPipeline"
    for wanted in (sibling, name):
        kind = getattr(diffusers, wanted, None)
        if kind is not None and "image" in call_parameters(kind):
            return kind
    raise ModelError(
        f"{part.model} is a {name}, and the installed diffusers has no class that begins such a"
        " clip with a picture.",
        "Upgrade diffusers, name an image-to-video model, or set `kind: diffusers-text-to-video`,"
        " which makes the clip from words and says so.",
    )
