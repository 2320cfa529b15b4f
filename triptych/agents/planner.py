"""The planner: the central language model turns a brief into a campaign plan."""

from __future__ import annotations

import re
from collections.abc import Sequence

from triptych.channels import catalogue, find_placement
from triptych.domain import (
    PARTS,
    Brief,
    CampaignPlan,
    Deliverable,
    Feedback,
    Finding,
    PlanDraft,
    SearchChoice,
    Spend,
)
from triptych.errors import ModelError
from triptych.grounding import ground_plan, in_words, wanted
from triptych.protocols import Planner

OWN_WORDS = (
    "Not all that the planner wrote held to the brief: the brief's own words stand in its place."
)
_TASK = re.compile(
    r"(?:please|write|create|make|show|design|plan|prepare|advertise|promote|give|draft|launch"
    r"|can you|could you|(?:we|i) (?:need|want|would like))\b",
    re.IGNORECASE,
)
"""How a sentence begins that asks for a campaign and says nothing of the product."""
MOST_OWN = 160
"""Letters of a brief's first sentence that may stand in a plan."""


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
        attempts; then what is wrong in it takes the brief's own words, and the plan says so.

        Args:
            brief: what the campaign is about.
            feedback: the critic's reasons, when a plan is made again.
            search: how to search among samples; the plan's default otherwise.
            seed: of sampling, when there is feedback.

        Raises `ModelError`, with what is wrong, if the plan does not hold with those either.
        """
        reasons, spent, tries = list(feedback), Spend(), brief.budget.attempts
        choice, attempt = search or SearchChoice(), 0
        while True:
            drafted = self.planner.draft(brief, reasons, seed + attempt)
            spent += drafted.spend
            findings = ground_plan(brief, drafted.draft)
            if not findings:
                return plan_from(brief, drafted.draft, choice, self.unknown_words), spent
            attempt += 1
            reasons.append(
                Feedback(
                    part="plan",
                    attempt=len(reasons) + 1,
                    reason=in_words(findings),
                    missing=wanted(findings),
                )
            )
            if attempt == tries:
                break
        if mended := _in_own_words(brief, drafted.draft, findings):
            plan = plan_from(brief, mended, choice, self.unknown_words)
            return plan.model_copy(update={"notes": (*plan.notes, OWN_WORDS)}), spent
        error = ModelError(
            f"The plan does not hold to the brief in {tries} tries: {reasons[-1].reason}",
            "Write the plan yourself and run it, say more in the brief, or take another --profile.",
        )
        error.cost = spent.cost
        raise error


def _in_own_words(brief: Brief, draft: PlanDraft, findings: Sequence[Finding]) -> PlanDraft | None:
    """A draft with the brief's first sentence where it does not hold; None if that does not help.

    The film is left still where its line is wrong.
    """
    sentence = re.split(r"(?<=[.!?])\s+", brief.description)[0]
    if len(sentence) > MOST_OWN or _TASK.match(sentence):
        return None
    own = {"key_message": sentence, "visual": sentence.rstrip(".!?"), "motion": "still camera"}
    wrong = {one.where for one in findings}
    changes = {name: words for name, words in own.items() if name in wrong}
    mended = draft.model_copy(update=changes)
    return None if ground_plan(brief, mended) else mended


def plan_from(
    brief: Brief, draft: PlanDraft, search: SearchChoice, note: str | None = None
) -> CampaignPlan:
    """The plan around a draft: the first deliverable is the campaign's picture and clip.

    It goes to the placement with most words; the others get copy that is held to it. Every
    placement comes in each language of the brief.

    Raises `ChannelError` if the catalogue has no such placement.
    """
    places = catalogue()
    wanted = [find_placement(name, places) for name in brief.channels or draft.channels]
    ordered = sorted(dict.fromkeys(one.name for one in wanted), key=lambda n: not places[n].roomy)
    tone, languages = brief.tone or draft.tone, brief.copy_languages
    pieces = [(name, language) for name in ordered for language in languages]
    return CampaignPlan(
        brief=brief,
        key_message=draft.key_message,
        visual=draft.visual,
        motion=draft.motion,
        deliverables=tuple(
            Deliverable(
                id=name if len(languages) == 1 else f"{name}-{language.lower()}",
                channel=name,
                tone=tone,
                language=language,
                parts=PARTS if number == 0 else ("copy",),
            )
            for number, (name, language) in enumerate(pieces)
        ),
        search=search,
        notes=(note,) if note else (),
    )
