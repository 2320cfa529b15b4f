"""Opening pictures and clips that a stranger may have made.

A file is opened as what its name says it is and as nothing else: FFmpeg would otherwise take a
playlist for a film and follow it to other files or the network.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from av.container import InputContainer
    from PIL import Image

IMAGE_FORMATS = ("PNG", "JPEG", "WEBP")
DEMUXERS = {".mp4": "mov", ".mov": "mov", ".m4v": "mov", ".webm": "matroska", ".mkv": "matroska"}
"""What a clip's ending says it is, by FFmpeg's name for it."""
MAX_PIXELS = 64_000_000
SMALLER = f"Save it with at most {MAX_PIXELS // 1_000_000} million pixels."


class MediaError(ValueError):
    """What is wrong with a media file: `str` goes on from its name; `hint` tells what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def inside(folder: Path, name: str) -> Path:
    """The path of a media file that is there and, links followed, inside a folder.

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
        raise MediaError("leads out of the folder", "Copy the file into it.")
    if not (real.is_file() or real.is_dir()):
        raise MediaError("is no plain file", "Put an ordinary file there.")
    return path


@contextmanager
def open_image(path: Path | BinaryIO) -> Iterator[Image.Image]:
    """A picture, decoded whole; PNG, JPEG or WebP of at most `MAX_PIXELS` pixels.

    Raises:
        MediaError: if it is none, is torn, or has too many pixels.
    """
    from PIL import Image

    if isinstance(path, Path) and path.is_dir():
        raise MediaError("is a folder, not a picture", "Name one PNG, JPEG or WebP file.")
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            image = Image.open(path, formats=IMAGE_FORMATS)
            if image.width * image.height > MAX_PIXELS:
                image.close()
                raise MediaError(f"has {image.width}×{image.height} pixels", SMALLER)
            image.load()
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise MediaError("has far too many pixels (an image bomb?)", SMALLER) from error
        except (OSError, SyntaxError, EOFError, OverflowError) as error:
            raise MediaError(
                f"is no whole picture ({_first_line(error)})",
                "Save it again as PNG, JPEG or WebP; a download may have been cut off.",
            ) from error
    with image:
        yield image


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


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:100]
