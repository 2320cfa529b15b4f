"""What the viewer shows of a run, as plain data: events in tree order, spend, and paths taken."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from triptych.domain import Spend, TraceEvent
from triptych.errors import TriptychError
from triptych.safe_text import visible
from triptych.tracing.common_space import EMBEDDINGS
from triptych.tracing.runs import Run, candidate_of, read_json
from triptych.tracing.tree import deliverable_of, grow
from triptych.tracing.viewer_media import Media
from triptych.tracing.viewer_stories import Stories

LONGEST = 20_000
"""Characters of one text that a page shows; the rest is counted, and stands in the run folder."""
NODES = {
    "planner": "plan",
    "text": "write",
    "image": "paint",
    "video": "shoot",
    "critic": "critique",
}
_DEEPEST = 12


def page_data(run: Run) -> dict[str, Any]:
    """All that the page is drawn from: JSON data whose every text is safe to be looked at."""
    media = Media(run.folder)
    rows = [(depth, event) for root in grow(run.events) for depth, event in root.walk()]
    place = {event.id: number for number, (_, event) in enumerate(rows)}
    stories, start = Stories(run, place, media), run.started
    content = {
        "run": _about(run),
        "events": [_row(depth, event, start) for depth, event in rows],
        "stories": stories.told(),
        "spend": _spends(run),
        "paths": _paths(run, place),
        "space": {"file": EMBEDDINGS, "clip": stories.space[1], "there": bool(stories.space[0])},
    }
    return {**shown(content), "media": media.found}


def shown(value: Any, depth: int = 0) -> Any:
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


def _about(run: Run) -> dict[str, Any]:
    manifest = read_json(run.folder / "campaign.json")
    return {
        "name": run.name,
        "state": run.state,
        "started": run.started,
        "length": max(run.ended - run.started, 0.0),
        "seconds": run.seconds,
        "regenerations": sum(event.kind == "regeneration" for event in run.events),
        "brief": manifest.get("brief") or _yaml(run, "brief.yaml"),
        "plan": manifest.get("plan") or _yaml(run, "plan.yaml"),
        "settings": run.settings,
        "report": (run.folder / "report.html").exists(),
    }


def _yaml(run: Run, name: str) -> dict[str, Any]:
    from triptych.briefs.read import read_mapping

    try:
        return dict(read_mapping(run.folder / name))
    except (TriptychError, OSError):
        return {}


def _row(depth: int, event: TraceEvent, start: float) -> dict[str, Any]:
    row: dict[str, Any] = {
        "depth": depth,
        "id": event.id,
        "kind": event.kind,
        "name": event.name,
        "at": round(1000 * (event.started - start), 3),
        "ms": round(1000 * max(event.ended - event.started, 0.0), 3),
        "about": deliverable_of(event),
    }
    attempt = event.inputs.get("attempt", event.outputs.get("attempt"))
    if isinstance(attempt, int):
        row["attempt"] = attempt
    if event.status != "ok":
        row["status"] = event.status
    more = event.model_dump(mode="json", exclude_defaults=True, fallback=str)
    return row | {
        key: more[key]
        for key in ("message", "seed", "model", "spend", "inputs", "outputs")
        if more.get(key)
    }


def _spends(run: Run) -> list[dict[str, Any]]:
    """By agent: calls, what they cost, and which share of it went into regenerations."""
    found: dict[str, dict[str, Any]] = {}
    for event in run.events:
        if event.kind not in ("agent", "verdict"):
            continue
        made = candidate_of(event)
        agent = found.setdefault(
            event.name, {"calls": 0, "seconds": 0.0, "again": 0.0, "spend": Spend()}
        )
        seconds = event.spend.seconds or max(event.ended - event.started, 0.0)
        agent["calls"] += 1
        agent["seconds"] += seconds
        agent["again"] += seconds if made is not None and made.attempt > 1 else 0.0
        agent["spend"] += event.spend
    return [
        {**agent, "name": name, "spend": agent["spend"].model_dump(mode="json")}
        for name, agent in found.items()
    ]


def _paths(run: Run, place: Mapping[str, int]) -> dict[str, list[dict[str, Any]]]:
    """By deliverable, the steps taken through the graph; "" holds those that name none."""
    found: dict[str, list[dict[str, Any]]] = {}
    for event in run.events:
        known = NODES.get(event.name) if event.kind in ("agent", "verdict", "resume") else None
        if known is None:
            continue
        made = candidate_of(event)
        step = {"node": known, "event": place[event.id], "status": event.status}
        step["attempt"] = made.attempt if made else None
        if event.kind == "verdict":
            step["status"] = event.outputs.get("status", event.status)
        if event.kind == "resume":
            step["status"] = "resumed"
        found.setdefault(deliverable_of(event) or "", []).append(step)
    return found
