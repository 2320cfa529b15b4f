"""The critic's scores: how well words, picture and clip agree, and what the picture lacks."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from triptych.alignment.align import Vectors, clip_vector, cosines, embed_texts, unit
from triptych.alignment.attributes import fitting_contrasts
from triptych.alignment.cache import Cache
from triptych.alignment.calibration import (
    Calibration,
    Criterion,
    SearchStatistics,
    null_of,
)
from triptych.alignment.claims import CLAIM_TOKENS, split_claims
from triptych.alignment.judging import verdict_on
from triptych.alignment.measure import (
    Measured,
    measure_clip,
    measure_likeness,
    measure_picture,
    visual_only,
)
from triptych.alignment.motion import flicker, movement
from triptych.alignment.nulls import default_null_texts
from triptych.alignment.results import Missing, PairResult
from triptych.domain import DEFAULT_FALSE_REJECTION_RATE, ModelIdentity, Pair, Part, Verdict
from triptych.grounding.vocabulary import GROUPS, Groups
from triptych.protocols import Encoder, Pixels, Subject

GATE_PENALTY = 10.0
"""Taken from a clip's rank for each gate it fails: more than alignment can make up for."""

Words = str | Sequence[str]
"""Copy as one text, or claims that are split already."""


class AlignmentScorer:
    """The critic by one CLIP: scores pairs; embeddings are computed once an asset.

    Args:
        encoder: the critic's CLIP.
        calibration: of that CLIP; without it cosines and z-values are still given (against a
            built-in null), but nothing is judged: `passed` is None.
        rate: share of true pairs that the thresholds may refuse.
        groups: attributes to contrast.
    """

    def __init__(
        self,
        encoder: Encoder,
        calibration: Calibration | None = None,
        rate: float = DEFAULT_FALSE_REJECTION_RATE,
        groups: Groups = GROUPS,
    ) -> None:
        self.encoder, self.calibration, self.rate, self.groups = encoder, calibration, rate, groups
        self.template = calibration.template if calibration else "{}"
        self._claims: Cache[str, tuple[str, ...]] = Cache()
        self._pictures: Cache[bytes, Vectors] = Cache()
        self._texts: Cache[tuple[str, ...], Vectors] = Cache()

    def at_rate(self, rate: float) -> AlignmentScorer:
        """The same scorer at another false rejection rate; what is embedded is shared."""
        other = copy.copy(self)
        other.rate = rate
        return other

    def claims(self, words: Words) -> tuple[str, ...]:
        """Copy split into visual claims; claims are handed back as they are.

        With a calibration, claims that say nothing of any picture are left out.
        """
        if not isinstance(words, str):
            return tuple(words)
        return self._claims.get(words, lambda: self._visual_claims(words))

    @property
    def identity(self) -> ModelIdentity:
        """The CLIP's."""
        return self.encoder.identity

    @property
    def judges(self) -> bool:
        """Whether the CLIP is calibrated."""
        return self.calibration is not None

    def judge(self, subject: Subject) -> Verdict:
        """As of `Critic`: every pair there is, the part to blame, and what it lacks."""
        image, clip, results = subject.image, subject.clip, []
        if image is not None:
            results.append(self.text_image(subject.text, image))
        if clip is not None:
            results.append(self.text_video(subject.text, clip))
            if image is not None:
                results.append(self.image_video(image, clip))
        return verdict_on(
            subject, results, lambda pixels: self.missing_claims(subject.plan.visual, pixels)
        )

    def passes(self, words: Words, sample: Pixels, key_image: Pixels | None = None) -> bool:
        """As of `Critic`: a clip must agree with the words and with its key image."""
        if sample.ndim == 3:
            return self.text_image(words, sample).passed is True
        agrees = self.text_video(words, sample).passed is True
        if key_image is None or not agrees:
            return agrees
        return self.image_video(key_image, sample).passed is True

    def rank(self, words: Words, samples: Sequence[Pixels], preview: bool = False) -> list[float]:
        """As of `Critic`: means of z-values; a finished clip must also move and not flicker."""
        if samples and samples[0].ndim == 4:
            return self.rank_clips(words, samples, gates=not preview)
        return self.rank_images(words, samples)

    def threshold(self, part: Part) -> float | None:
        """What a rank must about reach to pass: the mean of its criteria's thresholds."""
        calibration = self.calibration
        pair: Pair = "text-image" if part == "image" else "text-video"
        if calibration is None or pair not in calibration.pairs:
            return None
        criteria: list[Criterion] = list(calibration.pairs[pair].matched)
        needed = [calibration.threshold(pair, criterion, self.rate) for criterion in criteria]
        return sum(n for n in needed if n is not None) / len(needed)

    def statistics(self, part: Part, generator: ModelIdentity) -> SearchStatistics | None:
        """What was measured of this very generator; what another's previews tell is not assumed."""
        if self.calibration is None or part == "copy":
            return None
        statistics = self.calibration.search.get(part)
        return statistics if statistics and statistics.generator == named(generator) else None

    def text_image(self, words: Words, pixels: Pixels) -> PairResult:
        """Copy or claims against a picture (H, W, 3)."""
        claims = self.claims(words)
        measured = measure_picture(self._text(claims), self._picture(pixels), self._null_texts)
        return self._judged("text-image", measured, claims, ())

    def text_video(self, words: Words, clip: Pixels) -> PairResult:
        """Copy or claims against a clip (F, H, W, 3), with its gates."""
        claims, frames = self.claims(words), self._frames(clip)
        measured = measure_clip(self._text(claims), clip_vector(frames), frames, self._null_texts)
        return self._judged("text-video", measured, claims, self.failed_gates(clip))

    def image_video(self, image: Pixels, clip: Pixels) -> PairResult:
        """The key image (H, W, 3) against its clip (F, H, W, 3)."""
        frames, picture = self._frames(clip), self._picture(image)
        whole = clip_vector(frames)
        calibration = self.calibration
        unrelated = calibration.null_pictures if calibration else self._null_texts
        measured = measure_likeness(picture, whole, frames, unrelated)
        if calibration is None:  # words are no null for a picture: only the cosine is meant
            measured = replace(measured, z={})
        return self._judged("image-video", measured, (), ())

    def embed(self, asset: str | Pixels) -> Vectors:
        """Copy, a picture (H, W, 3) or a clip (F, H, W, 3) in CLIP space.

        Returns:
            (n, E) unit vectors: one for copy (the mean of its claims) and for a picture, and one
            for each frame of a clip.
        """
        if isinstance(asset, str):
            return unit(self._text(self.claims(asset)).mean(axis=0, keepdims=True))
        return self._picture(asset)[None] if asset.ndim == 3 else self._frames(asset)

    def failed_gates(self, clip: Pixels) -> tuple[str, ...]:
        """What is wrong with a clip as a film, in words; empty if nothing, or no limits known."""
        if self.calibration is None:
            return ()
        failed = []
        limit = self.calibration.flicker_limit(self.rate)
        if limit is not None and flicker(clip) > limit:
            failed.append("the clip flickers")
        limit = self.calibration.movement_limit(self.rate)
        if limit is not None and movement(clip) < limit:
            failed.append("the clip stands still")
        return tuple(failed)

    def rank_images(self, words: Words, images: Sequence[Pixels]) -> list[float]:
        """What a search ranks pictures by: the mean of the mean and the weakest claim's z."""
        return [_mean_z(self.text_image(words, image)) for image in images]

    def rank_clips(
        self, words: Words, clips: Sequence[Pixels], *, gates: bool = True
    ) -> list[float]:
        """What a search ranks clips by: the mean of mean, weakest claim and worst frames.

        Args:
            words: copy or claims.
            clips: each (F, H, W, 3).
            gates: a clip that flickers or stands still ranks far below; off for previews, which
                are blurred and still by nature.
        """
        ranks = []
        for clip in clips:
            rank = _mean_z(self.text_video(words, clip))
            ranks.append(rank - (GATE_PENALTY * len(self.failed_gates(clip)) if gates else 0.0))
        return ranks

    def missing_claims(
        self, visual: str, pixels: Pixels, claims: Sequence[str] = ()
    ) -> tuple[Missing, ...]:
        """What the picture does not show of what was asked, the clearest miss first.

        Attributes are contrasted with their rivals; claims are held against the picture's null.

        Args:
            visual: what should be seen, in one line (a plan's `visual`).
            pixels: a picture (H, W, 3) or a clip (F, H, W, 3).
            claims: further claims, without rivals.
        """
        vector = clip_vector(self._frames(pixels)) if pixels.ndim == 4 else self._picture(pixels)
        misses = [*self._missing_attributes(visual, vector), *self._missing_claims(claims, vector)]
        return tuple(sorted(misses, key=lambda missing: missing.margin))

    def _visual_claims(self, words: str) -> tuple[str, ...]:
        claims = self._split(words)
        calibration = self.calibration
        if calibration is None or calibration.least_spread == 0:
            return claims
        return visual_only(
            claims, self._text(claims), calibration.null_pictures, calibration.least_spread
        )

    def _split(self, words: str) -> tuple[str, ...]:
        return split_claims(words, self._count, min(CLAIM_TOKENS, self.encoder.max_tokens))

    def _count(self, text: str) -> int:
        return self.encoder.count_tokens(self.template.format(text))

    def _missing_attributes(self, visual: str, vector: Vectors) -> list[Missing]:
        misses = []
        lines = fitting_contrasts(visual, self._count, self.encoder.max_tokens, self.groups)
        for contrast in lines:
            texts = self._text((contrast.text, *contrast.rival_texts))
            near = cosines(texts, vector[None])[:, 0]
            rival = int(near[1:].argmax())
            margin = float(near[0] - near[1 + rival])
            needed = 0.0
            if self.calibration is not None:
                needed = self.calibration.contrast_threshold(contrast.group, self.rate)
            if margin < needed:
                misses.append(Missing(contrast.words, contrast.rivals[rival], margin - needed))
        return misses

    def _missing_claims(self, claims: Sequence[str], vector: Vectors) -> list[Missing]:
        if not claims or self.calibration is None:
            return []
        needed = self.calibration.threshold("text-image", "weakest", self.rate)
        if needed is None:
            return []
        null = null_of(vector, self._null_texts)
        near = cosines(self._text(tuple(claims)), vector[None])[:, 0]
        short = [(claim, null.z(float(c)) - needed) for claim, c in zip(claims, near, strict=True)]
        return [Missing(claim, "", margin) for claim, margin in short if margin < 0]

    def _judged(
        self, pair: Pair, measured: Measured, claims: tuple[str, ...], gates: tuple[str, ...]
    ) -> PairResult:
        claim = claims[measured.claim] if claims else ""
        threshold, failed = None, list(gates)
        if self.calibration is not None:
            for criterion, z in measured.z.items():
                needed = self.calibration.threshold(pair, criterion, self.rate)
                if needed is None:
                    continue
                if criterion == "mean":
                    threshold = measured.null.cosine(needed)
                if z < needed:
                    failed.append(_shortfall(criterion, claim))
        return PairResult(
            pair,
            measured.cosine,
            measured.weakest,
            claim,
            measured.frame,
            measured.z,
            threshold,
            tuple(failed) if threshold is not None else (),
        )

    @cached_property
    def _null_texts(self) -> Vectors:
        texts = self.calibration.null_texts if self.calibration else default_null_texts()
        return embed_texts(self.encoder, texts, self.template)

    # What is embedded together is always the same, whatever was embedded before: the last bits of
    # a vector depend on its batch, and a resumed run must find the verdicts of an unbroken one.

    def _text(self, texts: Sequence[str]) -> Vectors:
        key = tuple(texts)
        return self._texts.get(key, lambda: embed_texts(self.encoder, key, self.template))

    def _picture(self, pixels: Pixels) -> Vectors:
        key = _key(pixels)
        return self._pictures.get(key, lambda: unit(self.encoder.encode_images([pixels]))[0])

    def _frames(self, clip: Pixels) -> Vectors:
        key = _key(clip)
        return self._pictures.get(key, lambda: unit(self.encoder.encode_images(list(clip))))


def named(identity: ModelIdentity) -> str:
    """A generator as pools and statistics name it."""
    return f"{identity.name} {identity.revision}".strip()


def _mean_z(result: PairResult) -> float:
    """The mean of its criteria's z-values."""
    return sum(result.z.values()) / len(result.z)


def _shortfall(criterion: Criterion, claim: str) -> str:
    if criterion == "weakest":
        return f"the claim “{claim}” is not shown"
    if criterion == "frame":
        return "some frames drift away"
    return "they agree too little"


def _key(pixels: Pixels) -> bytes:
    head = f"{pixels.shape}".encode()
    return hashlib.blake2b(head + np.ascontiguousarray(pixels).tobytes(), digest_size=16).digest()
