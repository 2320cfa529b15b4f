"""What a run will cost at most before a regeneration, told before anything is spent."""

from __future__ import annotations

from triptych.domain import CampaignPlan, Record
from triptych.errors import BudgetError

STARTER_SECONDS = {"copy": 3.0, "image": 0.02, "clip": 0.25}
"""Seconds a piece of copy, and an NFE of a picture and of a clip, on two CPU cores."""


class Estimate(Record):
    """NFE is exact for one attempt at everything; seconds are None where nothing was measured."""

    pieces: int
    images: int
    clips: int
    nfe: int
    seconds: float | None
    note: str


def estimate(plan: CampaignPlan, steps: tuple[int, int], profile: str, time: str) -> Estimate:
    """One attempt at every deliverable of a plan.

    Args:
        plan: deliverables and search.
        steps: denoising steps of a picture and of a clip.
        profile: whose models; seconds are known for the starter's.
        time: the profile's own words about time.
    """
    images = sum("image" in d.parts for d in plan.deliverables)
    clips = sum("clip" in d.parts for d in plan.deliverables)
    image_nfe = images * plan.search.candidates * 2 * steps[0]
    clip_nfe = clips * 2 * steps[1]
    seconds = None
    if profile == "starter":
        seconds = round(
            STARTER_SECONDS["copy"] * len(plan.deliverables)
            + STARTER_SECONDS["image"] * image_nfe
            + STARTER_SECONDS["clip"] * clip_nfe,
            1,
        )
    return Estimate(
        pieces=len(plan.deliverables),
        images=images,
        clips=clips,
        nfe=image_nfe + clip_nfe,
        seconds=seconds,
        note=f"a part that falls short may be made {plan.brief.budget.attempts} times; {time}",
    )


def check_limits(found: Estimate, max_seconds: float | None) -> None:
    """Raise `BudgetError` if the estimate is over what the user allows."""
    if max_seconds is not None and found.seconds is not None and found.seconds > max_seconds:
        raise BudgetError(
            f"The run would take about {found.seconds:.0f} s, more than {max_seconds:.0f} s.",
            "Raise --max-seconds, take fewer --steps or fewer --candidates.",
        )
