"""For other programs: run a campaign in one call, or follow it as it goes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from triptych.briefs import read_brief_or_plan
from triptych.domain import Brief, CampaignPlan
from triptych.generators.hub import load_models
from triptych.graph.campaign import Campaign, RunSettings


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
    campaign = _start(source, out, profile, settings)
    return campaign.run(load_models(profile, campaign.settings.overrides))


def stream(
    source: str | Brief | CampaignPlan,
    out: str | Path,
    *,
    profile: str = "starter",
    **settings: Any,
) -> Iterator[dict[str, Any]]:
    """Make a campaign and yield what each step did; arguments as for `run`."""
    campaign = _start(source, out, profile, settings)
    yield from campaign.stream(load_models(profile, campaign.settings.overrides))


def _start(
    source: str | Brief | CampaignPlan, out: str | Path, profile: str, settings: dict[str, Any]
) -> Campaign:
    read = read_brief_or_plan(source) if isinstance(source, str) else source
    return Campaign.start(read, Path(out), RunSettings(profile=profile, **settings))
