"""What the viewer shows of a run, as plain data: events in tree order, and the story they tell."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from typing import Any

from triptych.domain import Candidate, Part, Spend, TraceEvent, Verdict
from triptych.errors import TriptychError
from triptych.tracing.common_space import EMBEDDINGS, compared, read_embeddings
from triptych.tracing.runs import Run, candidate_of, read_json
from triptych.tracing.safe_text import visible
from triptych.tracing.tree import deliverable_of, grow
from triptych.tracing.viewer_media import Media

LONGEST = 20_000
"""Characters of one text that a page shows; the rest is counted, and stands in the run folder."""
PARTS: tuple[Part, ...] = ("copy", "image", "clip")
NODES = {
    "planner": "plan",
    "text": "write",
    "image": "paint",
    "video": "shoot",
    "critic": "critique",
}
_DEEPEST, _WIDEST = 12, 400


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


class Stories:
    """What became of each deliverable, from one verdict to the next.

    Args:
        run: whose.
        place: number of each event in the page, by id.
        media: takes in the pictures.
    """

    def __init__(self, run: Run, place: Mapping[str, int], media: Media) -> None:
        self.run, self.place, self.media = run, place, media
        self.space = read_embeddings(run.folder)
        self.reasons = {
            (
                event.inputs.get("deliverable"),
                event.name,
                event.inputs.get("attempt"),
            ): event.message
            for event in run.events
            if event.kind == "regeneration"
        }
        self.searches = {
            event.parent: event.outputs
            for event in run.events
            if event.kind == "tool" and event.name == "search"
        }
        self.made: dict[str, dict[Part, tuple[Candidate, TraceEvent]]] = {}
        self.attempts: dict[str, list[dict[str, Any]]] = {}
        self.judged: dict[str, dict[Part, Candidate]] = {}

    def told(self) -> list[dict[str, Any]]:
        """A story a deliverable, in the order begun."""
        for event in self.run.events:
            candidate = candidate_of(event)
            if candidate is not None:
                self.made.setdefault(candidate.deliverable, {})[candidate.part] = candidate, event
            elif event.kind == "verdict":
                self._judge(event)
        for name, parts in self.made.items():  # made, and the run was stopped before the verdict
            now: dict[Part, Candidate] = {part: candidate for part, (candidate, _) in parts.items()}
            if now != self.judged.get(name, {}):
                self._attempt(name, now, None, None)
        results = read_json(self.run.folder / "campaign.json").get("results", {})
        return [self._story(name, results) for name in {**self.attempts, **results}]

    def _judge(self, event: TraceEvent) -> None:
        try:
            verdict = Verdict.model_validate(event.outputs)
        except ValueError:
            return
        parts = self.made.get(verdict.deliverable, {})
        now: dict[Part, Candidate] = {}
        for part in PARTS:
            found = parts.get(part)
            if found is not None and event.inputs.get(part) == found[0].asset.digest:
                now[part] = found[0]
        self._attempt(verdict.deliverable, now, verdict, event)

    def _attempt(
        self,
        name: str,
        now: dict[Part, Candidate],
        verdict: Verdict | None,
        event: TraceEvent | None,
    ) -> None:
        before, told = self.judged.get(name, {}), self.attempts.setdefault(name, [])
        scores = verdict.scores if verdict else ()
        told.append(
            {
                "number": len(told) + 1,
                "event": self.place.get(event.id) if event else None,
                "verdict": verdict.model_dump(mode="json") if verdict else None,
                "parts": {
                    part: self._part(now[part], before.get(part)) for part in PARTS if part in now
                },
                "space": compared(
                    self.space[0],
                    {str(k): v for k, v in now.items()},
                    scores,
                    event.inputs.get("lead") if event else None,
                ),
            }
        )
        self.judged[name] = now

    def _part(self, made: Candidate, before: Candidate | None) -> dict[str, Any]:
        event = self.made[made.deliverable][made.part][1]
        kept = made == before
        return {
            "kept": kept,
            "event": self.place.get(event.id),
            "attempt": made.attempt,
            "digest": made.asset.digest,
            "media": None if made.part == "copy" else self.media.add(made.asset),
            "latents": self.media.add(made.latents) if made.latents else None,
            "text": made.copy_text,
            "prompt": made.prompt,
            "seed": made.seed,
            "score": made.score,
            "notes": made.notes,
            "tried": self.media.tried(made, self.searches.get(event.id, {}).get("candidates")),
            "parents": made.parents,
            "model": made.model.name if made.model else "",
            "spend": made.spend.model_dump(mode="json"),
            "why": self.reasons.get((made.deliverable, made.part, made.attempt), ""),
            "stands": self.run.best.get((made.deliverable, made.part)) == made.asset.digest,
            "changes": [] if before is None or kept else _changes(before, made),
        }

    def _story(self, name: str, results: Mapping[str, Any]) -> dict[str, Any]:
        result = results.get(name) or {}
        return {
            "name": name,
            "status": self.run.results.get(name, "unfinished"),
            "message": result.get("message", ""),
            "best": (result.get("best") or {}).get("number"),
            "attempts": self.attempts.get(name, []),
        }


def _changes(before: Candidate, now: Candidate) -> list[dict[str, Any]]:
    """What differs between two attempts at a part: words as a diff, the rest as from and to."""
    found: list[dict[str, Any]] = []
    if now.prompt != before.prompt:
        found.append({"what": "prompt", "words": _diff(before.prompt, now.prompt)})
    if now.copy_text and before.copy_text and now.copy_text != before.copy_text:
        found.append({"what": "words", "words": _diff(before.copy_text, now.copy_text)})
    pairs: dict[str, tuple[Any, Any]] = {"seed": (before.seed, now.seed)}
    pairs["search score"] = before.score, now.score
    pairs["model"] = (
        before.model.name if before.model else "",
        now.model.name if now.model else "",
    )
    found += [{"what": k, "from": a, "to": b} for k, (a, b) in pairs.items() if a != b]
    if now.parents != before.parents:
        newer = [
            name
            for name, a, b in zip(("copy", "picture"), before.parents, now.parents, strict=False)
            if a != b
        ]
        found.append({"what": "made from", "to": f"a newer {' and '.join(newer) or 'copy'}"})
    if now.asset.digest == before.asset.digest:
        found.append({"what": "result", "to": "the same bytes as before"})
    return found


def _diff(before: str, now: str) -> list[list[str]]:
    """Word by word: ["=", kept], ["-", gone] and ["+", new] in reading order."""
    old, new = (re.findall(r"\S+\s*", text[:LONGEST])[:_WIDEST] for text in (before, now))
    found = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(["=", "".join(old[a:b])])
            continue
        if gone := "".join(old[a:b]):
            found.append(["-", gone])
        if new_words := "".join(new[c:d]):
            found.append(["+", new_words])
    return found


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
    from triptych.briefs import read_mapping

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
