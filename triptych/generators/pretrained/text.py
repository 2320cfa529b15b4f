"""Any causal language model of transformers as planner, copywriter and source of Z."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import torch
from pydantic import ValidationError
from torch import Tensor

from triptych.domain import Brief, Feedback, ModelIdentity, PlanDraft, Spend
from triptych.errors import ModelError
from triptych.generators.answers import without_thoughts
from triptych.generators.constrained import JsonAnswer, generate_json
from triptych.generators.decoding import Decoded, Sampling, decode, states_after
from triptych.generators.messages import COPY_RULES, PLAN_RULES, copy_request, plan_request
from triptych.generators.parts import Transformers
from triptych.generators.pretrained.load import LanguageModel
from triptych.generators.pretrained.memory import (
    OutOfMemory,
    Resident,
    free_cache,
    is_out_of_memory,
    peak_memory,
)
from triptych.grounding.wrapping import unwrap
from triptych.protocols import Drafted, TextRequest, Written

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

T = TypeVar("T")
ONE_LINE = frozenset({"headline", "call_to_action", "email_subject"})


class TransformersText:
    """Implements `Planner` and `TextGenerator`.

    Args:
        resident: model, tokenizer and latent head.
        identity: the model's name and revision, for the trace.
        part: the profile's settings.
    """

    def __init__(
        self, resident: Resident[LanguageModel], identity: ModelIdentity, part: Transformers
    ) -> None:
        self._resident, self._identity, self._part = resident, identity, part

    @property
    def identity(self) -> ModelIdentity:
        """Name and revision."""
        return self._identity

    def draft(self, brief: Brief, feedback: Sequence[Feedback] = (), seed: int = 0) -> Drafted:
        """A schema-valid draft by constrained decoding; after feedback it is sampled anew."""
        with self._resident.use() as language:
            started = time.perf_counter()
            prompt = prompt_ids(language.tokenizer, PLAN_RULES, plan_request(brief, feedback))

            def generate(_: int) -> JsonAnswer:
                return generate_json(
                    language.model,
                    language.tokenizer,
                    prompt,
                    PlanDraft,
                    sampling=Sampling(seed, temperature=0.8) if feedback else None,
                )

            answer, _ = frugally(self._resident, generate)
            spend = self._spend(started, answer.tokens_in, answer.tokens_out)
        try:
            return Drafted(PlanDraft.model_validate(answer.value), spend)
        except ValidationError as error:
            raise ModelError(f"The language model's plan is not valid: {error}") from error

    def write(self, requests: Sequence[TextRequest]) -> list[Written]:
        """Copy by beam search, or by sampling where a request asks for it, with its Z."""
        with self._resident.use() as language:
            return [self._write(language, request) for request in requests]

    def encode(self, requests: Sequence[TextRequest], texts: Sequence[str]) -> list[Written]:
        """Z of copy from elsewhere, by teacher forcing: as if the model had written it."""
        with self._resident.use() as language:
            results = []
            for request, text in zip(requests, texts, strict=True):
                started = time.perf_counter()
                prompt = prompt_ids(language.tokenizer, COPY_RULES, copy_request(request))
                copy = answer_ids(language.tokenizer, text)
                latents, _ = self._read(language, [*prompt, *copy])
                spend = self._spend(started, len(prompt) + len(copy), 0)
                results.append(Written(text, latents, spend))
            return results

    def to_clip(self, latents: Tensor) -> None:
        """None: a backbone's latents are taught to speak to its pipeline, not to a CLIP."""

    def _write(self, language: LanguageModel, request: TextRequest) -> Written:
        started = time.perf_counter()
        tokenizer, model = language.tokenizer, language.model
        prompt = prompt_ids(tokenizer, COPY_RULES, copy_request(request))
        end = tokenizer.eos_token_id
        pads = [one for one in (tokenizer.pad_token_id, end) if isinstance(one, int)]

        def generate(beams: int) -> Decoded:
            return decode(
                model,
                prompt,
                most=self._part.max_tokens,
                end=None,
                pad=pads[0] if pads else None,
                beams=beams,
                sampling=Sampling(request.seed, 0.8, 0.9) if request.sample else None,
            )

        beams = 1 if request.sample else self._part.beams or request.beams
        decoded, notes = frugally(self._resident, generate, beams)
        ended = end in decoded.tokens
        whole = str(tokenizer.decode(list(decoded.tokens), skip_special_tokens=True))
        text = tidy(whole, request.kind, ended)
        if not text:
            raise ModelError(
                f"{self._identity.name} wrote no copy.", "Try another seed or another model."
            )
        row = [*prompt, *answer_ids(tokenizer, text)]
        latents, more = self._read(language, row, decoded)
        if not decoded.kept:
            more = (*more, "this language model keeps no keys and values: Z took a second pass")
        spend = self._spend(started, len(prompt), len(decoded.tokens))
        return Written(text, latents, spend, tuple(dict.fromkeys((*notes, *more))))

    def _read(
        self, language: LanguageModel, row: list[int], decoded: Decoded | None = None
    ) -> tuple[Tensor, tuple[str, ...]]:
        """Z (K, D) of token ids, and what had to make room for it."""
        return frugally(self._resident, lambda _: latents_of(language, row, decoded))

    def _spend(self, started: float, tokens_in: int, tokens_out: int) -> Spend:
        return Spend(
            seconds=time.perf_counter() - started,
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            peak_memory=peak_memory(self._resident.shelf.device),
        )


def frugally(
    resident: Resident[LanguageModel], make: Callable[[int], T], beams: int = 1
) -> tuple[T, tuple[str, ...]]:
    """What `make` makes with so many beams, and notes for the trace if memory ran out at first.

    Then the other models are moved off the device, and after that the beams are halved. Raises
    `OutOfMemory` when nothing is left to try.
    """
    notes: list[str] = []
    while True:
        try:
            return make(beams), tuple(notes)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            free_cache()
            if resident.shelf.clear(keep=resident):
                notes.append("out of memory: the other models were moved off the device")
            elif beams > 1:
                beams //= 2
                notes.append(f"out of memory: went on with {beams} beam{'s' * (beams > 1)}")
            else:
                raise OutOfMemory(
                    f"{resident.name} ran out of memory.",
                    "Set fewer `max_tokens`, a smaller dtype, or `device: cpu` for it.",
                ) from error


@torch.no_grad()
def latents_of(
    language: LanguageModel, row: Sequence[int], decoded: Decoded | None = None
) -> Tensor:
    """Z (K, D) of token ids, float32 on the CPU: queries put after them, then the head.

    Args:
        language: model and head.
        row: ids of prompt and copy.
        decoded: the pass that wrote the copy, whose reading is not done again.
    """
    head, weight = language.head, language.head.project.weight
    known = decoded or Decoded((), ())
    states = states_after(language.model, known, row, head.queries)
    return head(states[None].to(weight.device, weight.dtype))[0].float().cpu()


def tidy(text: str, kind: str, ended: bool) -> str:
    """Copy as it is shown: no thoughts, wrapping, loose ends; one line where the kind is one."""
    text = unwrap(without_thoughts(text))
    text = "".join(sign for sign in text if sign.isprintable() or sign == "\n")
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    text = (lines[0] if kind in ONE_LINE else " ".join(lines)) if lines else ""
    if not ended:
        whole = re.match(r".*[.!?](?=\s|$)", text)
        text = whole.group(0) if whole else text
    return unwrap(text)


def prompt_ids(tokenizer: PreTrainedTokenizerBase, rules: str, request: str) -> list[int]:
    """Token ids of a request: by the chat template, or plainly where there is none."""
    if tokenizer.chat_template:
        messages = [{"role": "system", "content": rules}, {"role": "user", "content": request}]
        text = tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
        return tokenizer(str(text), add_special_tokens=False).input_ids
    return tokenizer(f"{rules}\n\n{request}\n\n").input_ids


def answer_ids(tokenizer: PreTrainedTokenizerBase, text: str) -> list[int]:
    """Token ids of what is written, closed by the end token where there is one."""
    ids = tokenizer(text, add_special_tokens=False).input_ids
    end = tokenizer.eos_token_id
    return [*ids, end] if isinstance(end, int) else ids
