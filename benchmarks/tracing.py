"""What a trace costs: the time that a campaign's events take, against the whole run.

    python benchmarks/tracing.py [--weights FOLDER] [--steps N] [--candidates N]

Without weights tiny random models are made, whose run is far shorter than a starter's: the share of
that run is then an upper bound, and the share of a 30 s run is what the same events would be of it.
Time is processor time of the thread that writes, so a busy machine does not change it.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from triptych.domain import Brief, SearchChoice
from triptych.generators.profiles import Starter
from triptych.graph.campaign import Campaign, RunSettings
from triptych.tracing.events import Tracer, read_trace

BRIEF = Brief(
    description="Norvik launches the Emberlite, a red steel camping lantern, lit at night.",
    channels=("social_post", "headline"),
)
STARTER_RUN = 30.0
"""Seconds of a starter run on two processor cores: what the share is held against."""


@dataclass(frozen=True)
class Cost:
    """What was measured of one run."""

    events: int
    kilobytes: float
    run_seconds: float
    trace_seconds: float
    microseconds_an_event: float
    share_of_run: float
    share_of_starter_run: float


def measure(campaign: Campaign, models: object) -> Cost:
    """Run a campaign and clock every event, from its making to the end of its `write`."""
    spent = [0.0]
    write = Tracer.write

    def clocked(tracer: Tracer, event: object) -> None:
        began = time.thread_time()
        write(tracer, event)  # type: ignore[arg-type]
        spent[0] += time.thread_time() - began

    Tracer.write = clocked  # type: ignore[method-assign]
    began = time.perf_counter()
    try:
        campaign.run(models)  # type: ignore[arg-type]
    finally:
        Tracer.write = write  # type: ignore[method-assign]
    seconds = time.perf_counter() - began
    path = campaign.folder / "trace.jsonl"
    events = read_trace(path)
    whole = spent[0] + making(len(events))
    return Cost(
        events=len(events),
        kilobytes=path.stat().st_size / 1000,
        run_seconds=seconds,
        trace_seconds=whole,
        microseconds_an_event=1e6 * whole / len(events),
        share_of_run=whole / seconds,
        share_of_starter_run=whole / STARTER_RUN,
    )


def making(count: int) -> float:
    """Seconds that so many spans take besides writing: ids, clocks, the event's validation."""
    with tempfile.TemporaryDirectory() as place:
        tracer = Tracer(Path(place) / "trace.jsonl", "run")
        tracer.write = lambda event: None  # type: ignore[method-assign]
        began = time.thread_time()
        for _ in range(count):
            with tracer.span("model", "paint", inputs={"prompts": ["a"], "seeds": [1]}):
                pass
        spent = time.thread_time() - began
        tracer.close()
    return spent


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--weights", type=Path, help="Starter weights; tiny random ones otherwise.")
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--candidates", type=int, default=4)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        weights = asked.weights
        if weights is None:
            import sys

            sys.path.insert(0, str(Path(__file__).parents[1]))
            from tests.tiny import save_tiny_starter

            weights = save_tiny_starter(folder / "weights")
        cost = measure(begin(folder / "run", asked.steps, asked.candidates), models_of(weights))
    for name, value in asdict(cost).items():
        shown = f"{value:.3%}" if name.startswith("share") else f"{value:.4g}"
        print(f"{name.replace('_', ' '):24} {shown}")


def begin(folder: Path, steps: int, candidates: int) -> Campaign:
    """A campaign whose search looks at previews, so that there are many events."""
    search = SearchChoice(strategy="pruning", candidates=candidates)
    return Campaign.start(BRIEF, folder, RunSettings(seed=3, steps=steps, search=search))


def models_of(weights: Path) -> object:
    """The starter's models from a weights folder."""
    from triptych.generators.hub import ProfileModels
    from triptych.generators.profiles import Profile

    part = Starter(kind="starter", folder=str(weights))
    about = dict.fromkeys(("title", "licence", "disk", "memory", "time"), "tracing benchmark")
    return ProfileModels(
        Profile.model_validate(
            {"name": "benchmark", "text": part, "image": part, "video": part, "clip": part, **about}
        )
    )


if __name__ == "__main__":
    main()
