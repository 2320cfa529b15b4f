"""The video agent: sets the picture in motion. P(V | T, I, Z), the picture as key frame."""

from __future__ import annotations

from collections.abc import Sequence

from triptych.agents.visual import keep_trials, worded
from triptych.alignment.search import FromKeyImage, search, visual_problem
from triptych.domain import CampaignPlan, Candidate, Feedback
from triptych.protocols import Critic, Progress, VideoGenerator, VisualRequest
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
        prompt = worded(f"{plan.visual}, {plan.motion}", feedback)
        latents = None if copy.latents is None else self.store.get_latents(copy.latents)
        problem = visual_problem(
            FromKeyImage(self.generator, self.store.get_image(image.asset)),
            VisualRequest(prompt=prompt, steps=self.steps),
            latents,
            plan.visual,
            self.scorer,
            plan.search.strategy,
            budget=budget,
            seed=seed,
            trade_off=plan.search.trade_off,
            on_step=on_step,
        )
        outcome = search(problem, plan.search.strategy)
        return keep_trials(
            outcome,
            lambda frames: self.store.put_clip(frames, self.generator.fps),
            deliverable=copy.deliverable,
            part="clip",
            attempt=attempt,
            prompt=prompt,
            parents=(copy.asset.digest, image.asset.digest),
            model=self.generator.identity,
        )
