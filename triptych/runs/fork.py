"""Going on from an old run: a fork that keeps its first steps, a plan that heeds its critic."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Literal

from triptych.domain import Brief, CampaignPlan, Candidate, Feedback, Kept, Part, Spend
from triptych.errors import StoreError
from triptych.runs.campaign import Campaign
from triptych.runs.carried import from_run
from triptych.runs.manifest import read_manifest
from triptych.runs.settings import RunSettings
from triptych.store import Store
from triptych.tracing.runs import Run

Until = Literal["plan", "copy", "image"]
_TAKEN: dict[Until, tuple[Part, ...]] = {"plan": (), "copy": ("copy",), "image": ("copy", "image")}


def fork_run(
    source: Path, until: Until, plan: CampaignPlan, folder: Path, settings: RunSettings
) -> Campaign:
    """Begin a run that keeps what another made, up to a step.

    Args:
        source: the folder of the old run, which stays as it is.
        until: the last step to take over: the plan alone, the copy, or copy and pictures.
        plan: to go on with, perhaps edited; deliverables that the old run lacks are made anew.
        folder: of the new run, new or empty.
        settings: of the new run.

    Raises:
        StoreError: if the old run has none of what is to be kept, or the new folder is in use.
    """
    old = Run.read(source)
    kept = {d.id: _kept(old, d.id, _TAKEN[until], d.parts) for d in plan.deliverables}
    kept = {name: record for name, record in kept.items() if record.parts}
    if _TAKEN[until] and not kept:
        raise StoreError(f"{source} has no {until} to keep.", "Take an earlier --until.")
    campaign = Campaign.start(plan, folder, settings)
    mine, theirs = Store(folder), Store(source)
    try:
        for record in kept.values():
            for made in record.parts.values():
                for ref in (made.asset, made.latents):
                    if ref is not None:
                        mine.put(theirs.get(ref), ref.media_type)
        campaign.keep(kept)
    except StoreError:
        shutil.rmtree(folder, ignore_errors=True)  # it held nothing before, and holds half a run
        raise
    return campaign


def plan_for_fork(old: Campaign, given: Brief | CampaignPlan | None) -> CampaignPlan:
    """The old plan, or the one given, or the old one with the brief given.

    Raises `StoreError` if there is none: the old run did not come that far.
    """
    if isinstance(given, CampaignPlan):
        return given
    plan = None if old.plan is None else from_run(old.folder, old.plan)
    if plan is None:
        drafted = Run.read(old.folder).drafted
        if drafted is None:
            raise StoreError(f"{old.folder} has no plan yet.", "`triptych resume` finishes a run.")
        plan = from_run(old.folder, drafted)
    return plan if given is None else plan.model_copy(update={"brief": given})


def criticism(folder: Path) -> list[Feedback]:
    """All that was said against a finished run's parts, for a planner to do better.

    Raises `StoreError` if the run is not finished.
    """
    results = read_manifest(folder).results.values()
    return [said for result in results for said in result.feedback if said.reason]


def _kept(old: Run, deliverable: str, taken: tuple[Part, ...], wanted: tuple[Part, ...]) -> Kept:
    parts: dict[Part, Candidate] = {}
    for part in taken:
        digest = old.best.get((deliverable, part))
        made = [c for c in old.candidates if (c.deliverable, c.part) == (deliverable, part)]
        standing = next((c for c in made if c.asset.digest == digest), None)
        if standing is None or part not in wanted:
            break  # what comes after is made from it
        note = f"kept from the run {old.name}, attempt {standing.attempt}"
        fresh = {"attempt": 1, "spend": Spend(), "notes": (*standing.notes, note)}
        parts[part] = standing.model_copy(update=fresh)
    return Kept(parts=parts)
