"""Soft shadows on the ground: the product's outline cast along the light, and blurred."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from scipy.spatial import ConvexHull, QhullError

from triptych.starter.products import Part


def shadow_sheet(
    parts: Sequence[Part], turn: float, away: NDArray[np.float64], soft: bool
) -> NDArray[np.uint8]:
    """(256, 256, 4) black with the shadow's density as alpha; covers −2..2 on the ground."""
    cast = Image.new("L", (256, 256))
    contact = Image.new("L", (256, 256))
    cosine, sine = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    for part in parts:
        points = part.corners
        flat = points[:, :2] @ np.array([[cosine, sine], [-sine, cosine]])
        _fill_outline(cast, flat + points[:, 2:3] * away)
        low = points[:, 2] < 0.14
        if low.sum() > 2:
            _fill_outline(contact, flat[low])
    density = np.asarray(cast.filter(ImageFilter.GaussianBlur(6 if soft else 3)), np.float32)
    close = np.asarray(contact.filter(ImageFilter.GaussianBlur(3)), np.float32)
    sheet = np.zeros((256, 256, 4), dtype=np.uint8)
    sheet[..., 3] = np.clip((0.4 if soft else 0.52) * density + 0.45 * close, 0, 205)
    return sheet


def _fill_outline(sheet: Image.Image, points: NDArray[np.float64]) -> None:
    """Fill the convex outline of ground points; a product's parts are nearly convex each."""
    try:
        outline = points[ConvexHull(points).vertices]
    except QhullError:  # all on one line: casts nothing worth drawing
        return
    pixels = [((x + 2) * 64, (2 - y) * 64) for x, y in outline]
    ImageDraw.Draw(sheet).polygon(pixels, fill=255)
