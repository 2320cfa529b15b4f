"""Placements and their texts, in words for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from triptych.channels import Format, Placement, TextField
from triptych.domain import Candidate
from triptych.safe_text import visible


def summary(placement: Placement) -> str:
    """A placement's texts and sizes in one line."""
    texts = ", ".join(map(_field, placement.fields))
    sizes = ", ".join(f"{one.width}×{one.height}" for one in placement.formats)
    return visible(texts + (f"; {sizes}" if sizes else ""))


def details(placement: Placement) -> Iterator[tuple[str, str]]:
    """All of a placement, as labels and texts."""
    yield "platform", visible(placement.platform)
    if placement.aliases:
        yield "also", visible(", ".join(placement.aliases))
    for field in placement.fields:
        yield "text", visible(_field(field))
    for one in placement.formats:
        yield one.media, visible(_format(one))
    for note in placement.notes:
        yield "note", visible(note)
    for source in placement.sources:
        hand = "" if source.primary else ", second-hand"
        yield "source", visible(f"{source.about}: {source.page} ({source.read}{hand})")


def copy_lines(made: Candidate) -> list[str]:
    """A deliverable's copy for a terminal: one line a text, told by field where there are more."""
    if len(made.texts) < 2:
        return [visible(made.copy_text or "")]
    return [f"{one.field.replace('_', ' ')}: {visible(one.text)}" for one in made.texts]


def _field(field: TextField) -> str:
    said = [field.name]
    if field.most > 1:
        said.append(f"{field.least} to {field.most} ×")
    if field.limit:
        said.append(f"{field.limit} characters")
    if field.shown:
        said.append(f"({field.shown} shown)")
    if field.short:
        said.append(f"(one of at most {field.short})")
    if field.given:
        said.append(f"(the brief's {field.given})")
    return " ".join(said)


def _format(one: Format) -> str:
    said = [f"{one.name}, {one.width}×{one.height}"]
    if one.kilobytes:
        said.append(f"{one.kilobytes:,} kB at most")
    if one.types:
        said.append(" or ".join(one.types))
    if one.seconds:
        said.append(f"{one.seconds[0]:g} to {one.seconds[1]:g} s")
    if one.sound is not None:
        said.append("with sound" if one.sound else "without sound")
    covered = {side: share for side, share in one.safe if share}
    if covered:
        said.append("keep clear " + ", ".join(f"{s} {share:.0%}" for s, share in covered.items()))
    return "; ".join(said)
