"""The planner: the central language model turns a brief into a campaign plan."""

from __future__ import annotations

from collections.abc import Sequence

from triptych.domain import (
    Brief,
    CampaignPlan,
    Channel,
    Deliverable,
    Feedback,
    PlanDraft,
    SearchChoice,
    Spend,
)
from triptych.errors import ModelError
from triptych.grounding import ground_plan, in_words, wanted
from triptych.protocols import Planner


class PlannerAgent:
    """Brief to plan. The model drafts; what the brief says outright wins over the draft.

    Args:
        planner: the language model.
        unknown_words: tells if the models do not know what the brief speaks of.
    """

    def __init__(self, planner: Planner, unknown_words: str | None = None) -> None:
        self.planner, self.unknown_words = planner, unknown_words

    def __call__(
        self,
        brief: Brief,
        feedback: Sequence[Feedback] = (),
        search: SearchChoice | None = None,
        seed: int = 0,
    ) -> tuple[CampaignPlan, Spend]:
        """A plan that holds to the brief, and what drafting it cost.

        A draft that does not is drafted again with the reasons, as often as the brief's budget has
        attempts.

        Args:
            brief: what the campaign is about.
            feedback: the critic's reasons, when a plan is made again.
            search: how to search among samples; the plan's default otherwise.
            seed: of sampling, when there is feedback.

        Raises `ModelError`, with all that is wrong, if no draft holds.
        """
        told, spent, tries = list(feedback), Spend(), brief.budget.attempts
        for attempt in range(tries):
            drafted = self.planner.draft(brief, told, seed + attempt)
            spent += drafted.spend
            findings = ground_plan(brief, drafted.draft)
            if not findings:
                choice = search or SearchChoice()
                return plan_from(brief, drafted.draft, choice, self.unknown_words), spent
            told.append(
                Feedback(
                    part="plan",
                    attempt=len(told) + 1,
                    reason=in_words(findings),
                    missing=wanted(findings),
                )
            )
        error = ModelError(
            f"The plan does not hold to the brief in {tries} tries: {told[-1].reason}",
            "Write the plan yourself and run it, say more in the brief, or take another --profile.",
        )
        error.cost = spent.cost
        raise error


def plan_from(
    brief: Brief, draft: PlanDraft, search: SearchChoice, note: str | None = None
) -> CampaignPlan:
    """The plan around a draft: the first deliverable is the campaign's picture and clip.

    It goes to the channel with most words; the other channels get copy that is held to it.
    """
    channels: list[Channel] = list(brief.channels or draft.channels)
    wordy: tuple[Channel, ...] = ("body", "social_post")
    lead: Channel = channels[0]
    for channel in wordy:
        if channel in channels:
            lead = channel
            break
    rest: list[Channel] = [channel for channel in channels if channel != lead]
    ordered: list[Channel] = [lead, *rest]
    tone = brief.tone or draft.tone
    return CampaignPlan(
        brief=brief,
        key_message=draft.key_message,
        visual=draft.visual,
        motion=draft.motion,
        deliverables=tuple(
            Deliverable(
                id=channel.replace("_", "-"),
                channel=channel,
                tone=tone,
                parts=("copy", "image", "clip") if channel == lead else ("copy",),
            )
            for channel in ordered
        ),
        search=search,
        notes=(note,) if note else (),
    )
