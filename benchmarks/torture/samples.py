"""Good files to be spoilt: runs of tiny models, in several states, and a folder of cases."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from triptych.run_folder import CHECKPOINTS, MANIFEST, TRACE

CASE = {
    "id": "case-1",
    "split": "train",
    "description": "Norvik launches the Emberlite, a red steel lantern for the forest.",
    "copy": {"playful": {"body": ["Bring the Emberlite.", "Light!"], "headline": ["Glow."]}},
    "caption": "a red steel lantern in a forest",
    "attributes": {"product": "lantern", "colours": ["red"], "size": 2},
    "plan": {
        "key_message": "Light.",
        "visual": "a red lantern",
        "motion": "slow orbit",
        "tone": "playful",
        "channels": ["body"],
    },
    "image": "case-1.png",
    "clip": "case-1.mp4",
    "tone": "playful",
    "channels": ["body", "headline"],
    "unseen_combination": False,
}
SENTENCE = "Norvik launches the Emberlite, a red steel camping lantern, lit at night."
FINISHED, REDONE, STOPPED = "finished", "redone", "stopped"
PLANNED, WAITING = "planned", "waiting"
"""Run folders by their state: the last two wait for a person's word on the plan, on the results."""


def make_samples(folder: Path) -> None:
    """`runs`, `tiny` (models) and `cases` below a folder; about twenty seconds."""
    from tests.tiny import save_tiny_profile
    from triptych.briefs import read_brief_or_plan
    from triptych.domain import SearchChoice
    from triptych.generators.hub import load_profile
    from triptych.graph.person import Answer
    from triptych.runs.campaign import Campaign
    from triptych.runs.settings import RunSettings
    from triptych.runs.stream import redo_part, run_campaign

    profile = str(save_tiny_profile(folder / "tiny"))
    models = load_profile(profile)
    search = SearchChoice(strategy="best-of-n", candidates=2)
    settings = RunSettings(profile=profile, steps=2, search=search)
    brief = read_brief_or_plan(SENTENCE).model_copy(update={"channels": ("social_post", "body")})
    runs = folder / "runs"
    run_campaign(Campaign.start(brief, runs / FINISHED, settings), models)
    shutil.copytree(runs / FINISHED, runs / REDONE)
    redone = Campaign.open(runs / REDONE)
    redo_part(redone, models, "social-post", "clip", "too slow")
    asking = settings.model_copy(update={"approve": True})
    run_campaign(Campaign.start(brief, runs / PLANNED, asking), models)
    shutil.copytree(runs / PLANNED, runs / WAITING)
    run_campaign(Campaign.open(runs / WAITING), models, answer=Answer(accept=True))
    stopped = Campaign.start(brief, runs / STOPPED, settings.model_copy(update={"seed": 5}))
    steps = 0

    def stop(*_: object) -> None:
        nonlocal steps
        steps += 1
        if steps == 3:
            stopped.stop()

    run_campaign(stopped, models, stop)
    _make_cases(folder / "cases")


def _make_cases(folder: Path) -> None:
    from PIL import Image

    from triptych.cases.format import FPS, FRAMES
    from triptych.media import encode_mp4

    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    frame = random.integers(0, 255, (4, 4, 3)).astype(np.uint8).repeat(16, 0).repeat(16, 1)
    Image.fromarray(frame).save(folder / CASE["image"])
    (folder / CASE["clip"]).write_bytes(encode_mp4(np.stack([frame] * FRAMES), FPS))
    (folder / "cases.jsonl").write_text(json.dumps(CASE) + "\n")


def lines_of_traces(folder: Path) -> list[bytes]:
    """Every event that the sample runs wrote."""
    return [
        line
        for run in sorted((folder / "runs").iterdir())
        for line in (run / TRACE).read_bytes().splitlines()
    ]


def manifests(folder: Path) -> list[Any]:
    """What the finished runs' manifests hold."""
    paths = sorted((folder / "runs").glob(f"*/{MANIFEST}"))
    return [json.loads(path.read_text()) for path in paths]


def small_databases(folder: Path) -> list[bytes]:
    """The sample runs' checkpoints, the last few of each, as one file that SQLite can open."""
    databases = []
    for run in sorted((folder / "runs").iterdir()):
        with closing(sqlite3.connect(run / CHECKPOINTS)) as there:
            there.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            there.execute("PRAGMA journal_mode=DELETE")
        with closing(sqlite3.connect(":memory:")) as small:
            small.deserialize((run / CHECKPOINTS).read_bytes())
            last = "SELECT checkpoint_id FROM checkpoints ORDER BY checkpoint_id DESC LIMIT 2"
            for table in ("checkpoints", "writes"):
                small.execute(f"DELETE FROM {table} WHERE checkpoint_id NOT IN ({last})")
            small.commit()
            small.execute("VACUUM")
            databases.append(small.serialize())
    return databases
