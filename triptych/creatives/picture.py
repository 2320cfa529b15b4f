"""Pictures in other shapes: where the subject is, cropping to it, extending and enlarging.

Nothing is stretched. Where a picture is smaller than its place once the subject fits, its edges go
on, mirrored and more and more blurred.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from triptych.creatives.boxes import Box, Share

if TYPE_CHECKING:
    from PIL.Image import Image

    from triptych.protocols import Pixels

_SIDE = 64
BEARS = 6.0
"""How many times a picture may be enlarged before it looks blurred even behind grain."""


def saliency(pixels: Pixels) -> np.ndarray:
    """How far each part of a picture stands out, (64, 64) in 0 to 1.

    The spectral residual of Hou and Zhang (2007), together with how far a colour is from those of
    the picture's border, which tells products from what they stand before.
    """
    from PIL import Image, ImageFilter

    small = Image.fromarray(pixels).convert("RGB").resize((_SIDE, _SIDE), Image.Resampling.BOX)
    values = np.asarray(small, dtype=np.float64)
    spectrum = np.fft.fft2(values.mean(axis=2))
    logs = np.log(np.abs(spectrum) + 1e-9)
    smooth = sum(np.roll(logs, (dy, dx), (0, 1)) for dy in (-1, 0, 1) for dx in (-1, 0, 1)) / 9
    residual = np.abs(np.fft.ifft2(np.exp(logs - smooth + 1j * np.angle(spectrum)))) ** 2
    border = np.concatenate(
        [values[:4].reshape(-1, 3), values[:, :4].reshape(-1, 3), values[:, -4:].reshape(-1, 3)]
    )
    palette = border[:: max(len(border) // 48, 1)]
    far = np.sqrt(((values[:, :, None, :] - palette) ** 2).sum(axis=3)).min(axis=2)
    maps: list[np.ndarray] = []
    for one, radius in ((residual, 2.5), (far, 1.5)):
        scaled = one / max(float(one.max()), 1e-9) * 255
        soft = Image.fromarray(scaled.astype(np.uint8)).filter(ImageFilter.GaussianBlur(radius))
        blurred = np.asarray(soft, dtype=np.float64)
        maps.append(blurred / max(float(blurred.max()), 1e-9))
    y, x = np.mgrid[0:_SIDE, 0:_SIDE] / (_SIDE - 1) - 0.5
    middle = np.exp(-(x**2 + y**2) / (2 * 0.32**2))
    whole = (0.35 * maps[0] + 0.65 * maps[1]) * middle
    return whole / max(float(whole.max()), 1e-9)


def subject_box(pixels: Pixels) -> Share:
    """Where the subject of a picture (H, W, 3) is: left, top, right, bottom as shares of its sides.

    The smallest box that holds nearly all that stands out, and a margin; at least a quarter of each
    side.
    """
    found = saliency(pixels)
    strong = np.where(found >= max(0.25, float(np.quantile(found, 0.65))), found, 0.0)
    sides: list[tuple[float, float]] = []
    for axis in (0, 1):
        mass = strong.sum(axis=axis)
        total = np.cumsum(mass) / max(float(mass.sum()), 1e-9)
        low = float(np.searchsorted(total, 0.03)) / _SIDE
        high = (float(np.searchsorted(total, 0.97)) + 1) / _SIDE
        middle = (low + high) / 2
        half = max((high - low) / 2 + 0.04, 0.125)
        low, high = middle - half, middle + half
        sides.append((max(low, 0.0), min(high, 1.0)))
    (left, right), (top, bottom) = sides
    return left, top, right, bottom


def place(picture: tuple[int, int], subject: Share, room: tuple[float, float], area: Share) -> Box:
    """Where a picture is to lie so that it fills its room and its subject stands in an area.

    Args:
        picture: its width and height, in pixels.
        subject: where its subject is, as shares of it.
        room: width and height of the place, in pixels.
        area: where the subject shall be, as shares of the place.

    Returns its box within the place: larger than it where it is cropped, smaller where it must be
    extended.
    """
    width, height = picture
    wide, high = room
    target = Box(0, 0, wide, high).part(area)
    cover = max(wide / width, high / height)
    subject_w, subject_h = (subject[2] - subject[0]) * width, (subject[3] - subject[1]) * height
    fits = min(target.w / subject_w, target.h / subject_h)
    scale = min(cover, fits)
    scale = max(scale, min(cover, 0.55 * min(wide / width, high / height)))
    w, h = width * scale, height * scale
    middle_x = (subject[0] + subject[2]) / 2 * w
    middle_y = (subject[1] + subject[3]) / 2 * h
    x = _start(target.x, target.w, middle_x, subject_w * scale, w, wide)
    y = _start(target.y, target.h, middle_y, subject_h * scale, h, high)
    return Box(x, y, w, h)


def _start(
    first: float, length: float, middle: float, subject: float, picture: float, room: float
) -> float:
    """Where a picture begins along one side: with its subject in the middle of an area, moved so
    that no gap is left, but not so far that the subject leaves the area."""
    centred = first + length / 2 - middle
    low, high = sorted((0.0, room - picture))
    filled = min(max(centred, low), high)
    spare = max(length - subject, 0.0) / 2
    return min(max(filled, centred - spare), centred + spare)


def laid(picture: Image, room: tuple[int, int], box: Box) -> Image:
    """A picture at its place within a room of whole pixels, extended where it does not reach."""
    width, height = room
    left, top, right, bottom = box.corners()
    size = (max(right - left, 1), max(bottom - top, 1))
    if left <= 0 and top <= 0 and right >= width and bottom >= height:
        return _cropped(picture, room, box)
    enlarged_picture = enlarged(picture, size)
    ground = _extended(picture, room, box)
    mask = _feathered(size, (left > 0, top > 0, right < width, bottom < height))
    ground.paste(enlarged_picture, (left, top), mask)
    return ground


def _cropped(picture: Image, room: tuple[int, int], box: Box) -> Image:
    scale = picture.width / box.w
    part = (
        max(-box.x * scale, 0.0),
        max(-box.y * scale, 0.0),
        min((room[0] - box.x) * scale, picture.width),
        min((room[1] - box.y) * scale, picture.height),
    )
    return enlarged(picture, room, part)


def enlarged(
    picture: Image, size: tuple[int, int], part: tuple[float, float, float, float] | None = None
) -> Image:
    """A picture, or a part of it, at another size: smoothly, and with grain where it is blurred.

    Small pictures lose their blocks first; what enlarging takes from the edges is sharpened, and
    fine grain stands in for the detail that there is none of.
    """
    from PIL import Image, ImageFilter

    part = part or (0, 0, picture.width, picture.height)
    factor = size[0] / max(part[2] - part[0], 1e-6)
    if factor <= 2:
        return picture.resize(size, Image.Resampling.LANCZOS, box=part)
    if picture.width <= 256:
        picture = picture.filter(ImageFilter.GaussianBlur(1.1 if picture.width <= 160 else 0.7))
    half = (max(size[0] // 2, 1), max(size[1] // 2, 1))
    grown = picture.resize(half, Image.Resampling.BICUBIC, box=part)
    grown = grown.filter(ImageFilter.GaussianBlur(factor * 0.12))
    grown = grown.filter(ImageFilter.UnsharpMask(radius=factor, percent=60, threshold=2))
    grown = grown.resize(size, Image.Resampling.BICUBIC)
    return grained(grown, min(1.2 * factor, 9.0))


def grained(picture: Image, strength: float) -> Image:
    """A picture with film grain of a standard deviation in grey values; the same at each call."""
    from PIL import Image

    noise = _noise(picture.height, picture.width) * np.float32(strength)
    values = np.asarray(picture, dtype=np.float32) + noise[..., None]
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def _noise(height: int, width: int) -> np.ndarray:
    """Normal noise of a standard deviation of 1, a tile of 512 pixels repeated."""
    tile = np.random.default_rng(7).standard_normal((512, 512), dtype=np.float32)
    return np.tile(tile, (height // 512 + 1, width // 512 + 1))[:height, :width]


def _extended(picture: Image, room: tuple[int, int], box: Box) -> Image:
    """The picture's surroundings: its edges mirrored and blurred, at an eighth of the size."""
    from PIL import Image, ImageFilter

    factor = 8
    small_room = (max(round(room[0] / factor), 2), max(round(room[1] / factor), 2))
    w, h = max(round(box.w / factor), 2), max(round(box.h / factor), 2)
    x, y = round(box.x / factor), round(box.y / factor)
    core = np.asarray(picture.resize((w, h), Image.Resampling.BOX))
    rows = _mirrored(h, -y, small_room[1])
    columns = _mirrored(w, -x, small_room[0])
    grown = Image.fromarray(core[rows][:, columns])
    radius = max(0.09 * max(small_room), 2)
    soft = grown.filter(ImageFilter.GaussianBlur(radius))
    return grained(soft.resize(room, Image.Resampling.BICUBIC), 4.0)


def _mirrored(length: int, start: int, count: int) -> np.ndarray:
    """Indices of a row that goes on mirrored at both ends, from `start` on."""
    places = np.arange(start, start + count) % (2 * length)
    return np.where(places < length, places, 2 * length - 1 - places)


def _feathered(size: tuple[int, int], sides: tuple[bool, bool, bool, bool]) -> Image:
    """A mask that fades at the sides (left, top, right, bottom) that do not reach the room's."""
    from PIL import Image

    width, height = size
    soft = max(round(0.14 * min(width, height)), 1)

    def ramp(count: int, first: bool, last: bool) -> np.ndarray:
        values = np.ones(count)
        steps = np.linspace(0, 1, min(soft, count))
        steps = steps * steps * (3 - 2 * steps)
        if first:
            values[: len(steps)] *= steps
        if last:
            values[count - len(steps) :] *= steps[::-1]
        return values

    left, top, right, bottom = sides
    mask = np.outer(ramp(height, top, bottom), ramp(width, left, right))
    return Image.fromarray((mask * 255).astype(np.uint8))
