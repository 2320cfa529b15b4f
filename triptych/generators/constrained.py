"""JSON by construction: a causal language model may only write what a schema allows.

At each step llguidance tells which tokens can still lead to a valid document, and every other
token's logit becomes minus infinity. Even a model that knows nothing then writes a valid plan.
Works with any fast tokenizer, ours of two thousand words as well as a hub model's.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import torch
from llguidance import LLMatcher, LLTokenizer
from llguidance.hf import from_tokenizer
from llguidance.torch import allocate_token_bitmask, fill_next_token_bitmask
from pydantic import BaseModel
from transformers import LogitsProcessor

from triptych.errors import ModelError
from triptych.generators.decoding import Sampling, decode

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

Schema = Mapping[str, Any]
"""A JSON schema, as pydantic writes it."""

PLAIN_TEXT = r'^[^\s"\\\p{C}]([^"\\\p{C}]*[^\s"\\\p{C}])?$'
"""Default for every string: no quotes, escapes or control characters, no blank at either end,
and at least one character."""

_MOST_BYTES_OF_NUMBER = 32
_tokenizers: WeakKeyDictionary[PreTrainedTokenizerFast, dict[int | None, LLTokenizer]] = (
    WeakKeyDictionary()
)
_making = threading.Lock()


def closed_schema(
    schema: Schema | type[BaseModel], text_pattern: str | None = PLAIN_TEXT
) -> dict[str, object]:
    """A JSON schema in which every key is known and required and every length bounded.

    A pydantic model is taken as its own schema. `text_pattern` is a regular expression for the
    strings that have no pattern or list of values of their own. Raises `ModelError` where a
    string or array has no upper length, for a small model would never end it.
    """
    if isinstance(schema, type):
        schema = schema.model_json_schema()
    definitions = schema.get("$defs", {})
    return _close(schema, definitions, text_pattern, "$")


def _close(node: Schema, definitions: Schema, pattern: str | None, where: str) -> dict[str, object]:
    if "$ref" in node:
        name = node["$ref"].rsplit("/", 1)[-1]
        if name not in definitions or where.count(".") > 32:
            raise ModelError(f"The schema's reference {node['$ref']} at {where} has no end.")
        return _close(definitions[name], definitions, pattern, where)
    if "anyOf" in node:
        return {"anyOf": [_close(one, definitions, pattern, where) for one in node["anyOf"]]}
    if "enum" in node or "const" in node:
        return {key: node[key] for key in ("enum", "const") if key in node}
    match node.get("type"):
        case "object":
            properties = {
                key: _close(value, definitions, pattern, f"{where}.{key}")
                for key, value in node.get("properties", {}).items()
            }
            return {
                "type": "object",
                "properties": properties,
                "required": list(properties),
                "additionalProperties": False,
            }
        case "array":
            if "maxItems" not in node:
                raise ModelError(f"The array at {where} of the schema has no maxItems.")
            items = _close(node["items"], definitions, pattern, f"{where}[]")
            bounds = {key: node[key] for key in ("minItems", "maxItems") if key in node}
            return {"type": "array", "items": items, **bounds}
        case "string":
            if "maxLength" not in node:
                raise ModelError(f"The string at {where} of the schema has no maxLength.")
            kept = {key: node[key] for key in ("minLength", "maxLength", "pattern") if key in node}
            if pattern is not None and kept["maxLength"] > 0:
                kept.setdefault("pattern", pattern)
            return {"type": "string", **kept}
        case "integer" | "number" | "boolean" | "null":
            bounds = ("type", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
            return {key: node[key] for key in bounds if key in node}
        case kind:
            raise ModelError(f"The schema's {where} is of type {kind!r}, which cannot be bounded.")


def most_tokens(schema: Schema, text_pattern: str | None = PLAIN_TEXT) -> int:
    """An upper bound of the tokens of a document of a closed schema, the last one included.

    A token holds at least one byte and a character at most four (six where escapes may come), so
    generation with this limit always ends in a whole document.
    """
    character = 4 if text_pattern is not None else 6

    def size(node: Schema) -> int:
        if "anyOf" in node:
            return max(size(one) for one in node["anyOf"])
        if "enum" in node:
            return max(len(json.dumps(value)) for value in node["enum"])
        if "const" in node:
            return len(json.dumps(node["const"]))
        if node["type"] == "object":
            return 2 + sum(len(key) + 6 + size(value) for key, value in node["properties"].items())
        if node["type"] == "array":
            return 2 + node["maxItems"] * (2 + size(node["items"]))
        if node["type"] == "string":
            return 2 + character * node["maxLength"]
        return _MOST_BYTES_OF_NUMBER

    return size(schema) + 1


def end_token(tokenizer: PreTrainedTokenizerFast) -> int:
    """The id of the end-of-text token; `ModelError` where there is none."""
    token = tokenizer.eos_token_id
    if not isinstance(token, int):
        raise ModelError("The tokenizer has no end-of-text token, so JSON could never end.")
    return token


def grammar_tokenizer(
    tokenizer: PreTrainedTokenizerFast, vocab_size: int | None = None
) -> LLTokenizer:
    """llguidance's view of a fast tokenizer: made once (about a second for 150 k words)."""
    end_token(tokenizer)
    with _making:
        views = _tokenizers.setdefault(tokenizer, {})
        if vocab_size not in views:
            try:
                views[vocab_size] = from_tokenizer(tokenizer, n_vocab=vocab_size)
            except ValueError as error:
                raise ModelError(
                    f"Constrained decoding cannot read this tokenizer: {error}",
                    "Use a model with a fast tokenizer.",
                ) from error
        return views[vocab_size]


class JsonConstraint(LogitsProcessor):
    """Masks logits so that each row of one `generate` call writes one valid JSON document.

    Use it for one call only: what the first call's `input_ids` hold is taken as the prompt.
    Greedy decoding, sampling and beam search all work, since a row's state is looked up by the
    tokens that the row has written. A row that is done may only write the end-of-text token.
    """

    def __init__(self, view: LLTokenizer, grammar: str, end: int) -> None:
        self._view = view
        self._end = end
        start = LLMatcher(view, grammar, log_level=0)
        if start.is_error():
            raise ModelError(f"The schema cannot be decoded: {start.get_error()}")
        self._states: dict[tuple[int, ...], LLMatcher] = {(): start}
        self._prompt: int | None = None
        self._bitmask = allocate_token_bitmask(1, view.vocab_size)

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Mask `scores` (B, V) after `input_ids` (B, T)."""
        if self._prompt is None:
            self._prompt = input_ids.shape[1]
        states: dict[tuple[int, ...], LLMatcher] = {}
        allowed = torch.zeros(scores.shape, dtype=torch.bool)
        for row, tokens in enumerate(input_ids[:, self._prompt :].tolist()):
            written = tuple(tokens)
            if written and self._end in written:
                allowed[row, self._end] = True
                continue
            state = states.get(written) or self._state(written)
            if state is None:  # a beam that beam search filled up with a forbidden token
                allowed[row, self._end] = True
                continue
            states[written] = state
            allowed[row] = self._mask(state, scores.shape[1])
        self._states = states
        return scores.masked_fill(~allowed.to(scores.device), float("-inf"))

    def _state(self, written: tuple[int, ...]) -> LLMatcher | None:
        if not written:
            return self._states[()]
        before = self._states.get(written[:-1])
        if before is None:
            return None
        after = before.deep_copy()
        return after if after.consume_token(written[-1]) else None

    def _mask(self, state: LLMatcher, vocabulary: int) -> torch.Tensor:
        """Which of `vocabulary` tokens may follow, (V,) bool. Logits may be wider than words."""
        fill_next_token_bitmask(state, self._bitmask)
        bits = self._bitmask[0].view(torch.uint8)
        mask = (bits[:, None] >> torch.arange(8, dtype=torch.uint8)).bitwise_and(1).flatten()
        words = min(vocabulary, self._view.vocab_size)
        out = torch.zeros(vocabulary, dtype=torch.bool)
        out[:words] = mask[:words].bool()
        return out


def constrained_logits_processor(
    tokenizer: PreTrainedTokenizerFast,
    schema: Schema | type[BaseModel],
    *,
    text_pattern: str | None = PLAIN_TEXT,
) -> JsonConstraint:
    """A processor for one `generate` call that forces JSON of `schema`, without blanks.

    Extra keys are forbidden, all keys required, lengths bounded (see `closed_schema`).
    """
    closed = closed_schema(schema, text_pattern)
    grammar = LLMatcher.grammar_from_json_schema(
        closed,
        overrides={"whitespace_flexible": False, "item_separator": ",", "key_separator": ":"},
    )
    return JsonConstraint(grammar_tokenizer(tokenizer), grammar, end_token(tokenizer))


@dataclass(frozen=True)
class JsonAnswer:
    """A document that a model wrote, parsed, with the tokens it read and wrote."""

    value: Any
    text: str
    tokens_in: int
    tokens_out: int


def generate_json(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    prompt: Sequence[int],
    schema: Schema | type[BaseModel],
    *,
    text_pattern: str | None = PLAIN_TEXT,
    sampling: Sampling | None = None,
) -> JsonAnswer:
    """Have `model` continue `prompt` (token ids) with one JSON document of `schema`.

    Greedy without `sampling`. Raises `ModelError` if the document does not end.
    """
    end = end_token(tokenizer)
    # The model's own stopping tokens may lie outside the grammar: only the tokenizer's count.
    written = decode(
        model,
        prompt,
        most=most_tokens(closed_schema(schema, text_pattern), text_pattern),
        end=end,
        pad=end,
        sampling=sampling,
        constraint=constrained_logits_processor(tokenizer, schema, text_pattern=text_pattern),
        min_new_tokens=None,
    ).tokens
    text = str(tokenizer.decode(list(written), skip_special_tokens=True))
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ModelError(f"The language model did not end its JSON: {text[-80:]!r}") from error
    return JsonAnswer(value, text, tokens_in=len(prompt), tokens_out=len(written))
