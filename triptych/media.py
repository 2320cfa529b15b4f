"""Clips as MP4 files: H.264, yuv420p in BT.709, byte-identical for identical frames.

Two things were seen to make bytes differ from call to call, and are kept out: x264's floating-point
rate control (a constant quantiser needs none), and rounding in FFmpeg's colour conversion, which
may change with the alignment of buffers (colours are converted here).
"""

from __future__ import annotations

import io
import tempfile
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from triptych.errors import StoreError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from triptych.protocols import Pixels


def _to_yuv(red: float, blue: float) -> NDArray[np.float64]:
    """The matrix from RGB of 0 to 1 to Y'CbCr in studio range, by the luma's shares of red, blue.

    Source: ITU-R BT.709-6, section 3; BT.601-7, section 2.5.
    """
    luma = np.array([red, 1 - red - blue, blue])
    return np.stack(
        [
            219 * luma,
            112 * (np.array([0, 0, 1]) - luma) / (1 - blue),
            112 * (np.array([1, 0, 0]) - luma) / (1 - red),
        ]
    )


_BT709 = 1
"""FFmpeg's number for the matrix, the primaries and the transfer of BT.709."""
_STUDIO = 1
"""FFmpeg's number for the range: luma from 16 to 235."""
_OFFSET = np.array([16.0, 128.0, 128.0])
_TO_709 = _to_yuv(0.2126, 0.0722)
_FROM_709 = np.linalg.inv(_TO_709) * 255
_FROM_601 = np.linalg.inv(_to_yuv(0.299, 0.114)) * 255
"""Of clips that say nothing: those of older runs."""


def encode_mp4(frames: Pixels, fps: int) -> bytes:
    """(F, H, W, 3) uint8 as H.264 in MP4, yuv420p, fast start; same frames, same bytes.

    Odd sides are padded by a repeated row or column, for yuv420p has none.
    """
    import av

    frames = np.pad(
        frames, ((0, 0), (0, frames.shape[1] % 2), (0, frames.shape[2] % 2), (0, 0)), mode="edge"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        flags = {"movflags": "+faststart", "fflags": "+bitexact"}
        with av.open(str(path), "w", format="mp4", options=flags) as container:
            options = {"qp": "16", "preset": "medium", "flags": "+bitexact", "threads": "1"}
            stream = container.add_stream("libx264", rate=Fraction(fps), options=options)
            stream.height, stream.width = frames.shape[1:3]
            stream.pix_fmt = "yuv420p"
            # What players go by, in the stream and (from it) in the container's `colr`.
            stream.codec_context.colorspace = _BT709
            stream.codec_context.color_primaries = _BT709
            stream.codec_context.color_trc = _BT709
            stream.codec_context.color_range = _STUDIO
            stream.codec_context.thread_count = 1
            for pixels in frames:
                planes = av.VideoFrame.from_ndarray(_to_planes(pixels), format="yuv420p")
                container.mux(stream.encode(planes))
            container.mux(stream.encode())
        return path.read_bytes()


def decode_mp4(data: bytes, most: int | None = None) -> Pixels:
    """(F, H, W, 3) uint8 of a clip that `encode_mp4` made; of its first `most` frames if given.

    Raises `StoreError` if it is not whole.
    """
    import av
    from av.error import FFmpegError

    try:
        with av.open(io.BytesIO(data), "r") as container:
            frames = [
                _from_planes(
                    frame.to_ndarray(format="yuv420p").astype(np.uint8),
                    _FROM_709 if frame.colorspace == _BT709 else _FROM_601,
                )
                for frame in islice(container.decode(video=0), most)
            ]
    except (FFmpegError, ValueError, IndexError) as error:
        hint = "Make it again with `triptych redo`."
        raise StoreError("A clip cannot be decoded.", hint) from error
    if not frames:
        raise StoreError("A clip holds no frames.", "Make it again with `triptych redo`.")
    return np.stack(frames)


def _to_planes(pixels: Pixels) -> NDArray[np.uint8]:
    """(H, W, 3) RGB to the (3H/2, W) planes of yuv420p; colour is the mean of 2×2 pixels."""
    height, width = pixels.shape[:2]
    yuv = pixels.astype(np.float64) / 255 @ _TO_709.T + _OFFSET
    colour = yuv[..., 1:].reshape(height // 2, 2, width // 2, 2, 2).mean(axis=(1, 3))
    planes = [yuv[..., 0].ravel(), colour[..., 0].ravel(), colour[..., 1].ravel()]
    flat = np.concatenate(planes).round().clip(0, 255).astype(np.uint8)
    return flat.reshape(height * 3 // 2, width)


def _from_planes(planes: NDArray[np.uint8], matrix: NDArray[np.floating]) -> Pixels:
    """The (3H/2, W) planes of yuv420p to (H, W, 3) RGB, colour repeated over 2×2 pixels."""
    height, width = planes.shape[0] * 2 // 3, planes.shape[1]
    flat = planes.ravel().astype(np.float64)
    luma, quarter = flat[: height * width].reshape(height, width), height * width // 4
    colour = flat[height * width :].reshape(2, height // 2, width // 2)
    assert colour[0].size == quarter, "yuv420p has a quarter of the colour samples"
    wide = colour.repeat(2, axis=1).repeat(2, axis=2)
    yuv = np.stack([luma, *wide], axis=-1) - _OFFSET
    return (yuv @ matrix.T).round().clip(0, 255).astype(np.uint8)
