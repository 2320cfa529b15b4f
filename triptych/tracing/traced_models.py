"""Models whose every call is traced; to agents and critic they are the models themselves."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from triptych.domain import Brief, Feedback, ModelIdentity, Spend
from triptych.generators.calls import hear_retries
from triptych.memory import process_peak
from triptych.protocols import (
    Drafted,
    Made,
    Models,
    Pixels,
    Progress,
    TextRequest,
    VisualRequest,
    Written,
)
from triptych.tracing.events import Span, Tracer


def traced(models: Models, tracer: Tracer) -> Models:
    """The same models, with each call an event of kind `model` in the trace."""
    return cast(Models, _Models(models, tracer))


class _Traced:
    """Stands for `inner`, and has all that it has."""

    def __init__(self, inner: Any, tracer: Tracer) -> None:
        self._inner, self._tracer = inner, tracer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    @contextmanager
    def _called(
        self, name: str, inputs: dict[str, Any], seed: int | None = None, model: Any = None
    ) -> Iterator[Span]:
        """A span of one call; its seconds are measured, its memory is the process's if unknown."""
        identity: ModelIdentity = model or self._inner.identity
        began = time.perf_counter()
        with (
            self._tracer.span("model", name, inputs=inputs, seed=seed, model=identity) as span,
            hear_retries(lambda why: self._tracer.note("retry", name, message=why)),
        ):
            yield span
            known = span.spend
            span.spend = known.model_copy(
                update={
                    "seconds": time.perf_counter() - began,
                    "peak_memory": known.peak_memory or process_peak(),
                }
            )


class _Models(_Traced):
    @property
    def planner(self) -> Any:
        return _Text(self._inner.planner, self._tracer)

    @property
    def text(self) -> Any:
        return _Text(self._inner.text, self._tracer)

    @property
    def image(self) -> Any:
        return _Image(self._inner.image, self._tracer)

    @property
    def video(self) -> Any:
        return _Video(self._inner.video, self._tracer)

    @property
    def encoder(self) -> Any:
        return _Encoder(self._inner.encoder, self._tracer)

    def critic(self, rate: float, encoder: Any = None) -> Any:
        return self._inner.critic(rate, self.encoder if encoder is None else encoder)


class _Text(_Traced):
    def draft(self, brief: Brief, feedback: Sequence[Feedback] = (), seed: int = 0) -> Drafted:
        asked = {"brief": brief.description, "feedback": _reasons(feedback)}
        with self._called("plan", asked, seed) as span:
            drafted = self._inner.draft(brief, feedback, seed)
            span.spend, span.outputs = drafted.spend, {"draft": drafted.draft.model_dump()}
        return drafted

    def write(self, requests: Sequence[TextRequest]) -> list[Written]:
        with self._called("copy", {"requests": _asked(requests)}, _seed(requests)) as span:
            written = self._inner.write(requests)
            span.spend = sum((one.spend for one in written), Spend())
            span.outputs = {"texts": [one.text for one in written]}
        return written

    def encode(self, requests: Sequence[TextRequest], texts: Sequence[str]) -> list[Written]:
        with self._called("latents", {"requests": _asked(requests), "texts": [*texts]}) as span:
            written = self._inner.encode(requests, texts)
            span.spend = sum((one.spend for one in written), Spend())
        return written


class _Image(_Traced):
    def start(
        self,
        requests: Sequence[VisualRequest],
        latents: Sequence[Any],
        seeds: Sequence[int],
        on_step: Progress | None = None,
    ) -> Any:
        sampling = self._inner.start(requests, latents, seeds, on_step)
        return _Sampling(sampling, self._tracer, "image", _wanted(requests, latents, seeds), self)


class _Video(_Traced):
    def start(
        self,
        requests: Sequence[VisualRequest],
        latents: Sequence[Any],
        key_images: Sequence[Pixels | None],
        seeds: Sequence[int],
        on_step: Progress | None = None,
    ) -> Any:
        sampling = self._inner.start(requests, latents, key_images, seeds, on_step)
        return _Sampling(sampling, self._tracer, "clip", _wanted(requests, latents, seeds), self)


class _Sampling(_Traced):
    """Each stretch of denoising is a call: a search may stop between any two."""

    def __init__(
        self, inner: Any, tracer: Tracer, name: str, asked: dict[str, Any], generator: Any
    ) -> None:
        super().__init__(inner, tracer)
        self._name, self._asked, self._model = name, asked, generator.identity

    def advance(self, to_step: int) -> None:
        """As of `Sampling`."""
        with self._denoised(to_step):
            self._inner.advance(to_step)

    def preview(self) -> list[Pixels]:
        """As of `Sampling`."""
        asked = {"step": self._inner.step, "size": self._inner.size}
        with self._called("preview", asked, model=self._model):
            return self._inner.preview()

    def finish(self) -> list[Made]:
        """As of `Sampling`."""
        with self._denoised(self._inner.steps) as span:
            made = self._inner.finish()
            peak = max((one.spend.peak_memory for one in made), default=0)
            span.spend = Spend(peak_memory=peak)
            notes = dict.fromkeys(note for one in made for note in one.notes)
            span.outputs = {"notes": [*notes]} if notes else {}
        return made

    @contextmanager
    def _denoised(self, to_step: int) -> Iterator[Span]:
        before = self._inner.nfe
        steps = {"from_step": self._inner.step, "to_step": to_step, "size": self._inner.size}
        seed = self._asked["seeds"][0]
        with self._called(self._name, self._asked | steps, seed, self._model) as span:
            yield span
            span.spend = span.spend.model_copy(update={"nfe": self._inner.nfe - before})


class _Encoder(_Traced):
    def encode_text(self, texts: Sequence[str]) -> Any:
        with self._called("embed", {"texts": len(texts)}):
            return self._inner.encode_text(texts)

    def encode_images(self, images: Sequence[Pixels]) -> Any:
        with self._called("embed", {"images": len(images)}):
            return self._inner.encode_images(images)


def _asked(requests: Sequence[TextRequest]) -> list[dict[str, Any]]:
    return [
        {
            "channel": request.channel,
            "tone": request.tone,
            "key_message": request.key_message,
            "visual": request.visual,
            "sample": request.sample,
            "feedback": _reasons(request.feedback),
        }
        for request in requests
    ]


def _reasons(feedback: Sequence[Feedback]) -> list[str]:
    return [item.reason for item in feedback]


def _seed(requests: Sequence[TextRequest]) -> int | None:
    return requests[0].seed if requests else None


def _wanted(
    requests: Sequence[VisualRequest], latents: Sequence[Any], seeds: Sequence[int]
) -> dict[str, Any]:
    prompts = dict.fromkeys(request.prompt for request in requests)
    with_latents = any(one is not None for one in latents)
    return {"prompts": [*prompts], "seeds": [*seeds], "latents": with_latents}
