"""Files of a run that a person has edited: a run keeps to what it was begun with, and says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from triptych.domain import Brief, CampaignPlan
from triptych.errors import StoreError
from triptych.run_folder import BRIEF, PLAN
from triptych.runs.campaign import Campaign


def check_unedited(
    campaign: Campaign,
    brief: Brief | None,
    plan: CampaignPlan | None,
    earlier: Callable[[], Iterable[CampaignPlan | None]],
) -> None:
    """Raise `StoreError` if `brief.yaml` or `plan.yaml` is not what the run goes by.

    Args:
        campaign: as its files have it.
        brief: that the run was begun with, by its checkpoint; None if there is none yet.
        plan: that it follows now.
        earlier: gives plans that it followed before: a killed session leaves one of them there.
    """
    if brief is not None and campaign.brief != brief:
        raise _edited(campaign, BRIEF)
    if plan is None or campaign.plan in (None, plan) or campaign.plan in earlier():
        return
    raise _edited(campaign, PLAN)


def _edited(campaign: Campaign, name: str) -> StoreError:
    path = campaign.folder / name
    return StoreError(
        f"{path} has changed since the run began, and what was made is not of it.",
        f"`triptych run {path} --out NEW` makes it anew, as edited; to go on with this run, undo "
        "the change (`triptych resume RUN --edit FILE` takes an edited plan while one waits).",
    )
