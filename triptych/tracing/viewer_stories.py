"""What became of each deliverable: attempts, verdicts, and what changed from one to the next."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from triptych.domain import PARTS, Candidate, DeliverableResult, Part, Verdict
from triptych.tracing.common_space import compared, read_embeddings
from triptych.tracing.records import RegenerationEvent, Sample, Search, TraceEvent, VerdictEvent
from triptych.tracing.runs import Run
from triptych.tracing.viewer_media import Media

_LONGEST, _WIDEST = 20_000, 400
"""Characters and words of a text that are compared with another."""


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
            (event.deliverable, event.name, event.attempt): event.message
            for event in run.events
            if isinstance(event, RegenerationEvent)
        }
        self.searches: dict[str | None, tuple[Sample, ...]] = {
            event.parent: event.outputs.candidates
            for event in run.events
            if isinstance(event, Search) and event.outputs
        }
        self.made: dict[str, dict[Part, tuple[Candidate, TraceEvent]]] = {}
        self.attempts: dict[str, list[dict[str, object]]] = {}
        self.judged: dict[str, dict[Part, Candidate]] = {}

    def in_order(self) -> list[dict[str, object]]:
        """A story a deliverable, in the order begun."""
        for event in self.run.events:
            candidate = event.made
            if candidate is not None:
                self.made.setdefault(candidate.deliverable, {})[candidate.part] = candidate, event
            elif isinstance(event, VerdictEvent) and event.outputs:
                self._judge(event, event.outputs)
        for name, parts in self.made.items():  # made, and the run was stopped before the verdict
            now: dict[Part, Candidate] = {part: candidate for part, (candidate, _) in parts.items()}
            if now != self.judged.get(name, {}):
                self._attempt(name, now, None, None)
        results = self.run.manifest.results
        return [
            self._story(name, results.get(name))
            for name in dict.fromkeys([*self.attempts, *results])
        ]

    def _judge(self, event: VerdictEvent, verdict: Verdict) -> None:
        parts = self.made.get(verdict.deliverable, {})
        now: dict[Part, Candidate] = {}
        for part in PARTS:
            latest = parts.get(part)
            if latest is not None and event.inputs.parts.get(part) == latest[0].asset.digest:
                now[part] = latest[0]
        self._attempt(verdict.deliverable, now, verdict, event)

    def _attempt(
        self,
        name: str,
        now: dict[Part, Candidate],
        verdict: Verdict | None,
        event: VerdictEvent | None,
    ) -> None:
        before, attempts = self.judged.get(name, {}), self.attempts.setdefault(name, [])
        scores = verdict.scores if verdict else ()
        attempts.append(
            {
                "number": len(attempts) + 1,
                "event": self.place.get(event.id) if event else None,
                "verdict": verdict.model_dump(mode="json") if verdict else None,
                "parts": {
                    part: self._part(now[part], before.get(part)) for part in PARTS if part in now
                },
                "space": compared(
                    self.space[0],
                    {str(k): v for k, v in now.items()},
                    scores,
                    event.inputs.lead if event else None,
                ),
            }
        )
        self.judged[name] = now

    def _part(self, made: Candidate, before: Candidate | None) -> dict[str, object]:
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
            "tried": self.media.tried(made, self.searches.get(event.id, ())),
            "parents": made.parents,
            "model": made.model.name if made.model else "",
            "spend": made.spend.model_dump(mode="json"),
            "why": self.reasons.get((made.deliverable, made.part, made.attempt), ""),
            "stands": self.run.best.get((made.deliverable, made.part)) == made.asset.digest,
            "changes": [] if before is None or kept else _changes(before, made),
        }

    def _story(self, name: str, result: DeliverableResult | None) -> dict[str, object]:
        return {
            "name": name,
            "status": self.run.results.get(name, "unfinished"),
            "message": result.message if result else "",
            "best": result.best.number if result and result.best else None,
            "attempts": self.attempts.get(name, []),
        }


def _changes(before: Candidate, now: Candidate) -> list[dict[str, object]]:
    """What differs between two attempts at a part: words as a diff, the rest as from and to."""
    changes: list[dict[str, object]] = []
    if now.prompt != before.prompt:
        changes.append({"what": "prompt", "words": _diff(before.prompt, now.prompt)})
    if now.copy_text and before.copy_text and now.copy_text != before.copy_text:
        changes.append({"what": "words", "words": _diff(before.copy_text, now.copy_text)})
    pairs: dict[str, tuple[object, object]] = {"seed": (before.seed, now.seed)}
    pairs["search score"] = before.score, now.score
    pairs["model"] = (
        before.model.name if before.model else "",
        now.model.name if now.model else "",
    )
    changes += [{"what": k, "from": a, "to": b} for k, (a, b) in pairs.items() if a != b]
    if now.parents != before.parents:
        newer = [
            name
            for name, a, b in zip(("copy", "picture"), before.parents, now.parents, strict=False)
            if a != b
        ]
        changes.append({"what": "made from", "to": f"a newer {' and '.join(newer) or 'copy'}"})
    if now.asset.digest == before.asset.digest:
        changes.append({"what": "result", "to": "the same bytes as before"})
    return changes


def _diff(before: str, now: str) -> list[list[str]]:
    """Word by word: ["=", kept], ["-", gone] and ["+", new] in reading order."""
    old, new = (re.findall(r"\S+\s*", text[:_LONGEST])[:_WIDEST] for text in (before, now))
    pieces: list[list[str]] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(["=", "".join(old[a:b])])
            continue
        if gone := "".join(old[a:b]):
            pieces.append(["-", gone])
        if new_words := "".join(new[c:d]):
            pieces.append(["+", new_words])
    return pieces
