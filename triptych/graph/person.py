"""Where a person has a say: approving the plan and the results, and asking for things again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from triptych.alignment.attributes import contrasts_in
from triptych.briefs.check import parse
from triptych.domain import (
    Again,
    Attempt,
    CampaignPlan,
    Deliverable,
    DeliverableResult,
    Feedback,
    Part,
)
from triptych.errors import BriefError, StoreError
from triptych.graph.begin import begun
from triptych.graph.state import CampaignState, Context, DeliverableState

_REFUSED = re.compile(
    r"\b(?:not|no|never|without|less)\s+(?:(?:in|on|at|by|so|too|an?|the)\s+)*\w+", re.IGNORECASE
)
"""What is not wanted: "no rain", "not in the kitchen", "without the mug"."""


def approve_plan(state: CampaignState, runtime: Runtime[Context]) -> CampaignState:
    """Stop for a person, if asked to.

    Answers: {"accept": true}, {"plan": an edited one}, or {"redo": why it shall be drafted again}.
    """
    plan, rate = state["plan"], state.get("false_rejection_rate")
    if rate is not None:
        plan = plan.model_copy(update={"false_rejection_rate": rate})
    if state.get("approve"):
        answer = interrupt({"what": "plan", "plan": plan.model_dump(mode="json")})
        if answer.get("redo"):
            refused = state.get("plan_feedback", [])
            why = Feedback(part="plan", attempt=len(refused) + 1, reason=answer["redo"])
            return {"plan_feedback": [*refused, why], "replan": True}
        if answer.get("plan"):
            plan = CampaignPlan.model_validate(answer["plan"])
    runtime.context.scorer.rate = plan.false_rejection_rate
    return {"plan": plan, "replan": False}


def approve_results(state: CampaignState) -> CampaignState:
    """Stop for a person before finishing, if asked to.

    Answers: {"accept": true}, {"pick": {deliverable: number of an attempt}}, or {"again": [...]},
    requests like `Again`, after which it is asked once more.
    """
    if not state.get("approve"):
        return {}
    results = state["results"]
    shown = {name: result.model_dump(mode="json") for name, result in results.items()}
    answer = interrupt({"what": "results", "results": shown})
    if answer.get("again"):
        return {"again": [Again.model_validate(one) for one in answer["again"]]}
    picks = answer.get("pick") or {}
    chosen = {name: picked(results[name], number) for name, number in picks.items()}
    return {"results": chosen, "again": []}


def picked(result: DeliverableResult, number: int) -> DeliverableResult:
    """A result with another of its attempts as the accepted one."""
    best = next(attempt for attempt in result.attempts if attempt.number == number)
    return result.model_copy(update={"best": best, "status": best.verdict.status})


def begun_again(
    plan: CampaignPlan, results: Mapping[str, DeliverableResult], seed: int, asked: Again
) -> DeliverableState:
    """The state from which one part of a finished deliverable, and what hangs on it, is made again.

    What was accepted before stays among the attempts, but does not stand against the new ones. A
    part that could not be made is begun where it failed. All that was ever said against a part is
    told again.

    Raises:
        StoreError: if there is no such deliverable, or it has no such part.
    """
    result = results.get(asked.deliverable)
    if result is None or result.best is None:
        known = ", ".join(sorted(results)) or "none yet"
        raise StoreError(
            f"The run has no finished deliverable '{asked.deliverable}'.", f"It has: {known}."
        )
    best, first = result.best, results[plan.deliverables[0].id].best
    deliverable = next(d for d in plan.deliverables if d.id == asked.deliverable)
    made = {"copy": best.copy_made, "image": best.image, "clip": best.clip}
    if not can_be_made(deliverable, best, asked.part):
        has = ", ".join(name for name, found in made.items() if found is not None)
        raise StoreError(
            f"The deliverable '{asked.deliverable}' has no {asked.part}.", f"It has: {has}."
        )
    attempts = {
        name: max(one.attempt for a in result.attempts if (one := _part(a, name)))
        for name, found in made.items()
        if found is not None
    }
    number = attempts.get(asked.part, 1)
    reason = Feedback(
        part=asked.part, attempt=number, reason=asked.reason, missing=wanted(asked.reason)
    )
    begin = begun(
        plan,
        deliverable,
        seed,
        None,
        lead=first.image.asset if first and first.image else None,
        feedback=[*result.feedback, reason],
    )
    begin.update(
        begin=asked.part,
        attempt=attempts,  # type: ignore[arg-type]
        attempts=list(result.attempts),
    )
    begin.update(copy_made=best.copy_made, image=best.image, clip=best.clip)
    begin.update(refused=len(result.attempts), words=asked.words)
    return begin


def wanted(reason: str) -> tuple[str, ...]:
    """What a person's reason asks to see, in its own words: "it should be at night" → "at night".

    Those are words of the attributes that the critic knows; what is told not to be there is left
    out. Copywriter and prompts lead with them, as with what the critic missed.
    """
    return tuple(contrast.words for contrast in contrasts_in(_REFUSED.sub("", reason)))


def check_answer(question: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    """Raise `BriefError` or `StoreError` if an answer does not fit the question it is given to."""
    allowed = {"plan": {"accept", "plan", "redo"}, "results": {"accept", "pick", "again"}}
    what = question["what"]
    if not answer or not set(answer) <= allowed[what]:
        told = ", ".join(sorted(allowed[what]))
        raise BriefError(f"The run waits for an answer about its {what}.", f"Answers: {told}.")
    if "plan" in answer:
        parse(CampaignPlan, answer["plan"], "the edited plan")
    if what != "results":
        return
    results = {k: DeliverableResult.model_validate(v) for k, v in question["results"].items()}
    for name, number in (answer.get("pick") or {}).items():
        if name not in results:
            raise StoreError(
                f"The run has no deliverable '{name}'.", f"It has: {', '.join(sorted(results))}."
            )
        numbers = [attempt.number for attempt in results[name].attempts]
        if number not in numbers:
            raise StoreError(f"'{name}' has no attempt {number}.", f"It has: {numbers}.")
    for one in answer.get("again") or ():
        asked = parse(Again, one, "the answer")
        result = results.get(asked.deliverable)
        if result is None or result.best is None or _part(result.best, asked.part) is None:
            raise StoreError(
                f"The run has no {asked.deliverable}/{asked.part} to make again.",
                f"Its deliverables are {', '.join(sorted(results))}; see `triptych show`.",
            )


def can_be_made(deliverable: Deliverable, attempt: Attempt, part: Part) -> bool:
    """Whether a part is wanted, and what it is made from is there."""
    if part not in deliverable.parts:
        return False
    needed = deliverable.parts[: deliverable.parts.index(part)]
    return all(_part(attempt, one) is not None for one in needed)


def _part(attempt: Attempt, part: str) -> Any:
    return {"copy": attempt.copy_made, "image": attempt.image, "clip": attempt.clip}[part]
