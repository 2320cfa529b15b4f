"""The state that a deliverable starts with."""

from __future__ import annotations

from typing import Any

from triptych.domain import CampaignPlan, Deliverable, Kept
from triptych.graph.state import DeliverableState


def begun(
    campaign: CampaignPlan, deliverable: Deliverable, seed: int, share: int | None, **given: Any
) -> DeliverableState:
    """The state that a deliverable starts with.

    Args:
        campaign: the plan.
        deliverable: which of its deliverables.
        seed: of the run.
        share: denoiser evaluations it may spend.
        given: `lead` for copy alone; `feedback`; `kept` of a forked run.
    """
    state: DeliverableState = {
        "plan": campaign,
        "deliverable": deliverable,
        "lead": given.get("lead"),
        "seed": seed,
        "nfe_left": share,
        "attempt": {},
        "image": None,
        "clip": None,
        "feedback": list(given.get("feedback", [])),
        "attempts": [],
        "results": {},
    }
    kept: Kept | None = given.get("kept")
    if kept is not None and kept.copy_made is not None:
        state["copy_made"], state["image"] = kept.copy_made, kept.image
        state["attempt"] = {"copy": 1, "image": 1} if kept.image else {"copy": 1}
        left = [part for part in deliverable.parts if part not in state["attempt"]]
        state["begin"] = left[0] if left else "verdict"  # type: ignore[typeddict-item]
    return state
