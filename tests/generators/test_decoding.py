"""Z from the pass that wrote: equal to reading the copy again, and not paid for twice."""

import contextlib

import pytest
import torch
from transformers import (
    Lfm2Config,
    Lfm2ForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
)

from triptych.generators.decoding import Decoded, Sampling, decode, states_after

SIZES = {
    "vocab_size": 60,
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 256,
    "initializer_range": 0.3,
}
PROMPT = list(range(3, 22))
WAYS = {
    "greedy": {"beams": 1},
    "three beams": {"beams": 3},
    "seven beams": {"beams": 7},
    "sampled": {"sampling": Sampling(seed=4, temperature=0.8, top_p=0.9)},
}


def made(kind, config, **changes):
    torch.manual_seed(1)
    return kind(config(**SIZES, eos_token_id=1, pad_token_id=0, **changes)).eval()


@pytest.fixture(scope="module", params=["full", "sliding"])
def model(request):
    if request.param == "full":
        return made(LlamaForCausalLM, LlamaConfig)
    return made(MistralForCausalLM, MistralConfig, sliding_window=8)


def written(model, most=24, **options):
    return decode(model, PROMPT, most=most, end=1, pad=0, **options)


def queries(model, count=5):
    generator = torch.Generator().manual_seed(9)
    return torch.randn(count, model.config.hidden_size, generator=generator)


def read_again(model, row, asked):
    """Teacher forcing: one pass over everything."""
    with torch.no_grad():
        embedded = model.get_input_embeddings()(torch.tensor([row]))
        whole = torch.cat([embedded, asked[None]], dim=1)
        return model.base_model(inputs_embeds=whole, use_cache=False).last_hidden_state[0, -5:]


@contextlib.contextmanager
def counted(model):
    """How many positions the model is called with, row by row."""
    calls = []

    def note(module, args, kwargs):
        given = kwargs.get("inputs_embeds")
        given = kwargs.get("input_ids") if given is None else given
        calls.append(given.shape[0] * given.shape[1])

    handle = model.base_model.register_forward_pre_hook(note, with_kwargs=True)
    try:
        yield calls
    finally:
        handle.remove()


@pytest.mark.parametrize("way", WAYS)
def test_what_the_pass_kept_gives_the_states_of_reading_again(model, way):
    decoded = written(model, **WAYS[way])
    row, asked = [*PROMPT, *decoded.tokens], queries(model)
    with counted(model) as calls:
        states = states_after(model, decoded, row, asked)
    assert calls == [len(asked) + 1], (
        "the token drawn last, which no pass has read, and the queries"
    )
    torch.testing.assert_close(states, read_again(model, row, asked), atol=1e-5, rtol=1e-4)


def test_a_winner_that_ended_before_the_search_did_is_found_again(model):
    """With many beams the winner's row has long been given to another when the search ends."""
    ended_early = 0
    for seed in range(6):
        torch.manual_seed(seed)
        prompt = torch.randint(2, 60, (12,)).tolist()
        with counted(model) as calls:
            decoded = decode(model, prompt, most=24, end=1, pad=0, beams=6, length_penalty=-1.0)
        ended_early += len(calls) > len(decoded.tokens)
        row, asked = [*prompt, *decoded.tokens], queries(model)
        states = states_after(model, decoded, row, asked)
        torch.testing.assert_close(states, read_again(model, row, asked), atol=1e-5, rtol=1e-4)
    assert ended_early > 0


@pytest.mark.parametrize("kept", [0, 4, 11])
def test_words_that_part_from_what_was_written_are_read_from_there_on(model, kept):
    decoded = written(model, beams=3)
    row = [*PROMPT, *decoded.tokens[:kept], 50, 51, 1]
    asked = queries(model)
    with counted(model) as calls:
        states = states_after(model, decoded, row, asked)
    assert calls == [3 + len(asked)]
    torch.testing.assert_close(states, read_again(model, row, asked), atol=1e-5, rtol=1e-4)


def test_the_same_seed_draws_the_same_tokens_and_another_others(model):
    first, again, other = (
        written(model, sampling=Sampling(seed, temperature=1.5)).tokens for seed in (5, 5, 6)
    )
    assert first == again != other


def test_draws_are_those_of_the_library_s_own_sampling(model):
    torch.manual_seed(11)
    ids = torch.tensor([PROMPT])
    theirs = model.generate(
        ids, attention_mask=torch.ones_like(ids), do_sample=True, temperature=0.8, top_p=0.9,
        max_new_tokens=24, eos_token_id=1, pad_token_id=0,
    )  # fmt: skip
    ours = written(model, sampling=Sampling(11, 0.8, 0.9)).tokens
    assert list(ours) == theirs[0, len(PROMPT) :].tolist()


def test_a_draw_leaves_the_process_s_generator_as_it_was(model):
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    written(model, sampling=Sampling(1))
    assert torch.equal(torch.rand(1), expected)


def test_a_model_that_keeps_no_keys_and_values_is_read_again():
    hybrid = made(
        Lfm2ForCausalLM, Lfm2Config, full_attn_idxs=[1], conv_L_cache=3, block_multiple_of=1
    )
    decoded = written(hybrid, beams=2)
    assert decoded.kept == {}
    row, asked = [*PROMPT, *decoded.tokens], queries(hybrid)
    states = states_after(hybrid, decoded, row, asked)
    torch.testing.assert_close(states, read_again(hybrid, row, asked))
    torch.testing.assert_close(states, states_after(hybrid, Decoded((), ()), row, asked))
