"""What the image and the video agent share: wording prompts, and keeping what a search tried."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite

from triptych.alignment.search import Outcome, Trial
from triptych.domain import AssetRef, Candidate, Feedback, ModelIdentity, Part, Spend
from triptych.protocols import Pixels


def worded(prompt: str, feedback: Sequence[Feedback]) -> str:
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
