"""Where an asset comes from: what it was made from, why, how it was judged, what came next."""

from __future__ import annotations

from pathlib import Path

from triptych.domain import PARTS, Candidate, Record, Verdict
from triptych.errors import StoreError
from triptych.tracing.records import RegenerationEvent
from triptych.tracing.runs import Run


class Chapter(Record):
    """One attempt at one part: why it was made, what it is, and what the critic said of it."""

    candidate: Candidate
    reason: str = ""
    """Why the attempt before it was not enough; empty for the first."""
    verdicts: tuple[Verdict, ...] = ()
    stands: bool = False
    """Whether it is what the campaign ended with (or the newest so far)."""


class Lineage(Record):
    """An asset, all attempts at it, and its origins up to the copy."""

    asset: Chapter
    attempts: tuple[Chapter, ...]
    """All attempts at the same part of the same deliverable, this one among them."""
    made_from: tuple[Lineage, ...] = ()
    made_into: tuple[Candidate, ...] = ()


def lineage_of(run: Run, made: Candidate) -> Lineage:
    """The lineage of one candidate of a run."""
    same = [c for c in run.candidates if (c.deliverable, c.part) == (made.deliverable, made.part)]
    chapters = tuple(_chapter(run, candidate) for candidate in same)
    asset = next((c for c in chapters if c.candidate == made), None) or _chapter(run, made)
    origins = (_made_before(run, digest, made) for digest in made.parents)
    return Lineage(
        asset=asset,
        attempts=chapters or (asset,),
        made_from=tuple(lineage_of(run, one) for one in origins if one is not None),
        made_into=tuple(c for c in run.candidates if made.asset.digest in c.parents and c != made),
    )


def find_asset(run: Run, name: str) -> Candidate:
    """The candidate that a name means.

    Args:
        run: whose.
        name: the start of a digest (4 characters or more), a file name of `assets/`, or
            DELIVERABLE/PART with or without an attempt, as in `body/image` or `body/image/2`.

    Raises:
        StoreError: if it means none or several.
    """
    place = name.strip("/").split("/")
    if len(place) in (2, 3) and place[1] in PARTS:
        candidates = [c for c in run.candidates if [c.deliverable, c.part] == place[:2]]
        if len(place) == 3:
            candidates = [c for c in candidates if str(c.attempt) == place[2]]
        else:
            standing = run.best.get((place[0], place[1]))
            candidates = [c for c in candidates if c.asset.digest == standing] or candidates
        candidates = candidates[-1:]
    else:
        start = Path(name).name.partition(".")[0].lower()
        candidates = [c for c in run.candidates if len(start) >= 4 and _named(c, start)]
    digests = {candidate.asset.digest for candidate in candidates}
    if len(digests) == 1:
        return candidates[-1]
    known = sorted({f"{c.deliverable}/{c.part}" for c in run.candidates})
    what = "means several assets" if digests else "names no asset"
    raise StoreError(
        f"'{name[:80]}' {what} of the run {run.name}.",
        f"Write more of its digest, or one of: {', '.join(known) or '(none was made yet)'}.",
    )


def _chapter(run: Run, made: Candidate) -> Chapter:
    reason = ""
    for event in run.events:
        if isinstance(event, RegenerationEvent) and (
            (event.name, event.deliverable, event.attempt)
            == (made.part, made.deliverable, made.attempt)
        ):
            reason = event.message
    verdicts = tuple(
        event.outputs
        for event in run.verdicts
        if event.inputs.parts.get(made.part) == made.asset.digest
        and event.outputs is not None
        and event.outputs.deliverable == made.deliverable
    )
    stands = run.best.get((made.deliverable, made.part)) == made.asset.digest
    return Chapter(candidate=made, reason=reason, verdicts=verdicts, stands=stands)


def _made_before(run: Run, digest: str, child: Candidate) -> Candidate | None:
    """Of candidates with the same bytes the nearest: the same deliverable's newest."""
    candidates = [c for c in run.candidates if c.asset.digest == digest and c.part != child.part]
    own = [c for c in candidates if c.deliverable == child.deliverable]
    return next(reversed(own or candidates), None)


def _named(candidate: Candidate, start: str) -> bool:
    refs = [candidate.asset, *([candidate.latents] if candidate.latents else [])]
    return any(ref.digest.startswith(start) for ref in refs)
