"""From items to figures: one row a case, and what only the whole set of cases has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from triptych.cases.format import Case
from triptych.evaluation.features import FeatureNetwork
from triptych.evaluation.items import Item, references_of
from triptych.evaluation.judge import HEADS, Judge, fitted
from triptych.evaluation.motion import flicker, motion
from triptych.evaluation.similarity import similarities
from triptych.evaluation.text_metrics import bleu_counts, rouge_l
from triptych.files.media import open_image
from triptych.protocols import Encoder, Pixels
from triptych.training.data import read_clip

CLIP_SIDE, CLIP_FRAMES = 128, 16
"""Clips of all methods, and the references, are measured at one size and number of frames."""

Row = dict[str, float]


@dataclass(frozen=True)
class Instruments:
    """What measures: none of it took part in making what is measured.

    Attributes:
        encoder: the evaluation CLIP; None leaves the similarities out.
        judge: reads attributes; None leaves accuracies out, as for cases of another world.
        networks: for Fréchet distances.
        clip_side: side that clips are brought to.
    """

    encoder: Encoder | None = None
    judge: Judge | None = None
    networks: tuple[FeatureNetwork, ...] = ()
    clip_side: int = CLIP_SIDE


@dataclass
class Measured:
    """A method's figures.

    Attributes:
        rows: by case.
        bleu: n-gram counts by case.
        features: by network kind and part (`judge/image`), and cases in their order.
        unreadable: media that could not be read, in words.
    """

    rows: dict[str, Row] = field(default_factory=dict)
    bleu: dict[str, list[int]] = field(default_factory=dict)
    features: dict[str, tuple[list[str], NDArray[np.float64]]] = field(default_factory=dict)


def measure(
    items: Sequence[Item],
    cases: Sequence[Case],
    out: Path,
    instruments: Instruments,
    on_item: Callable[[int, int], None] | None = None,
) -> Measured:
    """Measure a method's items.

    Args:
        items: of one method; those that ended in an error are left out.
        cases: with the truth, in any order.
        out: the evaluation's folder.
        instruments: what to measure with.
        on_item: (items done, items in all).
    """
    truth = {case.id: case for case in cases}
    measured = Measured()
    gathered: dict[str, tuple[list[str], list[NDArray[np.float64]]]] = {}
    for done, item in enumerate(items, 1):
        if item.status != "error":
            case = truth[item.case]
            image, clip = load_media(item, out, instruments.clip_side)
            row = _costs(item) | _words(item, case, measured.bleu)
            if instruments.encoder is not None:
                row |= similarities(instruments.encoder, item.text, image, clip)
                caption = similarities(instruments.encoder, case.caption, image, clip)
                row |= {f"caption_{name.removeprefix('text_')}": value
                        for name, value in caption.items() if name.startswith("text_")}  # fmt: skip
            if instruments.judge is not None:
                row |= judged(instruments.judge, case, image, clip)
            if clip is not None:
                row["motion"] = motion(np.stack([fitted(frame) for frame in clip]))
            measured.rows[item.case] = row
            for network in instruments.networks:
                for part, media in (("image", image), ("clip", clip)):
                    if media is None:
                        continue
                    read = network.images if part == "image" else network.clips
                    vectors = read([media])
                    if vectors is not None:
                        ids, values = gathered.setdefault(f"{network.kind}/{part}", ([], []))
                        ids.append(item.case)
                        values.append(vectors[0])
        if on_item:
            on_item(done, len(items))
    measured.features = {key: (ids, np.stack(values)) for key, (ids, values) in gathered.items()}
    return measured


def load_media(item: Item, out: Path, clip_side: int) -> tuple[Pixels | None, Pixels | None]:
    """An item's picture (H, W, 3) and clip (F, S, S, 3), as far as it has them."""
    place = out / "items" / item.method / item.case
    image = clip = None
    if item.image:
        with open_image(place / item.image) as picture:
            image = np.array(picture.convert("RGB"))
    if item.clip:
        clip = read_clip(place / item.clip, clip_side, CLIP_FRAMES)
    return image, clip


def judged(judge: Judge, case: Case, image: Pixels | None, clip: Pixels | None) -> Row:
    """Whether the judge reads the truth: in the picture, and in what share of the clip's frames.

    Empty for a case of another world, whose attributes the judge has no words for.
    """
    truth = _judgeable(case)
    row: Row = {}
    if image is not None and truth:
        named = judge.name([image])[0]
        row |= {f"judge_{name}": float(named[name] == value) for name, value in truth.items()}
        three = [row[f"judge_{name}"] for name in ("product", "colour", "setting")]
        row["judge_all"] = float(all(three))
    if clip is not None:
        row["flicker"] = flicker(judge.features(list(clip)))
        if truth:
            frames = judge.name(list(clip))
            row |= {
                f"frames_{name}": float(np.mean([one[name] == truth[name] for one in frames]))
                for name in ("product", "colour", "setting")
            }
    if image is not None and clip is not None:
        pair = np.stack([fitted(image), fitted(clip[0])]).astype(float)
        row["first_frame"] = float(np.abs(pair[0] - pair[1]).mean() / 255)
    return row


def _judgeable(case: Case) -> dict[str, str]:
    known = dict(case.attributes)
    if "state_on" in known:
        known["state"] = "on" if known["state_on"] else "off"
    attributes = {name: known.get(name) for name in HEADS}
    if any(attributes[name] not in HEADS[name] for name in ("product", "colour", "setting")):
        return {}
    return {name: str(value) for name, value in attributes.items() if value in HEADS[name]}


def _costs(item: Item) -> Row:
    if item.status == "reference":
        return {}
    spend = item.spend
    known = {"memory": item.peak_memory / 2**20} if item.peak_memory else {}
    return known | {
        "seconds": item.seconds,
        "nfe": float(spend.nfe),
        "tokens": float(spend.tokens_in + spend.tokens_out),
        "attempts": float(item.attempts),
        "passed": float(item.status == "passed"),
    }


def _words(item: Item, case: Case, bleu: dict[str, list[int]]) -> Row:
    """ROUGE-L, and the counts for BLEU; a reference is held against the other references."""
    references = references_of(case, item.channel, item.tone)
    if item.status == "reference":
        references = references[1:]
    if not references or not item.text:
        return {}
    bleu[item.case] = bleu_counts(item.text, references)
    return {"rouge_l": rouge_l(item.text, references)}
