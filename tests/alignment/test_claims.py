import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triptych.alignment.attributes import contrasts_in, fitting_contrasts
from triptych.alignment.claims import split_claims
from triptych.grounding.vocabulary import GROUPS


def count(text):
    return len(re.findall(r"\w+|[^\w\s]", text)) + 2


def claims(text, limit=20):
    return split_claims(text, count, limit)


def test_sentences_become_claims():
    found = claims("The Nova Go is a red steel mug. Steaming on a kitchen table by day.")
    assert found == ("The Nova Go is a red steel mug.", "Steaming on a kitchen table by day.")


def test_a_long_sentence_is_split_at_its_clauses():
    text = (
        "Meet the lantern that brings warm company to the evening, stands beside the tent, "
        "and keeps the dark at a distance while rain falls on the roof of the world."
    )
    found = claims(text)
    assert len(found) > 1
    assert all(count(claim) <= 20 for claim in found)
    assert " ".join(found).replace(",", "").split() == text.replace(",", "").split()


def test_calls_to_action_hashtags_and_links_are_not_visual():
    found = claims("A blue vase in a library. Shop now! #Norvik https://example.org 🎉")
    assert found == ("A blue vase in a library.",)


def test_a_call_alone_is_still_judged():
    assert claims("Get the Nova.") == ("Get the Nova.",)


@pytest.mark.parametrize("text", ["…", "!!!", "🎉"])
def test_a_text_without_words_is_one_claim(text):
    assert len(claims(text)) == 1


@given(st.text(min_size=1, max_size=400), st.integers(3, 30))
def test_claims_always_fit_and_lose_no_word(text, limit):
    found = claims(text, limit)
    assert found
    if re.search(r"\w", text):
        assert all(count(claim) <= limit or len(claim) == 1 for claim in found)


@given(st.lists(st.sampled_from(["red", "mug", "tent", "snow", "and", "glows"]), min_size=25))
def test_a_run_of_words_is_split_without_loss(words):
    # identical claims are joined, so words are compared as sets
    assert set(" ".join(claims(" ".join(words))).split()) == set(words)


def test_contrasts_swap_one_word_and_nothing_else():
    found = {c.group: c for c in contrasts_in("a bright red camping lantern, lit, in the snow")}
    assert set(found) == {"colour", "product", "light", "setting"}
    assert found["colour"].words == "bright red"
    assert "a blue camping lantern, lit, in the snow" in found["colour"].rival_texts
    assert found["light"].rival_texts == ("a bright red camping lantern, unlit, in the snow",)


def test_contrasts_fit_the_clip_or_are_left_out():
    visual = "a red mug, steaming, on a kitchen table by day"
    tight = fitting_contrasts(visual, count, 14)
    assert tight
    assert all(count(text) <= 14 for c in tight for text in (c.text, *c.rival_texts))
    assert all(len(c.rivals) == len(c.rival_texts) for c in tight)
    product = next(c for c in tight if c.group == "product")
    assert "camping lantern" not in product.rivals
    assert "vase" in product.rivals


def test_a_group_named_twice_is_left_out():
    groups = {c.group for c in contrasts_in("a red mug beside a blue mug")}
    assert groups == {"product"}


@given(st.sampled_from(sorted(GROUPS)), st.data())
def test_every_phrase_of_the_vocabulary_is_found(group, data):
    phrase = data.draw(st.sampled_from([p for value in GROUPS[group] for p in value]))
    found = contrasts_in(f"the thing, {phrase}, seen")
    assert [(c.group, c.words) for c in found] == [(group, phrase)]
    assert all(len(c.rivals) == len(GROUPS[group]) - 1 for c in found)
