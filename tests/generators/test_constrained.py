import json

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from triptych.domain import TEXT_KINDS, PlanDraft
from triptych.errors import ModelError
from triptych.generators.constrained import (
    closed_schema,
    constrained_logits_processor,
    generate_json,
    most_tokens,
)
from triptych.generators.decoding import Sampling


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=["<|pad|>", "<|end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(["A bright red mug, playful and small. " * 3] * 4, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, eos_token="<|end|>", pad_token="<|pad|>"
    )


@pytest.fixture(scope="module")
def model(tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer) + 7,  # checkpoints pad their vocabulary
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=4096,
    )
    return LlamaForCausalLM(config).eval()


class Small(BaseModel):
    word: str
    count: int


def test_a_model_that_knows_nothing_writes_valid_plans(model, tokenizer):
    prompt = tokenizer("A red mug.").input_ids
    for seed in range(2):
        answer = generate_json(model, tokenizer, prompt, PlanDraft, sampling=Sampling(seed, 2.0))
        draft = PlanDraft.model_validate_json(answer.text)
        assert draft.key_message.strip() == draft.key_message
        assert set(draft.channels) <= set(TEXT_KINDS)
        assert answer.tokens_in == len(prompt)
        assert 0 < answer.tokens_out <= most_tokens(closed_schema(PlanDraft))


def test_greedy_decoding_is_deterministic(model, tokenizer):
    prompt = tokenizer("A mug.").input_ids
    schema = {"type": "object", "properties": {"word": {"type": "string", "maxLength": 5}}}
    first, second = (generate_json(model, tokenizer, prompt, schema).text for _ in range(2))
    assert first == second
    assert set(json.loads(first)) == {"word"}


def test_beam_search_writes_one_document_a_row(model, tokenizer):
    prompt = tokenizer(["A mug.", "A mug."], return_tensors="pt").input_ids
    schema = {
        "type": "object",
        "properties": {"tone": {"enum": ["red", "blue"]}, "size": {"type": "boolean"}},
    }
    out = model.generate(
        prompt,
        attention_mask=torch.ones_like(prompt),
        logits_processor=[constrained_logits_processor(tokenizer, schema)],
        num_beams=3,
        do_sample=False,
        max_new_tokens=most_tokens(closed_schema(schema)),
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    for row in out[:, prompt.shape[1] :]:
        assert set(json.loads(tokenizer.decode(row, skip_special_tokens=True))) == {"tone", "size"}


def test_unbounded_schemas_are_refused():
    with pytest.raises(ModelError, match=r"\$\.word.*maxLength"):
        closed_schema(Small)
    with pytest.raises(ModelError, match="maxItems"):
        closed_schema({"type": "array", "items": {"type": "null"}})
    with pytest.raises(ModelError, match="cannot be bounded"):
        closed_schema({})


def test_a_tokenizer_without_an_end_is_refused(tokenizer):
    endless = PreTrainedTokenizerFast(tokenizer_object=tokenizer.backend_tokenizer)
    with pytest.raises(ModelError, match="end-of-text"):
        constrained_logits_processor(endless, {"type": "null"})


LEAVES = st.one_of(
    st.builds(lambda n: {"type": "string", "maxLength": n}, st.integers(0, 12)),
    st.just({"type": "boolean"}),
    st.just({"enum": ["a", "bc"]}),
    st.just({"type": "integer", "minimum": 0, "maximum": 99}),
)
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.dictionaries(st.sampled_from("pqr"), inner, min_size=1).map(
            lambda properties: {"type": "object", "properties": properties}
        ),
        st.builds(
            lambda items, most: {"type": "array", "items": items, "maxItems": most},
            inner,
            st.integers(0, 3),
        ),
    ),
    max_leaves=4,
)


@settings(max_examples=12, deadline=None)
@given(schema=SCHEMAS, seed=st.integers(0, 99))
def test_any_bounded_schema_is_met_within_its_bound(model, tokenizer, schema, seed):
    answer = generate_json(model, tokenizer, [5, 6], schema, sampling=Sampling(seed))
    assert answer.tokens_out <= most_tokens(closed_schema(schema))
