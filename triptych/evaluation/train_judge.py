"""Training the judge: `python -m triptych.evaluation.train_judge DATA OUT`.

Runs are resumable: checkpoints lie beside the log in `OUT/training`, and are removed at the end.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from triptych.evaluation.judge import HEADS, SIZE, Judge, JudgeNet, to_pixels, truth_of
from triptych.training.config import StageOptions
from triptych.training.data import read_clip, read_image
from triptych.training.loop import train

Labels = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Pictures:
    """Pictures (N, 128, 128, 3) uint8 and the right answers (N, heads) as places in `HEADS`."""

    images: NDArray[np.uint8]
    answers: NDArray[np.int64]
    names: list[str]

    def __len__(self) -> int:
        return len(self.images)


class JudgeObjective(nn.Module):
    """The judge under `triptych.training.loop`: cross-entropy summed over the heads."""

    def __init__(self, training: Pictures, held_out: Pictures) -> None:
        super().__init__()
        self.net = JudgeNet(HEADS)
        self.data, self.held_out = training, held_out
        self.progress = 0.0

    def batch(self, generator: torch.Generator, size: int) -> tuple[Tensor, Tensor]:
        """Pictures, mildly changed, and their answers."""
        rows = torch.randint(len(self.data), (size,), generator=generator).numpy()
        pixels = _varied(to_pixels(self.data.images[rows]), generator)
        return pixels, torch.from_numpy(self.data.answers[rows])

    def forward(self, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        """The losses by head, and their sum."""
        pixels, answers = batch
        logits = self.net(pixels)
        losses = {
            name: functional.cross_entropy(part, answers[:, place], label_smoothing=0.02)
            for place, (name, part) in enumerate(logits.items())
        }
        return {"loss": torch.stack(list(losses.values())).sum(), **losses}

    def validate(self) -> dict[str, float]:
        """One less the mean accuracy, and the accuracy of every head."""
        figures = accuracy(Judge(self.net), self.held_out)
        self.net.train()
        return {"loss": 1 - float(np.mean(list(figures.values()))), **figures}

    def export(self, folder: Path) -> None:
        """Write the weights."""
        Judge(self.net).save(folder, torch.float32)


def _varied(pixels: Tensor, generator: torch.Generator) -> Tensor:
    """Flip, shift by up to 6 pixels, brightness by 8 %, and now and then noise or a slight blur.

    Noise and blur keep the judge from leaning on the renderer's finest texture, which a decoder
    of latents does not reproduce; they are no part of the truth.
    """
    count = len(pixels)
    flip = torch.rand(count, generator=generator) < 0.5
    pixels = torch.where(flip[:, None, None, None], pixels.flip(3), pixels)
    down, right = torch.randint(-6, 7, (2,), generator=generator).tolist()
    pixels = functional.pad(pixels, (6, 6, 6, 6), mode="replicate")
    pixels = pixels[..., 6 + down : 6 + down + SIZE, 6 + right : 6 + right + SIZE]
    light = 1 + 0.16 * (torch.rand((count, 1, 1, 1), generator=generator) - 0.5)
    pixels = pixels * light
    kind = float(torch.rand((), generator=generator))
    if kind < 0.12:
        pixels = functional.avg_pool2d(pixels, 3, 1, 1)
    elif kind < 0.24:
        pixels = pixels + 0.02 * torch.randn(pixels.shape, generator=generator)
    return pixels.clamp(0, 1)


def train_judge(
    images: NDArray[np.uint8],
    labels: Labels,
    folder: Path,
    *,
    held_out: Pictures | None = None,
    steps: int = 3000,
    batch: int = 48,
    seed: int = 5,
    max_seconds: float | None = None,
    on_step: Callable[[int, int, dict[str, float]], None] | None = None,
) -> Judge:
    """Train a judge, or go on where an earlier call was cut off.

    Args:
        images: (N, 128, 128, 3) uint8.
        labels: attribute to N values, for every head of `HEADS`.
        folder: checkpoints and log.
        held_out: pictures to validate on; by default some of the training ones.
        steps: of the optimiser.
        batch: pictures a step.
        seed: of all chance.
        max_seconds: stop after this long.
        on_step: progress.
    """
    torch.manual_seed(seed)
    data = Pictures(images, answers_of(labels), [str(row) for row in range(len(images))])
    few = Pictures(images[:256], data.answers[:256], data.names[:256])
    objective = JudgeObjective(data, held_out or few)
    options = StageOptions(
        steps=steps, batch=batch, rate=2e-3, weight_decay=0.02, warm_up=min(100, steps // 4),
        decay=0.5, clip_norm=5.0, ema=0, validate_every=max(steps // 8, 1), save_every=250,
    )  # fmt: skip
    train(objective, options, folder, seed=seed, max_seconds=max_seconds, on_step=on_step)
    return Judge(objective.net)


def answers_of(labels: Labels) -> NDArray[np.int64]:
    """Labels in words to (N, heads) places in `HEADS`; an unknown word is a `ValueError`."""
    columns = [[HEADS[name].index(value) for value in labels[name]] for name in HEADS]
    return np.asarray(columns, dtype=np.int64).T


def accuracy(judge: Judge, pictures: Pictures) -> dict[str, float]:
    """Share of pictures whose attribute is read right, by attribute."""
    named = judge.name(list(pictures.images))
    right = answers_of({name: [one[name] for one in named] for name in HEADS}) == pictures.answers
    return {name: float(right[:, place].mean()) for place, name in enumerate(HEADS)}


def confusions(judge: Judge, pictures: Pictures, head: str) -> list[tuple[str, str, int]]:
    """What is mistaken for what: (truth, reading, how often), the most frequent first."""
    place = list(HEADS).index(head)
    pairs: dict[tuple[str, str], int] = {}
    for truth, one in zip(pictures.answers[:, place], judge.name(list(pictures.images)),
                          strict=True):  # fmt: skip
        said = HEADS[head][truth], one[head]
        if said[0] != said[1]:
            pairs[said] = pairs.get(said, 0) + 1
    return sorted(((*pair, count) for pair, count in pairs.items()), key=lambda row: -row[2])


def load_renders(folder: Path, *, training: bool, frames: int = 2) -> Pictures:
    """Rendered stills of a world, and some frames of its clips, with the truth from its seed.

    A world that is still being rendered will do: the truth is a function of seed and number.

    Args:
        folder: of `triptych data render`.
        training: the training split, or else all held-out cases.
        frames: taken from every clip, beside the still.
    """
    from triptych.starter.dataset import has_clip, scene_of, split_of

    seed = int((folder / "world.txt").read_text().split()[1])
    images, truths, names = [], [], []
    for path in sorted((folder / "images").glob("[0-9]*.png")):
        index = int(path.stem)
        if (split_of(index)[0] == "train") != training:
            continue
        pictures = [read_image(path, SIZE)]
        clip = folder / "clips" / f"{path.stem}.mp4"
        if frames and has_clip(index) and clip.exists():
            taken = np.linspace(0, 15, frames + 1).round().astype(int)[1:]
            pictures += list(read_clip(clip, SIZE, 16)[taken])
        images += pictures
        truths += [truth_of(scene_of(seed, index))] * len(pictures)
        names += [path.stem] * len(pictures)
    labels = {name: [one[name] for one in truths] for name in HEADS}
    return Pictures(np.stack(images), answers_of(labels), names)


def main() -> None:
    """Train on a rendered world and write the judge with its accuracy on held-out renders."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--minutes", type=float, default=None)
    options = parser.parse_args()
    torch.set_num_threads(1)
    data = load_renders(options.data, training=True)
    held_out = load_renders(options.data, training=False)
    print(f"{len(data)} pictures to train on, {len(held_out)} held out", flush=True)

    def tell(step: int, steps: int, losses: dict[str, float]) -> None:
        if step % 100 == 0:
            print(f"{step}/{steps} loss {losses['loss']:.3f}", flush=True)

    labels = {
        name: [HEADS[name][row[place]] for row in data.answers] for place, name in enumerate(HEADS)
    }
    seconds = None if options.minutes is None else options.minutes * 60
    scratch = options.out / "training"
    judge = train_judge(
        data.images, labels, scratch, held_out=held_out, steps=options.steps,
        max_seconds=seconds, on_step=tell,
    )  # fmt: skip
    figures = accuracy(judge, held_out)
    judge.save(
        options.out, accuracy=figures, held_out=len(held_out), pictures=len(data),
        steps=options.steps,
    )  # fmt: skip
    print(json.dumps(figures, indent=2))
    for head in HEADS:
        print(head, confusions(judge, held_out, head)[:8])
    shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
