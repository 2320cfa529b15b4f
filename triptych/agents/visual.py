"""What the image and the video agent share: wording prompts, searching, keeping what was tried."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Protocol

from triptych.alignment.search import FromKeyImage, Outcome, Trial, search, visual_problem
from triptych.domain import AssetRef, CampaignPlan, Candidate, Feedback, ModelIdentity, Part, Spend
from triptych.protocols import Critic, ImageGenerator, Pixels, Progress, VisualRequest
from triptych.store import Store


class VisualAgent(Protocol):
    """What the functions below need of an agent; `ImageAgent` and `VideoAgent` have it."""

    scorer: Critic
    store: Store
    steps: int | None


def search_visual(
    agent: VisualAgent,
    generator: ImageGenerator | FromKeyImage,
    prompt: str,
    plan: CampaignPlan,
    copy: Candidate,
    put: Callable[[Pixels], AssetRef],
    *,
    candidates: int,
    parents: tuple[str, ...],
    attempt: int,
    seed: int,
    budget: int | None,
    on_step: Progress | None,
) -> tuple[Candidate, list[Candidate]]:
    """Make samples as the plan's search has it; returns the best one and all that were finished.

    Args:
        agent: its critic ranks, its store keeps.
        generator: paints, or shoots from a key image.
        prompt: in words.
        plan: visual concept and search.
        copy: its latents condition the samples.
        put: stores a finished sample.
        candidates: compute, in full samples.
        parents: digests of what the sample is made from.
        attempt: number of this attempt.
        seed: of the first sample.
        budget: denoiser evaluations left; None for no limit.
        on_step: told of denoising steps.
    """
    problem = visual_problem(
        generator,
        VisualRequest(prompt=prompt, steps=agent.steps),
        None if copy.latents is None else agent.store.get_latents(copy.latents),
        plan.visual,
        agent.scorer,
        plan.search.strategy,
        candidates=candidates,
        budget=budget,
        seed=seed,
        trade_off=plan.search.trade_off,
        on_step=on_step,
    )
    return keep_trials(
        search(problem, plan.search.strategy),
        put,
        deliverable=copy.deliverable,
        part="clip" if isinstance(generator, FromKeyImage) else "image",
        attempt=attempt,
        prompt=prompt,
        parents=parents,
        model=generator.identity,
    )


def prompt_with_missing(prompt: str, feedback: Sequence[Feedback]) -> str:
    """The prompt, led by what earlier attempts failed to show.

    Every earlier reason counts, so that mending one attribute does not lose another.
    """
    missing = dict.fromkeys(word for item in feedback for word in item.missing)
    if not missing:
        return prompt
    return f"{', '.join(missing)}, {prompt}"


def keep_trials(
    outcome: Outcome,
    put: Callable[[Pixels], AssetRef],
    *,
    deliverable: str,
    part: Part,
    attempt: int,
    prompt: str,
    parents: tuple[str, ...],
    model: ModelIdentity,
) -> tuple[Candidate, list[Candidate]]:
    """Store every finished sample of a search; returns the winner and all of them.

    Samples dropped on the way are told of in the winner's notes alone.
    """

    def candidate(trial: Trial) -> Candidate:
        assert trial.made is not None, "only finished samples are kept"
        return Candidate(
            deliverable=deliverable,
            part=part,
            attempt=attempt,
            index=trial.proposal.index,
            asset=put(trial.made.pixels),
            prompt=prompt,
            seed=trial.proposal.seed,
            parents=parents,
            score=trial.score if trial.score is not None and isfinite(trial.score) else None,
            spend=trial.made.spend,
            model=model,
            notes=trial.made.notes,
        )

    kept = {t.proposal.index: candidate(t) for t in outcome.trials if t.made is not None}
    dropped = [t for t in outcome.trials if t.made is None]
    winner = kept[outcome.winner.proposal.index]
    spend = Spend(
        seconds=sum(trial.seconds for trial in outcome.trials) or winner.spend.seconds,
        nfe=outcome.nfe,
        cost=sum(one.spend.cost for one in kept.values()),
        peak_memory=winner.spend.peak_memory,
    )
    notes: tuple[str, ...] = (*winner.notes, outcome.decision)
    if dropped:
        notes += (f"{len(dropped)} weaker samples were dropped early",)
    whole = winner.model_copy(
        update={"spend": spend, "notes": tuple(dict.fromkeys(note for note in notes if note))}
    )
    kept[winner.index] = whole
    return whole, list(kept.values())
