"""The starter's language model: plans, copy T and shared latents Z from one small Llama."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError
from torch import Tensor
from transformers import LlamaForCausalLM

from triptych.channels.counting import length
from triptych.domain import Brief, Feedback, ModelIdentity, PlanDraft, Spend
from triptych.errors import ModelError
from triptych.generators.constrained import generate_json
from triptych.generators.decoding import Decoded, Sampling, decode, states_after
from triptych.generators.starter.latents import SharedLatents
from triptych.generators.starter.prompts import PromptFormat, load_tokenizer
from triptych.generators.starter.slots import Slots
from triptych.generators.starter.tones import nearest_tone, tone_note
from triptych.generators.starter.wording import (
    Way,
    completed,
    demands,
    faults,
    manner_of,
    missing,
    ways,
)
from triptych.generators.starter.world import World
from triptych.generators.weights import revision_of
from triptych.protocols import Drafted, TextRequest, Written
from triptych.seeds import derive_seed

MAX_COPY_TOKENS = 112
TEMPERATURE = 0.6
"""Of texts that are drawn: hotter ones come out of joint ("Say hi Norvik!")."""


@dataclass(frozen=True)
class _Drawn:
    """A text as the model wrote it, by stand-in, and how much is wrong with it."""

    text: str
    decoded: Decoded
    faults: int


class StarterText:
    """Planner and copywriter in one: the central LLM of the starter.

    Args:
        model: the causal language model.
        latents: queries, trunk and heads of Z, trained with `model`.
        prompt: the prompt format over the model's tokenizer.
        world: what the model knows.
        identity: name and hash of the weights, for the trace.
    """

    def __init__(
        self,
        model: LlamaForCausalLM,
        latents: SharedLatents,
        prompt: PromptFormat,
        world: World,
        identity: ModelIdentity,
    ) -> None:
        self.model = model.eval()
        self.latents = latents.eval()
        self.prompt = prompt
        self.world = world
        self._identity = identity

    @classmethod
    def from_pretrained(cls, folder: Path) -> StarterText:
        """Load `text/` (model and tokenizer) and `latents/` from a starter weights folder.

        Raises `ModelError` if they are missing or torn.
        """
        try:
            model = LlamaForCausalLM.from_pretrained(
                str(folder / "text"), use_safetensors=True, dtype=torch.float32
            )
            tokenizer = load_tokenizer(folder / "text")
        except (OSError, ValueError, RuntimeError, SafetensorError) as error:
            raise ModelError(
                f"The language model in {folder / 'text'} cannot be loaded: {error}",
                "Reinstall the package, or train it with `triptych train text`.",
            ) from error
        revision = revision_of(folder, "text", "latents")
        identity = ModelIdentity(name="starter/text", revision=revision)
        latents = SharedLatents.from_pretrained(folder / "latents")
        world = World.load(folder / "text")
        return cls(model, latents, PromptFormat(tokenizer), world, identity)

    @property
    def identity(self) -> ModelIdentity:
        """Name and weights' hash."""
        return self._identity

    def draft(self, brief: Brief, feedback: Sequence[Feedback] = (), seed: int = 0) -> Drafted:
        """A schema-valid plan draft by constrained decoding; after feedback it is sampled anew."""
        started = time.perf_counter()
        slots = self.slots(brief)
        answer = generate_json(
            self.model,
            self.prompt.tokenizer,
            self.prompt.brief(slots.as_product(slots.text)) + self.prompt.plan(),
            PlanDraft,
            sampling=Sampling(seed, temperature=0.7) if feedback else None,
        )
        channels = list(dict.fromkeys(answer.value["channels"]))
        try:
            texts = {
                key: slots.show(slots.as_brand(answer.value[key]))
                for key in ("key_message", "visual", "motion")
            }
            draft = PlanDraft.model_validate({**answer.value, **texts, "channels": channels})
        except ValidationError as error:
            raise ModelError(
                f"The language model's plan is not valid: {error}",
                "Try another seed, or a shorter brief.",
            ) from error
        return Drafted(draft, _spend(started, answer.tokens_in, answer.tokens_out))

    def write(self, requests: Sequence[TextRequest]) -> list[Written]:
        """Copy by beam search (or by sampling, if the request asks for it), with its Z.

        Z is read from what the decoding pass kept: K queries and the end token more.
        """
        return [self._written(request) for request in requests]

    def _written(self, request: TextRequest) -> Written:
        started = time.perf_counter()
        slots = self.slots(request.brief)
        best, tokens = None, 0
        for tried in self._drawn(request, slots):
            tokens += len(tried.decoded.tokens)
            if best is None or tried.faults < best.faults:
                best = tried
            if best.faults == 0:
                break
        if best is None or not best.text:
            raise ModelError(
                "The language model wrote no copy for this brief.",
                "Say in the brief what the product is, or try another seed.",
            )
        with torch.no_grad():
            row = [*best.decoded.prompt, *self._closed(best.text)]
            states = states_after(self.model, best.decoded, row, self.latents.queries)
            latents = self.latents.from_states(states)
        spend = _spend(started, len(best.decoded.prompt), tokens)
        return Written(slots.show(best.text), latents, spend, tone_note(request.tone))

    def _drawn(self, request: TextRequest, slots: Slots) -> Iterator[_Drawn]:
        """Texts for a request, one after the other, until one is as it should be.

        The first ones say all that is asked; where they are too long, the next say less.
        """
        for number, way in enumerate(ways(request, slots)):
            manner = self._manner(request, slots, way, number)
            asked = demands(slots, way.kind, request.feedback, manner, request.brief.must_say)
            ids = self._prompt_of(request, slots, [] if way.brief else asked, way)
            sampling = Sampling(derive_seed(request.seed, number + 1), TEMPERATURE, 0.9)
            decoded = decode(
                self.model,
                ids,
                most=MAX_COPY_TOKENS,
                end=self.prompt.eos,
                pad=self.prompt.pad,
                beams=request.beams,
                sampling=sampling if request.sample or number else None,
            )
            text = slots.as_brand(self.prompt.decode(decoded.tokens))
            if not way.brief or request.limit is None:
                text = completed(text, missing(text, asked))
            shown = slots.show(text)
            wrong = len(faults(text, slots, way, self.world))
            wrong += 2 * (shown.casefold() in map(str.casefold, request.other_than))
            if request.limit is not None:
                wrong += 4 * (length(shown, request.counting) > request.limit)
            yield _Drawn(text, decoded, wrong if text else 100)

    def encode(self, requests: Sequence[TextRequest], texts: Sequence[str]) -> list[Written]:
        """Z of copy from elsewhere, by teacher forcing: the same Z as if the LLM had written it."""
        started = time.perf_counter()
        prompts = [
            self._prompt_of(one, self.slots(one.brief), (), Way(one.kind, nearest_tone(one.tone)))
            for one in requests
        ]
        hidden = [
            self.slots(request.brief).hide(text)
            for request, text in zip(requests, texts, strict=True)
        ]
        latents = self.latents_of(prompts, [self._closed(text) for text in hidden])
        share = (time.perf_counter() - started) / max(len(texts), 1)
        return [
            Written(text, z, Spend(seconds=share, tokens_in=len(prompt)))
            for text, z, prompt in zip(texts, latents, prompts, strict=True)
        ]

    @torch.no_grad()
    def to_clip(self, latents: Tensor) -> NDArray[np.float32]:
        """Latents (n, D) through the CLIP head: (n, E), unit length; trained on the mean of Z."""
        return self.latents.to_clip(latents.float().unsqueeze(1)).numpy()

    @torch.no_grad()
    def latents_of(self, prompts: Sequence[list[int]], copies: Sequence[list[int]]) -> Tensor:
        """Z (B, K, D) of prompts with their copies, `<eos>` included."""
        rows = [[*prompt, *copy] for prompt, copy in zip(prompts, copies, strict=True)]
        tokens, mask = pad_right(rows, self.prompt.pad)
        states = states_with_queries(self.model, self.latents, tokens, mask)[1]
        return self.latents.from_states(states)

    def slots(self, brief: Brief) -> Slots:
        """The brief in the model's own words, and the way back.

        Raises `ModelError` if the brief says neither whose nor what a thing is: a writer that
        reads nothing makes up something.
        """
        slots = Slots.of(brief, self.world, self.prompt.fits)
        if not slots.says_what(self.world):
            raise ModelError(
                "The starter finds in the brief neither a name nor what is sold; it reads English"
                " alone.",
                "Say it plainly: `Brand: …`, `Product: …`, or choose another --profile.",
            )
        return slots

    def _manner(self, request: TextRequest, slots: Slots, way: Way, number: int) -> list[str]:
        attempt = number + (request.seed if request.sample else 0)
        return manner_of(
            slots,
            way.kind,
            way.tone,
            attempt,
            self.world.openings,
            self.world.closings,
        )

    def _prompt_of(
        self, request: TextRequest, slots: Slots, asked: Sequence[str], way: Way
    ) -> list[int]:
        picture = "" if way.brief else slots.hide(request.visual)
        opening = self.prompt.brief(slots.as_product(way.brief or slots.text), picture)
        return opening + self.prompt.copy(way.kind, way.tone, list(asked))

    def _closed(self, text: str) -> list[int]:
        return [*self.prompt.encode(text)[:MAX_COPY_TOKENS], self.prompt.eos]


def pad_right(rows: Sequence[Sequence[int]], pad: int) -> tuple[Tensor, Tensor]:
    """Rows of ids to (B, S) tokens and a (B, S) mask that is 1 on real tokens."""
    width = max(map(len, rows))
    tokens = torch.tensor([[*row, *([pad] * (width - len(row)))] for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
    return tokens, mask


def states_with_queries(
    model: LlamaForCausalLM, latents: SharedLatents, tokens: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor]:
    """One pass over tokens and queries.

    Args:
        model: the causal language model of width H.
        latents: holds the K query embeddings.
        tokens: (B, S), right-padded.
        mask: (B, S), 1 on real tokens; padding is neither attended to nor counted as a place.

    Returns:
        The last hidden states at the tokens (B, S, H) and at the queries (B, K, H).
    """
    batch, count = len(tokens), latents.queries.shape[0]
    embedded = model.get_input_embeddings()(tokens)
    queries = latents.queries.to(embedded.dtype).expand(batch, -1, -1)
    places = torch.arange(count, device=tokens.device) + mask.sum(dim=1, keepdim=True)
    states = model.get_decoder()(
        inputs_embeds=torch.cat([embedded, queries], dim=1),
        attention_mask=torch.cat([mask, mask.new_ones(batch, count)], dim=1),
        position_ids=torch.cat([(mask.cumsum(dim=1) - 1).clamp(min=0), places], dim=1),
        use_cache=False,
    ).last_hidden_state
    return states[:, :-count], states[:, -count:]


def _spend(started: float, tokens_in: int, tokens_out: int) -> Spend:
    return Spend(seconds=time.perf_counter() - started, tokens_in=tokens_in, tokens_out=tokens_out)
