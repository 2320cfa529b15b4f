"""What a run will cost, told before anything is spent, and held against what it may cost."""

from __future__ import annotations

from collections.abc import Iterable

from triptych.channels import catalogue, find_placement
from triptych.domain import Brief, Budget, CampaignPlan, Record, SearchChoice
from triptych.errors import BudgetError
from triptych.generators.profiles import Profile
from triptych.protocols import Models

STARTER_SECONDS = {"copy": 3.0, "image": 0.02, "clip": 0.25}
"""Seconds a piece of copy, and an NFE of a picture and of a clip, on two CPU cores."""
PLAN_TOKENS, COPY_TOKENS = (900, 250), (700, 150)
"""Tokens that a chat model reads and writes for a plan and for a piece of copy, brief aside."""
MOST_TEXTS = 5
"""Of a plan whose brief names no channels."""


class Estimate(Record):
    """One attempt at everything. NFE is exact; seconds are None where nothing was measured."""

    pieces: int
    images: int
    clips: int
    nfe: int
    least_nfe: int
    """Of one deliverable with a picture, without a choice among candidates."""
    seconds: float | None
    cost: float
    """US dollars."""
    memory: str
    note: str
    most: bool = False
    """Whether the planner may take fewer pieces."""

    def in_words(self, verbose: bool = False) -> str:
        """In one sentence; `verbose` adds the denoiser evaluations."""
        seconds = "time unknown" if self.seconds is None else f"about {self.seconds:.0f} s"
        money = f", about ${self.cost:.4f}" if self.cost else ""
        compute = f"{self.nfe} NFE, " if verbose else ""
        made = ("up to " if self.most else "") + ", ".join(
            _counted(number, one, many)
            for number, one, many in (
                (self.pieces, "piece of copy", "pieces of copy"),
                (self.images, "picture", "pictures"),
                (self.clips, "clip", "clips"),
            )
        )
        return f"{made}: {compute}{seconds}{money}; memory {self.memory}; {self.note}."


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def estimate_run(
    asked: Brief | CampaignPlan, search: SearchChoice, steps: int | None, models: Models
) -> Estimate:
    """One attempt at every deliverable of a plan, or at what a brief's plan may have at most.

    Args:
        asked: plan, or brief; of a brief that names no channels the planner may take all.
        search: how many candidates.
        steps: denoising steps of a sample; the profile's own where it is None.
        models: of a profile, which are not loaded for this; of models from elsewhere only what
            their generators tell is known.
    """
    profile = getattr(models, "settings", None)
    if not isinstance(profile, Profile):
        profile = None
    if isinstance(asked, CampaignPlan):
        brief, pieces, plans = asked.brief, _texts(d.channel for d in asked.deliverables), 0
        images = sum("image" in d.parts for d in asked.deliverables)
        clips = sum("clip" in d.parts for d in asked.deliverables)
    else:
        texts = _texts(asked.channels) if asked.channels else MOST_TEXTS
        brief, pieces, plans = asked, texts * len(asked.copy_languages), 1
        images = clips = 1
    image_sample, clip_sample = _sample_nfe(models, profile, steps)
    image_nfe = images * search.candidates * image_sample
    clip_nfe = clips * clip_sample
    seconds = None
    if profile is not None and profile.name == "starter":
        seconds = round(
            STARTER_SECONDS["copy"] * (pieces + plans)
            + STARTER_SECONDS["image"] * image_nfe
            + STARTER_SECONDS["clip"] * clip_nfe,
            1,
        )
    read = len(brief.text()) // 3
    cost = 0.0
    if profile is not None:
        planner, text = profile.planner or profile.text, profile.text
        cost += plans * planner.price(PLAN_TOKENS[0] + read, PLAN_TOKENS[1])
        cost += pieces * text.price(COPY_TOKENS[0] + read, COPY_TOKENS[1])
    return Estimate(
        pieces=pieces,
        images=images,
        clips=clips,
        most=isinstance(asked, Brief) and not asked.channels,
        nfe=image_nfe + clip_nfe,
        least_nfe=image_sample + (clip_sample if clips else 0),
        seconds=seconds,
        cost=cost,
        memory=profile.memory if profile else "unknown",
        note=f"a part that falls short may be made {brief.budget.attempts} times"
        + (f"; {profile.time}" if profile else ""),
    )


def _texts(channels: Iterable[str]) -> int:
    """Texts that models write for some placements."""
    places = catalogue()
    fields = [field for name in channels for field in find_placement(name, places).written]
    return sum(max(field.least, 1) for field in fields)


def _sample_nfe(models: Models, profile: Profile | None, steps: int | None) -> tuple[int, int]:
    """Denoiser evaluations of one picture and of one clip."""
    if profile is None:
        image, video = models.image, models.video
        return (
            image.steps_for(steps) * image.step_nfe,
            video.steps_for(steps) * video.step_nfe,
        )
    return (
        profile.image.steps_for(steps) * profile.image.step_nfe("image"),
        profile.video.steps_for(steps) * profile.video.step_nfe("clip"),
    )


def check_limits(
    estimate: Estimate, budget: Budget, max_seconds: float | None, max_cost: float | None
) -> None:
    """Raise `BudgetError` if one attempt at everything is more than the user or brief allows."""
    seconds = budget.seconds if max_seconds is None else max_seconds
    cost = budget.cost if max_cost is None else max_cost
    if seconds is not None and estimate.seconds is not None and estimate.seconds > seconds:
        raise BudgetError(
            f"The run would take about {estimate.seconds:.0f} s, and may take {seconds:g} s.",
            "Raise --max-seconds, or take fewer --steps or --candidates.",
        )
    if cost is not None and estimate.cost > cost:
        raise BudgetError(
            f"The run would cost about ${estimate.cost:.4f}, and may cost ${cost:g}.",
            "Raise --max-cost, name fewer channels, or take a cheaper model.",
        )
    if budget.nfe is not None and budget.nfe < estimate.least_nfe * estimate.images:
        raise BudgetError(
            f"The budget of {budget.nfe} denoiser evaluations does not pay for one attempt, which "
            f"takes {estimate.least_nfe * estimate.images}.",
            "Raise --budget (or budget.nfe in the brief), or take fewer --steps.",
        )
