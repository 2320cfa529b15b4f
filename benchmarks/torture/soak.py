"""Campaigns for hours in one process: memory, open files and threads must stay flat.

python -m benchmarks.torture soak --hours 8
"""

from __future__ import annotations

import gc
import os
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.torture.samples import SENTENCE

_MOST_GROWTH = 0.05
"""By which share memory may grow from the second quarter of the campaigns to the last."""
_LEAST_CAMPAIGNS = 20
"""Fewer say nothing of what is flat."""


@dataclass
class Soak:
    """What was measured after each campaign."""

    seconds: list[float] = field(default_factory=list)
    """Since the start."""
    bytes: list[int] = field(default_factory=list)
    """Resident memory."""
    files: list[int] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    """Campaigns that did not finish, and why."""

    def sample(self, since: float) -> None:
        """Measure this process."""
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        self.seconds.append(round(time.monotonic() - since, 1))
        self.bytes.append(pages * os.sysconf("SC_PAGE_SIZE"))
        self.files.append(len(os.listdir("/proc/self/fd")))
        self.threads.append(len(os.listdir("/proc/self/task")))

    def summary(self) -> dict[str, Any]:
        """Figures, and whether all of it stayed flat; None where it was too short to say."""
        quarter = len(self.bytes) // 4
        told: dict[str, Any] = {
            "campaigns": len(self.bytes),
            "hours": round(self.seconds[-1] / 3600, 2) if self.seconds else 0.0,
            "failed": self.failed,
            "flat": None,
        }
        if len(self.bytes) < _LEAST_CAMPAIGNS:
            return told
        early, late = self.bytes[quarter : 2 * quarter], self.bytes[-quarter:]
        growth = median(late) / median(early) - 1
        told |= {
            "megabytes": {
                "first": round(self.bytes[0] / 1e6),
                "second_quarter": round(median(early) / 1e6),
                "last_quarter": round(median(late) / 1e6),
                "most": round(max(self.bytes) / 1e6),
            },
            "growth": round(growth, 4),
            "files": {"first": self.files[0], "last": self.files[-1], "most": max(self.files)},
            "threads": {
                "first": self.threads[0],
                "last": self.threads[-1],
                "most": max(self.threads),
            },
        }
        flat_files = max(self.files[-quarter:]) <= max(self.files[quarter : 2 * quarter])
        flat_threads = max(self.threads[-quarter:]) <= max(self.threads[quarter : 2 * quarter])
        told["flat"] = growth < _MOST_GROWTH and flat_files and flat_threads
        return told


def soak(seconds: float, place: Path, work: Path, most: int | None = None) -> Soak:
    """Run campaigns one after the other, at least one: new, stopped and gone on with, redone.

    Args:
        seconds: after which no other is begun.
        place: of the samples, whose tiny models are used.
        work: in which each run folder is made and removed.
        most: campaigns; None for as many as there is time for.
    """
    from triptych.briefs import read_brief_or_plan
    from triptych.domain import SearchChoice
    from triptych.generators.hub import load_profile
    from triptych.runs.campaign import Campaign
    from triptych.runs.settings import RunSettings
    from triptych.runs.stream import redo_part, run_campaign
    from triptych.tracing.runs import Run

    profile = str(place / "tiny" / "tiny.yaml")
    models, since, measured = load_profile(profile), time.monotonic(), Soak()
    brief = read_brief_or_plan(SENTENCE).model_copy(update={"channels": ("social_post", "body")})
    search = SearchChoice(strategy="best-of-n", candidates=2)
    number = 0
    while number == 0 or (time.monotonic() - since < seconds and number != most):
        settings = RunSettings(profile=profile, steps=2, seed=number, search=search)
        folder = work / f"soak-{number}"
        campaign = Campaign.start(brief, folder, settings)
        if number % 3 == 1:  # stopped at its first step, and gone on with
            first, steps = campaign, []

            def stop(*_: object, first: Campaign = first, steps: list[int] = steps) -> None:
                steps.append(1)
                if len(steps) == 1:
                    first.stop()

            run_campaign(first, models, stop)
            campaign = Campaign.open(folder)
        manifest = run_campaign(campaign, models)
        if number % 3 == 2:
            redo_part(Campaign.open(folder), models, "social-post", "clip", "too slow")
        if any(result.status == "error" for result in manifest.results.values()):
            measured.failed.append(f"campaign {number} ended with an error")
        if Run.read(folder).state != "finished":
            measured.failed.append(f"campaign {number} did not finish")
        shutil.rmtree(folder)
        measured.sample(since)
        number += 1
    return measured
