"""The critic: holds words, picture and clip against each other and says what falls short."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import TYPE_CHECKING

from triptych.alignment.align import Vectors, unit
from triptych.domain import AssetRef, CampaignPlan, Candidate, Part, Verdict
from triptych.errors import StoreError, TriptychError
from triptych.grounding import in_words, wanted
from triptych.protocols import Critic, Pixels, Subject
from triptych.store import Store

if TYPE_CHECKING:
    import torch


class CriticAgent:
    """Has one deliverable judged, unless its copy does not hold to the brief.

    Args:
        critic: judges what can be seen.
        store: where the assets are.
        to_clip: the copywriter's head from Z into CLIP space; None tells nothing of Z.
    """

    def __init__(
        self,
        critic: Critic,
        store: Store,
        to_clip: Callable[[torch.Tensor], Vectors | None] | None = None,
    ) -> None:
        self.critic, self.store, self.to_clip = critic, store, to_clip

    def __call__(
        self,
        plan: CampaignPlan,
        copy: Candidate,
        image: AssetRef | None,
        clip: AssetRef | None = None,
        own_image: bool = True,
    ) -> Verdict:
        """The verdict on a deliverable. Copy with findings has failed, whatever it is held to.

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
        if copy.findings:
            return Verdict(
                deliverable=copy.deliverable,
                status="failed",
                weakest="copy",
                missing=wanted(copy.findings),
                findings=copy.findings,
                reason=in_words(copy.findings),
            )
        if image is None and clip is None:
            reason = "There is no picture that the copy could be held to."
            return Verdict(deliverable=copy.deliverable, status="unjudged", reason=reason)
        try:
            subject = Subject(
                plan,
                copy.deliverable,
                text,
                None if image is None else self.store.get_image(image),
                None if clip is None else self.store.get_clip(clip),
                own_image,
            )
            verdict = self.critic.judge(subject)
            return verdict.model_copy(update={"latents": self._latents(copy, subject)})
        except (StoreError, OSError):
            raise
        except Exception as error:  # whatever the critic, or the library below it, trips over
            reason = str(error) if isinstance(error, TriptychError) else _of_library(error)
            return Verdict(deliverable=copy.deliverable, status="unjudged", reason=reason)

    @staticmethod
    def rank(verdict: Verdict) -> tuple[int, float]:
        """By which of two attempts the better one is kept: passed first, then agreement.

        Copy that does not hold to the brief comes last of all.
        """
        order = {"passed": 2, "failed": 1, "unjudged": 0}[verdict.status]
        order = -1 if verdict.findings else order
        values = [s.z if s.z is not None else s.cosine for s in verdict.scores]
        return order, sum(values) / len(values) if values else 0.0

    def _latents(self, copy: Candidate, subject: Subject) -> dict[Part, float]:
        """How far the copy's own Z agrees with the words, the picture and the clip."""
        if copy.latents is None or self.to_clip is None:
            return {}
        whole = self.store.get_latents(copy.latents).mean(dim=0, keepdim=True)
        row = self.to_clip(whole)
        if row is None:
            return {}
        near: dict[Part, float] = {}
        parts: dict[Part, str | Pixels | None] = {
            "copy": subject.text,
            "image": subject.image,
            "clip": subject.clip,
        }
        for part, asset in parts.items():
            vectors = None if asset is None else self.critic.embed(asset)
            if vectors is None:
                continue
            if vectors.shape[1] != len(row[0]):
                return {}  # the head belongs to another CLIP than the critic's
            cosine = float(unit(vectors.mean(axis=0)) @ row[0])
            if isfinite(cosine):
                near[part] = cosine
        return near


def _of_library(error: Exception) -> str:
    return f"The critic failed: {type(error).__name__}: {error}"
