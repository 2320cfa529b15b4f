"""The video agent: sets the picture in motion. P(V | T, I, Z), the picture as key frame."""

from __future__ import annotations

from collections.abc import Sequence

from triptych.agents.visual import prompt_with_missing, search_visual
from triptych.alignment.search import FromKeyImage
from triptych.domain import CampaignPlan, Candidate, Feedback
from triptych.protocols import Critic, Progress, VideoGenerator
from triptych.store import Store


class VideoAgent:
    """Copy, latents and picture to a clip.

    Args:
        generator: shoots.
        scorer: what the search ranks by.
        store: where clips go.
        steps: denoising steps of one sample; the generator's own where it is None.
    """

    def __init__(
        self,
        generator: VideoGenerator,
        scorer: Critic,
        store: Store,
        steps: int | None = None,
    ) -> None:
        self.generator, self.scorer, self.store, self.steps = generator, scorer, store, steps

    def __call__(
        self,
        plan: CampaignPlan,
        copy: Candidate,
        image: Candidate,
        feedback: Sequence[Feedback] = (),
        attempt: int = 1,
        seed: int = 0,
        budget: int | None = None,
        on_step: Progress | None = None,
    ) -> tuple[Candidate, list[Candidate]]:
        """Shoot; returns the best clip and all that were finished. Arguments as the image agent's.

        A clip costs many times a picture, so a plan's candidates count for pictures; of clips one
        is made an attempt.
        """
        return search_visual(
            self,
            FromKeyImage(self.generator, self.store.get_image(image.asset)),
            prompt_with_missing(f"{plan.visual}, {plan.motion}", feedback),
            plan,
            copy,
            lambda frames: self.store.put_clip(frames, self.generator.fps),
            candidates=1,
            parents=(copy.asset.digest, image.asset.digest),
            attempt=attempt,
            seed=seed,
            budget=budget,
            on_step=on_step,
        )
