"""Opening pictures and clips that a stranger may have made.

A file is opened as what its name says it is and as nothing else: FFmpeg would otherwise take a
playlist for a film and follow it to other files or the network. Pictures come as a person sees
them: turned, mirrored and stretched as the file says, sixteen bits scaled to eight, transparency on
white.
"""

from __future__ import annotations

import os
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from av import VideoFrame
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
def open_image(path: Path | BinaryIO, *, alpha: bool = False) -> Iterator[Image.Image]:
    """A picture in RGB as a person sees it; PNG, JPEG or WebP of at most `MAX_PIXELS` pixels.

    Args:
        path: of it, or the opened file.
        alpha: keep what is transparent, as RGBA, in place of white.

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
        except (OSError, SyntaxError, EOFError, OverflowError, MemoryError) as error:
            # MemoryError: a part of the file claims to be larger than all memory
            raise MediaError(
                f"is no whole picture ({_first_line(error)})",
                "Save it again as PNG, JPEG or WebP; a download may have been cut off.",
            ) from error
    with image:
        yield _as_seen(image, alpha)


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
            str(path),
            format=demuxer,
            options={"protocol_whitelist": "file"},
            metadata_errors="replace",  # titles in other encodings are nobody's concern
        ) as container:
            if not container.streams.video:
                raise MediaError("holds no video", "Name a file with a video stream.")
            if not hasattr(container.streams.video[0], "width"):  # no decoder stands behind it
                raise MediaError("holds video of an unknown kind", "Save it again as MP4 or WebM.")
            yield container
    except FFmpegError as error:
        raise MediaError(
            f"is no whole video ({_first_line(error)})",
            "Save it again as MP4 or WebM; a download may have been cut off.",
        ) from error


def timed_frames(container: InputContainer) -> Iterator[tuple[float, VideoFrame]]:
    """The frames of an open video, with the seconds after the first at which each is shown.

    Raises `FFmpegError` where the file is torn.
    """
    rate = float(container.streams.video[0].average_rate or 1)
    first: float | None = None
    for number, frame in enumerate(container.decode(video=0)):
        time = float(frame.time) if frame.time is not None else number / rate
        first = time if first is None else first
        yield time - first, frame


def frame_as_seen(container: InputContainer, frame: VideoFrame) -> Image.Image:
    """A video's frame in RGB: pixels as wide as high, turned and mirrored as the file says.

    Raises:
        MediaError: if it has too many pixels.
    """
    import numpy as np
    from av.sidedata.sidedata import Type
    from PIL import Image

    shape = container.streams.video[0].sample_aspect_ratio or 1
    width = max(1, round(frame.width * shape))
    if width * frame.height > MAX_PIXELS:
        raise MediaError("has frames of too many pixels", SMALLER)
    image = frame.to_image()
    if width != image.width:
        image = image.resize((width, image.height), Image.Resampling.BICUBIC)
    # Its types say that keys are names; they are kinds.
    matrix = frame.side_data.get(Type.DISPLAYMATRIX)  # pyright: ignore
    if matrix is None:
        return image
    # x' = a·x + c·y and y' = b·x + d·y, in 16.16 fixed point.
    (a, b, _), (c, d, _), _ = np.frombuffer(bytes(matrix), np.int32).reshape(3, 3).tolist()
    if abs(b) > abs(a):
        image = image.transpose(Image.Transpose.TRANSPOSE)
        a, d = c, b
    if a < 0:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return image.transpose(Image.Transpose.FLIP_TOP_BOTTOM) if d < 0 else image


def _as_seen(image: Image.Image, alpha: bool) -> Image.Image:
    import numpy as np
    from PIL import Image, ImageOps

    with suppress(SyntaxError, ValueError, TypeError, KeyError, struct.error, OverflowError):
        image = ImageOps.exif_transpose(image)  # broken EXIF turns nothing, in viewers either
    if image.mode.startswith("I"):
        # Of pictures only PNG's greys have more than eight bits here: 65,535 is white.
        grey = np.asarray(image).clip(0, 65_535) / 257
        image = Image.fromarray(grey.round().astype(np.uint8))
    if not image.has_transparency_data:
        return image.convert("RGBA" if alpha else "RGB")
    image = image.convert("RGBA")
    return image if alpha else _on_white(image)


def _on_white(image: Image.Image) -> Image.Image:
    from PIL import Image

    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:100]
