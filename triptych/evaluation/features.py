"""Feature networks for Fréchet distances: the judge, a CLIP, or a user's Inception-V3 and I3D.

Published FID and FVD figures are on the features of two networks that are handed round as
TorchScript files (`inception-2015-12-05.pt`, `i3d_torchscript.pt`). Who has them names the file;
who has not gets distances on other features, under other names.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from triptych.errors import ModelError
from triptych.evaluation.frechet import NetworkKind
from triptych.evaluation.judge import Judge
from triptych.protocols import Encoder, Pixels


class FeatureNetwork(Protocol):
    """Pictures or clips to vectors."""

    kind: NetworkKind

    def images(self, images: Sequence[Pixels]) -> NDArray[np.float64] | None:
        """(N, D), or None if the network does not read pictures."""
        ...

    def clips(self, clips: Sequence[Pixels]) -> NDArray[np.float64] | None:
        """(N, D), or None if the network does not read clips."""
        ...


class JudgeFeatures:
    """The judge's embedding; of a clip the mean over frames, and the mean change between frames."""

    kind: NetworkKind = "judge"

    def __init__(self, judge: Judge) -> None:
        self.judge = judge

    def images(self, images: Sequence[Pixels]) -> NDArray[np.float64]:
        """(N, D)."""
        return self.judge.features(images)

    def clips(self, clips: Sequence[Pixels]) -> NDArray[np.float64]:
        """(N, 2 D)."""
        return np.stack([_film(self.judge.features(list(clip))) for clip in clips])


class ClipFeatures:
    """A CLIP's image embedding; of a clip as for the judge."""

    kind: NetworkKind = "clip"

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder

    def images(self, images: Sequence[Pixels]) -> NDArray[np.float64]:
        """(N, D)."""
        return np.asarray(self.encoder.encode_images(images), np.float64)

    def clips(self, clips: Sequence[Pixels]) -> NDArray[np.float64]:
        """(N, 2 D)."""
        return np.stack([_film(self.images(list(clip))) for clip in clips])


class ScriptedInception:
    """Inception-V3 as TorchScript: `net(pixels (B, 3, H, W) uint8, return_features=True)`."""

    kind: NetworkKind = "inception"

    def __init__(self, path: Path) -> None:
        self.net = load_script(path)

    def images(self, images: Sequence[Pixels]) -> NDArray[np.float64]:
        """(N, 2048)."""
        vectors = []
        for image in images:
            pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None]
            with torch.no_grad():
                vectors.append(self.net(pixels, return_features=True).double().numpy())
        return np.concatenate(vectors)

    def clips(self, clips: Sequence[Pixels]) -> None:
        """It reads none."""
        return


class ScriptedI3D:
    """I3D as TorchScript: `net(clips (B, 3, F, 224, 224) in −1..1, …, return_features=True)`."""

    kind: NetworkKind = "i3d"

    def __init__(self, path: Path) -> None:
        self.net = load_script(path)

    def images(self, images: Sequence[Pixels]) -> None:
        """It reads none."""
        return

    def clips(self, clips: Sequence[Pixels]) -> NDArray[np.float64]:
        """(N, 400)."""
        vectors = []
        for clip in clips:
            pixels = torch.from_numpy(np.array(clip)).permute(3, 0, 1, 2)[None].float()
            with torch.no_grad():
                features = self.net(pixels, rescale=True, resize=True, return_features=True)
            vectors.append(features.double().numpy())
        return np.concatenate(vectors)


def load_script(path: Path) -> torch.jit.ScriptModule:
    """A TorchScript network in evaluation mode. Raises `ModelError` if the file is none."""
    try:
        return torch.jit.load(str(path), map_location="cpu").eval()
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelError(
            f"{path} is no TorchScript network: {str(error).splitlines()[0]}",
            "FID wants inception-2015-12-05.pt, FVD i3d_torchscript.pt.",
        ) from error


def _film(frames: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a clip shows, and how much that changes: a still and a film of one scene differ."""
    change = np.abs(np.diff(frames, axis=0)).mean(axis=0) if len(frames) > 1 else frames[0] * 0
    return np.concatenate((frames.mean(axis=0), change))
