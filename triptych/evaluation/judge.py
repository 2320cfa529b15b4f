"""The judge: a small network that names product, colour, setting and more from a picture alone.

It is trained on rendered pictures only and takes no part in training or in the critic, so what it
reads in generated pictures is evidence and not an echo.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from triptych.domain import ModelIdentity
from triptych.generators.weights import fingerprint, load_module, save_module
from triptych.protocols import Pixels
from triptych.starter.scene import COLOURS, PRODUCTS, SETTINGS, TIMES, WEATHERS, Scene

SIZE = 128
FEATURES = 64
"""Few enough that the covariance of 200 pictures has full rank."""

HEADS: dict[str, tuple[str, ...]] = {
    "product": tuple(sorted(PRODUCTS)),
    "colour": tuple(sorted(COLOURS)),
    "setting": tuple(sorted(SETTINGS)),
    "state": ("off", "on"),
    "time": TIMES,
    "weather": WEATHERS,
}
"""What is read, and the values in the order of the logits."""

SHIPPED_JUDGE = Path(__file__).parents[1] / "starter" / "weights" / "judge"


def truth_of(scene: Scene) -> dict[str, str]:
    """The right answer of every head for a scene."""
    return {
        "product": scene.product,
        "colour": scene.colour,
        "setting": scene.setting,
        "state": "on" if scene.state_on else "off",
        "time": scene.time,
        "weather": scene.weather,
    }


class JudgeNet(nn.Module):
    """Strided convolutions, average and maximum over the map, one linear head an attribute.

    The first layer takes 8×8 patches at stride 4: most of the work happens at 16×16, so one CPU
    The first layer takes 8×8 patches at stride 4, so most of the work happens at 16×16 and one CPU
    core learns from about 250 pictures a second.
    """

    def __init__(
        self, heads: Mapping[str, Sequence[str]], width: int = 32, features: int = FEATURES
    ):
        super().__init__()
        w = width
        self.heads = {name: tuple(values) for name, values in heads.items()}
        self.trunk = nn.Sequential(
            _block(3, w, 8, 4, 2),
            _block(w, 2 * w, 3, 2, 1),
            _block(2 * w, 2 * w, 3, 1, 1),
            _block(2 * w, 4 * w, 3, 2, 1),
            _block(4 * w, 4 * w, 3, 1, 1),
            _block(4 * w, 6 * w, 3, 2, 1),
            _block(6 * w, 6 * w, 1, 1, 0),
        )
        self.embed = nn.Linear(6 * w * 5, features)
        self.classify = nn.Linear(features, sum(map(len, self.heads.values())))

    def features(self, pixels: Tensor) -> Tensor:
        """(B, 3, 128, 128) in 0..1 to (B, D)."""
        maps = self.trunk((pixels - 0.5) * 4)
        # Four quarters and the maximum: where a thing is tells floor from sky.
        quarters = nn.functional.adaptive_avg_pool2d(maps, 2).flatten(1)
        return self.embed(torch.cat((quarters, maps.amax((2, 3))), 1))

    def forward(self, pixels: Tensor) -> dict[str, Tensor]:
        """(B, 3, 128, 128) in 0..1 to logits by attribute."""
        logits = self.classify(self.features(pixels).relu())
        parts = logits.split([len(values) for values in self.heads.values()], 1)
        return dict(zip(self.heads, parts, strict=True))


def _block(inputs: int, outputs: int, kernel: int, stride: int, padding: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )


class Judge:
    """A trained judge.

    Args:
        net: the network.
        revision: of its weights.
    """

    def __init__(self, net: JudgeNet, revision: str = "") -> None:
        self.net = net.eval()
        self.identity = ModelIdentity(name="starter judge", revision=revision)

    @classmethod
    def from_pretrained(cls, folder: Path = SHIPPED_JUDGE) -> Judge:
        """Load what `save` wrote. Raises `ModelError` if it is missing or torn."""
        return cls(load_module(build_net, folder), fingerprint(folder))

    def save(self, folder: Path, dtype: torch.dtype = torch.float16, **notes: object) -> None:
        """Write weights and config; `notes` (accuracy, data, steps) are kept with the config."""
        save_module(self.net, {**config_of(self.net), "notes": notes}, folder, dtype)

    def read(self, images: Sequence[Pixels]) -> list[dict[str, dict[str, float]]]:
        """For every image (H, W, 3): attribute to value to probability."""
        readings: list[dict[str, dict[str, float]]] = []
        for pixels in self._batches(images):
            with torch.no_grad():
                logits = self.net(pixels)
            shares = {name: part.softmax(1).tolist() for name, part in logits.items()}
            readings += [
                {name: dict(zip(self.net.heads[name], shares[name][row], strict=True))
                 for name in shares}
                for row in range(len(pixels))
            ]  # fmt: skip
        return readings

    def name(self, images: Sequence[Pixels]) -> list[dict[str, str]]:
        """The likeliest value of every attribute."""
        return [
            {attribute: max(values, key=values.__getitem__) for attribute, values in one.items()}
            for one in self.read(images)
        ]

    def features(self, images: Sequence[Pixels]) -> NDArray[np.float64]:
        """(N, D) embeddings, for Fréchet distances and flicker."""
        vectors = []
        for pixels in self._batches(images):
            with torch.no_grad():
                vectors.append(self.net.features(pixels).double().numpy())
        return np.concatenate(vectors) if vectors else np.zeros((0, FEATURES))

    def _batches(self, images: Sequence[Pixels], size: int = 64) -> list[Tensor]:
        return [
            to_pixels(np.stack([fitted(one) for one in images[start : start + size]]))
            for start in range(0, len(images), size)
        ]


def build_net(config: dict[str, Any]) -> JudgeNet:
    """The network that a stored config describes."""
    return JudgeNet(config["heads"], config["width"], config["features"])


def config_of(net: JudgeNet) -> dict[str, object]:
    """What `build_net` needs to make the same shape again."""
    return {
        "heads": {name: list(values) for name, values in net.heads.items()},
        "width": net.trunk[0][0].out_channels,  # pyright: ignore
        "features": net.embed.out_features,
    }


def to_pixels(images: NDArray[np.uint8]) -> Tensor:
    """(N, H, W, 3) uint8 to float (N, 3, H, W) in 0..1."""
    return torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float() / 255


def fitted(pixels: Pixels) -> Pixels:
    """The middle square of an image, at the judge's size."""
    height, width = pixels.shape[:2]
    if (height, width) == (SIZE, SIZE):
        return pixels
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    cut = Image.fromarray(np.ascontiguousarray(pixels[top : top + side, left : left + side]))
    return np.asarray(cut.resize((SIZE, SIZE), Image.Resampling.LANCZOS))
