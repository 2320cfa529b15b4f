"""What a run tells while it goes on: one record a kind of event."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeGuard

from pydantic import Field

from triptych.domain import (
    PARTS,
    CampaignPlan,
    Candidate,
    DeliverableResult,
    Part,
    Record,
    Slug,
    Verdict,
)
from triptych.graph.person import Question, read_question
from triptych.runs.manifest import Manifest


class PlanReady(Record):
    """The plan that the run follows."""

    kind: Literal["plan"] = "plan"
    plan: CampaignPlan


class PartMade(Record):
    """Copy, a picture or a clip was made, and is on disk."""

    kind: Literal["part"] = "part"
    deliverable: Slug
    part: Part
    candidate: Candidate


class AttemptJudged(Record):
    """The critic's verdict on an attempt at a deliverable."""

    kind: Literal["verdict"] = "verdict"
    deliverable: Slug
    attempt: int
    verdict: Verdict


class DeliverableDone(Record):
    """Nothing more will be tried at a deliverable."""

    kind: Literal["deliverable"] = "deliverable"
    deliverable: Slug
    result: DeliverableResult


class PersonAsked(Record):
    """The run waits for a person; it goes on when it is streamed with an answer."""

    kind: Literal["question"] = "question"
    question: Question


class RunStopped(Record):
    """The session ended before the run did: at a limit or on request. It can be resumed."""

    kind: Literal["stopped"] = "stopped"
    reason: str


class RunFinished(Record):
    """All is made and the report is written."""

    kind: Literal["finished"] = "finished"
    manifest: Manifest
    before: bool = False
    """Whether the run was finished already, so that there was nothing to do."""


RunEvent = Annotated[
    PlanReady | PartMade | AttemptJudged | DeliverableDone | PersonAsked | RunStopped | RunFinished,
    Field(discriminator="kind"),
]


def events_of(node: str, update: Any) -> Iterator[RunEvent]:
    """The events of one update that the graph streams.

    Args:
        node: that ended, or `__interrupt__`.
        update: what it changed of the state; of an interrupt, the interrupts; None for nothing.
    """
    if not update:
        return
    if node == "__interrupt__":
        yield from (PersonAsked(question=read_question(one.value)) for one in update)
    elif node == "approve_plan" and not update.get("replan"):
        yield PlanReady(plan=update["plan"])
    elif _is_part(node):
        made: Candidate = update["parts"][node]
        yield PartMade(deliverable=made.deliverable, part=node, candidate=made)
    elif node == "verdict":
        newest = update["attempts"][-1]
        yield AttemptJudged(
            deliverable=newest.verdict.deliverable, attempt=newest.number, verdict=newest.verdict
        )
    elif node != "approve_results" and "results" in update:  # of `make`, or of who gives it up
        for name, result in update["results"].items():
            yield DeliverableDone(deliverable=name, result=result)


def _is_part(node: str) -> TypeGuard[Part]:
    return node in PARTS
