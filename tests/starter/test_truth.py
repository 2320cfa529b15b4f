from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triptych.domain import TEXT_KINDS, TONES
from triptych.starter.grammar import canonical_caption, caption, case_texts, write_copy
from triptych.starter.scene import Scene, draw_scene
from triptych.starter.truth import claims, false_claims, names_right, read_attributes

LANTERN = Scene(
    "lantern", "red", "steel", True, "forest", "dusk", "rain", "orbit", "Norvik", "Emberlite", 1
)


def scene(number: int) -> Scene:
    return draw_scene(Random(f"truth:{number}"), held_out=False)


def test_every_text_of_a_thousand_cases_is_true_and_copies_its_names():
    for number in range(1000):
        truth = scene(number)
        texts = case_texts(truth)
        plan = texts["plan"]
        for text in (texts["description"], texts["caption"], plan["visual"], plan["key_message"]):
            assert false_claims(text, truth) == [], text
        assert false_claims(plan["motion"], truth) == [], plan["motion"]
        for tone in TONES:
            for channel in TEXT_KINDS:
                text = texts["copy"][tone][channel][0]
                assert false_claims(text, truth) == [], text
                assert names_right(text, truth, channel), text


def test_every_visible_fact_can_be_read_from_the_brief_and_from_the_body():
    for number in range(300):
        truth = scene(number)
        texts = case_texts(truth)
        for text in (texts["description"], texts["copy"][TONES[number % 4]]["body"][0]):
            read = read_attributes(text)
            for attribute in ("product", "colour", "material", "setting", "time", "brand", "name"):
                assert read[attribute] == getattr(truth, attribute), (attribute, text)
            if truth.weather != "indoors":
                assert read["weather"] == truth.weather
            if text != texts["description"]:
                assert read["state"] == ("on" if truth.state_on else "off"), text


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("product", "mug"),
        ("colour", "blue"),
        ("material", "plastic"),
        ("setting", "beach"),
        ("time", "day"),
        ("weather", "fog"),
        ("state_on", False),
        ("brand", "Velora"),
        ("name", "Driftline"),
    ],
)
@pytest.mark.parametrize("tone", TONES)
def test_a_swapped_fact_is_caught(attribute, value, tone):
    other = replace(LANTERN, **{attribute: value})
    for seed in range(20):
        text = write_copy(other, "body", tone, Random(seed))
        found = {claim.attribute for claim in false_claims(text, LANTERN)}
        assert (attribute if attribute != "state_on" else "state") in found, text
        assert false_claims(text, other) == []


def test_swaps_are_caught_in_lower_case_and_when_cut_off():
    text = canonical_caption(replace(LANTERN, colour="green"))
    for said in (text.upper(), text.lower(), text[:14]):
        assert [claim.attribute for claim in false_claims(said, LANTERN)] == ["colour"], said


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("Meet Emberlite today", True),
        ("meet emberlite today", True),
        ("Meet EmberLite today", False),
        ("Meet Emberlit today", False),
        ("Meet Ember Lite today", False),
        ("Meet Emberlite by Norvikk", False),
        ("Meet Emberlite by Velora", False),
        ("Meet it today", False),
        ("", False),
    ],
)
def test_names_must_be_copied_letter_by_letter(text, right):
    assert names_right(text, LANTERN) is right


def test_the_brand_is_due_where_a_channel_needs_it():
    assert not names_right("Emberlite is here", LANTERN, "body")
    assert names_right("Emberlite is here #Norvik", LANTERN, "social_post")
    assert names_right("Emberlite is here", LANTERN, "headline")


def test_the_longest_phrase_counts_and_not_its_parts():
    (claim,) = claims("a desk lamp")
    assert [c.attribute for c in claim] == ["product"]
    assert read_attributes("unlit, not yet lit")["state"] == "off"
    assert list(claims("there is no rain and no fog")) == []
    assert false_claims("in the snow", replace(LANTERN, setting="snowfield", weather="clear")) == []


def test_state_words_belong_to_a_kind():
    assert false_claims("it is wet", LANTERN)
    assert not false_claims("it is lit", LANTERN)
    assert read_attributes("an open umbrella")["state"] == "on"
    assert "state" not in read_attributes("an open mug")


@given(st.text(max_size=300))
def test_the_parser_takes_any_text(text):
    list(claims(text))
    read_attributes(text)
    false_claims(text, LANTERN)
    names_right(text, LANTERN, "body")


@given(st.integers(0, 200), st.integers(1, 30))
def test_truth_cut_between_words_stays_true(number, count):
    """All but a "desk lamp" cut in two, which leaves a desk."""
    text = " ".join(caption(scene(number), Random(number)).split()[:count]).removesuffix(" desk")
    visible = {"colour", "setting", "time", "material"}
    assert not visible & {c.attribute for c in false_claims(text, scene(number))}
