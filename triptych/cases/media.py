"""What a case folder's media must be, and which frames of a clip are used."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from triptych.files.media import (
    MAX_PIXELS,
    SMALLER,
    MediaError,
    inside,
    open_image,
    open_video,
)

FRAMES, FPS, MAX_SECONDS = 16, 8, 5.0
"""A clip is cut to its first five seconds and sampled to 16 frames; the starter's have 8 a second.
A folder of frames is taken to have 8 a second."""


def check_image(path: Path) -> None:
    """Decode a picture. Raises `MediaError`."""
    with open_image(path):
        pass


def check_clip(path: Path) -> None:
    """Decode what is used of a clip: it must give 16 frames within its first five seconds.

    Raises:
        MediaError: if it is torn, too short, too slow or too large.
    """
    count = _frames_in_folder(path) if path.is_dir() else _frames_in_video(path)
    if count < FRAMES:
        raise MediaError(
            f"has {count} frames in its first {MAX_SECONDS:g} seconds",
            f"A clip needs at least {FRAMES} there: {FRAMES} at {FPS} a second is usual.",
        )


def sampled_frames(count: int, rate: float, frames: int = FRAMES) -> NDArray[np.int64]:
    """Which frames of a clip are used: `frames` of them, even over at most its first 5 seconds.

    Args:
        count: frames that the clip has; at least 1.
        rate: its frames a second.
        frames: how many to take; a clip with fewer repeats some.

    Returns:
        (frames,) indices, rising, below `count`.
    """
    used = max(1, min(count, math.floor(MAX_SECONDS * rate + 1e-6)))
    return np.linspace(0, used - 1, frames).round().astype(np.int64)


def _frames_in_folder(path: Path) -> int:
    frames = sorted(file for file in path.iterdir() if not file.name.startswith("."))
    sizes = set()
    for frame in frames[: int(MAX_SECONDS * FPS)]:
        if not frame.is_file():
            raise MediaError(f"holds {frame.name}, no plain file", "Put pictures alone there.")
        with open_image(inside(path, frame.name)) as image:
            sizes.add(image.size)
    if len(sizes) > 1:
        raise MediaError("has frames of different sizes", "Save all frames with one size.")
    return min(len(frames), int(MAX_SECONDS * FPS))


def _frames_in_video(path: Path) -> int:
    with open_video(path) as container:
        stream = container.streams.video[0]
        rate = stream.average_rate
        if not rate or not 1 <= rate <= 240:
            raise MediaError(
                f"has a frame rate of {float(rate or 0):g}", "Save it with 4 to 120 a second."
            )
        if stream.width * stream.height > MAX_PIXELS:
            raise MediaError("has frames of too many pixels", SMALLER)
        count, most = 0, int(rate * MAX_SECONDS)
        for _ in container.decode(video=0):
            count += 1
            if count >= most:
                break
        promised = min(stream.frames, most)
        if count < promised:
            raise MediaError(
                f"breaks off after {count} of {stream.frames} frames",
                "Save it again; a download may have been cut off.",
            )
        return count
