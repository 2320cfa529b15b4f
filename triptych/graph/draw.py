"""The state machine as a picture, drawn with Pillow alone: no service, no other program."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from langchain_core.runnables.graph import Graph

_WIDE, _HIGH, _GAP, _LANE, _MARGIN = 190, 40, 46, 18, 24
_INK, _LINE, _FILL = "#1d1b18", "#6d675e", "#faf8f4"


def draw_png(graph: Graph) -> bytes:
    """A graph of LangGraph's (`compile().get_graph(xray=1)`) as a PNG, from start to end.

    Nodes stand in one column. An edge to the next node is an arrow down; every other edge has a
    lane of its own, to the right if it goes on and to the left if it goes back. Conditional edges
    are dashed.
    """
    names = _in_order(graph)
    row = {name: number for number, name in enumerate(names)}
    edges = sorted(
        ((row[e.source], row[e.target], bool(e.conditional)) for e in graph.edges),
        key=lambda edge: abs(edge[1] - edge[0]),
    )
    on = [edge for edge in edges if edge[1] > edge[0] + 1]
    back = [edge for edge in edges if edge[1] <= edge[0]]
    left = _MARGIN + _LANE * (len(back) + 1)
    width = left + _WIDE + _LANE * (len(on) + 1) + _MARGIN
    picture = Image.new("RGB", (width, len(names) * (_HIGH + _GAP) - _GAP + 2 * _MARGIN), "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(15)
    for number, name in enumerate(names):
        top = _top(number)
        box = (left, top, left + _WIDE, top + _HIGH)
        pen.rounded_rectangle(box, 8, fill=_FILL, outline=_INK, width=2)
        middle = (left + _WIDE / 2, top + _HIGH / 2)
        pen.text(middle, _label(name), _INK, font, anchor="mm")
    for source, target, conditional in edges:
        if target == source + 1:
            middle = left + _WIDE / 2
            _arrow(pen, [(middle, _top(source) + _HIGH), (middle, _top(target))], conditional)
    for lanes, side, away in ((on, left + _WIDE, 1), (back, left, -1)):
        for lane, (source, target, conditional) in enumerate(lanes, start=1):
            far = side + away * _LANE * lane
            start, end = _top(source) + 0.7 * _HIGH, _top(target) + 0.3 * _HIGH
            _arrow(pen, [(side, start), (far, start), (far, end), (side, end)], conditional)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def _in_order(graph: Graph) -> list[str]:
    """The nodes after those that lead on to them; a subgraph's before what follows it.

    Nodes that no edge meets, such as a handler of errors, are left out.
    """
    place = {name: (":" not in name, number) for number, name in enumerate(graph.nodes)}
    following: dict[str, list[str]] = {}
    for edge in graph.edges:
        following.setdefault(edge.source, []).append(edge.target)
    done: list[str] = []
    begun: set[str] = set()

    def visit(name: str) -> None:
        if name in begun:
            return
        begun.add(name)
        for target in sorted(following.get(name, ()), key=place.__getitem__):
            visit(target)
        done.append(name)

    for name in following:
        visit(name)
    return done[::-1]


def _label(name: str) -> str:
    return " · ".join(part.strip("_") for part in name.split(":"))


def _top(row: int) -> int:
    return _MARGIN + row * (_HIGH + _GAP)


def _arrow(pen: ImageDraw.ImageDraw, points: Sequence[tuple[float, float]], dashed: bool) -> None:
    """Lines from point to point, all level or upright, with a head at the last."""
    for (x0, y0), (x1, y1) in pairwise(points):
        length = abs(x1 - x0) + abs(y1 - y0)
        pieces = max(1, round(length / 6)) if dashed else 1
        for piece in range(0, pieces, 2):
            a, b = piece / pieces, min(1.0, (piece + 1) / pieces)
            ends = [(x0 + (x1 - x0) * t, y0 + (y1 - y0) * t) for t in (a, b)]
            pen.line(ends, fill=_LINE, width=2)
    (x0, y0), (x1, y1) = points[-2:]
    dx, dy = (x1 > x0) - (x1 < x0), (y1 > y0) - (y1 < y0)
    back = (x1 - 8 * dx, y1 - 8 * dy)
    pen.polygon(
        [(x1, y1), (back[0] - 4 * dy, back[1] - 4 * dx), (back[0] + 4 * dy, back[1] + 4 * dx)],
        fill=_LINE,
    )
