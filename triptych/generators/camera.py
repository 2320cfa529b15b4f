"""A clip made of the key image alone, by moving a camera over it: for machines without a GPU."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

from triptych.domain import ModelIdentity, Spend
from triptych.errors import ModelError
from triptych.generators.at_once import AtOnce, OneStep
from triptych.generators.parts import Camera
from triptych.protocols import Made, Pixels, Progress, VisualRequest

if TYPE_CHECKING:
    from torch import Tensor

NOTE = "a camera moved over the picture: nothing in it moves by itself"


class Move(NamedTuple):
    """Where a camera goes: x to the right and y down, -1..1 of the room there is; z nearer."""

    x: float
    y: float
    z: float


MOVES: dict[str, Move] = {
    r"pan(s|ning)?\b.*\bleft": Move(-1, 0, 0),
    r"pan(s|ning)?\b.*\bright|track|dolly (left|right)|slid|orbit|turn|rotat": Move(1, 0, 0),
    r"tilt(s|ing)?\b.*\bdown|descend|lower": Move(0, 1, 0),
    r"tilt(s|ing)?\b.*\bup|rise|rising|crane|ascend": Move(0, -1, 0),
    r"zoom(s|ing)? out|pull|reveal|away|wide": Move(0, 0, -1),
}
"""What is said of a motion, the first that fits; a slow push in for all else."""
PUSH_IN = Move(0, 0, 1)


class CameraVideo(OneStep):
    """Implements `VideoGenerator`."""

    def __init__(self, settings: Camera) -> None:
        self._settings = settings

    @property
    def identity(self) -> ModelIdentity:
        """Of this way to move."""
        return ModelIdentity(name="camera", revision="1")

    @property
    def fps(self) -> int:
        """Frames a second."""
        return self._settings.fps

    def start(
        self,
        requests: Sequence[VisualRequest],
        latents: Sequence[Tensor | None],
        key_images: Sequence[Pixels | None],
        seeds: Sequence[int],
        on_step: Progress | None = None,
    ) -> AtOnce:
        """Begin clips. The seed draws nothing: a picture and a motion give one clip.

        Raises `ModelError` without a key image.
        """
        keys = {id(one): key for one, key in zip(requests, key_images, strict=True)}
        if any(key is None for key in key_images):
            raise ModelError("A camera needs a key image for every clip.")

        def make(request: VisualRequest, seed: int) -> Made:
            key = keys[id(request)]
            assert key is not None
            frames = request.frames or self._settings.frames
            size = (request.width or key.shape[1], request.height or key.shape[0])
            return Made(
                film(key, move_of(request.prompt), frames, self._settings.zoom, size),
                Spend(),
                (NOTE,),
            )

        return AtOnce(make, requests, seeds, on_step)


def move_of(words: str) -> Move:
    """The camera's move that a motion's description asks for."""
    return next((move for said, move in MOVES.items() if re.search(said, words.lower())), PUSH_IN)


def film(key: Pixels, move: Move, frames: int, zoom: float, size: tuple[int, int]) -> Pixels:
    """Frames (F, H, W, 3) of a camera that moves over a picture (h, w, 3), slowly at both ends.

    Args:
        key: the picture.
        move: where to.
        frames: F.
        zoom: the nearest view over the farthest.
        size: width and height of the frames; a picture of another shape is cut, never squeezed.
    """
    image = Image.fromarray(key)
    width, height = size
    scale = min(image.width / width, image.height / height)
    made = []
    for index in range(frames):
        gone = 0.5 - 0.5 * math.cos(math.pi * index / max(frames - 1, 1))
        near = {1: gone, -1: 1 - gone, 0: 1.0}[int(move.z)]
        factor = scale / (1 + (zoom - 1) * near)
        wide, high = width * factor, height * factor
        room = ((image.width - wide) / 2, (image.height - high) / 2)
        left = room[0] * (1 + move.x * (2 * gone - 1))
        top = room[1] * (1 + move.y * (2 * gone - 1))
        box = (left, top, left + wide, top + high)
        made.append(np.asarray(image.resize(size, Image.Resampling.BICUBIC, box=box)))
    return np.stack(made)
