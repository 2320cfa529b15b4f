"""Measuring a calibration: nulls, thresholds and gates from examples that belong together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

import numpy as np

from triptych.alignment.align import Vectors, clip_vector, cosines, embed_texts, unit
from triptych.alignment.attributes import fitting_contrasts
from triptych.alignment.calibration import (
    NULL_SIZE,
    SMALLEST_SET,
    Calibration,
    Criterion,
    PairCalibration,
    pack_vectors,
    preprocessing_of,
)
from triptych.alignment.claims import CLAIM_TOKENS, split_claims
from triptych.alignment.measure import (
    Measured,
    measure_clip,
    measure_likeness,
    measure_picture,
    spread,
    visual_only,
)
from triptych.alignment.motion import flicker, movement
from triptych.domain import Pair
from triptych.errors import ModelError
from triptych.grounding.vocabulary import GROUPS, Groups
from triptych.protocols import Encoder, Pixels

_VISUAL = 0.5
"""Share of a visual line's usual spread from which on a claim counts as visual."""


@dataclass(frozen=True)
class Example:
    """Words, a picture and perhaps a clip that are known to say the same thing.

    Attributes:
        visual: one line that says what is seen, like a plan's; attributes are read from it.
        texts: copy as the critic will meet it; each is a matched pair of its own.
        image: (H, W, 3).
        clip: (F, H, W, 3), or None.
    """

    visual: str
    texts: tuple[str, ...]
    image: Pixels
    clip: Pixels | None = None


@dataclass
class _Scores:
    """Scores of one pair, matched and not, as they are gathered."""

    matched: list[Measured] = field(default_factory=list)
    mismatched: list[Measured] = field(default_factory=list)

    def sorted(self) -> PairCalibration:
        criteria: list[Criterion] = sorted(self.matched[0].z) if self.matched else []

        def ascending(scores: list[Measured], criterion: Criterion) -> tuple[float, ...]:
            return tuple(sorted(round(one.z[criterion], 4) for one in scores))

        return PairCalibration(
            matched={c: ascending(self.matched, c) for c in criteria},
            mismatched={c: ascending(self.mismatched, c) for c in criteria},
        )


def calibrate(
    encoder: Encoder,
    examples: Sequence[Example],
    *,
    template: str = "{}",
    groups: Groups = GROUPS,
    seed: int = 0,
) -> Calibration:
    """Measure what this CLIP's cosines mean, on examples that it was not trained on.

    Up to 64 examples (a third at most) serve as the null alone; the others give matched scores,
    and mismatched ones with the words of another.

    Args:
        encoder: the CLIP in use.
        examples: at least 30; 300 or more for a false-rejection rate of 5 %.
        template: what a claim is put into before it is encoded, with one `{}`.
        groups: attributes to contrast.
        seed: which examples become the null, and who is mismatched with whom.
    """
    null_size = min(NULL_SIZE, len(examples) // 3)
    if len(examples) - null_size < SMALLEST_SET:
        raise ModelError(
            f"{len(examples)} examples are too few to calibrate a CLIP with.",
            f"Give at least {SMALLEST_SET * 3 // 2}; 300 or more for a rate of 5 %.",
        )
    order = list(range(len(examples)))
    Random(seed).shuffle(order)
    nulls = [examples[i] for i in order[:null_size]]
    used = [examples[i] for i in order[null_size:]]

    def count(text: str) -> int:
        return encoder.count_tokens(template.format(text))

    def claims_of(text: str) -> tuple[str, ...]:
        return split_claims(text, count, min(CLAIM_TOKENS, encoder.max_tokens))

    null_pictures = unit(encoder.encode_images([e.image for e in nulls]))
    lines = [line for e in nulls for line in claims_of(e.visual)]
    spreads = spread(embed_texts(encoder, lines, template), null_pictures)
    least_spread = float(np.median(spreads)) * _VISUAL

    def visual_claims(text: str) -> tuple[str, ...]:
        claims = claims_of(text)
        vectors = embed_texts(encoder, claims, template)
        return visual_only(claims, vectors, null_pictures, least_spread)

    null_texts = tuple(max(visual_claims((e.texts or (e.visual,))[0]), key=len) for e in nulls)
    null_vectors = embed_texts(encoder, null_texts, template)
    words = [[embed_texts(encoder, visual_claims(t), template) for t in e.texts] for e in used]
    pictures = unit(encoder.encode_images([e.image for e in used]))
    frames = [None if e.clip is None else unit(encoder.encode_images(list(e.clip))) for e in used]

    text_image, text_video, image_video = _Scores(), _Scores(), _Scores()
    for index in range(len(used)):
        other = _someone_else(used, index)
        for matched, source in ((True, index), (False, other)):
            for claims in words[source]:
                score = measure_picture(claims, pictures[index], null_vectors)
                _put(text_image, matched, score)
                if (by_frame := frames[index]) is not None:
                    whole = clip_vector(by_frame)
                    _put(text_video, matched, measure_clip(claims, whole, by_frame, null_vectors))
            if (by_frame := frames[index]) is not None:
                whole = clip_vector(by_frame)
                score = measure_likeness(pictures[source], whole, by_frame, null_pictures)
                _put(image_video, matched, score)
    scores: dict[Pair, _Scores] = {
        "text-image": text_image,
        "text-video": text_video,
        "image-video": image_video,
    }
    clips = [e.clip for e in used if e.clip is not None]
    return Calibration(
        encoder=encoder.identity,
        preprocessing=preprocessing_of(encoder),
        template=template,
        null_texts=null_texts,
        null_images=pack_vectors(null_pictures),
        null_width=null_pictures.shape[1],
        least_spread=least_spread,
        pairs={
            pair: pair_scores.sorted()
            for pair, pair_scores in scores.items()
            if pair_scores.matched
        },
        most_flicker=tuple(sorted(round(flicker(clip), 6) for clip in clips)),
        least_movement=tuple(sorted(round(movement(clip), 6) for clip in clips)),
        contrasts=_contrast_margins(encoder, count, used, pictures, template, groups),
    )


def _put(scores: _Scores, matched: bool, score: Measured) -> None:
    (scores.matched if matched else scores.mismatched).append(score)


def _someone_else(examples: Sequence[Example], index: int) -> int:
    """The next example that says something else; half-way round where all say the same."""
    count = len(examples)
    for step in range(1, count):
        other = (index + count // 2 + step) % count
        if examples[other].visual != examples[index].visual and other != index:
            return other
    return (index + count // 2) % count


def _contrast_margins(
    encoder: Encoder,
    count: Callable[[str], int],
    examples: Sequence[Example],
    pictures: Vectors,
    template: str,
    groups: Groups,
) -> dict[str, tuple[float, ...]]:
    margins: dict[str, list[float]] = {}
    for example, picture in zip(examples, pictures, strict=True):
        for contrast in fitting_contrasts(example.visual, count, encoder.max_tokens, groups):
            texts = embed_texts(encoder, (contrast.text, *contrast.rival_texts), template)
            scores = cosines(texts, picture[None])[:, 0]
            margins.setdefault(contrast.group, []).append(float(scores[0] - scores[1:].max()))
    return {
        group: tuple(float(np.round(value, 5)) for value in sorted(values))
        for group, values in margins.items()
    }
