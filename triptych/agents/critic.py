"""The critic: holds words, picture and clip against each other and says what falls short."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import TYPE_CHECKING, Any

from triptych.alignment.align import Vectors, unit
from triptych.alignment.scoring import AlignmentScorer, PairResult
from triptych.domain import AssetRef, CampaignPlan, Candidate, Pair, Part, Verdict
from triptych.errors import StoreError, TriptychError
from triptych.store import Store

if TYPE_CHECKING:
    import torch

_BLAMED: dict[Pair, Part] = {"text-image": "image", "text-video": "clip", "image-video": "clip"}


class CriticAgent:
    """Judges one deliverable by CLIP, and its copy by what the brief demands.

    Args:
        scorer: cosines, z-values and thresholds.
        store: where the assets are.
        to_clip: the copywriter's head from Z into CLIP space; None tells nothing of Z.
    """

    def __init__(
        self,
        scorer: AlignmentScorer,
        store: Store,
        to_clip: Callable[[torch.Tensor], Vectors | None] | None = None,
    ) -> None:
        self.scorer, self.store, self.to_clip = scorer, store, to_clip

    def __call__(
        self,
        plan: CampaignPlan,
        copy: Candidate,
        image: AssetRef | None,
        clip: AssetRef | None = None,
        own_image: bool = True,
    ) -> Verdict:
        """The verdict on a deliverable.

        Args:
            plan: what was asked.
            copy: its words.
            image: the picture they must agree with; with none nothing can be judged.
            clip: its clip, if it has one.
            own_image: whether the picture is this deliverable's own, so that it may be blamed;
                else it is the campaign's, and the copy has to give way.

        When scoring itself fails nothing is waved through: the verdict is `unjudged`. Raises
        `StoreError` if there is nothing to judge, for an asset is gone or damaged.
        """
        text = copy.copy_text or ""
        unnamed = missing_names(plan, text)
        if unnamed:
            return Verdict(
                deliverable=copy.deliverable,
                status="failed",
                weakest="copy",
                missing=unnamed,
                reason=f"The copy does not name {' and '.join(unnamed)}.",
            )
        if image is None and clip is None:
            reason = "There is no picture that the copy could be held to."
            return Verdict(deliverable=copy.deliverable, status="unjudged", reason=reason)
        try:
            results = self._measure(text, image, clip)
            blamed = self._weakest(results, own_image)
            lacking = self._lacking(plan, image, clip, blamed)
            latents = self._latents(copy, image, clip)
        except (StoreError, OSError):
            raise
        except Exception as error:  # whatever the CLIP, or the library below it, trips over
            reason = str(error) if isinstance(error, TriptychError) else _of_library(error)
            return Verdict(deliverable=copy.deliverable, status="unjudged", reason=reason)
        scores = tuple(s for s in (result.as_score() for result in results) if s is not None)
        told: dict[str, Any] = {"deliverable": copy.deliverable, "scores": scores}
        told["latents"] = latents
        if results and len(scores) < len(results):
            return Verdict(
                **told,
                status="unjudged",
                reason="The CLIP in use has no calibration, so there is no threshold to hold to.",
            )
        if blamed is None:
            return Verdict(**told, status="passed")
        failed = [f"{r.pair}: {', '.join(r.failed)}" for r in results if r.failed]
        return Verdict(
            **told,
            status="failed",
            weakest=blamed,
            missing=tuple(words for words, _ in lacking),
            reason="; ".join([*failed, *(sentence for _, sentence in lacking)]) + ".",
        )

    @staticmethod
    def rank(verdict: Verdict) -> tuple[int, float]:
        """By which of two attempts the better one is kept: passed first, then agreement."""
        order = {"passed": 2, "failed": 1, "unjudged": 0}[verdict.status]
        values = [s.z if s.z is not None else s.cosine for s in verdict.scores]
        return order, sum(values) / len(values) if values else 0.0

    def _measure(
        self, text: str, image: AssetRef | None, clip: AssetRef | None
    ) -> list[PairResult]:
        results = []
        pixels = None if image is None else self.store.get_image(image)
        if pixels is not None:
            results.append(self.scorer.text_image(text, pixels))
        if clip is not None:
            frames = self.store.get_clip(clip)
            results.append(self.scorer.text_video(text, frames))
            if pixels is not None:
                results.append(self.scorer.image_video(pixels, frames))
        return results

    def _latents(
        self, copy: Candidate, image: AssetRef | None, clip: AssetRef | None
    ) -> dict[Part, float]:
        """How far the copy's own Z agrees with the words, the picture and the clip."""
        if copy.latents is None or self.to_clip is None:
            return {}
        whole = self.store.get_latents(copy.latents).mean(dim=0, keepdim=True)
        row = self.to_clip(whole)
        if row is None:
            return {}
        own, seen = row[0], {"copy": self.scorer.embed(copy.copy_text or "")}
        if image is not None:
            seen["image"] = self.scorer.embed(self.store.get_image(image))
        if clip is not None:
            seen["clip"] = self.scorer.embed(self.store.get_clip(clip))
        if any(vectors.shape[1] != len(own) for vectors in seen.values()):
            return {}  # the head belongs to another CLIP than the critic's
        near = {part: float(unit(found.mean(axis=0)) @ own) for part, found in seen.items()}
        return {part: cosine for part, cosine in near.items() if isfinite(cosine)}  # type: ignore[misc]

    def _weakest(self, results: list[PairResult], own_image: bool) -> Part | None:
        """The part that made the pair with the largest shortfall; a picture before its clip."""
        failed = [result for result in results if result.passed is False]
        if not failed:
            return None
        if not own_image:
            return "copy"
        if any(result.pair == "text-image" for result in failed):
            return "image"
        return _BLAMED[failed[0].pair]

    def _lacking(
        self, plan: CampaignPlan, image: AssetRef | None, clip: AssetRef | None, blamed: Part | None
    ) -> list[tuple[str, str]]:
        if blamed == "image" and image is not None:
            pixels = self.store.get_image(image)
        elif blamed == "clip" and clip is not None:
            pixels = self.store.get_clip(clip)
        else:
            return []
        found = self.scorer.missing_claims(plan.visual, pixels)
        return [(missing.words, missing.sentence) for missing in found[:3]]


def _of_library(error: Exception) -> str:
    return f"The critic failed: {type(error).__name__}: {error}"


def missing_names(plan: CampaignPlan, text: str) -> tuple[str, ...]:
    """Names that the brief gives outright and longer copy must carry, but does not."""
    if len(text.split()) < 12:
        return ()
    names = [name for name in (plan.brief.brand, plan.brief.product) if name]
    return tuple(name for name in names if name.casefold() not in text.casefold())
