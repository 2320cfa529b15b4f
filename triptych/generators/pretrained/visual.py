"""Images and clips from diffusers pipelines: requests to calls, calls to a steerable sampling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from PIL import Image
from torch import Tensor

from triptych.domain import Conditioning, ModelIdentity
from triptych.errors import ModelError
from triptych.generators.guidance import nfe_of_step
from triptych.generators.parts import (
    AnimateDiff,
    Diffusers,
    DiffusersImage,
    DiffusersVideo,
    ImageToVideo,
)
from triptych.generators.pretrained.connector import Connector
from triptych.generators.pretrained.denoising import Call, Denoising
from triptych.generators.pretrained.economy import cheapen
from triptych.generators.pretrained.memory import Resident
from triptych.generators.pretrained.prompts import (
    denoiser_of,
    from_latents,
    listed_names,
    words,
)
from triptych.generators.pretrained.sampling import Account, Group, PipelineSampling
from triptych.generators.pretrained.stepwise import call_parameters, require_noise_on_the_way
from triptych.protocols import Pixels, Progress, VisualRequest

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline


class _Visual:
    """What image and clip generators share.

    Args:
        resident: the pipeline.
        identity: the pipeline's name and revision, for the trace.
        part: the profile's settings.
        connector: from Z to the pipeline's conditioning, if one is trained for this pair.
        use: what may speak: the prompt, Z, or both.
    """

    def __init__(
        self,
        resident: Resident[DiffusionPipeline],
        identity: ModelIdentity,
        part: Diffusers,
        connector: Connector | None = None,
        use: Conditioning = "both",
    ) -> None:
        self._resident, self._identity, self._part = resident, identity, part
        self._connector = connector
        self._use: Conditioning = use

    @property
    def identity(self) -> ModelIdentity:
        """Name and revision, and how it is conditioned where that is not the default."""
        if self._use == "both":
            return self._identity
        return self._identity.model_copy(update={"name": f"{self._identity.name}/{self._use}"})

    def steps_for(self, wished: int | None) -> int:
        """As many as are wished for; else the profile's."""
        return self._part.steps_for(wished)

    @property
    def step_nfe(self) -> int:
        """Denoiser evaluations of one step of one sample, at the profile's guidance."""
        return nfe_of_step(self._part.guidance)

    def _begin(
        self,
        requests: Sequence[VisualRequest],
        latents: Sequence[Tensor | None],
        keys: Sequence[Pixels | None],
        seeds: Sequence[int],
        on_step: Progress | None,
        notes: tuple[str, ...] = (),
    ) -> PipelineSampling:
        if not requests or not len(requests) == len(latents) == len(keys) == len(seeds):
            raise ModelError("A batch needs one prompt, one Z or None, and one seed a sample.")
        steps = {self._part.steps if one.steps is None else one.steps for one in requests}
        if len(steps) != 1:
            raise ModelError(f"A batch shares its steps; asked for {sorted(steps)}.")
        count = steps.pop()
        heard = self._connector is not None and self._use != "prompt"
        speaks = heard and all(z is not None for z in latents)

        def groups(pipeline: DiffusionPipeline) -> list[Group]:
            if any(one.eta > 0 for one in requests):
                require_noise_on_the_way(pipeline, self._part.model)
            made = []
            for places in self._parts(requests):
                call = self._call(pipeline, requests, latents, keys, places, count, speaks)
                generators = [torch.Generator().manual_seed(seeds[place]) for place in places]
                denoising = Denoising(pipeline, call, generators, count)
                made.append(Group(denoising, [Account() for _ in places], places))
            return made

        return PipelineSampling(
            self._resident, groups, count, cheapen, (*notes, *self._about(latents)), on_step
        )

    def _about(self, latents: Sequence[Tensor | None]) -> tuple[str, ...]:
        if self._use == "prompt":
            return ()
        if self._connector is None:
            return (
                "no connector is trained for this pair of models: the pipeline's own text encoder"
                " read the visual prompt, and Z was not heard",
            )
        if any(z is None for z in latents):
            return ("there is no Z: the pipeline's own text encoder read the visual prompt",)
        return ()

    def _parts(self, requests: Sequence[VisualRequest]) -> list[list[int]]:
        """Which samples may share one call: those of one recipe; clips each alone."""
        if isinstance(self._part, DiffusersVideo):
            return [[place] for place in range(len(requests))]
        recipes: dict[tuple[float | None, ...], list[int]] = {}
        for place, one in enumerate(requests):
            negative = bool(self._negative(one))
            recipe = (one.guidance_scale, one.height, one.width, one.eta, negative)
            recipes.setdefault(recipe, []).append(place)
        return list(recipes.values())

    def _negative(self, request: VisualRequest) -> str:
        return request.negative_prompt or self._part.negative_prompt

    def _call(
        self,
        pipeline: DiffusionPipeline,
        requests: Sequence[VisualRequest],
        latents: Sequence[Tensor | None],
        keys: Sequence[Pixels | None],
        places: list[int],
        steps: int,
        speaks: bool,
    ) -> Call:
        part, first = self._part, requests[places[0]]
        names = call_parameters(type(pipeline))
        guidance = part.guidance if first.guidance_scale is None else first.guidance_scale
        distilled = getattr(getattr(denoiser_of(pipeline), "config", None), "guidance_embeds", True)
        shared: dict[str, object] = {
            "num_inference_steps": steps,
            "height": first.height or part.height,
            "width": first.width or part.width,
            "eta": first.eta,
            "output_type": "np",
            "guidance_scale": guidance,
        }
        if "true_cfg_scale" in names and not distilled:
            shared["true_cfg_scale"] = guidance
        if isinstance(part, DiffusersVideo):
            shared["num_frames"] = part.frames if first.frames is None else first.frames
            shared["frame_rate"] = shared["fps"] = part.fps
        shared = {name: value for name, value in shared.items() if value is not None} | part.options
        if "callback" in names:
            shared["callback_steps"] = 1
        shared = {name: value for name, value in shared.items() if name in names}
        prompts = [requests[place].prompt for place in places]
        if speaks:
            assert self._connector is not None
            stacked = [z for place in places if (z := latents[place]) is not None]
            with torch.no_grad():
                each = from_latents(pipeline, self._connector, stacked, prompts, self._use)
        else:
            negatives = [self._negative(requests[place]) for place in places]
            each = words(pipeline, prompts, negatives)
        listed = listed_names(pipeline) if speaks else frozenset()
        key = keys[places[0]]
        if key is not None and "image" in names:
            asked = [shared.get("width"), shared.get("height")]
            width, height = (
                value if isinstance(value, int) else side
                for value, side in zip(asked, (key.shape[1], key.shape[0]), strict=True)
            )
            shared["image"] = Image.fromarray(key).resize((width, height), Image.Resampling.LANCZOS)
        return Call(shared, each, listed)


class PipelineImage(_Visual):
    """Implements `ImageGenerator` on any text-to-image pipeline of diffusers."""

    _part: DiffusersImage

    def start(
        self,
        requests: Sequence[VisualRequest],
        latents: Sequence[Tensor | None],
        seeds: Sequence[int],
        on_step: Progress | None = None,
    ) -> PipelineSampling:
        """Begin a batch: one Z (K, D) or None and one seed a request."""
        return self._begin(requests, latents, [None] * len(requests), seeds, on_step)


class PipelineVideo(_Visual):
    """Implements `VideoGenerator` on image-to-video, text-to-video and AnimateDiff pipelines."""

    _part: DiffusersVideo

    @property
    def fps(self) -> int:
        """Frames a second."""
        return self._part.fps

    @property
    def frames(self) -> int:
        """Frames of a clip that the profile asks for."""
        return self._part.frames

    def start(
        self,
        requests: Sequence[VisualRequest],
        latents: Sequence[Tensor | None],
        key_images: Sequence[Pixels | None],
        seeds: Sequence[int],
        on_step: Progress | None = None,
    ) -> PipelineSampling:
        """Begin a batch of clips; raises `ModelError` if a key image is needed and missing."""
        notes: tuple[str, ...] = ()
        if isinstance(self._part, ImageToVideo):
            if any(key is None for key in key_images):
                raise ModelError(f"{self._identity.name} needs a key image for every clip.")
        elif any(key is not None for key in key_images):
            what = "motion adapter" if isinstance(self._part, AnimateDiff) else "pipeline"
            notes = (f"this {what} takes no key image: the clip was made without seeing it",)
        return self._begin(requests, latents, key_images, seeds, on_step, notes)
