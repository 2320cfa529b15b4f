"""What the critic's numbers mean for the CLIP in use: nulls and thresholds, measured on true pairs.

A cosine alone says little: it depends on the model, on the picture and on the words. So every
picture is held against its own null, its cosines with copies that have nothing to do with it,
and thresholds are order statistics of pairs that are known to belong together.
"""

from __future__ import annotations

import base64
import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field, ValidationError

from triptych.alignment.align import Vectors
from triptych.domain import ModelIdentity, Pair, Record
from triptych.errors import ModelError
from triptych.protocols import Encoder

FILE = "calibration.json"
NULL_SIZE = 64
SMALLEST_SET = 20
Criterion = Literal["mean", "weakest", "frame"]
"""Mean over claims; the weakest claim; the 10th-percentile frame of a clip."""


class PairCalibration(Record):
    """Scores of one pair's criteria on pairs that belong together, and on pairs that do not.

    Each list is in ascending order. Scores are z-values against the picture's null.
    """

    matched: dict[Criterion, tuple[float, ...]]
    mismatched: dict[Criterion, tuple[float, ...]]

    @property
    def criteria(self) -> int:
        """How many criteria share the false-rejection rate."""
        return len(self.matched)


class SearchStatistics(Record):
    """What the search must know of a generator under this critic; measured from pools of seeds."""

    generator: str
    """Name and revision of the generator that was measured."""
    steps: int
    between: float
    """Standard deviation of prompts' mean scores."""
    within: float
    """Standard deviation of seeds' scores around their prompt's mean."""
    mean: float
    preview_steps: tuple[int, ...]
    preview_correlations: tuple[float, ...]
    """Within-prompt rank correlation of the preview's score with the final one, at each step."""
    preview_shifts: tuple[float, ...]
    """How much final scores lie above the previews' on average, at each step."""
    preview_cost: float = 0.5
    """Decoding and scoring one preview, in denoising steps of one sample."""

    def step_reaching(self, correlation: float) -> int | None:
        """The earliest measured step whose correlation is at least that; None if none is."""
        for step, value in zip(self.preview_steps, self.preview_correlations, strict=True):
            if value >= correlation:
                return step
        return None


class Calibration(Record):
    """Everything that was measured of one CLIP, stored as `calibration.json` beside it."""

    version: Literal[1] = 1
    encoder: ModelIdentity
    preprocessing: str
    template: str
    null_texts: tuple[str, ...]
    null_images: str
    """Embeddings of unrelated pictures, (M, D) as float16 in base64."""
    null_width: int
    least_spread: float = 0.0
    """Claims whose cosines vary less than this over the unrelated pictures are not visual."""
    pairs: dict[Pair, PairCalibration]
    most_flicker: tuple[float, ...] = ()
    """Flicker of true clips, ascending; empty if there were none."""
    least_movement: tuple[float, ...] = ()
    contrasts: dict[str, tuple[float, ...]] = Field(default_factory=dict)
    """By group of attributes: cosine of the true word less that of its best rival, ascending."""
    search: dict[Literal["image", "clip"], SearchStatistics] = Field(default_factory=dict)

    @cached_property
    def null_pictures(self) -> Vectors:
        """`null_images` as (M, D), unit length."""
        raw = np.frombuffer(base64.b64decode(self.null_images), dtype=np.float16)
        vectors = raw.reshape(-1, self.null_width).astype(np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def threshold(self, pair: Pair, criterion: Criterion, rate: float) -> float | None:
        """The z that a pair must reach so that at most `rate` of true pairs are refused.

        The rate is shared evenly among all criteria of the pair (for a clip also flicker and
        standing still), so that it holds for the verdict and not only for each of them.
        None where the pair, or this criterion of it, was not calibrated.
        """
        scores = self.pairs.get(pair)
        if scores is None or criterion not in scores.matched:
            return None
        return lower_bound(scores.matched[criterion], rate / self.shares(pair))

    def flicker_limit(self, rate: float) -> float | None:
        """The most that a clip may flicker."""
        if not self.most_flicker:
            return None
        share = rate / self.shares("text-video")
        return -lower_bound([-value for value in reversed(self.most_flicker)], share)

    def movement_limit(self, rate: float) -> float | None:
        """The least that a clip must move."""
        if not self.least_movement:
            return None
        return lower_bound(self.least_movement, rate / self.shares("text-video"))

    def contrast_threshold(self, group: str, rate: float) -> float:
        """The margin under which an attribute counts as not shown; 0 for an unmeasured group."""
        margins = self.contrasts.get(group, ())
        return lower_bound(margins, rate) if len(margins) >= SMALLEST_SET else 0.0

    def shares(self, pair: Pair) -> int:
        """Among how many criteria the pair's false-rejection rate is shared."""
        gates = 2 if pair == "text-video" and self.least_movement else 0
        return self.pairs[pair].criteria + gates

    def error_rates(self, pair: Pair, rate: float) -> dict[Criterion, float]:
        """By criterion: the share of mismatched pairs that it alone lets pass at this rate."""
        scores = self.pairs[pair]
        rates: dict[Criterion, float] = {}
        for criterion, values in scores.mismatched.items():
            bound = self.threshold(pair, criterion, rate)
            rates[criterion] = float(np.mean(np.asarray(values) >= bound)) if values else 0.0
        return rates


def lower_bound(ascending: Sequence[float], rate: float) -> float:
    """The value that a new draw from the same source falls below with probability ≤ `rate`.

    The ⌊rate · (n + 1)⌋-th smallest of n (split conformal prediction, Vovk et al. 2005); where n is
    too small for the rate, the smallest.
    """
    place = math.floor(rate * (len(ascending) + 1))
    return float(ascending[max(place - 1, 0)])


@dataclass(frozen=True)
class Null:
    """Mean and standard deviation of cosines with what does not belong."""

    mean: float
    deviation: float

    def z(self, cosine: float) -> float:
        """(cosine − μ) / σ."""
        return (cosine - self.mean) / self.deviation

    def cosine(self, z: float) -> float:
        """The cosine whose z it is."""
        return self.mean + z * self.deviation


def null_of(vector: Vectors, unrelated: Vectors) -> Null:
    """The null of one embedding (D,) against unrelated ones (M, D)."""
    cosines = unrelated @ vector
    return Null(float(cosines.mean()), max(float(cosines.std(ddof=1)), 1e-4))


def preprocessing_of(encoder: Encoder) -> str:
    """How an encoder prepares pictures, in words; a calibration holds for one way alone."""
    return str(getattr(encoder, "preprocessing", "the encoder's own"))


def pack_vectors(vectors: Vectors) -> str:
    """(M, D) as float16 in base64."""
    return base64.b64encode(vectors.astype(np.float16).tobytes()).decode()


def save_calibration(calibration: Calibration, folder: Path) -> Path:
    """Write `calibration.json` into the CLIP's folder, whole or not at all."""
    path = folder / FILE
    temporary = folder / f".{FILE}.part"
    temporary.write_text(
        json.dumps(calibration.model_dump(mode="json"), ensure_ascii=False) + "\n", encoding="utf-8"
    )
    os.replace(temporary, path)
    return path


def load_calibration(folder: Path | None, encoder: Encoder) -> Calibration | None:
    """The calibration that was stored for this encoder; None if there is none.

    Raises:
        ModelError: if it is torn, or was made for other weights or another preprocessing: held
            against foreign thresholds, every verdict would be wrong without a sign of it.
    """
    if folder is None or not (path := folder / FILE).is_file():
        return None
    again = "Calibrate again with triptych.alignment.calibrate, or restore the file."
    try:
        calibration = Calibration.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise ModelError(f"{path} cannot be read as a calibration: {error}", again) from error
    if calibration.encoder != encoder.identity:
        raise ModelError(
            f"{path} belongs to {_name(calibration.encoder)}, not to {_name(encoder.identity)}.",
            again,
        )
    if calibration.preprocessing != preprocessing_of(encoder):
        raise ModelError(
            f"{path} was made with pictures prepared as {calibration.preprocessing}, "
            f"now they are prepared as {preprocessing_of(encoder)}.",
            again,
        )
    return calibration


def with_search(
    calibration: Calibration, statistics: Mapping[Literal["image", "clip"], SearchStatistics]
) -> Calibration:
    """The same calibration, with what was measured of the search."""
    return calibration.model_copy(update={"search": {**calibration.search, **statistics}})


def _name(identity: ModelIdentity) -> str:
    return f"{identity.name} {identity.revision}".strip()
