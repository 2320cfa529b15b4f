import re
from random import Random

import pytest

from triptych.domain import TEXT_KINDS, TONES, PlanDraft
from triptych.starter.grammar import (
    all_sentences,
    briefed,
    canonical_caption,
    caption,
    case_texts,
    describe,
    expand,
    fill,
    first,
    sketch,
    usually,
    video_caption,
    write_copy,
)
from triptych.starter.scene import PRODUCTS, SETTINGS, Scene, draw_scene
from triptych.starter.truth import false_claims, read_attributes

MOST_WORDS = {
    "headline": (4, 9),
    "body": (15, 45),
    "call_to_action": (2, 8),
    "social_post": (8, 25),
    "email_subject": (3, 9),
}


def scene(number: int) -> Scene:
    return draw_scene(Random(f"grammar:{number}"), held_out=False)


def of_kind(kind: str) -> Scene:
    return next(s for s in map(scene, range(999)) if s.product == kind)


def test_texts_depend_on_the_scene_alone():
    assert case_texts(scene(8), references=3) == case_texts(scene(8), references=3)
    assert case_texts(scene(8)) != case_texts(scene(9))


@pytest.mark.parametrize("number", range(30))
def test_plans_are_valid_and_decided_by_the_brief(number):
    texts = case_texts(scene(number), references=5)
    plan = PlanDraft.model_validate(texts["plan"])
    assert plan.tone == texts["tone"]
    assert plan.tone in texts["description"].lower()
    assert list(plan.channels) == texts["channels"]
    assert len(plan.key_message) <= 90
    assert len(plan.visual) <= 120
    assert len(plan.motion) <= 60


def test_a_test_case_gets_five_different_references_of_each_copy():
    copy = case_texts(scene(4), references=5)["copy"]
    for tone in TONES:
        for channel in TEXT_KINDS:
            assert len(set(copy[tone][channel])) == 5


@pytest.mark.parametrize("channel", TEXT_KINDS)
def test_no_copy_can_be_too_long_or_too_short(channel):
    least, most = MOST_WORDS[channel]
    for number in range(100):
        for tone in TONES:
            sentences = all_sentences(scene(number), channel, tone)
            lengths = [[len(text.split()) for text in wordings] for wordings in sentences]
            assert least <= sum(map(min, lengths))
            assert sum(map(max, lengths)) <= most


def test_captions_are_short_and_the_canonical_one_is_fixed():
    for number in range(200):
        assert len(caption(scene(number), Random(number)).split()) <= 24
    truth = of_kind("mug")
    line = canonical_caption(truth)
    assert line == canonical_caption(truth)
    assert line.startswith(("a ", "an "))
    assert video_caption(truth, Random(0)).startswith(caption(truth, Random(0)))


def test_one_scene_alone_has_a_hundred_thousand_different_bodies():
    """Counted by making them: the first, second and third sentences are chosen independently."""
    opening, middle, closing = all_sentences(of_kind("watch"), "body", "playful")
    made = {f"{a} {b} {closing[0]}" for a in opening[:400] for b in middle[:300]}
    assert len(made) >= 100_000
    assert len(made) == len(opening[:400]) * len(middle[:300])


def test_what_is_written_is_among_all_that_can_be_written():
    truth = scene(6)
    for tone in TONES:
        for channel in TEXT_KINDS:
            if channel != "body":
                (wordings,) = all_sentences(truth, channel, tone)
                assert write_copy(truth, channel, tone, Random(1)) in wordings


def test_articles_and_plurals_agree():
    slots = {"a": ("\0",), "colour": ("orange", "red")}
    assert list(expand("it is {a} {colour} one", slots)) == [
        "It is an orange one",
        "It is a red one",
    ]
    truth = of_kind("headphones")
    for tone in TONES:
        for seed in range(50):
            text = " " + write_copy(truth, "body", tone, Random(seed)).lower()
            assert " it " not in text
            assert " is " not in re.sub("(that|this) is", "", text)
    assert "a umbrella" not in canonical_caption(of_kind("umbrella"))


def test_the_first_choice_is_the_usual_one():
    choose = usually(Random(0))
    taken = [choose("abc") for _ in range(2000)]
    assert 0.45 < taken.count("a") / 2000 < 0.55
    assert fill("[x|y] {z}", {"z": ("1", "2")}, first) == "X 1"


def test_the_brief_says_tone_and_channels_only_when_asked():
    for seed in range(20):
        text = describe(scene(2), Random(seed)).lower()
        assert "tone" not in text
        assert "headline" not in text
        assert scene(2).brand.lower() in text
        assert scene(2).name.lower() in text


def test_the_world_is_large_enough():
    assert len(PRODUCTS) >= 16
    assert len(SETTINGS) >= 10


def test_sketches_name_the_product_and_leave_facts_out():
    briefs = []
    for number in range(300):
        truth = scene(number)
        brief, tone, channels = sketch(truth, Random(number))
        briefs.append((truth, brief))
        assert truth.brand in brief
        assert truth.name in brief
        assert not false_claims(brief, truth)
        assert "  " not in brief
        assert not re.search(r"\s[,.]|[,.][,.]", brief)
        assert tone in TONES
        assert channels == [c for c in TEXT_KINDS if c in channels]
    claimed = [
        read_attributes(brief).keys() & {"setting", "time", "material"} for _, brief in briefs
    ]
    assert sum(len(found) for found in claimed) < 0.65 * 3 * len(claimed)
    assert all(read_attributes(brief)["product"] == truth.product for truth, brief in briefs)


def test_a_state_that_is_on_is_said_in_every_sketch():
    for number in range(200):
        truth = scene(number)
        if truth.state_on:
            brief, _, _ = sketch(truth, Random(number))
            assert "state" in read_attributes(brief), brief


@pytest.mark.parametrize("sketched", [True, False])
def test_a_brief_comes_with_a_valid_plan_of_what_it_asks_for(sketched):
    for number in range(40):
        brief, plan = briefed(scene(number), Random(number), sketched=sketched)
        draft = PlanDraft.model_validate(plan)
        assert draft.visual == canonical_caption(scene(number))
        assert sketched or draft.tone in brief.lower()
