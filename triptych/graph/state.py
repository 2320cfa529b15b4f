"""What the graph remembers: plans, candidates, verdicts, by reference; no tensors, no pixels."""

# LangGraph leaves types of its own open.
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

from dataclasses import dataclass, field
from typing import (
    TYPE_CHECKING,
    Annotated,
    Literal,
    NotRequired,  # of typing, schemas are empty on 3.11
)

from langgraph.graph import StateGraph
from typing_extensions import TypedDict

from triptych.domain import (
    Again,
    AssetRef,
    Attempt,
    Brief,
    CampaignPlan,
    Candidate,
    CreativeSet,
    Deliverable,
    DeliverableResult,
    Feedback,
    Kept,
    Part,
    SearchChoice,
)
from triptych.graph.earlier import EarlierSessions

if TYPE_CHECKING:
    from triptych.protocols import Critic, Models, Progress
    from triptych.store import Store
    from triptych.tracing.events import Tracer


DeliverableStage = Literal["copy", "image", "clip", "verdict"]
"""The stages of one deliverable, which are the nodes of its graph."""


def merge_results(
    left: dict[str, DeliverableResult], right: dict[str, DeliverableResult]
) -> dict[str, DeliverableResult]:
    """Results of parallel deliverables side by side; a redone one replaces the older."""
    return {**left, **right}


class CampaignState(TypedDict):
    """State of a whole run."""

    brief: Brief
    plan: CampaignPlan
    """There once the planner has drafted it, or from the start if the user brought one."""
    search: SearchChoice
    false_rejection_rate: float | None
    """Of a drafted plan, if it was chosen."""
    approve: bool
    seed: int
    results: Annotated[dict[str, DeliverableResult], merge_results]
    plan_feedback: NotRequired[list[Feedback]]
    """Why a person refused earlier plans."""
    replan: NotRequired[bool]
    again: NotRequired[list[Again]]
    """What a person wants made again before the campaign is finished."""
    kept: NotRequired[dict[str, Kept]]
    """By deliverable: what was taken over from another run."""
    creatives: NotRequired[CreativeSet]
    """Made of all that was accepted."""


class CampaignUpdate(TypedDict, total=False):
    """What a node may change of a campaign's state."""

    brief: Brief
    plan: CampaignPlan
    search: SearchChoice
    false_rejection_rate: float | None
    approve: bool
    seed: int
    results: dict[str, DeliverableResult]
    plan_feedback: list[Feedback]
    replan: bool
    again: list[Again]
    kept: dict[str, Kept]
    creatives: CreativeSet


class DeliverableState(TypedDict):
    """State of one deliverable on its way; `results` is what it hands back."""

    plan: CampaignPlan
    deliverable: Deliverable
    lead: AssetRef | None
    """The picture that copy alone is held to."""
    seed: int
    begin: DeliverableStage
    """The first stage to do; what the earlier ones make is there."""
    words: str
    """Copy that a person wrote, taken as it is; empty to have it written."""
    refused: int
    """How many of the first attempts a person refused: the best is sought among later ones."""
    nfe_left: int | None
    """Denoiser evaluations that may still be spent; None for no limit."""
    tries: dict[Part, int]
    """By part: how often it was made."""
    parts: dict[Part, Candidate]
    """What was made so far, each part's newest."""
    feedback: list[Feedback]
    attempts: list[Attempt]
    results: Annotated[dict[str, DeliverableResult], merge_results]


class DeliverableUpdate(TypedDict, total=False):
    """What a node may change of a deliverable's state."""

    nfe_left: int | None
    tries: dict[Part, int]
    parts: dict[Part, Candidate]
    feedback: list[Feedback]
    attempts: list[Attempt]
    results: dict[str, DeliverableResult]


class HandedBack(TypedDict):
    """All that a deliverable hands back to the campaign."""

    results: Annotated[dict[str, DeliverableResult], merge_results]


@dataclass
class Context:
    """What nodes work with: models, stores and listeners. Never stored with the state."""

    models: Models
    store: Store
    tracer: Tracer
    scorer: Critic
    earlier: EarlierSessions = field(default_factory=EarlierSessions)
    """Of the run."""
    steps: int | None = None
    on_step: Progress | None = None


CampaignGraph = StateGraph[CampaignState, Context, CampaignState, CampaignState]
DeliverableGraph = StateGraph[DeliverableState, Context, DeliverableState, DeliverableState]
