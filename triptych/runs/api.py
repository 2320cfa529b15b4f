"""For other programs: run a campaign in one call, or follow it as it goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from triptych.briefs.check import parse
from triptych.briefs.read import read_brief_or_plan
from triptych.domain import Brief, CampaignPlan
from triptych.methods.load import load_models
from triptych.protocols import Models
from triptych.runs.campaign import Campaign, RunSettings
from triptych.runs.ready import ready


def run(
    source: str | Brief | CampaignPlan,
    out: str | Path,
    *,
    profile: str = "starter",
    **settings: Any,
) -> dict[str, Any]:
    """Make a campaign; returns its manifest (`campaign.json`).

    Args:
        source: a brief, a plan, a file with either, or a sentence.
        out: the run folder, new or empty.
        profile: which models.
        settings: fields of `RunSettings`, such as `seed`, `steps` and `search`.
    """
    campaign, models = _start(source, out, profile, settings)
    return campaign.run(models)


def stream(
    source: str | Brief | CampaignPlan,
    out: str | Path,
    *,
    profile: str = "starter",
    **settings: Any,
) -> Iterator[dict[str, Any]]:
    """Make a campaign and yield what each step did; arguments as for `run`.

    Closing the iterator stops the run at its next denoising step; it can be resumed.
    """
    campaign, models = _start(source, out, profile, settings)
    yield from campaign.stream(models)


async def astream(
    source: str | Brief | CampaignPlan,
    out: str | Path,
    *,
    profile: str = "starter",
    **settings: Any,
) -> AsyncIterator[dict[str, Any]]:
    """`stream` for asyncio: the run works in a thread of its own, and the event loop stays free.

    Cancelling the task, or leaving the loop and closing the iterator, stops the run at its next
    denoising step; it can be resumed.
    """
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, thread_name_prefix="triptych") as worker:
        begun = loop.run_in_executor(worker, _start, source, out, profile, settings)
        campaign, models = await begun
        events = campaign.stream(models)
        try:
            while (event := await loop.run_in_executor(worker, next, events, None)) is not None:
                yield event
        finally:
            # The worker may be in the middle of a step: it is told to stop, and waited for.
            campaign.stop()
            await asyncio.shield(loop.run_in_executor(worker, events.close))  # type: ignore[attr-defined]


def _start(
    source: str | Brief | CampaignPlan, out: str | Path, profile: str, settings: dict[str, Any]
) -> tuple[Campaign, Models]:
    read = read_brief_or_plan(source) if isinstance(source, str) else source
    chosen = parse(RunSettings, {"profile": profile, **settings}, "the settings")
    models = load_models(profile, chosen.overrides)
    ready(models)
    return Campaign.start(read, Path(out), chosen), models
