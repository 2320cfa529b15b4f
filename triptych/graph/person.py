"""Where a person has a say: approving the plan and the results, and asking for things again."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, cast

from langgraph.types import interrupt
from pydantic import Field, TypeAdapter, model_validator

from triptych.briefs.callers import CallerRecord
from triptych.domain import Again, CampaignPlan, DeliverableResult, Feedback, Record
from triptych.errors import BriefError, StoreError
from triptych.graph.state import CampaignState, CampaignUpdate


class PlanQuestion(Record):
    """Is this the plan to follow? Answers: accept, plan, redo."""

    what: Literal["plan"] = "plan"
    plan: CampaignPlan


class ResultsQuestion(Record):
    """Are these the results to finish with? Answers: accept, pick, again."""

    what: Literal["results"] = "results"
    results: dict[str, DeliverableResult]


Question = Annotated[PlanQuestion | ResultsQuestion, Field(discriminator="what")]
"""What a run waits for a person to answer."""
_QUESTION: TypeAdapter[PlanQuestion | ResultsQuestion] = TypeAdapter(Question)
_ALLOWED = {"plan": {"accept", "plan", "redo"}, "results": {"accept", "pick", "again"}}


class Answer(CallerRecord):
    """A person's answer to what a run waits for: one of these."""

    called: ClassVar[str] = "the answer"

    accept: bool = False
    plan: CampaignPlan | None = None
    """The plan to follow instead, edited."""
    redo: str = Field(default="", max_length=2000)
    """Why the plan shall be drafted again."""
    pick: dict[str, int] = Field(default_factory=dict)
    """By deliverable: the number of the attempt to take."""
    again: tuple[Again, ...] = ()
    """What to make again, after which it is asked once more."""

    @model_validator(mode="after")
    def _one_answer(self) -> Answer:
        if len(self.kinds()) != 1:
            raise ValueError("give one of accept, plan, redo, pick and again")
        return self

    def kinds(self) -> set[str]:
        """Which of the answers were given, by field."""
        return {name for name in type(self).model_fields if getattr(self, name)}


def read_question(value: object) -> PlanQuestion | ResultsQuestion:
    """A question as the graph's interrupt holds it."""
    return _QUESTION.validate_python(value)


def approve_plan(state: CampaignState) -> CampaignUpdate:
    """Stop for a person, if asked to."""
    plan, rate = state["plan"], state["false_rejection_rate"]
    if rate is not None:
        plan = plan.model_copy(update={"false_rejection_rate": rate})
    if not state["approve"]:
        return {"plan": plan, "replan": False}
    answer = _ask(PlanQuestion(plan=plan))
    if answer.redo:
        refused = state.get("plan_feedback", [])
        reason = Feedback(part="plan", attempt=len(refused) + 1, reason=answer.redo)
        return {"plan_feedback": [*refused, reason], "replan": True}
    return {"plan": answer.plan or plan, "replan": False}


def approve_results(state: CampaignState) -> CampaignUpdate:
    """Stop for a person before finishing, if asked to."""
    if not state["approve"]:
        return {}
    results = state["results"]
    answer = _ask(ResultsQuestion(results=results))
    if answer.again:
        return {"again": list(answer.again)}
    picked = {name: pick_attempt(results[name], number) for name, number in answer.pick.items()}
    return {"results": picked, "again": []}


def pick_attempt(result: DeliverableResult, number: int) -> DeliverableResult:
    """A result with another of its attempts as the accepted one."""
    best = next(attempt for attempt in result.attempts if attempt.number == number)
    return result.model_copy(update={"best": best, "status": best.verdict.status})


def check_answer(question: PlanQuestion | ResultsQuestion, answer: Answer) -> None:
    """Raise `BriefError` or `StoreError` if an answer does not fit the question it is given to."""
    allowed = _ALLOWED[question.what]
    if not answer.kinds() <= allowed:
        raise BriefError(
            f"The run waits for an answer about its {question.what}.",
            f"Answers: {', '.join(sorted(allowed))}.",
        )
    if isinstance(question, PlanQuestion):
        return
    results = question.results
    for name, number in answer.pick.items():
        if name not in results:
            raise StoreError(
                f"The run has no deliverable '{name}'.", f"It has: {', '.join(sorted(results))}."
            )
        numbers = [attempt.number for attempt in results[name].attempts]
        if number not in numbers:
            raise StoreError(f"'{name}' has no attempt {number}.", f"It has: {numbers}.")
    for again in answer.again:
        result = results.get(again.deliverable)
        if result is None or result.best is None or again.part not in result.best.parts:
            raise StoreError(
                f"The run has no {again.deliverable}/{again.part} to make again.",
                f"Its deliverables are {', '.join(sorted(results))}; see `triptych show`.",
            )


def _ask(question: PlanQuestion | ResultsQuestion) -> Answer:
    """Interrupt the graph; goes on when it is resumed with an answer."""
    return Answer.model_validate(cast(object, interrupt(question.model_dump(mode="json"))))
