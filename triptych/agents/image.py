"""The image agent: paints what the copy says. P(I | T, Z)."""

from __future__ import annotations

from collections.abc import Sequence

from triptych.agents.visual import prompt_with_missing, search_visual
from triptych.domain import CampaignPlan, Candidate, Feedback
from triptych.protocols import Critic, ImageGenerator, Progress
from triptych.store import Store


class ImageAgent:
    """Copy and latents to a picture, chosen by the critic among as many as the plan pays for.

    Args:
        generator: paints.
        scorer: what the search ranks by.
        store: where pictures go.
        steps: denoising steps of one sample; the generator's own where it is None.
    """

    def __init__(
        self,
        generator: ImageGenerator,
        scorer: Critic,
        store: Store,
        steps: int | None = None,
    ) -> None:
        self.generator, self.scorer, self.store, self.steps = generator, scorer, store, steps

    def __call__(
        self,
        plan: CampaignPlan,
        copy: Candidate,
        feedback: Sequence[Feedback] = (),
        attempt: int = 1,
        seed: int = 0,
        budget: int | None = None,
        on_step: Progress | None = None,
    ) -> tuple[Candidate, list[Candidate]]:
        """Paint; returns the best picture and all that were finished.

        Args:
            plan: visual concept and search.
            copy: words and latents that the picture must agree with.
            feedback: why earlier pictures were refused, all of them.
            attempt: number of this attempt.
            seed: of the first sample.
            budget: denoiser evaluations left.
            on_step: told of denoising steps.
        """
        return search_visual(
            self,
            self.generator,
            prompt_with_missing(plan.visual, feedback),
            plan,
            copy,
            self.store.put_image,
            candidates=plan.search.candidates,
            parents=(copy.asset.digest,),
            attempt=attempt,
            seed=seed,
            budget=budget,
            on_step=on_step,
        )
