"""What a case folder's media must be, and which frames of a clip are used."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from triptych.files.media import (
    MAX_PIXELS,
    SMALLER,
    MediaError,
    frame_as_seen,
    inside,
    open_image,
    open_video,
    timed_frames,
)

if TYPE_CHECKING:
    from av import VideoFrame
    from PIL import Image

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


def sampled_frames(times: ArrayLike, frames: int = FRAMES) -> NDArray[np.int64]:
    """Which frames of a clip are used: those shown at even moments of its first five seconds.

    Args:
        times: seconds after its first frame, rising from 0; at least one.
        frames: how many to take; a clip with fewer repeats some.

    Returns:
        (frames,) indices, rising, below the number of times.
    """
    used = np.asarray(times)
    used = used[used < MAX_SECONDS - 1e-6]
    moments = np.linspace(0, used[-1], frames)
    return np.searchsorted(used, moments + 1e-6, side="right") - 1


def read_frames(path: Path, frames: int = FRAMES) -> list[Image.Image]:
    """Frames of a clip, even over at most its first five seconds: of a video or a folder.

    Raises:
        MediaError: if it cannot be opened, or holds no frame.
    """
    if path.is_dir():
        files = _files(path)
        if not files:
            raise MediaError("holds no frames", "Put pictures there.")
        return [_read(path, files[at]) for at in sampled_frames(_even(len(files)), frames)]
    with open_video(path) as container:  # twice, for all frames at once are too much for memory
        times = [time for time, _ in takewhile(_is_used, timed_frames(container))]
    if not times:
        raise MediaError("holds no frames", "Save it again.")
    chosen = sampled_frames(times, frames)
    pictures: dict[int, Image.Image] = {}
    with open_video(path) as container:
        for number, (_, frame) in enumerate(takewhile(_is_used, timed_frames(container))):
            if number in chosen:
                pictures[number] = frame_as_seen(container, frame)
    return [pictures[number] for number in chosen.tolist()]


def _is_used(timed: tuple[float, VideoFrame]) -> bool:
    return timed[0] < MAX_SECONDS - 1e-6


def _even(count: int) -> NDArray[np.float64]:
    return np.arange(count) / FPS


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if not file.name.startswith("."))


def _read(folder: Path, file: Path) -> Image.Image:
    with open_image(inside(folder, file.name)) as image:
        return image


def _frames_in_folder(path: Path) -> int:
    most = int(MAX_SECONDS * FPS)
    frames = _files(path)[:most]
    sizes = set()
    for frame in frames:
        if not frame.is_file():
            raise MediaError(f"holds {frame.name}, no plain file", "Put pictures alone there.")
        with open_image(inside(path, frame.name)) as image:
            sizes.add(image.size)
    if len(sizes) > 1:
        raise MediaError("has frames of different sizes", "Save all frames with one size.")
    return len(frames)


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
        count = 0
        for timed in timed_frames(container):
            if not _is_used(timed):
                return count
            count += 1
        if count < stream.frames:
            raise MediaError(
                f"breaks off after {count} of {stream.frames} frames",
                "Save it again; a download may have been cut off.",
            )
        return count
