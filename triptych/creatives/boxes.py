"""Rectangles in pixels, from the left and the top."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator

Share = tuple[float, float, float, float]


def _in_order(box: Share) -> Share:
    left, top, right, bottom = box
    if not (-0.5 <= left < right <= 1.5 and -0.5 <= top < bottom <= 1.5):
        raise ValueError("a box is left, top, right, bottom in shares of its frame, 0 to 1")
    return box


Shares = Annotated[Share, AfterValidator(_in_order)]
"""Left, top, right and bottom as shares of a frame's sides."""


@dataclass(frozen=True)
class Box:
    """A rectangle: its left and top edge, its width and height, in pixels."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.h

    @property
    def area(self) -> float:
        """Square pixels."""
        return max(self.w, 0) * max(self.h, 0)

    def part(self, shares: Share) -> Box:
        """The part of it that shares of its sides name."""
        left, top, right, bottom = shares
        return Box(
            self.x + left * self.w,
            self.y + top * self.h,
            (right - left) * self.w,
            (bottom - top) * self.h,
        )

    def inset(self, left: float, top: float, right: float, bottom: float) -> Box:
        """Smaller by so many pixels at each side; never of a negative size."""
        return Box(
            self.x + left,
            self.y + top,
            max(self.w - left - right, 0),
            max(self.h - top - bottom, 0),
        )

    def grown(self, by: float) -> Box:
        """Larger by so many pixels at every side."""
        return Box(self.x - by, self.y - by, self.w + 2 * by, self.h + 2 * by)

    def shared(self, other: Box) -> Box:
        """What both cover; of no area if they do not meet."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        return Box(
            x, y, min(self.right, other.right) - x, min(self.bottom, other.bottom) - y
        ).flat()

    def flat(self) -> Box:
        """The same, with negative sizes as none."""
        return Box(self.x, self.y, max(self.w, 0), max(self.h, 0))

    def holds(self, other: Box, slack: float = 0.5) -> bool:
        """Whether another lies within, but for so many pixels."""
        return (
            other.x >= self.x - slack
            and other.y >= self.y - slack
            and other.right <= self.right + slack
            and other.bottom <= self.bottom + slack
        )

    def corners(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom, rounded to whole pixels."""
        return round(self.x), round(self.y), round(self.right), round(self.bottom)


def around(boxes: Iterable[Box]) -> Box:
    """The smallest box around several; at least one is needed."""
    every = [box for box in boxes]
    x, y = min(box.x for box in every), min(box.y for box in every)
    right, bottom = max(box.right for box in every), max(box.bottom for box in every)
    return Box(x, y, right - x, bottom - y)
