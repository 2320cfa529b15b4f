"""Opening the pictures and clips of a case folder that a stranger may have made.

A file is opened as what its name says it is and as nothing else: FFmpeg would otherwise take a
playlist for a film and follow it to other files or the network.
"""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av.container import InputContainer
    from PIL import Image

IMAGE_FORMATS = ("PNG", "JPEG", "WEBP")
DEMUXERS = {".mp4": "mov", ".mov": "mov", ".m4v": "mov", ".webm": "matroska", ".mkv": "matroska"}
"""What a clip's ending says it is, by FFmpeg's name for it."""
MAX_PIXELS = 64_000_000
FRAMES, FPS, MAX_SECONDS = 16, 8, 5.0
"""A clip is cut to its first five seconds and sampled to 16 frames; the starter's have 8 a second.
A folder of frames is taken to have 8 a second."""


class MediaError(ValueError):
    """What is wrong with a media file: `str` goes on from its name; `hint` tells what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def inside(folder: Path, name: str) -> Path:
    """The path of a media file that is there and, links followed, inside the case folder.

    Raises:
        MediaError: if it is missing, leads out, or is no plain file or folder.
    """
    path = folder / name
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        if os.path.lexists(path):
            raise MediaError("is a link to nothing", "Put the file itself there.") from error
        raise MediaError("is missing", "Put the file there, or mend its path.") from error
    if not real.is_relative_to(folder.resolve()):
        raise MediaError("leads out of the case folder", "Copy the file into the folder.")
    if not (real.is_file() or real.is_dir()):
        raise MediaError("is no plain file", "Put an ordinary file there.")
    return path


@contextmanager
def open_image(path: Path) -> Iterator[Image.Image]:
    """A picture, decoded whole; PNG, JPEG or WebP of at most `MAX_PIXELS` pixels.

    Raises:
        MediaError: if it is none, is torn, or has too many pixels.
    """
    from PIL import Image

    if path.is_dir():
        raise MediaError("is a folder, not a picture", "Name one PNG, JPEG or WebP file.")
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            image = Image.open(path, formats=IMAGE_FORMATS)
            if image.width * image.height > MAX_PIXELS:
                image.close()
                raise MediaError(f"has {image.width}×{image.height} pixels", _SMALLER)
            image.load()
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise MediaError("has far too many pixels (an image bomb?)", _SMALLER) from error
        except (OSError, SyntaxError, EOFError, OverflowError) as error:
            raise MediaError(
                f"is no whole picture ({_first_line(error)})",
                "Save it again as PNG, JPEG or WebP; a download may have been cut off.",
            ) from error
    with image:
        yield image


_SMALLER = f"Save it with at most {MAX_PIXELS // 1_000_000} million pixels."


@contextmanager
def open_video(path: Path) -> Iterator[InputContainer]:
    """A video file as a PyAV container, opened only as what its ending says it is.

    Raises:
        MediaError: if the ending is unknown, or FFmpeg finds something else or a torn file.
    """
    import av
    from av.error import FFmpegError

    demuxer = DEMUXERS.get(path.suffix.lower())
    if demuxer is None:
        raise MediaError(
            f"has the ending {path.suffix or '(none)'}",
            f"A clip is {', '.join(DEMUXERS)} or a folder of pictures.",
        )
    try:
        with av.open(
            str(path), format=demuxer, options={"protocol_whitelist": "file"}
        ) as container:
            if not container.streams.video:
                raise MediaError("holds no video", "Name a file with a video stream.")
            yield container
    except FFmpegError as error:
        raise MediaError(
            f"is no whole video ({_first_line(error)})",
            "Save it again as MP4 or WebM; a download may have been cut off.",
        ) from error


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
            raise MediaError("has frames of too many pixels", _SMALLER)
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


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:100]
