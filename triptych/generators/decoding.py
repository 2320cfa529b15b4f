"""One decoding pass of a causal language model, what it kept of its reading, and its own chance.

The keys and values of all that the pass read are handed back with the tokens it wrote. So the
queries of Z can be put after the copy and read it without reading it again: `states_after` calls
the model with the tokens that the pass never read (the end token, which it drew last) and the K
queries, and with nothing else.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from transformers import (
    DynamicCache,
    LogitsProcessor,
    LogitsProcessorList,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)
from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel

MOST_LIKELY = 50
"""Tokens that sampling chooses among, where the checkpoint does not say: the library's default."""


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn, and from which seed; beam search draws nothing."""

    seed: int
    temperature: float = 1.0
    top_p: float = 1.0

    def processors(self, model: PreTrainedModel) -> list[LogitsProcessor]:
        """Temperature, top-k and top-p, then the draw itself."""
        most = getattr(model.generation_config, "top_k", None) or MOST_LIKELY
        return [
            TemperatureLogitsWarper(self.temperature),
            TopKLogitsWarper(most),
            *([TopPLogitsWarper(self.top_p)] if self.top_p < 1 else []),
            Draw(torch.Generator(model.device).manual_seed(self.seed)),
        ]


class Draw(LogitsProcessor):
    """Draws the next token from a generator of its own, and leaves no other possible.

    The library's own sampling draws from the process's generator, which every thread shares.
    """

    def __init__(self, generator: torch.Generator) -> None:
        self._generator = generator

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Scores (B, V) to 0 at the token drawn and minus infinity at all others."""
        drawn = torch.multinomial(scores.softmax(dim=-1), 1, generator=self._generator)
        return torch.full_like(scores, float("-inf")).scatter(1, drawn, 0.0)


@dataclass(frozen=True)
class Decoded:
    """What a pass read and wrote.

    Attributes:
        prompt: ids that it was given.
        tokens: ids that it wrote, with the end token where it came to one.
        kept: by layer, keys and values (1, heads, N, width) of what it read: the prompt and all
            that it wrote but the last token. Empty where the model keeps something else.
    """

    prompt: tuple[int, ...]
    tokens: tuple[int, ...]
    kept: dict[int, tuple[Tensor, Tensor]] = field(default_factory=dict, repr=False)

    def shared_with(self, row: Sequence[int]) -> int:
        """How many tokens at the start of `row` this pass has read in this order."""
        if not self.kept:
            return 0
        read = (*self.prompt, *self.tokens[:-1])
        pairs = zip(read, row, strict=False)
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))

    def cache(self, model: PreTrainedModel, count: int) -> DynamicCache | None:
        """A cache of its own of the first `count` tokens; None for none."""
        if count == 0:
            return None
        made = DynamicCache(config=model.config)
        for layer, (keys, values) in self.kept.items():
            made.update(keys[..., :count, :], values[..., :count, :], layer)
        return made


@torch.no_grad()
def decode(
    model: Any,
    prompt: Sequence[int],
    *,
    most: int,
    end: int | None,
    pad: int | None,
    beams: int = 1,
    sampling: Sampling | None = None,
    constraint: LogitsProcessor | None = None,
    **options: Any,
) -> Decoded:
    """Continue a prompt: by beam search, greedily with one beam, or by sampling.

    Args:
        model: a causal language model of transformers.
        prompt: its ids.
        most: tokens that it may write.
        end: the token that ends it; None for what the model's own configuration says.
        pad: the padding token.
        beams: of the search; sampling has none.
        sampling: how to draw; None draws nothing.
        constraint: a processor that forbids tokens, before any draw.
        options: further arguments of `generate`.
    """
    ids = torch.tensor([list(prompt)], device=model.device)
    processors = [] if constraint is None else [constraint]
    if sampling is not None:
        processors += sampling.processors(model)
    cache = RecordedCache(model.config)
    if cache.can_be_read and not getattr(model, "_is_stateful", False):
        options[cache_argument(model)] = cache
    if end is not None:
        options["eos_token_id"] = end
    output = model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        logits_processor=LogitsProcessorList(processors),
        do_sample=False,
        num_beams=1 if sampling else beams,
        max_new_tokens=most,
        pad_token_id=pad,
        return_dict_in_generate=True,
        **options,
    )
    written = output.sequences[0, ids.shape[1] :].tolist()
    beam_of = getattr(output, "beam_indices", None)
    rows = [0] * len(written) if beam_of is None else beam_of[0].tolist()
    tokens = tuple(written[: sum(row >= 0 for row in rows)])
    return Decoded(tuple(prompt), tokens, cache.along(rows[: len(tokens)], len(prompt)))


@torch.no_grad()
def states_after(
    model: PreTrainedModel, decoded: Decoded, row: Sequence[int], queries: Tensor
) -> Tensor:
    """Last hidden states (K, H) at queries (K, H) that are put after the tokens of `row`.

    What the decoding pass has read is not read again: where `row` is the prompt and what was
    written, the model is called with K + 1 positions, the end token and the queries. Where the
    words that are kept part from those that were written, it reads on from there.
    """
    shared = decoded.shared_with(row)
    rest = torch.tensor(row[shared:], dtype=torch.long, device=model.device)
    embedded = model.get_input_embeddings()(rest[None])
    asked = torch.cat([embedded, queries.to(embedded.device, embedded.dtype)[None]], dim=1)
    cache = decoded.cache(model, shared)
    known = {} if cache is None else {cache_argument(model): cache}
    states = model.base_model(inputs_embeds=asked, use_cache=cache is not None, **known)
    return states.last_hidden_state[0, -len(queries) :]


class RecordedCache(DynamicCache):
    """A key-value cache that still has the winner's when a beam search is over.

    The library's holds the beams that would have gone on; the winner ended before them, and its
    row has been given to another. So every call's keys and values are kept as they come, one
    position a beam, and put together along the winner's path. The prompt, which is the same in
    every beam, is kept once.
    """

    def __init__(self, config: PreTrainedConfig) -> None:
        super().__init__(config=config)
        self._calls: dict[int, list[tuple[Tensor, Tensor]]] = {}

    @property
    def can_be_read(self) -> bool:
        """Whether all that the model keeps are keys and values: not so for recurrent states."""
        return all(
            type(layer) in (DynamicLayer, DynamicSlidingWindowLayer) for layer in self.layers
        )

    def update(
        self,
        key_states: Tensor,
        value_states: Tensor,
        layer_idx: int,
        *args: object,
        **kwargs: object,
    ) -> tuple[Tensor, Tensor]:
        """As of the library's cache, and keep what came."""
        calls = self._calls.setdefault(layer_idx, [])
        if calls:
            calls.append((key_states, value_states))
        else:
            calls.append((key_states[:1].clone(), value_states[:1].clone()))
        return super().update(key_states, value_states, layer_idx, *args, **kwargs)

    def along(self, rows: Sequence[int], prompt: int) -> dict[int, tuple[Tensor, Tensor]]:
        """Keys and values (1, heads, N, width) by layer, along one beam's path.

        Args:
            rows: for each token that was written, the beam that it was added to.
            prompt: tokens of the prompt; where it was not read in one call nothing is handed back.
        """
        path = [0, *rows[1:]]
        kept = {}
        for layer, calls in self._calls.items():
            ways = list(zip(calls, path, strict=False))
            keys = torch.cat([call[0][row, None] for call, row in ways], dim=-2)
            values = torch.cat([call[1][row, None] for call, row in ways], dim=-2)
            if keys.shape[-2] != prompt + len(rows) - 1:
                return {}
            kept[layer] = keys, values
        return kept


def cache_argument(model: PreTrainedModel) -> str:
    """What a model's forward pass calls its cache: the library renamed it in 5.x."""
    names = inspect.signature(type(model).forward).parameters
    return "cache" if "cache" in names else "past_key_values"
