"""What the graph costs: one case's time that no model takes, and how long `--help` takes.

    python benchmarks/overhead.py [--weights FOLDER] [--steps 50] [--repeats 3] [--json FILE]

A case is one deliverable: copy by 5 beams, a picture, a clip of it, and the critic's verdict. In
a warm process it is run as a campaign and then at once as nothing but the model calls that the
campaign made: the same methods with the same arguments, no graph, no store, no trace. Two figures
come of it, and should agree:

- the campaign's time less the time within its own model calls;
- the campaign's time less that of the bare calls.

Everything else counts as overhead, also what makes files of pictures and clips. The goal is 2 % or
200 ms of a case. On a machine that does other work as well, processor time tells more than the
clock: both are given. Without --weights tiny random models are used; milliseconds then mean what
they always do, but the share of a case means nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
sys.path.insert(0, str(Path(__file__).parents[1]))

from triptych.domain import Brief, Budget, CampaignPlan, Deliverable
from triptych.generators.hub import load_profile
from triptych.runs.campaign import Campaign
from triptych.runs.settings import RunSettings
from triptych.runs.stream import run_campaign

BRIEF = Brief(
    description="Norvik launches the Emberlite, a red steel camping lantern, lit at night.",
    channels=("body",),
    budget=Budget(attempts=1),
)
PLAN = CampaignPlan(
    brief=BRIEF,
    key_message="The Norvik Emberlite keeps you company.",
    visual="a red steel camping lantern, lit, at night",
    motion="slow orbit",
    deliverables=(Deliverable(id="body", channel="body", tone="playful"),),
)
"""Given, for random weights plan nothing that holds to the brief."""
GOAL_SHARE, GOAL_MS, GOAL_HELP = 0.02, 200.0, 0.5
CLOCKED = {
    "checkpoints": ("langgraph.checkpoint.sqlite", "SqliteSaver", ("put", "put_writes", "setup")),
    "trace": ("triptych.tracing.events", "Tracer", ("write",)),
    "files": ("triptych.store", "Store", ("put", "get", "remember", "recall")),
    "encoding clips": ("triptych.store", None, ("encode_mp4", "decode_mp4")),
    "report": ("triptych.runs.report", None, ("render_report",)),
    "trace page": ("triptych.tracing.viewer", None, ("write_viewer",)),
}
"""What the overhead is made of: module, class and what of it is clocked."""


@dataclass(frozen=True)
class Time:
    """Seconds by the clock, and of processors over all threads."""

    clock: float = 0.0
    cpu: float = 0.0

    @classmethod
    def now(cls) -> Time:
        """A moment, to take differences from."""
        return cls(time.perf_counter(), time.process_time())

    def __sub__(self, other: Time) -> Time:
        return Time(self.clock - other.clock, self.cpu - other.cpu)

    def __add__(self, other: Time) -> Time:
        return Time(self.clock + other.clock, self.cpu + other.cpu)


@dataclass
class Calls:
    """Clocks every call of a model, and keeps it, to be made once more without a graph."""

    spent: Time = Time()
    made: list[tuple[Any, str, tuple[Any, ...], dict[str, Any]]] = field(default_factory=list)

    def call(self, target: Clocked, name: str, *given: Any, **named: Any) -> Any:
        """Make a call on behalf of a proxy; a sampling that it begins is a proxy in turn."""
        self.made.append((target.source, name, given, named))
        place = len(self.made) - 1
        began = Time.now()
        try:
            made = getattr(target.inner, name)(*given, **named)
        finally:
            self.spent += Time.now() - began
        return Clocked(made, self, place) if name == "start" else made

    def bare(self) -> Time:
        """What the same calls take by themselves."""
        results: list[Any] = []
        began = Time.now()
        for source, name, given, named in self.made:
            target = results[source] if isinstance(source, int) else source
            arguments = [None if callable(one) else one for one in given]  # nobody listens
            results.append(getattr(target, name)(*arguments, **named))
        return Time.now() - began


class Clocked:
    """A model, or a sampling, whose calls are clocked.

    Args:
        inner: the model or sampling itself.
        calls: where they are clocked.
        source: of a sampling: the number of the call that began it.
    """

    def __init__(self, inner: Any, calls: Calls, source: Any = None) -> None:
        self.inner, self.calls = inner, calls
        self.source = inner if source is None else source

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.inner, name)
        if not callable(value):
            return value
        return lambda *given, **named: self.calls.call(self, name, *given, **named)


class ClockedModels:
    """The models of a profile with their calls clocked."""

    def __init__(self, inner: Any, calls: Calls) -> None:
        self.inner, self.calls = inner, calls

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.inner, name)
        models = ("planner", "text", "image", "video", "encoder")
        return Clocked(value, self.calls) if name in models else value


@dataclass(frozen=True)
class Case:
    """One case: as a campaign, within its model calls, and these calls bare."""

    whole: Time
    within: Time
    bare: Time
    parts: dict[str, float]
    """Milliseconds of the overhead by what took them; what is left is the graph itself."""

    def figures(self) -> dict[str, float]:
        """By clock and by processor: what no model took, in ms and as a share; and the ratio."""
        found = {}
        for unit in ("clock", "cpu"):
            whole, within, bare = (getattr(t, unit) for t in (self.whole, self.within, self.bare))
            found |= {
                f"case_seconds_{unit}": whole,
                f"overhead_ms_{unit}": 1000 * (whole - within),
                f"overhead_share_{unit}": (whole - within) / whole,
                f"ratio_to_bare_{unit}": whole / bare,
            }
        return found


def case(models: Any, folder: Path, steps: int, seed: int = 0) -> Case:
    """Run one case as a campaign, then its model calls bare."""
    calls, spent = Calls(), Counter[str]()
    with ExitStack() as clocks:
        for part, (module, owner, names) in CLOCKED.items():
            for name in names:
                clocks.enter_context(_clocked(spent, part, module, owner, name))
        began = Time.now()
        run_campaign(
            Campaign.start(PLAN, folder, RunSettings(seed=seed, steps=steps)),
            ClockedModels(models, calls),  # type: ignore[arg-type]
        )
        whole = Time.now() - began
    within = calls.spent
    return Case(whole, within, calls.bare(), {part: 1000 * spent[part] for part in CLOCKED})


@contextmanager
def _clocked(
    spent: Counter[str], part: str, module: str, owner: str | None, name: str
) -> Iterator[None]:
    """Add up the seconds of a function or method while the block lasts."""
    from importlib import import_module

    holder = import_module(module)
    holder = getattr(holder, owner) if owner else holder
    inner: Callable[..., Any] = getattr(holder, name)

    def clocked(*given: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return inner(*given, **named)
        finally:
            spent[part] += time.perf_counter() - began

    with mock.patch.object(holder, name, clocked):
        yield


def help_time(repeats: int) -> Time:
    """The least that `triptych --help` takes, process and all."""
    command = [sys.executable, "-m", "triptych.cli", "--help"]
    found = []
    for _ in range(repeats):
        began, before = time.perf_counter(), os.times()
        subprocess.run(command, check=True, capture_output=True)
        after = os.times()
        cpu = after.children_user + after.children_system
        cpu -= before.children_user + before.children_system
        found.append(Time(time.perf_counter() - began, cpu))
    return Time(min(one.clock for one in found), min(one.cpu for one in found))


def measure(weights: Path, steps: int, repeats: int) -> dict[str, Any]:
    """All figures, as medians over `repeats` cases after one that warms the process up."""
    models = load_profile("starter", [f"{part}.folder={weights}" for part in PARTS])
    with tempfile.TemporaryDirectory() as place:
        case(models, Path(place) / "warm", steps=1)
        cases = [case(models, Path(place) / f"case-{n}", steps, n) for n in range(repeats)]
    shown = help_time(max(repeats, 5))
    each = [one.figures() for one in cases]
    told = {name: statistics.median(one[name] for one in each) for name in each[0]}
    parts = {part: statistics.median(c.parts[part] for c in cases) for part in CLOCKED}
    held = {
        unit: told[f"overhead_share_{unit}"] < GOAL_SHARE or told[f"overhead_ms_{unit}"] < GOAL_MS
        for unit in ("clock", "cpu")
    }
    return {
        "steps": steps,
        "repeats": repeats,
        **told,
        "parts_ms": parts,
        "help_seconds": asdict(shown),
        "overhead_holds": held,
        "help_holds": {unit: getattr(shown, unit) <= GOAL_HELP for unit in ("clock", "cpu")},
    }


PARTS = ("text", "image", "video", "encoder")


def main() -> int:
    """Print what was measured; 1 if a goal is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--weights", type=Path, help="Starter weights; tiny random ones otherwise.")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        weights = given.weights
        if weights is None:
            from tests.tiny import save_tiny_starter

            weights = save_tiny_starter(Path(place) / "weights")
        told = measure(weights, given.steps, given.repeats)
    if given.json:
        given.json.write_text(json.dumps(told, indent=2))
    for unit in ("clock", "cpu"):
        print(
            f"by {unit:5}: case {told[f'case_seconds_{unit}']:.2f} s, overhead "
            f"{told[f'overhead_ms_{unit}']:.0f} ms ({told[f'overhead_share_{unit}']:.2%}), "
            f"{told[f'ratio_to_bare_{unit}']:.3f} times the bare calls, "
            f"triptych --help {told['help_seconds'][unit]:.2f} s"
        )
    for part, spent in told["parts_ms"].items():
        print(f"  {part:16} {spent:.0f} ms by clock")
    holds = told["overhead_holds"], told["help_holds"]
    print(f"goals hold: overhead {holds[0]}, --help {holds[1]}")
    return 0 if all(any(one.values()) for one in holds) else 1


if __name__ == "__main__":
    sys.exit(main())
