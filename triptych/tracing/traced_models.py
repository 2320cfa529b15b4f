"""Models whose every call is traced; to agents and critic they are the models themselves.

Each implements the protocol of what it stands for, and nothing more.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from triptych.domain import Brief, Feedback, ModelIdentity, Spend
from triptych.generators.calls import hear_retries
from triptych.memory import process_peak
from triptych.protocols import (
    Critic,
    Drafted,
    Encoder,
    ImageGenerator,
    Made,
    Models,
    Pixels,
    Planner,
    Progress,
    Sampling,
    TextGenerator,
    TextRequest,
    VideoGenerator,
    VisualRequest,
    Written,
)
from triptych.tracing.calls import (
    Batch,
    CopyCall,
    CopyCallInputs,
    CopyCallOutputs,
    CopyRequest,
    Denoising,
    DenoisingInputs,
    DenoisingOutputs,
    Embedding,
    EmbeddingInputs,
    LatentsCall,
    LatentsCallInputs,
    PlanCall,
    PlanCallInputs,
    Preview,
    PreviewInputs,
)
from triptych.tracing.events import Tracer
from triptych.tracing.records import RetryEvent

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

Call = TypeVar("Call", PlanCall, CopyCall, LatentsCall, Denoising, Preview, Embedding)


def traced(models: Models, tracer: Tracer) -> Models:
    """The same models, with each call an event of kind `model` in the trace."""
    return TracedModels(models, tracer)


class TracedModels:
    """Implements `Models`."""

    def __init__(self, inner: Models, tracer: Tracer) -> None:
        self._inner, self._tracer = inner, tracer

    @property
    def profile(self) -> str:
        """As of `Models`."""
        return self._inner.profile

    @property
    def planner(self) -> Planner:
        """As of `Models`."""
        return TracedPlanner(self._inner.planner, self._tracer)

    @property
    def text(self) -> TextGenerator:
        """As of `Models`."""
        return TracedText(self._inner.text, self._tracer)

    @property
    def image(self) -> ImageGenerator:
        """As of `Models`."""
        return TracedImage(self._inner.image, self._tracer)

    @property
    def video(self) -> VideoGenerator:
        """As of `Models`."""
        return TracedVideo(self._inner.video, self._tracer)

    @property
    def encoder(self) -> Encoder:
        """As of `Models`."""
        return TracedEncoder(self._inner.encoder, self._tracer)

    @property
    def calibration_folder(self) -> Path | None:
        """As of `Models`."""
        return self._inner.calibration_folder

    def critic(self, rate: float, encoder: Encoder | None = None) -> Critic:
        """As of `Models`; it sees through the traced encoder."""
        return self._inner.critic(rate, self.encoder if encoder is None else encoder)

    def unknown_words(self, brief: Brief) -> str | None:
        """As of `Models`."""
        return self._inner.unknown_words(brief)


class TracedPlanner:
    """Implements `Planner`."""

    def __init__(self, inner: Planner, tracer: Tracer) -> None:
        self._inner, self._tracer = inner, tracer

    @property
    def identity(self) -> ModelIdentity:
        """As of `Planner`."""
        return self._inner.identity

    def draft(self, brief: Brief, feedback: Sequence[Feedback] = (), seed: int = 0) -> Drafted:
        """As of `Planner`."""
        asked = PlanCallInputs(brief=brief.description, feedback=_reasons(feedback))
        call = PlanCall(inputs=asked, seed=seed, model=self.identity)
        with _span(self._tracer, call):
            drafted = self._inner.draft(brief, feedback, seed)
            call.spend, call.outputs = drafted.spend, drafted.draft
        return drafted


class TracedText:
    """Implements `TextGenerator`."""

    def __init__(self, inner: TextGenerator, tracer: Tracer) -> None:
        self._inner, self._tracer = inner, tracer

    @property
    def identity(self) -> ModelIdentity:
        """As of `TextGenerator`."""
        return self._inner.identity

    def write(self, requests: Sequence[TextRequest]) -> list[Written]:
        """As of `TextGenerator`."""
        seed = requests[0].seed if requests else None
        asked = CopyCallInputs(requests=_asked(requests))
        with _span(self._tracer, CopyCall(inputs=asked, seed=seed, model=self.identity)) as call:
            written = self._inner.write(requests)
            call.spend = sum((one.spend for one in written), Spend())
            call.outputs = CopyCallOutputs(texts=tuple(one.text for one in written))
        return written

    def encode(self, requests: Sequence[TextRequest], texts: Sequence[str]) -> list[Written]:
        """As of `TextGenerator`."""
        asked = LatentsCallInputs(requests=_asked(requests), texts=tuple(texts))
        with _span(self._tracer, LatentsCall(inputs=asked, model=self.identity)) as call:
            written = self._inner.encode(requests, texts)
            call.spend = sum((one.spend for one in written), Spend())
        return written

    def to_clip(self, latents: torch.Tensor) -> NDArray[np.float32] | None:
        """As of `TextGenerator`; no call of a model of its own, so not told."""
        return self._inner.to_clip(latents)


class TracedImage:
    """Implements `ImageGenerator`."""

    def __init__(self, inner: ImageGenerator, tracer: Tracer) -> None:
        self._inner, self._tracer = inner, tracer

    def steps_for(self, wished: int | None) -> int:
        """As of `ImageGenerator`."""
        return self._inner.steps_for(wished)

    @property
    def step_nfe(self) -> int:
        """As of `ImageGenerator`."""
        return self._inner.step_nfe

    @property
    def identity(self) -> ModelIdentity:
        """As of `ImageGenerator`."""
        return self._inner.identity

    def start(
        self,
        requests: Sequence[VisualRequest],
        latents: Sequence[torch.Tensor | None],
        seeds: Sequence[int],
        on_step: Progress | None = None,
    ) -> Sampling:
        """As of `ImageGenerator`."""
        sampling = self._inner.start(requests, latents, seeds, on_step)
        batch = _batch(requests, latents, seeds)
        return TracedSampling(sampling, self._tracer, "image", batch, self.identity)


class TracedVideo:
    """Implements `VideoGenerator`."""

    def __init__(self, inner: VideoGenerator, tracer: Tracer) -> None:
        self._inner, self._tracer = inner, tracer
        self.fps = inner.fps

    def steps_for(self, wished: int | None) -> int:
        """As of `VideoGenerator`."""
        return self._inner.steps_for(wished)

    @property
    def step_nfe(self) -> int:
        """As of `VideoGenerator`."""
        return self._inner.step_nfe

    @property
    def identity(self) -> ModelIdentity:
        """As of `VideoGenerator`."""
        return self._inner.identity

    def start(
        self,
        requests: Sequence[VisualRequest],
        latents: Sequence[torch.Tensor | None],
        key_images: Sequence[Pixels | None],
        seeds: Sequence[int],
        on_step: Progress | None = None,
    ) -> Sampling:
        """As of `VideoGenerator`."""
        sampling = self._inner.start(requests, latents, key_images, seeds, on_step)
        batch = _batch(requests, latents, seeds)
        return TracedSampling(sampling, self._tracer, "clip", batch, self.identity)


class TracedSampling:
    """Implements `Sampling`; each stretch of denoising is a call.

    Args:
        inner: what does the work.
        tracer: of the run.
        part: what is made.
        batch: what was asked for.
        model: the generator's identity.
    """

    def __init__(
        self,
        inner: Sampling,
        tracer: Tracer,
        part: Literal["image", "clip"],
        batch: Batch,
        model: ModelIdentity,
    ) -> None:
        self._inner, self._tracer = inner, tracer
        self._part: Literal["image", "clip"] = part
        self._batch, self._model = batch, model

    @property
    def step(self) -> int:
        """As of `Sampling`."""
        return self._inner.step

    @property
    def steps(self) -> int:
        """As of `Sampling`."""
        return self._inner.steps

    @property
    def nfe(self) -> int:
        """As of `Sampling`."""
        return self._inner.nfe

    @property
    def size(self) -> int:
        """As of `Sampling`."""
        return self._inner.size

    def keep(self, indices: Sequence[int]) -> None:
        """As of `Sampling`."""
        self._inner.keep(indices)

    def advance(self, to_step: int) -> None:
        """As of `Sampling`."""
        with self._denoise(to_step):
            self._inner.advance(to_step)

    def preview(self) -> list[Pixels]:
        """As of `Sampling`."""
        asked = PreviewInputs(step=self.step, size=self.size)
        with _span(self._tracer, Preview(inputs=asked, model=self._model)):
            return self._inner.preview()

    def finish(self) -> list[Made]:
        """As of `Sampling`."""
        with self._denoise(self.steps) as call:
            made = self._inner.finish()
            call.spend = Spend(peak_memory=max((o.spend.peak_memory for o in made), default=0))
            notes = dict.fromkeys(note for one in made for note in one.notes)
            call.outputs = DenoisingOutputs(notes=tuple(notes)) if notes else None
        return made

    @contextmanager
    def _denoise(self, to_step: int) -> Iterator[Denoising]:
        before, batch = self.nfe, self._batch
        asked = DenoisingInputs(
            prompts=batch.prompts,
            seeds=batch.seeds,
            latents=batch.latents,
            from_step=self.step,
            to_step=to_step,
            size=self.size,
        )
        call = Denoising(name=self._part, inputs=asked, seed=batch.seeds[0], model=self._model)
        with _span(self._tracer, call):
            yield call
            call.spend = call.spend.model_copy(update={"nfe": self.nfe - before})


class TracedEncoder:
    """Implements `Encoder`."""

    def __init__(self, inner: Encoder, tracer: Tracer) -> None:
        self._inner, self._tracer = inner, tracer
        self.max_tokens = inner.max_tokens

    @property
    def identity(self) -> ModelIdentity:
        """As of `Encoder`."""
        return self._inner.identity

    def encode_text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As of `Encoder`."""
        asked = EmbeddingInputs(texts=len(texts))
        with _span(self._tracer, Embedding(inputs=asked, model=self.identity)):
            return self._inner.encode_text(texts)

    def encode_images(self, images: Sequence[Pixels]) -> NDArray[np.float32]:
        """As of `Encoder`."""
        asked = EmbeddingInputs(images=len(images))
        with _span(self._tracer, Embedding(inputs=asked, model=self.identity)):
            return self._inner.encode_images(images)

    def count_tokens(self, text: str) -> int:
        """As of `Encoder`."""
        return self._inner.count_tokens(text)


@contextmanager
def _span(tracer: Tracer, call: Call) -> Iterator[Call]:
    """A span of one call; its seconds are measured, its memory is the process's if unknown."""
    began = time.perf_counter()
    with (
        tracer.span(call),
        hear_retries(lambda why: tracer.note(RetryEvent(name=call.name, message=why))),
    ):
        yield call
        known = call.spend
        call.spend = known.model_copy(
            update={
                "seconds": time.perf_counter() - began,
                "peak_memory": known.peak_memory or process_peak(),
            }
        )


def _asked(requests: Sequence[TextRequest]) -> tuple[CopyRequest, ...]:
    return tuple(
        CopyRequest(
            kind=request.kind,
            place=request.place,
            tone=request.tone,
            key_message=request.key_message,
            visual=request.visual,
            sample=request.sample,
            feedback=_reasons(request.feedback),
        )
        for request in requests
    )


def _reasons(feedback: Sequence[Feedback]) -> tuple[str, ...]:
    return tuple(item.reason for item in feedback)


def _batch(
    requests: Sequence[VisualRequest],
    latents: Sequence[torch.Tensor | None],
    seeds: Sequence[int],
) -> Batch:
    return Batch(
        prompts=tuple(dict.fromkeys(request.prompt for request in requests)),
        seeds=tuple(seeds),
        latents=any(one is not None for one in latents),
    )
