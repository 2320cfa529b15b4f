"""Run folders as their traces tell of them: finding them, and what each came to."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError

from triptych.domain import CampaignPlan, Candidate, DeliverableResult, Record, Spend
from triptych.errors import StoreError
from triptych.run_files import is_there, read_file
from triptych.run_folder import MANIFEST, SETTINGS, TRACE
from triptych.tracing.events import read_trace
from triptych.tracing.records import TraceEvent, VerdictEvent
from triptych.tracing.work import PlanFound, PlanStep, WorkflowEvent

_JSON: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])
_DEEPEST = 2
"""Levels of folders that are searched for runs."""


class Ended(BaseModel):
    """What a reader of traces takes from a finished run's manifest; all empty where there is none.

    Of `brief` and `plan` only that they are JSON is known: they are looked at, not worked with.
    """

    results: dict[str, DeliverableResult] = {}
    brief: dict[str, JsonValue] = {}
    plan: dict[str, JsonValue] = {}


class Summary(Record):
    """What came of a run, in numbers."""

    run: str
    folder: str
    state: str
    started: float
    seconds: float
    results: dict[str, str]
    regenerations: int
    errors: int
    events: int
    spend: Spend


@dataclass
class Run:
    """A run folder with its events, read once."""

    folder: Path
    events: list[TraceEvent]

    @classmethod
    def read(cls, folder: Path) -> Run:
        """The run in a folder. Raises `StoreError` if it has no trace."""
        return cls(folder, read_trace(folder / TRACE))

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.resolve().name

    @property
    def started(self) -> float:
        """UNIX seconds of the first event; 0 of an empty trace."""
        return min((event.started for event in self.events), default=0.0)

    @property
    def ended(self) -> float:
        """UNIX seconds of the last event's end."""
        return max((event.ended for event in self.events), default=0.0)

    @cached_property
    def settings(self) -> dict[str, JsonValue]:
        """How it was started; empty if the file is gone."""
        return read_json(self.folder, SETTINGS)

    @cached_property
    def manifest(self) -> Ended:
        """What it ended with; empty while it goes on, or if the file is torn."""
        try:
            return Ended.model_validate(read_json(self.folder, MANIFEST))
        except ValidationError:
            return Ended()

    @cached_property
    def candidates(self) -> list[Candidate]:
        """Every copy, picture and clip that a step stands for, in the order made."""
        candidates: dict[tuple[str, str, int, str], Candidate] = {}
        for event in self.events:
            made = event.made
            if made is not None:
                candidates.setdefault(
                    (made.deliverable, made.part, made.attempt, made.asset.digest), made
                )
        return list(candidates.values())

    @cached_property
    def best(self) -> dict[tuple[str, str], str]:
        """By (deliverable, part): the digest that stands; of an unfinished run the newest."""
        digests: dict[tuple[str, str], str] = {
            (made.deliverable, made.part): made.asset.digest for made in self.candidates
        }
        for name, result in self.manifest.results.items():
            parts = result.best.parts if result.best else {}
            digests |= {(name, part): made.asset.digest for part, made in parts.items()}
        return digests

    @cached_property
    def drafted(self) -> CampaignPlan | None:
        """The plan as its agent drafted it; None if a person brought one."""
        made = (e.outputs for e in self.events if isinstance(e, PlanStep | PlanFound))
        return next((plan for plan in made if plan is not None), None)

    @cached_property
    def verdicts(self) -> list[VerdictEvent]:
        """The critic's events, in order."""
        return [event for event in self.events if isinstance(event, VerdictEvent)]

    @property
    def seconds(self) -> float:
        """Time that its sessions took, without the waiting between them."""
        whole = [event for event in self.events if isinstance(event, WorkflowEvent)]
        return sum(event.ended - event.started for event in whole)

    @property
    def spend(self) -> Spend:
        """What its agents and its critic spent; a span's spend holds what is within it."""
        spent = (event.spend for event in self.events if event.kind in ("agent", "verdict"))
        return sum(spent, Spend())

    @property
    def results(self) -> dict[str, str]:
        """By deliverable: passed, failed, unjudged or error, as far as the trace goes."""
        statuses: dict[str, str] = {}
        for event in self.events:
            if isinstance(event, VerdictEvent) and event.outputs:
                if statuses.get(event.outputs.deliverable) != "passed":
                    statuses[event.outputs.deliverable] = event.outputs.status
            elif isinstance(event, WorkflowEvent) and event.outputs:
                statuses |= event.outputs.results
        return statuses

    @property
    def state(self) -> str:
        """Finished, waiting, stopped, failed, or unfinished: still going on, or killed."""
        last = next((e for e in reversed(self.events) if e.parent is None), None)
        if not isinstance(last, WorkflowEvent):
            return "unfinished"
        if last.status == "ok":
            return "finished" if last.outputs is not None else "stopped"
        if last.status == "error":
            return "failed"
        waits = any(e.kind == "approval" and e.parent == last.id for e in self.events)
        return "waiting" if waits else "stopped"

    def summary(self) -> Summary:
        """What `trace ls` tells of it."""
        return Summary(
            run=self.name,
            folder=str(self.folder),
            state=self.state,
            started=self.started,
            seconds=round(self.seconds, 3),
            results=self.results,
            regenerations=Counter(event.kind for event in self.events)["regeneration"],
            errors=sum(event.status == "error" for event in self.events),
            events=len(self.events),
            spend=self.spend,
        )


def find_runs(folder: Path) -> list[Run]:
    """The run in a folder, or all runs in the folders under it, newest first.

    Folders that are links, and those whose trace cannot be read (another program's
    `trace.jsonl`), are left out.
    """
    runs: list[Run] = []
    for place in _places(folder):
        try:
            runs.append(Run.read(place))
        except StoreError:
            if place == folder:
                raise
    return sorted((run for run in runs if run.events), key=lambda run: -run.started)


def _places(folder: Path) -> list[Path]:
    """Folders with a trace: this one, else those in it, else those one deeper."""
    if is_there(folder, TRACE):
        return [folder]
    level = _folders_in(folder)
    for _ in range(_DEEPEST):
        if folders := [place for place in level if os.path.lexists(place / TRACE)]:
            return folders
        level = [inner for place in level for inner in _folders_in(place)]
    return []


def _folders_in(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return sorted(Path(one.path) for one in entries if one.is_dir(follow_symlinks=False))
    except OSError:
        return []


def read_json(folder: Path, name: str) -> dict[str, JsonValue]:
    """A JSON file of a run as a mapping; empty where it is missing, torn or no plain file."""
    try:
        return _JSON.validate_json(read_file(folder, name))
    except (OSError, ValueError, StoreError):
        return {}
