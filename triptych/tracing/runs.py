"""Run folders as their traces tell of them: finding them, and what each came to."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from triptych.domain import AssetRef, Candidate, Spend, TraceEvent
from triptych.errors import StoreError
from triptych.run_folder import MANIFEST, SETTINGS, TRACE
from triptych.tracing.events import read_trace


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
    def settings(self) -> dict[str, Any]:
        """How it was started; empty if the file is gone."""
        return read_json(self.folder / SETTINGS)

    @cached_property
    def candidates(self) -> list[Candidate]:
        """Every copy, picture and clip that a step stands for, in the order made."""
        found = {}
        for event in self.events:
            made = candidate_of(event)
            if made is not None:
                found.setdefault(
                    (made.deliverable, made.part, made.attempt, made.asset.digest), made
                )
        return list(found.values())

    @cached_property
    def best(self) -> dict[tuple[str, str], str]:
        """By (deliverable, part): the digest that stands; of an unfinished run the newest."""
        found = {(made.deliverable, made.part): made.asset.digest for made in self.candidates}
        results = read_json(self.folder / MANIFEST).get("results", {})
        for name, result in results.items():
            parts = (result.get("best") or {}).get("parts", {})
            found |= {(name, part): made["asset"]["digest"] for part, made in parts.items()}
        return found

    @cached_property
    def drafted(self) -> dict[str, Any] | None:
        """The plan as its agent drafted it; None if a person brought one."""
        made = [event.outputs for event in self.events if event.name == "plan"]
        return next((plan for plan in made if "deliverables" in plan), None)

    @cached_property
    def verdicts(self) -> list[TraceEvent]:
        """The critic's events, in order."""
        return [event for event in self.events if event.kind == "verdict"]

    @property
    def seconds(self) -> float:
        """Time that its sessions took, without the waiting between them."""
        whole = [event for event in self.events if event.kind == "workflow"]
        return sum(event.ended - event.started for event in whole)

    @property
    def spend(self) -> Spend:
        """What its agents and its critic spent; a span's spend holds what is within it."""
        spent = (event.spend for event in self.events if event.kind in ("agent", "verdict"))
        return sum(spent, Spend())

    @property
    def results(self) -> dict[str, str]:
        """By deliverable: passed, failed, unjudged or error, as far as the trace goes."""
        found: dict[str, str] = {}
        for event in self.events:
            if event.kind == "verdict" and event.outputs.get("deliverable"):
                name, status = event.outputs["deliverable"], event.outputs.get("status", "?")
                if found.get(name) != "passed":
                    found[name] = status
            elif event.kind == "workflow" and isinstance(event.outputs.get("results"), dict):
                found |= {str(k): str(v) for k, v in event.outputs["results"].items()}
        return found

    @property
    def state(self) -> str:
        """Finished, waiting, stopped, failed, or unfinished: still going on, or killed."""
        last = next((e for e in reversed(self.events) if e.parent is None), None)
        if last is None or last.kind != "workflow":
            return "unfinished"
        if last.status == "ok":
            return "finished" if last.outputs.get("results") is not None else "stopped"
        if last.status == "error":
            return "failed"
        waits = any(e.kind == "approval" and e.parent == last.id for e in self.events)
        return "waiting" if waits else "stopped"

    def summary(self) -> dict[str, Any]:
        """What `trace ls` tells of it."""
        counts = Counter(event.kind for event in self.events)
        return {
            "run": self.name,
            "folder": str(self.folder),
            "state": self.state,
            "started": self.started,
            "seconds": round(self.seconds, 3),
            "results": self.results,
            "regenerations": counts["regeneration"],
            "errors": sum(event.status == "error" for event in self.events),
            "events": len(self.events),
            "spend": self.spend.model_dump(mode="json"),
        }


def find_runs(folder: Path) -> list[Run]:
    """The run in a folder, or all runs in the folders under it, newest first.

    Folders whose trace cannot be read (another program's `trace.jsonl`) are left out.
    """
    places = [folder] if (folder / TRACE).is_file() else []
    try:
        places = places or sorted(path.parent for path in folder.glob(f"*/{TRACE}"))
        places = places or sorted(path.parent for path in folder.glob(f"*/*/{TRACE}"))
    except OSError as error:
        raise StoreError(f"{folder} cannot be read: {error.strerror}.") from error
    runs = []
    for place in places:
        try:
            runs.append(Run.read(place))
        except StoreError:
            if place == folder:
                raise
    return sorted((run for run in runs if run.events), key=lambda run: -run.started)


def candidate_of(event: TraceEvent) -> Candidate | None:
    """What a step made (or found again, or was given): copy, a picture or a clip; else None."""
    if "asset" not in event.outputs or "part" not in event.outputs:
        return None
    try:
        return Candidate.model_validate(event.outputs)
    except ValueError:
        return None


def media_of(folder: Path, asset: AssetRef) -> Path:
    """Where an asset's file lies; never outside its run's folder, whatever the trace says."""
    path = (folder / asset.path).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise StoreError(f"The trace names a file outside {folder}.", "Do not trust this trace.")
    return path


def read_json(path: Path) -> dict[str, Any]:
    """A JSON file of a run as a mapping; empty where it is missing or torn."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
