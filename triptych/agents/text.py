"""The text agent: writes a deliverable's copy T and keeps its shared latents Z."""

from __future__ import annotations

from collections.abc import Sequence

from triptych.domain import CampaignPlan, Candidate, Deliverable, Feedback, Finding
from triptych.grounding import ground, ground_own
from triptych.protocols import TextGenerator, TextRequest, Written
from triptych.store import Store


class TextAgent:
    """Plan to copy.

    Args:
        generator: writes; its latents are stored beside the words.
        store: where both go.
    """

    def __init__(self, generator: TextGenerator, store: Store) -> None:
        self.generator, self.store = generator, store

    def __call__(
        self,
        plan: CampaignPlan,
        deliverable: Deliverable,
        feedback: Sequence[Feedback] = (),
        attempt: int = 1,
        seed: int = 0,
    ) -> Candidate:
        """Write copy: by beam search at first, sampled afterwards so that it comes out different.

        What in it brief and plan do not bear out stands in its `findings`.

        Args:
            plan: the campaign's.
            deliverable: channel and tone.
            feedback: why earlier attempts were refused, all of them.
            attempt: number of this attempt.
            seed: of sampling.
        """
        request = TextRequest(
            brief=plan.brief,
            channel=deliverable.channel,
            tone=deliverable.tone,
            key_message=plan.key_message,
            visual=plan.visual,
            feedback=tuple(feedback),
            sample=attempt > 1,
            seed=seed,
        )
        written = self.generator.write([request])[0]
        findings = ground(plan.brief, plan, written.text, deliverable.channel)
        return self._kept(written, deliverable, attempt, seed, findings)

    def adopt(
        self, plan: CampaignPlan, deliverable: Deliverable, text: str, attempt: int = 1
    ) -> Candidate:
        """Take copy that a person wrote, and find its latents.

        What it says that the brief does not is noted, and not held against it.
        """
        request = TextRequest(
            brief=plan.brief,
            channel=deliverable.channel,
            tone=deliverable.tone,
            visual=plan.visual,
        )
        written = self.generator.encode([request], [text])[0]
        told = tuple(one.reason for one in ground_own(plan.brief, plan, text))
        return self._kept(written, deliverable, attempt, seed=0, told=told)

    def _kept(
        self,
        written: Written,
        deliverable: Deliverable,
        attempt: int,
        seed: int,
        findings: tuple[Finding, ...] = (),
        told: tuple[str, ...] = (),
    ) -> Candidate:
        return Candidate(
            deliverable=deliverable.id,
            part="copy",
            attempt=attempt,
            asset=self.store.put_text(written.text),
            copy_text=written.text,
            latents=None if written.latents is None else self.store.put_latents(written.latents),
            seed=seed,
            spend=written.spend,
            model=self.generator.identity,
            findings=findings,
            notes=(*written.notes, *told),
        )
