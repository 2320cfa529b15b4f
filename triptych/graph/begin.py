"""The state that a deliverable starts with: from nothing, from kept parts, or once more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from triptych.domain import (
    Again,
    AssetRef,
    Attempt,
    CampaignPlan,
    Candidate,
    Deliverable,
    DeliverableResult,
    Feedback,
    Kept,
    Part,
)
from triptych.errors import StoreError
from triptych.graph.state import DeliverableStage, DeliverableState
from triptych.graph.wishes import wanted_attributes


def start_state(
    plan: CampaignPlan,
    deliverable: Deliverable,
    seed: int,
    nfe: int | None,
    *,
    lead: AssetRef | None = None,
    feedback: Sequence[Feedback] = (),
    kept: Kept | None = None,
) -> DeliverableState:
    """The state that a deliverable starts with.

    Args:
        plan: the campaign's.
        deliverable: which of its deliverables.
        seed: of the run.
        nfe: denoiser evaluations that it may spend; None for no limit.
        lead: the picture that copy alone is held to.
        feedback: what was said against earlier attempts.
        kept: parts that a forked run takes over.
    """
    parts = dict(kept.parts) if kept else {}
    left: list[DeliverableStage] = [part for part in deliverable.parts if part not in parts]
    return {
        "plan": plan,
        "deliverable": deliverable,
        "lead": lead,
        "seed": seed,
        "begin": left[0] if left else "verdict",
        "words": "",
        "refused": 0,
        "nfe_left": nfe,
        "tries": dict.fromkeys(parts, 1),
        "parts": parts,
        "feedback": list(feedback),
        "attempts": [],
        "results": {},
    }


def restart_state(
    plan: CampaignPlan,
    results: Mapping[str, DeliverableResult],
    seed: int,
    again: Again,
) -> DeliverableState:
    """The state from which one part of a finished deliverable, and what hangs on it, is made again.

    What was accepted before stays among the attempts, but does not stand against the new ones. A
    part that could not be made is begun where it failed. All that was ever said against a part is
    told again.

    Args:
        plan: the campaign's.
        results: of the run so far.
        seed: of the run.
        again: what is to be made again, and why.

    Raises:
        StoreError: if there is no such deliverable, or it has no such part.
    """
    result = results.get(again.deliverable)
    if result is None or result.best is None:
        known = ", ".join(sorted(results)) or "none yet"
        raise StoreError(
            f"The run has no finished deliverable '{again.deliverable}'.", f"It has: {known}."
        )
    best = result.best
    deliverable = next(d for d in plan.deliverables if d.id == again.deliverable)
    if not can_be_made(deliverable, best, again.part):
        raise StoreError(
            f"The deliverable '{again.deliverable}' has no {again.part}.",
            f"It has: {', '.join(best.parts)}.",
        )
    tries: dict[Part, int] = {part: _newest_try(result, part) for part in best.parts}
    reason = Feedback(
        part=again.part,
        attempt=tries.get(again.part, 1),
        reason=again.reason,
        missing=wanted_attributes(again.reason),
    )
    state = start_state(
        plan,
        deliverable,
        seed,
        None,
        lead=lead_picture(plan, results),
        feedback=[*result.feedback, reason],
    )
    state.update(
        begin=again.part,
        words=again.words,
        refused=len(result.attempts),
        tries=tries,
        parts=dict(best.parts),
        attempts=list(result.attempts),
    )
    return state


def lead_picture(plan: CampaignPlan, results: Mapping[str, DeliverableResult]) -> AssetRef | None:
    """The accepted picture of the plan's first deliverable, which copy alone is held to."""
    best = results[plan.deliverables[0].id].best
    image: Candidate | None = best.parts.get("image") if best else None
    return image.asset if image else None


def can_be_made(deliverable: Deliverable, attempt: Attempt, part: Part) -> bool:
    """Whether a part is wanted, and what it is made from is there."""
    if part not in deliverable.parts:
        return False
    needed = deliverable.parts[: deliverable.parts.index(part)]
    return all(one in attempt.parts for one in needed)


def _newest_try(result: DeliverableResult, part: Part) -> int:
    made = (attempt.parts.get(part) for attempt in result.attempts)
    return max(one.attempt for one in made if one is not None)
