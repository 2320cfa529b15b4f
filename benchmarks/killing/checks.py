"""What is wrong with a run that was killed, held against the same commands left alone."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.killing.models import read_lines
from triptych.errors import StoreError
from triptych.tracing.events import json_of, read_trace
from triptych.tracing.records import TraceEvent, VerdictEvent
from triptych.tracing.work import PartStep, PlanStep

Step = tuple[str, str | None, int | None]
"""Its stage, deliverable and attempt; of a plan the seed."""
_SIGNED = (".jpg", ".zip")
_MEASURED = ("seconds", "peak_memory", "started", "ended", "run", "id", "parent", "message")
_ONCE = ("verdict", "regeneration")
"""Kinds of events of which a reader counts each."""


@dataclass
class Faults:
    """By kind, in words."""

    made_twice: list[str] = field(default_factory=list)
    paid_twice: list[str] = field(default_factory=list)
    lost_events: list[str] = field(default_factory=list)
    told_twice: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def all(self) -> list[str]:
        return [f"{kind}: {one}" for kind, found in vars(self).items() for one in found]


@dataclass(frozen=True)
class Whole:
    """What the commands come to when nobody kills them.

    Attributes:
        outcome: the run's files without what is measured.
        events: how often the trace tells what.
        steps_of: by (call, key), the steps that ask a model for this: several where they are alike.
        assets: by step, the files that it puts into the store.
        bills: how often the paid service was paid for what.
    """

    outcome: dict[str, Any]
    events: Counter[str]
    steps_of: dict[tuple[str, str], frozenset[Step]]
    assets: dict[Step, frozenset[str]]
    bills: Counter[str]

    @classmethod
    def of(cls, run: Path, log: Path, bills: Path) -> Whole:
        """Of a finished folder and the logs of all that made it."""
        events = read_trace(run / "trace.jsonl")
        by_id = {event.id: event for event in events}
        steps_of: dict[tuple[str, str], set[Step]] = {}
        assets: dict[Step, set[str]] = {}
        for event in events:
            step = event
            while step is not None and not isinstance(step, PlanStep | PartStep):
                step = by_id.get(step.parent or "")
            if step is None:
                continue
            name = step_name(step)
            for key in _keys(event):
                steps_of.setdefault((event.name, key), set()).add(name)
            assets.setdefault(name, set()).update(_assets_of(event))
        verdicts = _verdicts(events)
        lines = read_lines(log)
        judged = [one["key"] for one in lines if (one["call"], one["what"]) == ("verdict", "end")]
        for deliverable, steps in verdicts.items():
            keys = [key for key in judged if key.startswith(f"{deliverable} ")]
            for key, step in zip(keys, steps, strict=True):
                steps_of.setdefault(("verdict", key), set()).add(step)
        named = {step: frozenset(files) for step, files in assets.items()}
        asked = {call: frozenset(steps) for call, steps in steps_of.items()}
        return cls(outcome(run), identities(events), asked, named, _paid(bills))


def finished_steps(run: Path, whole: Whole) -> set[Step]:
    """Every step of which anything on disk says that it was finished: files, note or event."""
    steps: set[Step] = set()
    for event in _events_of(run):
        if isinstance(event, PlanStep | PartStep | VerdictEvent) and event.outputs is not None:
            steps.add(step_name(event))
    files = _whole_files(run)
    steps |= {step for step, names in whole.assets.items() if names and names <= files}
    return steps


def made_twice(lines: list[dict], before: set[Step], whole: Whole) -> list[str]:
    """Which finished steps a session asked its models for."""
    asked = {(line["call"], line["key"]) for line in lines if line["what"] == "begin"}
    strange = [f"{call} {key} is no call of the whole run" for call, key in asked
               if (call, key) not in whole.steps_of]  # fmt: skip
    again = {whole.steps_of[one] for one in asked if one in whole.steps_of}
    twice = [sorted(steps, key=str) for steps in again if steps <= before]
    return [*strange, *(f"{steps} was finished and made again" for steps in twice)]


def paid_twice(bills: Path, whole: Whole) -> list[str]:
    """Requests that were paid for more often than the whole run pays for them."""
    return [f"request {one[:12]} was paid again" for one in _paid(bills) - whole.bills]


def check_end(run: Path, whole: Whole, faults: Faults) -> None:
    """Hold a finished run against the whole one."""
    mine = outcome(run)
    for name in sorted(set(mine) | set(whole.outcome)):
        if mine.get(name) != whole.outcome.get(name):
            faults.differing.append(f"{name} differs")
    events = identities(_events_of(run))
    faults.lost_events += [one[:300] for one in (whole.events - events).elements()]
    more = events - whole.events
    faults.told_twice += [one[:300] for one in more if json.loads(one)["kind"] in _ONCE]
    faults.torn += torn(run, left_over=True)


def torn(run: Path, left_over: bool = False) -> list[str]:
    """Files that are not whole; with `left_over`, also what was half-written under other names."""
    found = []
    for path in sorted(run.rglob("*")):
        if path.name.startswith(".part-"):
            found += [f"{path.name} was left half-written"] if left_over else []
        elif path.is_file() and not _is_whole(path):
            found.append(f"{path.relative_to(run)} is torn")
    return found


def outcome(run: Path) -> dict[str, Any]:
    """What a run made: its files, without what is measured in them."""
    files: dict[str, Any] = {}
    for path in sorted(run.rglob("*")):
        name = path.relative_to(run).as_posix()
        if path.is_dir() or name.startswith(("checkpoint.", "trace.", "report.", "run.")):
            continue
        data = path.read_bytes()
        if path.suffix in _SIGNED or (name.startswith("export/") and path.suffix == ".mp4"):
            name, data = f"{path.parent.name}/*{path.suffix}", b""  # its signature tells a time
        if name == "export/manifest.json":
            data = b""  # it holds the hashes of what was signed
        elif path.suffix == ".json" and _is_whole(path):
            told = json.loads(data)
            if name.startswith("assets/index/") and "id" in told:
                continue  # a paid call's id is random
            data = _dump(told)
        files[name] = hashlib.sha256(data).hexdigest()
    return files


def identities(events) -> Counter[str]:
    """What a trace tells, each as JSON without what is measured, and how often."""
    told = (_identity(event) for event in events)
    return Counter(one for one in told if one)


def step_name(event) -> Step:
    """Which step an event of an agent or critic is about."""
    if isinstance(event, PlanStep):
        return "plan", None, event.seed
    return event.name, event.deliverable, event.attempt


def _events_of(run: Path) -> list[TraceEvent]:
    """What the trace tells; nothing where there is none."""
    try:
        return read_trace(run / "trace.jsonl")
    except StoreError:
        return []


def _identity(event) -> str | None:
    told = _bare(json_of(event))
    told = {name: told[name] for name in ("kind", "name", "inputs", "outputs", "seed", "status")
            if name in told}  # fmt: skip
    if event.kind == "workflow":
        if event.outputs is None:
            return None
        told["inputs"] = json_of(event)["inputs"].get("again")  # type: ignore[union-attr]
    if event.kind == "resume":
        if getattr(event, "outputs", None) is None:
            return None
        told["kind"] = "agent"  # a finished step that was found again is told of
    if event.kind == "agent" and event.outputs is None:
        return None
    if event.kind == "model" and event.status != "ok":
        return None
    if event.kind == "retry":
        return None
    return json.dumps(told, sort_keys=True)


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {k: _bare(v) for k, v in value.items() if k not in _MEASURED}
        if "layout" in kept and "placement" in kept:
            kept.pop("file", None)  # signed, as above; what it was made of is told beside it
        return kept
    return [_bare(item) for item in value] if isinstance(value, list) else value


def _dump(value: Any) -> bytes:
    return json.dumps(_bare(value), sort_keys=True).encode()


def _keys(event) -> list[str]:
    if event.kind != "model":
        return []
    seeds = getattr(event.inputs, "seeds", None)
    return [str(seed) for seed in (seeds if seeds is not None else [event.seed])]


def _assets_of(event) -> list[str]:
    if event.kind == "agent" and event.made is not None:
        refs = (event.made.asset, event.made.latents)
        return [ref.digest for ref in refs if ref is not None]
    if event.name == "search" and event.outputs is not None:
        return [one.asset for one in event.outputs.candidates]
    return []


def _verdicts(events) -> dict[str, list[Step]]:
    steps: dict[str, list[Step]] = {}
    for event in events:
        if isinstance(event, VerdictEvent):
            steps.setdefault(event.inputs.deliverable, []).append(step_name(event))
    return {name: sorted(found, key=lambda step: step[2] or 0) for name, found in steps.items()}


def _paid(bills: Path) -> Counter[str]:
    return Counter(line["key"] for line in read_lines(bills))


def _whole_files(run: Path) -> set[str]:
    return {p.stem for p in (run / "assets").glob("*.*") if p.is_file() and _is_whole(p)}


def _is_whole(path: Path) -> bool:
    if path.parent.name == "assets":
        return hashlib.sha256(path.read_bytes()).hexdigest() == path.stem
    if path.suffix == ".json":
        try:
            json.loads(path.read_bytes())
        except ValueError:
            return False
    if path.suffix == ".html":
        return path.read_text().rstrip().endswith("</html>")
    if path.suffix in (".yaml", ".sig", ".safetensors"):
        return path.stat().st_size > 0
    return True
