"""What the graph remembers: plans, candidates, verdicts, by reference; no tensors, no pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, TypedDict

from triptych.domain import (
    AssetRef,
    Brief,
    CampaignPlan,
    Candidate,
    Deliverable,
    Feedback,
    Part,
    Record,
    SearchChoice,
    Slug,
    Verdict,
)

if TYPE_CHECKING:
    from triptych.alignment.scoring import AlignmentScorer
    from triptych.generators.protocols import Models, Progress
    from triptych.store import Store
    from triptych.tracing.events import Tracer


class Attempt(Record):
    """One judged version of a deliverable."""

    number: int
    copy_made: Candidate
    image: Candidate | None = None
    clip: Candidate | None = None
    verdict: Verdict


class DeliverableResult(Record):
    """What became of a deliverable: its best attempt, and all of them."""

    deliverable: Slug
    status: Literal["passed", "failed", "unjudged", "error"]
    best: Attempt | None = None
    attempts: tuple[Attempt, ...] = ()
    feedback: tuple[Feedback, ...] = ()
    """All that the critic or a person said against its parts."""
    message: str = ""


class Kept(Record):
    """What a forked run takes over of one deliverable."""

    copy_made: Candidate | None = None
    image: Candidate | None = None


class Again(Record):
    """A person's wish to have one part of a deliverable made again."""

    deliverable: Slug
    part: Part
    reason: str = ""
    words: str = ""
    """Copy to take as it is; empty to have it written."""


def merged(
    left: dict[str, DeliverableResult], right: dict[str, DeliverableResult]
) -> dict[str, DeliverableResult]:
    """Results of parallel deliverables side by side; a redone one replaces the older."""
    return {**left, **right}


class CampaignState(TypedDict, total=False):
    """State of a whole run."""

    brief: Brief
    plan: CampaignPlan
    search: SearchChoice
    false_rejection_rate: float | None
    """Of a drafted plan, if it was chosen."""
    approve: bool
    plan_feedback: list[Feedback]
    """Why a person refused earlier plans."""
    replan: bool
    again: list[Again]
    """What a person wants made again before the campaign is finished."""
    seed: int
    kept: dict[str, Kept]
    """By deliverable: what was taken over from another run."""
    results: Annotated[dict[str, DeliverableResult], merged]


class DeliverableState(TypedDict, total=False):
    """State of one deliverable on its way; `results` is what it hands back."""

    plan: CampaignPlan
    deliverable: Deliverable
    lead: AssetRef | None
    seed: int
    begin: Part | Literal["verdict"]
    """The first part to make; the earlier ones are there. With all of them there, the verdict."""
    words: str
    """Copy that a person wrote, taken as it is; empty to have it written."""
    refused: int
    """How many of the first attempts a person refused: the best is sought among later ones."""
    nfe_left: int | None
    attempt: dict[Part, int]
    copy_made: Candidate
    image: Candidate | None
    clip: Candidate | None
    feedback: list[Feedback]
    attempts: list[Attempt]
    results: Annotated[dict[str, DeliverableResult], merged]


class HandedBack(TypedDict):
    """All that a deliverable hands back to the campaign."""

    results: Annotated[dict[str, DeliverableResult], merged]


@dataclass
class Context:
    """What nodes work with: models, stores and listeners. Never stored with the state."""

    models: Models
    store: Store
    tracer: Tracer
    scorer: AlignmentScorer
    steps: int | None = None
    on_step: Progress | None = None
