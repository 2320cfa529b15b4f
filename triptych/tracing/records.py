# pyright: strict
"""All other events of a trace, and the union of all that its file holds (`TraceEvent`)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from triptych.domain import (
    Candidate,
    Digest,
    Part,
    Record,
    SearchChoice,
    Slug,
    Verdict,
)
from triptych.tracing.calls import CopyCall, Denoising, Embedding, LatentsCall, PlanCall, Preview
from triptych.tracing.event import Event
from triptych.tracing.work import (
    PartFound,
    PartStep,
    PlanFound,
    PlanStep,
    SessionResumed,
    WorkflowEvent,
)


class ToolEvent(Event):
    """Work of ours that is neither an agent's nor a model's."""

    kind: Literal["tool"] = "tool"


class SearchInputs(Record):
    """How to search, and what may be spent on it."""

    choice: SearchChoice
    nfe_left: int | None = None


class Sample(Record):
    """A finished sample of a search."""

    asset: Digest
    seed: int
    score: float | None = None


class SearchOutputs(Record):
    """What a search chose, from what, and why."""

    best: Digest
    decision: tuple[str, ...] = ()
    candidates: tuple[Sample, ...] = ()


class Search(ToolEvent):
    """The critic searches among samples."""

    name: Literal["search"] = "search"
    inputs: SearchInputs
    outputs: SearchOutputs | None = None


class Adoption(ToolEvent):
    """A forked run takes a part over from the run that it goes on from."""

    name: Literal["adopt"] = "adopt"
    outputs: Candidate

    @property
    def deliverable(self) -> str | None:
        """As of `Event`."""
        return self.outputs.deliverable

    @property
    def attempt(self) -> int | None:
        """As of `Event`."""
        return self.outputs.attempt

    @property
    def made(self) -> Candidate | None:
        """As of `Event`."""
        return self.outputs


class Writing(ToolEvent):
    """Vectors, creatives or the report are written into the run folder."""

    name: Literal["vectors", "creatives", "report"]


# Judgement, and what goes another way than straight on


class VerdictInputs(Record):
    """What was judged."""

    deliverable: Slug
    attempt: int = Field(ge=1)
    plan: Digest | None = None
    """None of a run that an older version made."""
    parts: dict[Part, Digest]
    lead: Digest | None = None
    """The other deliverable's picture that copy without one of its own is held to."""


class VerdictEvent(Event):
    """The critic judges an attempt."""

    kind: Literal["verdict"] = "verdict"
    name: Literal["verdict"] = "verdict"
    inputs: VerdictInputs
    outputs: Verdict | None = None

    @property
    def deliverable(self) -> str | None:
        """As of `Event`."""
        return self.inputs.deliverable

    @property
    def attempt(self) -> int | None:
        """As of `Event`."""
        return self.inputs.attempt


class RegenerationInputs(Record):
    """Which attempt begins."""

    deliverable: Slug
    attempt: int = Field(ge=1)


class RegenerationOutputs(Record):
    """What the new attempt is to show."""

    missing: tuple[str, ...] = ()


class RegenerationEvent(Event):
    """A part is made again; the message says why."""

    kind: Literal["regeneration"] = "regeneration"
    name: Part
    inputs: RegenerationInputs
    outputs: RegenerationOutputs = RegenerationOutputs()

    @property
    def deliverable(self) -> str | None:
        """As of `Event`."""
        return self.inputs.deliverable

    @property
    def attempt(self) -> int | None:
        """As of `Event`."""
        return self.inputs.attempt


class ApprovalOutputs(Record):
    """What the person said: as JSON, the fields of an answer that were given."""

    answer: dict[str, JsonValue]


class ApprovalEvent(Event):
    """A person is asked (and the session ends, interrupted), or has answered."""

    kind: Literal["approval"] = "approval"
    name: Literal["plan", "results"]
    outputs: ApprovalOutputs | None = None


class RetryInputs(Record):
    """Which try of how many begins."""

    number: int
    of: int


class RetryEvent(Event):
    """A step, or a call of a paid service, is tried again; the message is the error."""

    kind: Literal["retry"] = "retry"
    name: str
    """Of the step or call."""
    inputs: RetryInputs | None = None
    """None of a call within a step."""


class ErrorInputs(Record):
    """What goes no further."""

    deliverable: Slug


class ErrorEvent(Event):
    """A stage of a deliverable failed for good."""

    kind: Literal["error"] = "error"
    name: Literal["give_up"] = "give_up"
    inputs: ErrorInputs

    @property
    def deliverable(self) -> str | None:
        """As of `Event`."""
        return self.inputs.deliverable


class LostSpan(Event):
    """Stands for a span whose end a kill kept from being written; never in a file."""

    kind: Literal["workflow", "agent"] = "agent"
    name: Literal["(unfinished)"] = "(unfinished)"


def _by_name() -> object:
    return Field(discriminator="name")


TraceEvent = Annotated[
    WorkflowEvent
    | Annotated[PlanStep | PartStep, _by_name()]
    | Annotated[PlanCall | CopyCall | LatentsCall | Denoising | Preview | Embedding, _by_name()]
    | Annotated[Search | Adoption | Writing, _by_name()]
    | VerdictEvent
    | RegenerationEvent
    | ApprovalEvent
    | RetryEvent
    | ErrorEvent
    | Annotated[SessionResumed | PlanFound | PartFound, _by_name()],
    Field(discriminator="kind"),
]
"""What a line of a trace's file may be."""
