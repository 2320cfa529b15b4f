"""Breaking a paragraph into balanced lines: as few as will do, evenly long, no widow."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

WIDOW = 0.33
"""A last line shorter than this share of the widest one is a widow."""


def balanced(
    widths: Sequence[float],
    gaps: Sequence[float],
    room: float,
    most: int,
    ends: Sequence[float] = (),
) -> list[int] | None:
    """Where the lines of a paragraph end.

    Of the breaks with the fewest lines it takes the one whose lines differ least in length: the
    sum of squared slack against the widest line that the paragraph needs is smallest.

    Args:
        widths: of its units, in pixels.
        gaps: of the blank behind each unit, in pixels; 0 where there is none.
        room: the width of a line.
        most: lines.
        ends: what it costs, in squared shares of a line, that a line ends with each unit.

    Returns the number of the unit behind each line's last; None if the units do not fit.
    """
    count = len(widths)
    if not count:
        return []
    lengths = _lengths(widths, gaps)
    fewest = _greedy(lengths, count, room)
    if fewest is None or fewest > most:
        return None
    aim = _narrowest(lengths, count, room, fewest)
    cost = [[inf] * (count + 1) for _ in range(fewest + 1)]
    back = [[0] * (count + 1) for _ in range(fewest + 1)]
    cost[0][0] = 0.0
    for line in range(1, fewest + 1):
        for end in range(line, count + 1):
            for start in range(line - 1, end):
                length = lengths(start, end)
                if length > room or cost[line - 1][start] == inf:
                    continue
                slack = max(aim - length, 0.0) / max(aim, 1e-6)
                price = slack**2 + (length > aim) * ((length - aim) / max(aim, 1e-6)) ** 2
                if fewest > 1 and length < WIDOW * aim:
                    price += 4.0 if end == count else 0.5
                if ends and end < count:
                    price += ends[end - 1]
                if cost[line - 1][start] + price < cost[line][end]:
                    cost[line][end] = cost[line - 1][start] + price
                    back[line][end] = start
    found: list[int] = []
    place = count
    for line in range(fewest, 0, -1):
        found.append(place)
        place = back[line][place]
    return found[::-1]


class _lengths:  # a function with tables
    """The length of units `start` to `end` on one line, by running sums."""

    def __init__(self, widths: Sequence[float], gaps: Sequence[float]) -> None:
        self.sums, self.gaps = [0.0], gaps
        for width, gap in zip(widths, gaps, strict=True):
            self.sums.append(self.sums[-1] + width + gap)

    def __call__(self, start: int, end: int) -> float:
        return self.sums[end] - self.sums[start] - self.gaps[end - 1]


def _greedy(lengths: _lengths, count: int, room: float) -> int | None:
    """How many lines the paragraph needs; None if a unit is wider than the line."""
    lines, start = 0, 0
    while start < count:
        end = start
        while end < count and lengths(start, end + 1) <= room:
            end += 1
        if end == start:
            return None
        lines, start = lines + 1, end
    return lines


def _narrowest(lengths: _lengths, count: int, room: float, lines: int) -> float:
    """The narrowest line in which the paragraph still takes so many lines."""
    low, high = 0.0, room
    for _ in range(12):
        middle = (low + high) / 2
        needed = _greedy(lengths, count, middle)
        if needed is not None and needed <= lines:
            high = middle
        else:
            low = middle
    return high
