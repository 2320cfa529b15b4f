# pyright: strict
"""The events of a trace: one record a kind, and where their contents differ one a name.

A record is made when the thing begins, filled in while it goes on, and stamped with its times when
it is written; from then on nobody changes it. `TraceEvent` is the union of all that a file holds.
"""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import ConfigDict, Field, FiniteFloat, JsonValue

from triptych.domain import (
    Again,
    CampaignPlan,
    Candidate,
    Digest,
    Feedback,
    ModelIdentity,
    Part,
    PlanDraft,
    Record,
    SearchChoice,
    Slug,
    Spend,
    Stage,
    TextKind,
    Verdict,
)

VERSION = 2
FOUND = "found finished work of an earlier session"
Outcome = Literal["passed", "failed", "unjudged", "error"]
EventKind = Literal[
    "workflow",
    "agent",
    "model",
    "tool",
    "verdict",
    "regeneration",
    "approval",
    "retry",
    "error",
    "resume",
]


Moment = Annotated[FiniteFloat, Field(ge=0, lt=253_402_300_800)]
"""UNIX seconds, up to the year 9999: what every calendar can tell."""


class Event(Record):
    """What every event tells. Times are UNIX seconds; files are named by digest."""

    model_config = ConfigDict(frozen=False)

    version: Literal[2] = VERSION
    run: str = ""
    id: str = ""
    parent: str | None = None
    started: Moment = 0.0
    ended: Moment = 0.0
    status: Literal["ok", "error", "interrupted"] = "ok"
    seed: int | None = None
    model: ModelIdentity | None = None
    spend: Spend = Spend()
    message: str = ""
    """Why, or what went wrong, in words."""

    @property
    def deliverable(self) -> str | None:
        """The deliverable that it is about, if it is about one."""
        return None

    @property
    def attempt(self) -> int | None:
        """Which attempt at a part or deliverable it is about, if it is about one."""
        return None

    @property
    def made(self) -> Candidate | None:
        """Copy, a picture or a clip that was made, found again or taken over."""
        return None


# Sessions


class WorkflowInputs(Record):
    """How a session was asked for."""

    settings: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])
    """Of the run, as `run.json` has them."""
    again: Again | None = None
    """What is to be made again, and why."""


class WorkflowOutputs(Record):
    """What a session that came to the run's end came to."""

    results: dict[Slug, Outcome] = Field(default_factory=dict[Slug, Outcome])


class WorkflowEvent(Event):
    """A session of a run: all else of it happens within."""

    kind: Literal["workflow"] = "workflow"
    name: Literal["campaign", "redo"] = "campaign"
    inputs: WorkflowInputs = WorkflowInputs()
    outputs: WorkflowOutputs | None = None
    """None of a session that did not come to the run's end."""


class SessionResumed(Event):
    """A run goes on in another session."""

    kind: Literal["resume"] = "resume"
    name: Literal["campaign"] = "campaign"


# Steps of agents, and their finished work that was found again


class PlanInputs(Record):
    """What the planner was asked."""

    brief: Digest
    search: SearchChoice
    feedback: tuple[Feedback, ...] = ()


class PartInputs(Record):
    """What the maker of a part was asked; with seed and model all that the outcome depends on."""

    deliverable: Slug
    attempt: int = Field(ge=1)
    plan: Digest
    parents: dict[Part, Digest] = Field(default_factory=dict[Part, Digest])
    """What it is made from."""
    feedback: tuple[Feedback, ...] = ()
    nfe_left: int | None = None
    """Denoiser evaluations that may be spent; None for no limit."""
    steps: int | None = None
    """Denoising steps of a sample; the generator's own where it is None."""
    words: str = ""
    """Copy that a person wrote, taken as it is."""


Inputs = TypeVar("Inputs", PlanInputs, PartInputs)
Made = TypeVar("Made", CampaignPlan, Candidate)


class Work(Event, Generic[Inputs, Made]):
    """What an agent was asked and what it made: None where it failed."""

    inputs: Inputs
    outputs: Made | None = None

    @property
    def stage(self) -> Stage:
        """Of the campaign: the event's name."""
        raise NotImplementedError

    def found(self, made: Made) -> Event:
        """The same work, as done by an earlier session."""
        raise NotImplementedError


class PlanWork(Work[PlanInputs, CampaignPlan]):
    """Drafting the plan."""

    name: Literal["plan"] = "plan"

    @property
    def stage(self) -> Stage:
        """As of `Work`."""
        return self.name

    def found(self, made: CampaignPlan) -> PlanFound:
        """As of `Work`."""
        return PlanFound(inputs=self.inputs, outputs=made, seed=self.seed, model=self.model)


class PartWork(Work[PartInputs, Candidate]):
    """Making copy, a picture or a clip."""

    name: Part

    @property
    def stage(self) -> Stage:
        """As of `Work`."""
        return self.name

    def found(self, made: Candidate) -> PartFound:
        """As of `Work`."""
        return PartFound(
            name=self.name, inputs=self.inputs, outputs=made, seed=self.seed, model=self.model
        )

    @property
    def deliverable(self) -> str | None:
        """As of `Event`."""
        return self.inputs.deliverable

    @property
    def attempt(self) -> int | None:
        """As of `Event`."""
        return self.inputs.attempt

    @property
    def made(self) -> Candidate | None:
        """As of `Event`."""
        return self.outputs


class PlanStep(PlanWork):
    """The planner at work."""

    kind: Literal["agent"] = "agent"


class PartStep(PartWork):
    """The maker of a part at work."""

    kind: Literal["agent"] = "agent"


class PlanFound(PlanWork):
    """A plan that an earlier session drafted and did not live to tell of."""

    kind: Literal["resume"] = "resume"
    message: str = FOUND


class PartFound(PartWork):
    """A part that an earlier session made and did not live to tell of."""

    kind: Literal["resume"] = "resume"
    message: str = FOUND


# Calls of models


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


# Tools


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
    """Vectors or the report are written into the run folder."""

    name: Literal["vectors", "report"]


# Judgement, and what goes another way than straight on


class VerdictInputs(Record):
    """What was judged."""

    deliverable: Slug
    attempt: int = Field(ge=1)
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
