"""The image agent: paints what the copy says. P(I | T, Z)."""

from __future__ import annotations

from collections.abc import Sequence

from triptych.agents.visual import keep_trials, worded
from triptych.alignment.search import search, visual_problem
from triptych.domain import CampaignPlan, Candidate, Feedback
from triptych.protocols import Critic, ImageGenerator, Progress, VisualRequest
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
        prompt = worded(plan.visual, feedback)
        latents = None if copy.latents is None else self.store.get_latents(copy.latents)
        problem = visual_problem(
            self.generator,
            VisualRequest(prompt=prompt, steps=self.steps),
            latents,
            plan.visual,
            self.scorer,
            plan.search.strategy,
            candidates=plan.search.candidates,
            budget=budget,
            seed=seed,
            trade_off=plan.search.trade_off,
            on_step=on_step,
        )
        outcome = search(problem, plan.search.strategy)
        return keep_trials(
            outcome,
            self.store.put_image,
            deliverable=copy.deliverable,
            part="image",
            attempt=attempt,
            prompt=prompt,
            parents=(copy.asset.digest,),
            model=self.generator.identity,
        )
