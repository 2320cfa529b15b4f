"""Any diffusers pipeline, a few steps at a time, without touching its loop.

A pipeline's `__call__` takes noise and returns pictures; a search wants to stop it, look, drop
samples and go on. Two things that every pipeline shares make that possible. Its callback hands out
the latents after each step: raising there stops it. And its loop runs over the scheduler's
`timesteps` from the `latents` it is given: a scheduler that shows only the steps still to do makes
the next call go on where the last one stopped. Showing no step at all makes it decode what it is
given, which is how a preview of x0 is made. So prompts, guidance, packing and decoding stay the
pipeline's own, and a run that nobody interrupts is one bare call.
"""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from triptych.errors import ModelError

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline

StepHook = Callable[[], None]
ALWAYS_NOISY = frozenset(
    {
        "DDPMScheduler",
        "EulerAncestralDiscreteScheduler",
        "KDPM2AncestralDiscreteScheduler",
        "LCMScheduler",
    }
)
"""Schedulers that draw noise at every step, whatever η they are given."""


class Paused(Exception):
    """Raised in a pipeline's callback to leave its loop; never reaches a caller of ours."""


class StepwiseScheduler:
    """Mixin put in front of a diffusers scheduler's class by `stepwise`.

    `done` steps are hidden from the next call; `looking` hides all of them.
    """

    done: int
    looking: bool
    predicted: Tensor | None
    before_first_step: StepHook | None
    _opening: bool
    _ready: bool

    @property
    def timesteps(self) -> Tensor:
        """What the pipeline's loop runs over; the full schedule once the loop has begun."""
        every = self.__dict__["timesteps"]
        if not self._opening:
            return every
        return every[:0] if self.looking else every[self.done :]

    @timesteps.setter
    def timesteps(self, value: Tensor) -> None:
        self.__dict__["timesteps"] = value

    @property
    def init_noise_sigma(self) -> float | Tensor:
        """Scale of the first noise; 1 when latents are handed back, for they have it already."""
        if self.done or self.looking:
            return 1.0
        own = self.__dict__.get("init_noise_sigma")
        return super().init_noise_sigma if own is None else own  # type: ignore[misc]

    @init_noise_sigma.setter
    def init_noise_sigma(self, value: float | Tensor) -> None:
        self.__dict__["init_noise_sigma"] = value

    def open(self, done: int, looking: bool = False) -> None:
        """Prepare for one call of the pipeline, of which `done` steps are behind us."""
        self.done, self.looking, self._opening = done, looking, False

    def _begin(self) -> None:
        if self._opening:
            self._opening = False
            if self.before_first_step is not None:
                self.before_first_step()


def stepwise(scheduler: Any) -> StepwiseScheduler:
    """A copy of a diffusers scheduler that can be shown in windows; otherwise the same."""
    kind = type(scheduler)

    @functools.wraps(kind.set_timesteps)
    def set_timesteps(self: StepwiseScheduler, *args: object, **options: object) -> None:
        self._opening = False
        if not self._ready:  # a resumed multistep solver must keep its memory
            kind.set_timesteps(self, *args, **options)
            self._ready = True
        self._opening = True

    @functools.wraps(kind.step)
    def step(
        self: Any,
        model_output: Tensor,
        timestep: float | Tensor,
        sample: Tensor,
        *args: object,
        **options: object,
    ) -> object:
        self._begin()
        names = list(inspect.signature(kind.step).parameters)[4:]
        options = {**dict(zip(names, args, strict=False)), **options}
        as_dict = options.pop("return_dict", True)
        index = getattr(self, "step_index", None)
        if index is None and hasattr(self, "_init_step_index"):
            self._init_step_index(timestep)
            index = self.step_index
        clean = _predict_clean(self, kind, model_output, sample, index)
        moved = kind.step(self, model_output, timestep, sample, return_dict=True, **options)
        given = getattr(moved, "pred_original_sample", None)
        given = getattr(moved, "denoised", None) if given is None else given  # LCM's word for it
        self.predicted = clean if given is None else given
        return moved if as_dict else (moved.prev_sample, self.predicted)

    members: dict[str, object] = {"set_timesteps": set_timesteps, "step": step}
    if hasattr(kind, "scale_model_input"):

        @functools.wraps(kind.scale_model_input)
        def scale_model_input(self: StepwiseScheduler, *args: object, **options: object) -> Tensor:
            self._begin()
            return kind.scale_model_input(self, *args, **options)

        members["scale_model_input"] = scale_model_input
    made = copy.deepcopy(scheduler)
    made.__class__ = type(kind.__name__, (StepwiseScheduler, kind), members)
    made.__dict__.update(
        done=0, looking=False, predicted=None, before_first_step=None, _opening=False, _ready=False
    )
    return made


def _predict_clean(
    scheduler: Any, kind: type, output: Tensor, sample: Tensor, index: int | None
) -> Tensor | None:
    """x0 as the scheduler sees it now, where `step` will not tell: solvers and flow matching."""
    name = kind.__name__
    if index is not None and name.startswith("FlowMatch"):
        sigma = scheduler.sigmas[index].to(sample.device, torch.float32)
        return (sample.float() - sigma * output.float()).to(sample.dtype)
    predicts_clean = getattr(scheduler, "predict_x0", False) or str(
        getattr(scheduler.config, "algorithm_type", "")
    ).endswith("dpmsolver++")
    if predicts_clean and hasattr(scheduler, "convert_model_output"):
        return scheduler.convert_model_output(output, sample=sample)
    return None


def select_state(scheduler: StepwiseScheduler, rows: list[int], shape: torch.Size) -> None:
    """Keep the given rows of what a multistep solver remembers of tensors of `shape`."""

    def keep(value: object) -> object:
        if isinstance(value, Tensor) and value.shape == shape:
            return value[rows]
        if isinstance(value, list):
            return [keep(one) for one in value]
        return value

    for name, value in list(scheduler.__dict__.items()):
        scheduler.__dict__[name] = keep(value)


def can_step(pipeline: DiffusionPipeline) -> bool:
    """Whether a pipeline can be stopped and resumed: it takes latents and calls back."""
    names = call_parameters(type(pipeline))
    calls_back = "callback_on_step_end" in names or "callback" in names
    return "latents" in names and calls_back and "audio_latents" not in names


def require_noise_on_the_way(pipeline: DiffusionPipeline, name: str) -> None:
    """Raise `ModelError` unless a pipeline can draw noise at its steps, as η > 0 asks.

    Args:
        pipeline: that is asked to.
        name: of the model, for people.
    """
    kind = type(pipeline.scheduler)
    takes_eta = "eta" in inspect.signature(kind.step).parameters
    if kind.__name__ in ALWAYS_NOISY or (takes_eta and "eta" in call_parameters(type(pipeline))):
        return
    raise ModelError(
        f"{name} draws no noise on its way ({kind.__name__}), so copies of a sample would stay "
        "equal: it cannot be searched by `particles`.",
        "Search with `pruning` or `best-of-n`, or set the sampler to `ddim` or `lcm` if the model "
        "was made for one of them.",
    )


@functools.cache
def call_parameters(kind: type) -> frozenset[str]:
    """Names that a pipeline class's `__call__` takes."""
    return frozenset(inspect.signature(kind.__call__).parameters)
