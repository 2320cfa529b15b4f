"""One call of a pipeline that can be interrupted: some samples of a batch and their state."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from triptych.errors import ModelError
from triptych.generators.pretrained.memory import is_out_of_memory
from triptych.generators.pretrained.stepwise import (
    Paused,
    StepwiseScheduler,
    call_parameters,
    can_step,
    select_state,
    stepwise,
)
from triptych.protocols import Pixels
from triptych.seeds import derive_seed

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline
    from diffusers.utils import BaseOutput


@dataclass(frozen=True)
class Call:
    """Arguments of a pipeline's `__call__`: the same for the batch, and one a sample."""

    shared: Mapping[str, object]
    each: Mapping[str, Sequence[str | Tensor]] = field(default_factory=dict)
    """Lists with one entry a sample; tensors are stacked on the way in, unless `listed`."""
    listed: frozenset[str] = frozenset()

    def select(self, rows: Sequence[int]) -> Call:
        """The call for some of its samples."""
        each = {name: [values[row] for row in rows] for name, values in self.each.items()}
        return Call(self.shared, each, self.listed)

    def arguments(self) -> dict[str, object]:
        """Keyword arguments for the pipeline."""
        made = dict(self.shared)
        for name, values in self.each.items():
            tensors = [value for value in values if isinstance(value, Tensor)]
            stack = tensors and name not in self.listed
            made[name] = torch.stack(tensors) if stack else list(values)
        return made


class Denoising:
    """Samples that go through a pipeline together.

    Args:
        pipeline: a diffusers pipeline, loaded and placed.
        call: its arguments.
        generators: one a sample, on the CPU so that a seed means the same on every device.
        steps: denoising steps asked for.
    """

    def __init__(
        self, pipeline: DiffusionPipeline, call: Call, generators: list[torch.Generator], steps: int
    ) -> None:
        self.pipeline, self.call, self.steps = pipeline, call, steps
        self.generators = generators
        self.scheduler = stepwise(pipeline.scheduler)
        self.latents: Tensor | None = None
        self.predicted: Tensor | None = None
        self.pixels: list[Pixels] | None = None
        self.done = 0
        self.guided = False
        self._states = [generator.get_state() for generator in generators]
        self._first_states = list(self._states)

    @property
    def size(self) -> int:
        """Samples in it."""
        return len(self.generators)

    def advance(self, until: int, on_step: Callable[[int], None] | None = None) -> None:
        """Denoise until `until` steps are done; at the last one the pictures are decoded.

        A failing call leaves the state as it was before, so that it may be tried again.
        """
        if self.done >= until:
            return
        before = copy.deepcopy(self.scheduler.__dict__)
        kept = (self.latents, self.predicted, self.done)
        try:
            self._advance(until if can_step(self.pipeline) else self.steps, on_step)
        except BaseException:
            self.scheduler.__dict__.clear()
            self.scheduler.__dict__.update(before)
            self.latents, self.predicted, self.done = kept
            raise

    def _advance(self, until: int, on_step: Callable[[int], None] | None) -> None:
        def after_step(latents: Tensor) -> None:
            self.guided = bool(getattr(self.pipeline, "do_classifier_free_guidance", self._scaled))
            self.done += 1
            self.latents, self.predicted = latents, self.scheduler.predicted
            if on_step is not None:
                on_step(self.done)
            if until <= self.done < self.steps:
                raise Paused

        with contextlib.suppress(Paused):
            self.pixels = self._call(self.latents, after_step)
            self.done = self.steps
        self._states = [generator.get_state() for generator in self.generators]

    @property
    def _scaled(self) -> bool:
        shared = self.call.shared
        scale = shared.get("true_cfg_scale", shared.get("guidance_scale", 1.0))
        return isinstance(scale, int | float) and scale > 1.0

    def _call(
        self,
        latents: Tensor | None,
        after_step: Callable[[Tensor], None],
        looking: bool = False,
    ) -> list[Pixels]:
        """One call from `latents` on. What preparation draws at random is drawn anew alike."""
        arguments = self.call.arguments() | {"generator": self._generators_for_call()}
        names = call_parameters(type(self.pipeline))
        if latents is not None:
            arguments["latents"] = as_noise(self.pipeline, latents, arguments)
        if "callback_on_step_end" in names:
            arguments["callback_on_step_end_tensor_inputs"] = ["latents"]

            def on_step_end(
                pipe: object, index: int, time: object, tensors: dict[str, Tensor]
            ) -> dict[str, Tensor]:
                after_step(tensors["latents"])
                return {}

            arguments["callback_on_step_end"] = on_step_end
        elif "callback" in names:
            arguments["callback"] = lambda index, time, tensor: after_step(tensor)
        self.scheduler.open(self.done, looking)
        self.scheduler.before_first_step = self._restore if self.done else None
        try:
            with scheduled(self.pipeline, self.scheduler):
                output = self.pipeline.__call__(**arguments)  # the base class declares none
        except (ValueError, TypeError, LookupError, AttributeError, RuntimeError) as error:
            if is_out_of_memory(error):
                raise
            raise ModelError(
                f"{type(self.pipeline).__name__} cannot make this: {first_line(error)}",
                "Check height, width, frames, sampler and `options` in the profile.",
            ) from error
        finally:
            self.scheduler.before_first_step = None
        return to_pixels(output)

    def _generators_for_call(self) -> torch.Generator | list[torch.Generator]:
        for generator, state in zip(self.generators, self._first_states, strict=True):
            generator.set_state(state)
        return list(self.generators) if self.size > 1 else self.generators[0]

    def _restore(self) -> None:
        for generator, state in zip(self.generators, self._states, strict=True):
            generator.set_state(state)

    def look(self) -> list[Pixels]:
        """The predicted x0, decoded by the pipeline itself without a denoising step."""
        if self.pixels is not None:
            return self.pixels
        clean = self._loop_shaped(self.predicted)
        if clean is None:
            raise ModelError(
                f"{type(self.pipeline).__name__} gives no preview here.",
                "Take at least one step first, or search with `best-of-n`.",
            )
        state = copy.deepcopy(self.scheduler.__dict__)
        try:
            return self._call(clean, lambda latents: None, looking=True)
        finally:
            self.scheduler.__dict__.clear()
            self.scheduler.__dict__.update(state)

    def _loop_shaped(self, clean: Tensor | None) -> Tensor | None:
        """x0 in the shape of the loop's latents; some pipelines reshape around the scheduler."""
        if clean is None or self.latents is None:
            return None
        if clean.shape == self.latents.shape:
            return clean
        if self.latents.ndim == 5 and clean.numel() == self.latents.numel():  # frames as a batch
            batch, channels, frames, *sides = self.latents.shape
            return clean.view(batch, frames, channels, *sides).transpose(1, 2)
        if type(self.pipeline).__name__.startswith("LTX") and clean.ndim == 5:  # key frame apart
            pipe = self.pipeline
            patches = (pipe.transformer_spatial_patch_size, pipe.transformer_temporal_patch_size)
            frames, height, width = clean.shape[2] + 1, *clean.shape[3:]
            whole = pipe._unpack_latents(self.latents, frames, height, width, *patches)
            whole = torch.cat([whole[:, :, :1], clean.to(whole.dtype)], dim=2)
            return pipe._pack_latents(whole, *patches)
        return None

    def select(self, rows: Sequence[int]) -> Denoising:
        """These samples alone; one that comes twice draws its own noise from here on."""
        chosen = list(rows)
        part = copy.copy(self)
        part.call = self.call.select(chosen)
        part.scheduler = copy.deepcopy(self.scheduler)
        if self.latents is not None:
            seen = None if self.predicted is None else self.scheduler.predicted
            shape = None if seen is None else seen.shape
            part.latents = self.latents[chosen]
            if shape is not None and shape[0] == self.size:
                select_state(part.scheduler, chosen, shape)
                part.predicted = part.scheduler.predicted
            elif self.predicted is not None and self.predicted.shape[0] % self.size == 0:
                each = self.predicted.unflatten(0, (self.size, -1))
                part.predicted = each[chosen].flatten(0, 1)
        part.pixels = None if self.pixels is None else [self.pixels[row] for row in chosen]
        part.generators, part._states, part._first_states = [], [], []
        for place, row in enumerate(chosen):
            generator = torch.Generator().manual_seed(self.generators[row].initial_seed())
            generator.set_state(self._states[row])
            repeat = chosen[:place].count(row)
            if repeat:
                own = derive_seed(generator.initial_seed(), "copy", repeat, self.done)
                generator.manual_seed(own)
            part.generators.append(generator)
            part._states.append(generator.get_state())
            part._first_states.append(self._first_states[row])
        return part


@contextlib.contextmanager
def scheduled(pipeline: DiffusionPipeline, scheduler: StepwiseScheduler) -> Iterator[None]:
    """Lend a pipeline another scheduler, past its own bookkeeping of configurations."""
    own = pipeline.__dict__["scheduler"]
    pipeline.__dict__["scheduler"] = scheduler
    try:
        yield
    finally:
        pipeline.__dict__["scheduler"] = own


def as_noise(
    pipeline: DiffusionPipeline, latents: Tensor, arguments: Mapping[str, object]
) -> Tensor:
    """A loop's latents in the shape in which a call takes its first noise.

    FLUX.2 takes (B, C, h, w) and hands out (B, h·w, C); all others take what they hand out.
    """
    if not type(pipeline).__name__.startswith("Flux2"):
        return latents
    side = pipeline.vae_scale_factor * 2
    height, width = (arguments.get(name) for name in ("height", "width"))
    if not (isinstance(height, int) and isinstance(width, int)):
        height = width = pipeline.default_sample_size * pipeline.vae_scale_factor
    return latents.transpose(1, 2).unflatten(2, (height // side, width // side))


def first_line(error: BaseException) -> str:
    """What a library says is wrong, at a length that people read."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


def to_pixels(output: BaseOutput) -> list[Pixels]:
    """A pipeline's output (floats in 0..1, images or frames) as uint8 arrays, one a sample."""
    made = getattr(output, "images" if hasattr(output, "images") else "frames")
    pixels = []
    for sample in made:
        values = np.asarray(sample, dtype=np.float32)
        if not np.isfinite(values).all():
            raise ModelError(
                "The pipeline made pixels that are not numbers.",
                "Try `dtype: float32`, or `bfloat16` where the device has it.",
            )
        pixels.append((values.clip(0, 1) * 255).round().astype(np.uint8))
    return pixels
