"""The text agent: writes a deliverable's copy T and keeps its shared latents Z."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from triptych.channels import Placement, TextField, find_placement
from triptych.channels.own_words import own_texts
from triptych.domain import (
    CampaignPlan,
    Candidate,
    Deliverable,
    Feedback,
    FieldText,
    Finding,
    Spend,
)
from triptych.grounding import ground, ground_own, repeated, too_long
from triptych.protocols import TextGenerator, TextRequest, Written
from triptych.seeds import derive_seed
from triptych.store import Store

FITTING = 3
"""Further tries, within one attempt, at a text that its field cannot take."""


@dataclass(frozen=True)
class _Piece:
    """One text, as written."""

    field: TextField
    written: Written
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()


class TextAgent:
    """Plan to copy: every text that the deliverable's placement takes.

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

        What in it brief and plan do not bear out, or what is too long for its field, stands in its
        `findings`; nothing is cut.

        Args:
            plan: the campaign's.
            deliverable: placement, tone and language.
            feedback: why earlier attempts were refused, all of them.
            attempt: number of this attempt.
            seed: of sampling.

        Raises `ChannelError` if the catalogue has no such placement.
        """
        placement = find_placement(deliverable.channel)
        pieces: list[_Piece] = []
        for field, number in _wanted(placement):
            request = replace(
                self._request(plan, deliverable, placement, field),
                feedback=tuple(feedback),
                sample=attempt > 1 or number > 0,
                seed=derive_seed(seed, field.name, number) if number else seed,
                other_than=tuple(p.written.text for p in pieces if p.field is field),
            )
            pieces.append(self._fitting(plan, request, field))
        return self._kept(placement, plan, pieces, deliverable, attempt, seed)

    def adopt(
        self, plan: CampaignPlan, deliverable: Deliverable, text: str, attempt: int = 1
    ) -> Candidate:
        """Take copy that a person wrote, and find its latents.

        What it says that the brief does not is noted, and not held against it; so is what is too
        long. Raises `ChannelError` if a text of the placement is missing (`own_texts`).
        """
        placement = find_placement(deliverable.channel)
        pieces: list[_Piece] = []
        for field, words in own_texts(placement, text):
            request = self._request(plan, deliverable, placement, field)
            written = self.generator.encode([request], [words])[0]
            findings = [*ground_own(plan.brief, plan, words)]
            findings += too_long(words, field.name, field.limit, placement.counting)
            pieces.append(_Piece(field, written, notes=tuple(one.reason for one in findings)))
        return self._kept(placement, plan, pieces, deliverable, attempt, seed=0)

    def _request(
        self, plan: CampaignPlan, deliverable: Deliverable, placement: Placement, field: TextField
    ) -> TextRequest:
        return TextRequest(
            brief=plan.brief,
            kind=field.writes,
            tone=deliverable.tone,
            key_message=plan.key_message,
            visual=plan.visual,
            place=f"{placement.title}, {field.name.replace('_', ' ')}",
            limit=field.limit,
            counting=placement.counting,
            language=deliverable.language,
        )

    def _fitting(self, plan: CampaignPlan, request: TextRequest, field: TextField) -> _Piece:
        """A text for a field, written again while it is too long or one that is there already."""
        written, excess = self._measured(request, field)
        spent = written.spend
        for number in range(FITTING):
            if not excess:
                break
            feedback = Feedback(part="copy", attempt=number + 1, reason=excess[0].reason)
            request = replace(
                request,
                sample=True,
                seed=derive_seed(request.seed, "shorter", number),
                feedback=(*request.feedback, feedback),
            )
            written, excess = self._measured(request, field)
            spent += written.spend
        findings = ground(plan.brief, plan, written.text, field.writes, request.language)
        return _Piece(field, replace(written, spend=spent), (*excess, *findings), written.notes)

    def _measured(self, request: TextRequest, field: TextField) -> tuple[Written, list[Finding]]:
        written = self.generator.write([request])[0]
        wrong = too_long(written.text, field.name, request.limit, request.counting)
        return written, wrong + repeated(written.text, field.name, request.other_than)

    def _kept(
        self,
        placement: Placement,
        plan: CampaignPlan,
        pieces: Sequence[_Piece],
        deliverable: Deliverable,
        attempt: int,
        seed: int,
    ) -> Candidate:
        """The copy with what the brief gives word for word; Z is that of its longest text."""
        by_field = {field.name: list[str]() for field in placement.fields}
        for piece in pieces:
            by_field[piece.field.name].append(piece.written.text)
        given = {"brand": plan.brief.brand, "link": plan.brief.url}
        given["disclaimer"] = plan.brief.small_print(placement.name)
        for field in placement.fields:
            if field.given and (words := given[field.given]):
                by_field[field.name].append(words)
        texts = tuple(
            FieldText(field=name, text=text) for name, said in by_field.items() for text in said
        )
        whole = "\n".join(one.text for one in texts)
        longest = max((piece.written for piece in pieces), key=lambda one: len(one.text))
        latents = longest.latents
        return Candidate(
            deliverable=deliverable.id,
            part="copy",
            attempt=attempt,
            asset=self.store.put_text(whole),
            copy_text=whole,
            texts=texts,
            latents=None if latents is None else self.store.put_latents(latents),
            seed=seed,
            spend=sum((piece.written.spend for piece in pieces), Spend()),
            model=self.generator.identity,
            findings=tuple(dict.fromkeys(one for piece in pieces for one in piece.findings)),
            notes=tuple(dict.fromkeys(note for piece in pieces for note in piece.notes)),
        )


def _wanted(placement: Placement) -> Iterator[tuple[TextField, int]]:
    """Every text to write, with its number within its field; at least one of each."""
    for field in placement.written:
        for number in range(max(field.least, 1)):
            yield field, number
