# pyright: strict
"""Events of models: one record for each way in which a model is called."""

from __future__ import annotations

from typing import Literal

from triptych.domain import (
    PlanDraft,
    Record,
    TextKind,
)
from triptych.tracing.event import Event


class ModelCall(Event):
    """A call of a model."""

    kind: Literal["model"] = "model"


class PlanCallInputs(Record):
    """The brief's description, and why earlier plans were refused."""

    brief: str
    feedback: tuple[str, ...] = ()


class PlanCall(ModelCall):
    """A language model drafts a plan."""

    name: Literal["plan"] = "plan"
    inputs: PlanCallInputs
    outputs: PlanDraft | None = None


class CopyRequest(Record):
    """One text that was asked for."""

    kind: TextKind
    tone: str
    place: str = ""
    key_message: str = ""
    visual: str = ""
    sample: bool = False
    feedback: tuple[str, ...] = ()


class CopyCallInputs(Record):
    """The pieces of copy that were asked for."""

    requests: tuple[CopyRequest, ...] = ()


class CopyCallOutputs(Record):
    """The pieces of copy, one a request."""

    texts: tuple[str, ...]


class CopyCall(ModelCall):
    """A language model writes copy."""

    name: Literal["copy"] = "copy"
    inputs: CopyCallInputs
    outputs: CopyCallOutputs | None = None


class LatentsCallInputs(CopyCallInputs):
    """Requests and the copy that answers them."""

    texts: tuple[str, ...]


class LatentsCall(ModelCall):
    """A language model reads copy that comes from elsewhere, for its shared latents Z."""

    name: Literal["latents"] = "latents"
    inputs: LatentsCallInputs


class Batch(Record):
    """A batch of samples on its way from noise to picture."""

    prompts: tuple[str, ...]
    """Each once."""
    seeds: tuple[int, ...]
    """One a sample, of the whole batch as it began."""
    latents: bool
    """Whether shared latents guide it."""


class DenoisingInputs(Batch):
    """Which stretch of a batch's way, and how many samples are still in it."""

    from_step: int
    to_step: int
    size: int


class DenoisingOutputs(Record):
    """What the generator says of its samples."""

    notes: tuple[str, ...]


class Denoising(ModelCall):
    """A generator denoises a batch for a stretch: a search may stop between any two."""

    name: Literal["image", "clip"]
    inputs: DenoisingInputs
    outputs: DenoisingOutputs | None = None


class PreviewInputs(Record):
    """At which step, and how many samples."""

    step: int
    size: int


class Preview(ModelCall):
    """A generator decodes what its samples would become."""

    name: Literal["preview"] = "preview"
    inputs: PreviewInputs


class EmbeddingInputs(Record):
    """How many texts or images."""

    texts: int = 0
    images: int = 0


class Embedding(ModelCall):
    """The critic's CLIP embeds texts or images."""

    name: Literal["embed"] = "embed"
    inputs: EmbeddingInputs
