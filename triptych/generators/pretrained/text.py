"""Any causal language model of transformers as planner, copywriter and source of Z."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import torch
from pydantic import ValidationError
from torch import Tensor

from triptych.domain import Brief, Feedback, ModelIdentity, PlanDraft, Spend
from triptych.errors import ModelError
from triptych.generators.constrained import JsonAnswer, generate_json
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
from triptych.protocols import Drafted, TextRequest, Written

T = TypeVar("T")
ONE_LINE = frozenset({"headline", "call_to_action", "email_subject"})


class TransformersText:
    """Implements `Planner` and `TextGenerator`.

    Args:
        resident: model, tokenizer and latent head.
        identity: of the model.
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
                with _seeded(seed, language.model.device):
                    return generate_json(
                        language.model,
                        language.tokenizer,
                        torch.tensor([prompt]),
                        PlanDraft,
                        sample=bool(feedback),
                        temperature=0.8,
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
        ids = torch.tensor([prompt], device=model.device)
        end = tokenizer.eos_token_id

        def generate(beams: int) -> Tensor:
            choice: dict[str, Any] = {"do_sample": False, "num_beams": beams}
            if request.sample:
                choice = {"do_sample": True, "temperature": 0.8, "top_p": 0.9, "num_beams": 1}
            with _seeded(request.seed, model.device), torch.inference_mode():
                return model.generate(
                    ids,
                    attention_mask=torch.ones_like(ids),
                    max_new_tokens=self._part.max_tokens,
                    pad_token_id=end if tokenizer.pad_token_id is None else tokenizer.pad_token_id,
                    **choice,
                )

        beams = 1 if request.sample else self._part.beams or request.beams
        output, notes = frugally(self._resident, generate, beams)
        written = output[0, len(prompt) :].tolist()
        ended = tokenizer.eos_token_id in written
        text = tidy(tokenizer.decode(written, skip_special_tokens=True), request.channel, ended)
        if not text:
            raise ModelError(
                f"{self._identity.name} wrote no copy.", "Try another seed or another model."
            )
        latents, more = self._read(language, [*prompt, *answer_ids(tokenizer, text)])
        spend = self._spend(started, len(prompt), len(written))
        return Written(text, latents, spend, tuple(dict.fromkeys((*notes, *more))))

    def _read(self, language: LanguageModel, row: list[int]) -> tuple[Tensor, tuple[str, ...]]:
        """Z (K, D) of token ids, and what had to make room for it."""
        return frugally(self._resident, lambda _: read_latents(language, [row])[0])

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


def read_latents(language: LanguageModel, rows: Sequence[list[int]]) -> list[Tensor]:
    """Z (K, D) of each row of token ids, float32 on the CPU: queries appended, then the trunk."""
    with torch.no_grad():
        return [latents_of(language, row).float().cpu() for row in rows]


def latents_of(language: LanguageModel, tokens: list[int]) -> Tensor:
    """Z (K, D) of token ids, with gradients where they are on."""
    model, head = language.model, language.head
    embed = model.get_input_embeddings()
    embedded = embed(torch.tensor([tokens], device=model.device))
    queries = head.queries.to(embedded.device, embedded.dtype)[None]
    states = model.base_model(
        inputs_embeds=torch.cat([embedded, queries], dim=1), use_cache=False
    ).last_hidden_state[:, -queries.shape[1] :]
    return head(states.to(head.project.weight.device, head.project.weight.dtype))[0]


def tidy(text: str, channel: str, ended: bool) -> str:
    """Copy as it is shown: no thoughts, quotes or loose ends; one line where the channel is one."""
    text = re.sub(r"<think>.*?(</think>|$)", "", text, flags=re.DOTALL)
    text = "".join(sign for sign in text if sign.isprintable() or sign == "\n")
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    text = (lines[0] if channel in ONE_LINE else " ".join(lines)) if lines else ""
    if not ended:
        whole = re.match(r".*[.!?](?=\s|$)", text)
        text = whole.group(0) if whole else text
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1].strip()
    return text.strip()


def prompt_ids(tokenizer: Any, rules: str, request: str) -> list[int]:
    """Token ids of a request: by the chat template, or plainly where there is none."""
    if tokenizer.chat_template:
        messages = [{"role": "system", "content": rules}, {"role": "user", "content": request}]
        text = tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
        return tokenizer(text, add_special_tokens=False).input_ids
    return tokenizer(f"{rules}\n\n{request}\n\n").input_ids


def answer_ids(tokenizer: Any, text: str) -> list[int]:
    """Token ids of what is written, closed by the end token where there is one."""
    ids = tokenizer(text, add_special_tokens=False).input_ids
    return [*ids, tokenizer.eos_token_id] if tokenizer.eos_token_id is not None else ids


@contextlib.contextmanager
def _seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Draws within the block depend on the seed alone and leave the global generator as it was."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield
