"""Whether a rendered creative holds: readable, inside, nothing covered, on brand, light enough."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Literal

import numpy as np

from triptych.creatives.boxes import Box
from triptych.creatives.colours import difference, rgb_of
from triptych.creatives.design import Design
from triptych.creatives.palette import LARGE, READABLE
from triptych.creatives.render import Placed, Rendered, worst_contrast
from triptych.domain import Record

Check = Literal[
    "contrast", "size", "subject", "safe zone", "edge", "overlap", "logo", "colour", "missing"
]
_LARGE_CSS, _LARGE_BOLD_CSS = 24.0, 18.66
"""Large text of WCAG: 18 pt, or 14 pt bold, in CSS pixels."""
_COVERED = 0.12
"""Share of a text's box that the subject may reach into: its box is larger than it is."""
_DELTA_E = 3.0


class CreativeFault(Record):
    """What a creative gets wrong."""

    check: Check
    where: str
    """The text, logo or colour concerned."""
    reason: str
    """What is wrong, with figures, for people and for the next attempt."""


def judge(
    design: Design, rendered: Rendered, brand: Mapping[str, str] | None = None
) -> tuple[CreativeFault, ...]:
    """All that is wrong with a creative; empty if it may be shown.

    Args:
        design: what it was rendered from.
        rendered: the pixels, and where everything stands.
        brand: the brand's colours by role, which what is drawn has to meet.
    """
    found = [
        *_missing(rendered),
        *_contrast(design, rendered),
        *_sizes(design, rendered),
        *_inside(design, rendered),
        *_subject(design, rendered),
        *_overlaps(rendered),
        *_logos(design, rendered),
        *_colours(design, rendered, brand or {}),
    ]
    return tuple(found)


def _missing(rendered: Rendered) -> Iterator[CreativeFault]:
    for role in rendered.missing:
        reason = f"There is no room for the {role} at its smallest size."
        yield CreativeFault(check="missing", where=role, reason=reason)
    if not rendered.texts and not rendered.logos:
        yield CreativeFault(check="missing", where="headline", reason="No text stands on it.")


def _contrast(design: Design, rendered: Rendered) -> Iterator[CreativeFault]:
    for text in rendered.texts:
        css = text.size / design.density
        large = css >= (_LARGE_BOLD_CSS if text.bold else _LARGE_CSS)
        least = LARGE if large else READABLE
        ratio = worst_contrast(rendered.ground, text.box, text.colour)
        if ratio < least:
            reason = f"The {text.role} has a contrast of {ratio:.1f}:1 where it is lowest, and "
            reason += f"needs {least:g}:1."
            yield CreativeFault(check="contrast", where=text.role, reason=reason)


def _sizes(design: Design, rendered: Rendered) -> Iterator[CreativeFault]:
    for text in rendered.texts:
        least = design.least(text.role)
        if text.size < least - 0.51:
            reason = f"The {text.role} is {text.size / design.density:.1f} px on the device, and "
            reason += f"needs {least / design.density:g} px."
            yield CreativeFault(check="size", where=text.role, reason=reason)


def _inside(design: Design, rendered: Rendered) -> Iterator[CreativeFault]:
    canvas, clear = design.canvas, design.clear
    marked: list[tuple[str, Box]] = [(text.role, text.box) for text in rendered.texts]
    marked += [("logo", box) for box in rendered.logos]
    for role, box in marked:
        if not canvas.holds(box):
            reason = f"The {role} is cut by the edge."
            yield CreativeFault(check="edge", where=role, reason=reason)
        elif not clear.holds(box, slack=1.0):
            reason = f"The {role} reaches into what the placement's own buttons cover."
            yield CreativeFault(check="safe zone", where=role, reason=reason)


def _subject(design: Design, rendered: Rendered) -> Iterator[CreativeFault]:
    if design.may_cover_subject:
        return
    for subject in rendered.subjects:
        for text in rendered.texts:
            share = subject.shared(text.box).area / max(text.box.area, 1)
            if share > _COVERED:
                reason = f"The {text.role} stands on the subject of the picture ({share:.0%})."
                yield CreativeFault(check="subject", where=text.role, reason=reason)


def _overlaps(rendered: Rendered) -> Iterator[CreativeFault]:
    boxes: list[tuple[str, Box]] = [(t.role, t.box) for t in rendered.texts]
    boxes += [("logo", box) for box in rendered.logos]
    for (one, first), (other, second) in combinations(boxes, 2):
        shared = first.shared(second)
        if min(shared.w, shared.h) > 1.5:
            reason = f"The {one} and the {other} run into each other."
            yield CreativeFault(check="overlap", where=one, reason=reason)


def _logos(design: Design, rendered: Rendered) -> Iterator[CreativeFault]:
    """The smallest size of a logo, and room around it of a quarter of its height."""
    for logo in rendered.logos:
        least = design.least("brand") * 0.9
        if logo.h < least - 0.51:
            reason = f"The logo is {logo.h / design.density:.0f} px high, and needs "
            reason += f"{least / design.density:.0f} px."
            yield CreativeFault(check="logo", where="logo", reason=reason)
        free = logo.grown(0.25 * logo.h)
        near = [text.role for text in rendered.texts if free.shared(text.box).area > 1]
        if near:
            reason = f"The {near[0]} stands within the logo's clear space."
            yield CreativeFault(check="logo", where="logo", reason=reason)


def _colours(
    design: Design, rendered: Rendered, brand: Mapping[str, str]
) -> Iterator[CreativeFault]:
    """Whether the planes that are to have a brand's colour have it, as pixels."""
    palette = design.palette
    wanted = {role: colour for role, colour in brand.items() if role in ("primary", "accent")}
    for role, colour in wanted.items():
        used = {palette.field, palette.accent}
        nearest = min(difference(rgb_of(colour), rgb_of(one)) for one in used)
        if nearest > _DELTA_E and role == "primary":
            reason = f"The brand's {role} colour {colour} is missed by a ΔE of {nearest:.1f}."
            yield CreativeFault(check="colour", where=role, reason=reason)
    plane = design.palette.of(design.ground)
    pixels = np.asarray(rendered.ground).reshape(-1, 3)[:: max(1, design.width // 8)]
    distances = np.abs(pixels.astype(np.int16) - np.array(rgb_of(plane))).max(axis=1)
    if design.ground == "field" and brand and not (distances <= 3).any():
        reason = f"The ground is nowhere the brand's {plane}."
        yield CreativeFault(check="colour", where="ground", reason=reason)


def share_of_text(design: Design, texts: tuple[Placed, ...]) -> float:
    """The share of the creative that text covers."""
    return sum(text.box.area for text in texts) / design.canvas.area
