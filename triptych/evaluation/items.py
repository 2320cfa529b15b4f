"""Making what is measured: every method on every case, through the graph, one item at a time.

An item is a folder with `item.json`, written last, beside its media; what is there is done.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from pydantic import Field

from triptych.cases.format import Case
from triptych.domain import (
    PARTS,
    TEXT_KINDS,
    TONES,
    Brief,
    Budget,
    CampaignPlan,
    Record,
    Spend,
    TextKind,
    Tone,
)
from triptych.errors import CaseError, StoreError, TriptychError
from triptych.memory import forget_peak, process_peak
from triptych.methods.table import Method
from triptych.protocols import Models
from triptych.store import Store, write_whole

ITEM = "item.json"


class EvalSettings(Record):
    """What an evaluation's items depend on, beside methods and cases."""

    version: int = 1
    profile: str = "starter"
    overrides: tuple[str, ...] = ()
    steps: int | None = None
    """Denoising steps; None leaves them to the profile."""
    seed: int = 0
    split: str = "test"
    channel: TextKind | None = None
    """Of the copy; None is the one that tells most of what can be seen."""


class Item(Record):
    """What a method made of a case. Media are named relative to the item's folder."""

    method: str
    case: str
    channel: TextKind
    tone: Tone
    text: str = ""
    image: str | None = None
    clip: str | None = None
    spends: dict[str, Spend] = Field(default_factory=dict)
    """By step: plan, copy, image, clip, and key image where a clip has its own; all attempts."""
    seconds: float = 0.0
    """From brief to finished files, by the clock."""
    peak_memory: int = 0
    """Most bytes while it was made, of the accelerator or else of the process."""
    attempts: int = 0
    status: str = "error"
    message: str = ""

    @property
    def spend(self) -> Spend:
        """All steps together."""
        return sum(self.spends.values(), Spend())


def choose_cases(cases: Sequence[Case], split: str, limit: int | None = None) -> list[Case]:
    """The cases of a split, or `limit` of them spread evenly over it, cases with clips first named.

    Raises:
        CaseError: if the split has none.
    """
    pool = [case for case in cases if split in ("all", case.split)]
    if not pool:
        raise CaseError(
            f"The case folder has no case of the split {split!r}.",
            "Name another --split, or `all`.",
        )
    if limit is None or limit >= len(pool):
        return pool
    with_clip = [case for case in pool if case.clip]
    without = [case for case in pool if not case.clip]
    share = min(len(with_clip), max(1, round(limit * len(with_clip) / len(pool))))
    share = max(share if with_clip else 0, limit - len(without))
    kept = {case.id for case in _spread(with_clip, share) + _spread(without, limit - share)}
    return [case for case in pool if case.id in kept]


def _spread(cases: Sequence[Case], count: int) -> list[Case]:
    if count <= 0:
        return []
    return [cases[place] for place in np.linspace(0, len(cases) - 1, count).round().astype(int)]


def brief_of(case: Case, channel: TextKind | None = None) -> tuple[Brief, TextKind, Tone]:
    """The brief that a case poses, asking for one channel for which there is reference copy.

    That is `channel`, or else the body if there is one: it has the most to say about the picture.

    Raises:
        CaseError: if there is no reference copy for `channel`.
    """
    tones: list[Tone] = [tone for tone in TONES if any(case.copy_texts.get(tone, {}).values())]
    tone = case.tone if case.tone in tones else tones[0]
    by_channel = case.copy_texts[tone]
    order: tuple[TextKind, ...] = ("body", "social_post", *TEXT_KINDS)
    if channel and not by_channel.get(channel):
        raise CaseError(
            f"Case {case.id} has no reference copy for the channel {channel!r}.",
            "Leave --channel out, or name one that all cases have.",
        )
    asked: TextKind = channel or next(one for one in order if by_channel.get(one))
    return Brief(description=case.description, tone=tone, channels=(asked,)), asked, tone


def references_of(case: Case, channel: TextKind, tone: Tone) -> list[str]:
    """The reference copy of a case for a channel and tone."""
    return case.copy_texts[tone][channel]


def open_evaluation(out: Path, settings: EvalSettings) -> None:
    """Begin an evaluation's folder, or go on with it. Raises `StoreError` if it has other ones."""
    path = out / "settings.json"
    if path.exists():
        known = EvalSettings.model_validate_json(path.read_bytes())
        if known != settings:
            raise StoreError(
                f"{out} holds an evaluation with other settings ({_changed(known, settings)}).",
                "Choose another --out, or the same options.",
            )
        return
    write_whole(path, settings.model_dump_json(indent=2).encode())


def make_items(
    method: Method,
    models: Models | None,
    folder: Path,
    cases: Sequence[Case],
    out: Path,
    settings: EvalSettings,
    on_item: Callable[[Item, bool], None] | None = None,
) -> list[Item]:
    """Make, or find where an earlier run left them, a method's items for all cases.

    Args:
        method: how.
        models: the method's; None for the reference.
        folder: of the cases.
        cases: which.
        out: the evaluation's folder.
        settings: steps and seed.
        on_item: told of each item, and whether it was there already.
    """
    items = []
    for case in cases:
        if not (method.image or case.clip):
            continue
        place = out / "items" / method.name / case.id
        item = _read_item(place)
        there = item is not None
        if item is None:
            item = _reference(folder, case, place, settings) if models is None else _made(
                method, models, case, place, settings
            )  # fmt: skip
            write_whole(place / ITEM, item.model_dump_json(indent=1).encode())
        items.append(item)
        if on_item:
            on_item(item, there)
    return items


def _read_item(place: Path) -> Item | None:
    """A finished item; one that ended in an error is tried again."""
    try:
        item = Item.model_validate_json((place / ITEM).read_bytes())
    except (OSError, ValueError):
        return None
    return item if item.status != "error" else None


def _reference(folder: Path, case: Case, place: Path, settings: EvalSettings) -> Item:
    """The case's own material; its first reference copy stands for the human's."""
    place.mkdir(parents=True, exist_ok=True)
    _, channel, tone = brief_of(case, settings.channel)
    return Item(
        method="human",
        case=case.id,
        channel=channel,
        tone=tone,
        text=references_of(case, channel, tone)[0],
        image=str((folder / case.image).resolve()),
        clip=str((folder / case.clip).resolve()) if case.clip else None,
        status="reference",
    )


def _made(method: Method, models: Models, case: Case, place: Path, settings: EvalSettings) -> Item:
    from triptych.runs.campaign import Campaign
    from triptych.runs.settings import RunSettings
    from triptych.runs.stream import run_campaign

    work = place / "work"
    shutil.rmtree(work, ignore_errors=True)
    brief, channel, tone = brief_of(case, settings.channel)
    blank = Item(method=method.name, case=case.id, channel=channel, tone=tone)
    begun = time.perf_counter()
    forget_peak()
    before: Spend = getattr(models, "unseen_spend", Spend())
    try:
        plan, planned = _plan(method, models, brief, bool(case.clip), settings.seed)
        run = RunSettings(profile=models.profile, seed=settings.seed, search=method.search)
        if settings.steps is not None:
            run = run.model_copy(update={"steps": settings.steps})
        campaign = Campaign.start(plan, work, run)
        run_campaign(campaign, models)
    except TriptychError as error:
        return blank.model_copy(update={"message": str(error)})
    result = campaign.results[plan.deliverables[0].id]
    if result.status == "error" or result.best is None:
        return blank.model_copy(update={"message": result.message or "nothing was made"})
    best = result.best
    spends: dict[str, Spend] = {"plan": planned}
    for part in PARTS:
        made = [a.parts[part] for a in result.attempts if part in a.parts]
        tried = {one.attempt: one.spend for one in made}
        if tried and (part != "image" or method.image):
            spends[part] = sum(tried.values(), Spend())
    after: Spend = getattr(models, "unseen_spend", Spend())
    if after.nfe > before.nfe:
        spends["key image"] = after.model_copy(
            update={"nfe": after.nfe - before.nfe, "seconds": after.seconds - before.seconds}
        )
    names: dict[str, str | None] = {"image": None, "clip": None}
    for part, one in best.parts.items():
        if part == "clip" or (part == "image" and method.image):
            names[part] = f"{part}{Path(one.asset.path).suffix}"
            write_whole(place / str(names[part]), Store(work).get(one.asset))
    seconds = time.perf_counter() - begun
    shutil.rmtree(work, ignore_errors=True)
    return blank.model_copy(
        update={
            "text": best.parts["copy"].copy_text or "",
            **names,
            "spends": spends,
            "seconds": seconds,
            "peak_memory": sum(spends.values(), Spend()).peak_memory or process_peak(),
            "attempts": len(result.attempts),
            "status": result.status,
        }
    )


def _plan(
    method: Method, models: Models, brief: Brief, with_clip: bool, seed: int
) -> tuple[CampaignPlan, Spend]:
    """The planner's plan, cut to the one deliverable that the case has references for."""
    from triptych.agents.planner import PlannerAgent

    brief = brief.model_copy(update={"budget": Budget(attempts=method.attempts)})
    agent = PlannerAgent(models.planner, models.unknown_words(brief))
    plan, spend = agent(brief, search=method.search, seed=seed)
    parts = PARTS if with_clip else PARTS[:-1]
    lead = plan.deliverables[0].model_copy(update={"parts": parts})
    return plan.model_copy(update={"deliverables": (lead,)}), spend


def _changed(known: EvalSettings, asked: EvalSettings) -> str:
    one, two = known.model_dump(), asked.model_dump()
    return ", ".join(
        f"{key} {json.dumps(one[key])}, not {json.dumps(two[key])}"
        for key in one
        if one[key] != two[key]
    )
