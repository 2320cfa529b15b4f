# pyright: strict
"""Events of a run and its agents: sessions, steps, and finished steps that were found again."""

from __future__ import annotations

from abc import abstractmethod
from typing import Generic, Literal, TypeVar

from pydantic import Field, JsonValue

from triptych.domain import (
    Again,
    CampaignPlan,
    Candidate,
    Digest,
    Feedback,
    Part,
    Record,
    SearchChoice,
    Slug,
    Stage,
)
from triptych.tracing.event import FOUND, Event, Outcome


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
    @abstractmethod
    def stage(self) -> Stage:
        """Of the campaign: the event's name."""
        ...

    @abstractmethod
    def as_found(self, made: Made) -> Event:
        """The same work, as done by an earlier session."""
        ...


class PlanWork(Work[PlanInputs, CampaignPlan]):
    """Drafting the plan."""

    name: Literal["plan"] = "plan"

    @property
    def stage(self) -> Stage:
        """As of `Work`."""
        return self.name

    def as_found(self, made: CampaignPlan) -> PlanFound:
        """As of `Work`."""
        return PlanFound(inputs=self.inputs, outputs=made, seed=self.seed, model=self.model)


class PartWork(Work[PartInputs, Candidate]):
    """Making copy, a picture or a clip."""

    name: Part

    @property
    def stage(self) -> Stage:
        """As of `Work`."""
        return self.name

    def as_found(self, made: Candidate) -> PartFound:
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
