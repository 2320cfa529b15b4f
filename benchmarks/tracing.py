"""What a trace costs: the time that a campaign's events take, against the whole run.

    python benchmarks/tracing.py --profile starter [--json FILE]
    python benchmarks/tracing.py [--weights FOLDER] [--steps N] [--candidates N] [--json FILE]

With a profile or a folder of starter weights a campaign is run as `triptych run` would, unless
steps or candidates are given; the goal is that its trace takes less than 1 % of it, and the exit
code is 1 if it takes more. Without either, tiny random models stand in, whose run is so short that
its share means nothing: there the same events are held against a run of 30 s.

What events take is processor time of the thread that makes and writes them, so a busy machine does
not change it. A run's time is that of its workflow by the clock or the processor's, whichever is
less; loading the models counts in neither.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from unittest import mock

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
sys.path.insert(0, str(Path(__file__).parents[1]))

from triptych.domain import Brief, CampaignPlan, Deliverable, SearchChoice
from triptych.generators.hub import ProfileModels, load_profile
from triptych.generators.parts import Starter
from triptych.generators.profiles import Profile
from triptych.runs.campaign import Campaign
from triptych.runs.ready import load_all
from triptych.runs.settings import RunSettings
from triptych.runs.stream import run_campaign
from triptych.tracing.calls import Embedding, EmbeddingInputs
from triptych.tracing.event import Event
from triptych.tracing.events import Tracer, read_trace

BRIEF = Brief(
    description="Norvik launches the Emberlite, a red steel camping lantern, lit at night.",
    channels=("social_post", "headline"),
)
PLAN = CampaignPlan(
    brief=BRIEF,
    key_message="The Norvik Emberlite keeps you company.",
    visual="a red steel camping lantern, lit, at night",
    motion="slow orbit",
    deliverables=(
        Deliverable(id="social-post", channel="social_post", tone="playful"),
        Deliverable(id="headline", channel="headline", tone="playful", parts=("copy",)),
    ),
)
"""Of a run of weights alone: random ones plan nothing that holds to the brief."""
GOAL = 0.01
STARTER_RUN = 30.0
"""Seconds that the run of tiny models is taken to last: what a quick starter run takes."""


@dataclass(frozen=True)
class Cost:
    """What was measured of one run."""

    profile: str
    events: int
    model_calls: int
    nfe: int
    kilobytes: float
    run_seconds: float
    run_cpu_seconds: float
    trace_seconds: float
    microseconds_an_event: float
    share: float
    """Of the run; of `STARTER_RUN` where the models are stand-ins."""
    goal_holds: bool


def measure(campaign: Campaign, models: ProfileModels, stand_ins: bool) -> Cost:
    """Run a campaign and clock every event, from its making to the end of its `write`."""
    import triptych.graph.build  # noqa: F401 - imported by the run, and no part of its work

    load_all(models)
    began = time.process_time()
    with clocked() as spent:
        run_campaign(campaign, models)
    cpu = time.process_time() - began
    path = campaign.folder / "trace.jsonl"
    events = read_trace(path)
    (clock,) = (e.ended - e.started for e in events if e.kind == "workflow")
    whole = sum(spent) + making(len(events))
    share = whole / (STARTER_RUN if stand_ins else min(clock, cpu))
    calls = [event for event in events if event.kind == "model"]
    return Cost(
        profile="tiny stand-ins" if stand_ins else models.profile,
        events=len(events),
        model_calls=len(calls),
        nfe=sum(event.spend.nfe for event in calls),
        kilobytes=path.stat().st_size / 1000,
        run_seconds=clock,
        run_cpu_seconds=cpu,
        trace_seconds=whole,
        microseconds_an_event=1e6 * whole / len(events),
        share=share,
        goal_holds=share < GOAL,
    )


@contextmanager
def clocked() -> Iterator[list[float]]:
    """Seconds of each write of an event, by whatever thread."""
    spent: list[float] = []
    write = Tracer.write

    def clocking(tracer: Tracer, event: Event) -> None:
        began = time.thread_time()
        write(tracer, event)
        spent.append(time.thread_time() - began)

    with mock.patch.object(Tracer, "write", clocking):
        yield spent


def making(count: int) -> float:
    """Seconds that so many spans take besides writing: ids, clocks, the event's validation."""
    with tempfile.TemporaryDirectory() as place:
        tracer = Tracer(Path(place) / "trace.jsonl", "run")
        with mock.patch.object(tracer, "write", forget):
            began = time.thread_time()
            for _ in range(count):
                inputs = EmbeddingInputs(texts=1)
                with tracer.span(Embedding(inputs=inputs)):
                    pass
            spent = time.thread_time() - began
        tracer.close()
    return spent


def forget(event: Event) -> None:
    """Stands for a write where only the making counts."""


def main() -> int:
    """Print what was measured; 1 if the goal is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    whose = parser.add_mutually_exclusive_group()
    whose.add_argument("--profile", help="A profile's name or file.")
    whose.add_argument("--weights", type=Path, help="A folder of starter weights.")
    parser.add_argument("--steps", type=int, help="Denoising steps.")
    parser.add_argument("--candidates", type=int, help="Compute of a search in full samples.")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        stand_ins, steps, search = False, asked.steps, SearchChoice()
        if asked.profile:
            models = load_profile(asked.profile)
        elif asked.weights:
            models = models_of(asked.weights)
        else:  # a search that looks at previews, so that there are many events
            from tests.tiny import save_tiny_starter

            models = models_of(save_tiny_starter(Path(place) / "weights"))
            stand_ins, steps, search = True, steps or 2, SearchChoice(candidates=4)
        if asked.candidates:
            search = SearchChoice(candidates=asked.candidates)
        settings = RunSettings(profile=models.profile, seed=3, steps=steps, search=search)
        source = BRIEF if asked.profile else PLAN
        cost = measure(Campaign.start(source, Path(place) / "run", settings), models, stand_ins)
    if asked.json:
        asked.json.write_text(json.dumps(asdict(cost), indent=2))
    for name, value in asdict(cost).items():
        shown = f"{value:.3%}" if name == "share" else value
        shown = f"{value:.4g}" if isinstance(value, float) and name != "share" else shown
        print(f"{name.replace('_', ' '):24} {shown}")
    return 0 if cost.goal_holds else 1


def models_of(weights: Path) -> ProfileModels:
    """The starter's models from a weights folder."""
    part = Starter(kind="starter", folder=str(weights))
    about = dict.fromkeys(("title", "licence", "disk", "memory", "time"), "tracing benchmark")
    parts = dict.fromkeys(("text", "image", "video", "encoder"), part)
    return ProfileModels(Profile.model_validate({"name": str(weights), **parts, **about}))


if __name__ == "__main__":
    sys.exit(main())
