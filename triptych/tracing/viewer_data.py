"""What the viewer shows of a run, as plain data: events in tree order, spend, and paths taken."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from triptych.domain import Spend
from triptych.errors import TriptychError
from triptych.run_files import is_there
from triptych.run_folder import BRIEF, EMBEDDINGS, PLAN, REPORT
from triptych.safe_text import visible
from triptych.tracing.events import json_of
from triptych.tracing.records import VerdictEvent
from triptych.tracing.runs import Run
from triptych.tracing.tree import AnyEvent, grow
from triptych.tracing.viewer_media import Media
from triptych.tracing.viewer_stories import Stories
from triptych.tracing.work import PartFound, PartStep, PlanFound, PlanStep

LONGEST = 20_000
"""Characters of one text that a page shows; the rest is counted, and stands in the run folder."""
_DEEPEST = 12


def page_data(run: Run) -> dict[str, object]:
    """All that the page is drawn from: JSON data whose every text is safe to be looked at."""
    media = Media(run.folder)
    rows = [(depth, event) for root in grow(run.events) for depth, event in root.walk()]
    place = {event.id: number for number, (_, event) in enumerate(rows)}
    stories, start = Stories(run, place, media), run.started
    content: dict[str, object] = {
        "run": _about(run),
        "events": [_row(depth, event, start) for depth, event in rows],
        "stories": stories.in_order(),
        "spend": _spends(run),
        "paths": _paths(run, place),
        "space": {"file": EMBEDDINGS, "clip": stories.space[1], "there": bool(stories.space[0])},
    }
    return {**{name: shown(part, 1) for name, part in content.items()}, "media": media.shown_files}


def shown(value: object, depth: int = 0) -> object:
    """JSON data with every text made visible and cut at `LONGEST`, keys too, and no NaN."""
    if isinstance(value, str):
        rest = len(value) - LONGEST
        text = visible(value[:LONGEST], lines=True)
        return text if rest <= 0 else f"{text} … ({rest:,} more characters in the run folder)"
    if isinstance(value, dict | list | tuple) and depth > _DEEPEST:
        return "…"
    if isinstance(value, dict):
        return {str(shown(str(key))): shown(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [shown(item, depth + 1) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _about(run: Run) -> dict[str, object]:
    manifest = run.manifest
    return {
        "name": run.name,
        "state": run.state,
        "started": run.started,
        "length": max(run.ended - run.started, 0.0),
        "seconds": run.seconds,
        "regenerations": sum(event.kind == "regeneration" for event in run.events),
        "brief": manifest.brief or _yaml(run, BRIEF),
        "plan": manifest.plan or _yaml(run, PLAN),
        "settings": run.settings,
        "report": is_there(run.folder, REPORT),
    }


def _yaml(run: Run, name: str) -> dict[str, object]:
    from triptych.briefs import mapping_in

    try:
        return dict(mapping_in(run.folder, name))
    except TriptychError:
        return {}


def _row(depth: int, event: AnyEvent, start: float) -> dict[str, object]:
    row: dict[str, object] = {
        "depth": depth,
        "id": event.id,
        "kind": event.kind,
        "name": event.name,
        "at": round(1000 * (event.started - start), 3),
        "ms": round(1000 * max(event.ended - event.started, 0.0), 3),
        "about": event.deliverable,
    }
    if event.attempt is not None:
        row["attempt"] = event.attempt
    if event.status != "ok":
        row["status"] = event.status
    more = json_of(event)
    return row | {
        key: more[key]
        for key in ("message", "seed", "model", "spend", "inputs", "outputs")
        if more.get(key)
    }


@dataclass
class _Spent:
    """What an agent's work cost."""

    calls: int = 0
    seconds: float = 0.0
    again: float = 0.0
    """Seconds of regenerations."""
    spend: Spend = field(default_factory=Spend)


def _spends(run: Run) -> list[dict[str, object]]:
    """By agent: calls, what they cost, and which share of it went into regenerations."""
    agents: dict[str, _Spent] = {}
    for event in run.events:
        if not isinstance(event, PlanStep | PartStep | VerdictEvent):
            continue
        agent = agents.setdefault(event.name, _Spent())
        seconds = event.spend.seconds or max(event.ended - event.started, 0.0)
        agent.calls += 1
        agent.seconds += seconds
        agent.again += seconds if event.made is not None and event.made.attempt > 1 else 0.0
        agent.spend += event.spend
    return [
        {**vars(agent), "name": name, "spend": agent.spend.model_dump(mode="json")}
        for name, agent in agents.items()
    ]


def _paths(run: Run, place: Mapping[str, int]) -> dict[str, list[dict[str, object]]]:
    """By deliverable, the steps taken through the graph; "" holds those that name none."""
    paths: dict[str, list[dict[str, object]]] = {}
    for event in run.events:
        if isinstance(event, VerdictEvent):
            status = event.outputs.status if event.outputs else event.status
        elif isinstance(event, PlanStep | PartStep):
            status = event.status
        elif isinstance(event, PlanFound | PartFound):
            status = "resumed"
        else:
            continue
        step: dict[str, object] = {"node": event.name, "event": place[event.id], "status": status}
        step["attempt"] = event.made.attempt if event.made else None
        paths.setdefault(event.deliverable or "", []).append(step)
    return paths
