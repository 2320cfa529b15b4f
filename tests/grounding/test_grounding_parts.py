"""Each check by itself, and what holds of all of them for any text."""

import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triptych.domain import Brief, CampaignPlan, Deliverable, Offer, PlanDraft
from triptych.grounding import ground, ground_own, ground_plan
from triptych.grounding.amounts import amounts, days
from triptych.grounding.lexicon import is_word
from triptych.grounding.negation import excluded_in, without_excluded
from triptych.grounding.source import names_of
from triptych.grounding.tokens import plain
from triptych.grounding.wrapping import unwrap, wrapped

BRIEF = Brief(
    description="Zoranto launches the Glow 500, a white desk lamp. Never in the rain.",
    brand="Zoranto",
    product="Glow 500",
    facts=("two colours", "1,200 lumens", "0800 123 4567", "ships in 12 h"),
    offer=Offer(price="€49", was_price="€69", code="GLOW20", valid_until="2026-12-31"),
)


def kinds(text, channel="headline", brief=BRIEF):
    return {one.kind for one in ground(brief, None, text, channel)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("49 euros", "€49.00"),
        ("EUR 49", "49,00 €"),
        ("49,- €", "49 euro"),
        ("20 %", "20 percent"),
        ("twenty percent", "20%"),
        ("1,200 lumens", "1200 lm"),
        ("1.200 €", "EUR 1,200.00"),
        ("half price", "50% off"),
        ("two years", "2 years"),
        ("12-hour", "12 h"),
        ("1 200 kg", "1200 kg"),
        ("forty-five minutes", "45 min"),
        ("99 cents", "$0.99"),
        ("two hundred pieces", "200 pcs"),
    ],
)
def test_the_same_amount_in_two_writings(one, other):
    (left,), (right,) = amounts(one), amounts(other)
    assert left.is_like(right) or (left.unit == "" and left.values & right.values)


@pytest.mark.parametrize(
    ("one", "other"),
    [("49 euros", "$49"), ("20 %", "20 hours"), ("500 ml", "500 l"), ("1.299 g", "1.3 g")],
)
def test_other_amounts(one, other):
    (left,), (right,) = amounts(one), amounts(other)
    assert not left.is_like(right)


@given(st.integers(0, 10**7))
def test_a_number_is_read_with_and_without_its_separators(number):
    for written in (f"{number}", f"{number:,}", f"{number:,}".replace(",", "."), f"€{number:,}.00"):
        assert Decimal(number) in amounts(written)[0].values


@pytest.mark.parametrize(
    "written",
    [
        "2026-12-31",
        "31 December 2026",
        "December 31, 2026",
        "31.12.2026",
        "31/12/2026",
        "12/31/2026",
        "31. Dezember 2026",
        "31 de diciembre de 2026",
        "Dec 31",
        "31st of December",
        "31.12.",
    ],
)
def test_the_same_day_in_many_writings(written):
    (day,), (other,) = days(written), days("31.12.2026")
    assert day.is_like(other)
    assert not amounts(written)
    assert not day.is_like(days("30 December 2026")[0])


@pytest.mark.parametrize(
    "text",
    [
        "Glow 500, now €49 instead of €69",
        "Save 20 euros on Glow 500",
        "Glow 500: was €69, now €49",
        "29% off Glow 500",
        "Glow 500 in 2 colours",
        "Code GLOW20 until December 31",
        "Call 0800 123 4567",
        "Glow 500 ships in twelve hours",
        "1200 lumens of Glow 500",
    ],
)
def test_figures_of_the_brief_pass(text):
    assert kinds(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "Glow 500 for €69",
        "Glow 500, was €49",
        "Save 30 euros",
        "30% off",
        "Code GLOW25",
        "Glow 500 in 3 colours",
        "Call 0800 123 4568",
        "Until January 1",
        "Glow 500 ships in 12 days",
        "Rated 4.9 stars",
        "With a lifetime warranty",
        "See glow-lamps.com",
        "Only until Friday",
    ],
)
def test_figures_that_the_brief_does_not_give_fail(text):
    assert "number" in kinds(text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("No snow, please.", "snow"),
        ("not red but blue", "red"),
        ("sugar-free", "sugar"),
        ("It isn't waterproof", "waterproof"),
        ("never show people", "people"),
        ("ohne Zucker", "zucker"),
        ("keine Blumen", "blumen"),
        ("sans sucre", "sucre"),
        ("without added salt or fat", "fat"),
        ("zuckerfrei", "zucker"),
        ("free from lead", "lead"),
        ("neither dogs nor cats", "cats"),
    ],
)
def test_what_is_excluded_is_read(text, kept):
    assert any(kept in one.words for one in excluded_in(plain(text)))
    assert kept not in without_excluded(text).lower().split()


@pytest.mark.parametrize(
    "text",
    [
        "not only warm but light",
        "no doubt",
        "no problem",
        "never before",
        "worry-free",
        "can't wait",
        "no more than you need",
        "don't miss it",
        "hands-free",
        "not just a mug",
    ],
)
def test_idioms_exclude_nothing(text):
    assert excluded_in(plain(text)) == ()


@pytest.mark.parametrize(
    ("brief", "names"),
    [
        ({"description": "Ben & Jerry's launches the Scoop-It."}, ["Ben & Jerry's", "Scoop-It"]),
        ({"description": "The Éclat by L'Oréal is a mug."}, ["L'Oréal", "Éclat"]),
        ({"description": "Brand: adidas. Product: runfalcon 3."}, ["adidas", "runfalcon 3"]),
        ({"description": "We launch a red lamp."}, []),
        ({"description": "A lamp.", "brand": "Öko GmbH"}, ["Öko"]),
        (
            {"description": "A.", "product": "Norvik Emberlite Camping Lantern, red, 500 lm"},
            ["Norvik Emberlite"],
        ),
    ],
)
def test_names_are_read_from_fields_and_plain_words(brief, names):
    assert [name.text for name in names_of(Brief(**brief))] == names


@pytest.mark.parametrize("word", ["colour", "color", "cosiness", "unboxing", "don't", "rain-ready"])
def test_words_are_words(word):
    assert is_word(word)


@pytest.mark.parametrize("word", ["ewurcavurcococa", "norium", "hertistoo", "glowpeak", "kurcurco"])
def test_what_is_no_word(word):
    assert not is_word(word)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "a (lamp",
        'a "lamp',
        "lamp [here",
        "Glow 500 is the",
        "Get your lamp, lamp lamp lamp",
        "Glow 500 of of light",
        "Glow 500 for {name}",
        "Glow 500 XX",
        "Glow 500 glows wexibt",
        "Zoranto Glow 500,",
    ],
)
def test_what_is_no_sentence_fails(text):
    assert "sense" in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "So, so bright. Glow 500!",
        "Glow 500 :) made for you",
        'A 15" screen? No: Glow 500.',
        "It's bright (very). Glow 500",
        "Sooo bright: Glow 500",
        "“Bright!” said the Glow 500.",
    ],
)
def test_lively_copy_is_sense(text):
    assert "sense" not in kinds(text)


def test_short_channels_hold_what_must_be_said_where_it_fits():
    short = BRIEF.model_copy(update={"must_say": ("Made in Rome",)})
    long = BRIEF.model_copy(
        update={"must_say": ("Capital at risk, see the terms for all details",)}
    )
    assert kinds("Hello, Glow 500!", brief=short) == {"wording"}
    assert kinds("Glow 500. Made in Rome.", brief=short) == set()
    assert kinds("Hello, Glow 500!", brief=long) == set()
    assert "wording" in kinds("Zoranto Glow 500 is here.", "body", brief=long)


@given(st.text(max_size=300))
def test_any_text_is_checked_without_an_error_and_always_alike(text):
    plan = CampaignPlan(
        brief=BRIEF,
        key_message="Only 49 euros",
        visual="a white lamp",
        motion="slow orbit",
        deliverables=(Deliverable(id="body", channel="body", tone="playful"),),
    )
    found = ground(BRIEF, plan, text, "body")
    assert found == ground(BRIEF, plan, text, "body")
    assert found, "no text of chance says the price"
    assert all(one.reason for one in found)
    ground_own(BRIEF, plan, text)


@given(st.text(min_size=1, max_size=200))
def test_any_brief_and_plan_are_checked_without_an_error(text):
    line = text.strip() or "x"
    brief = Brief(description=line, brand=line[:40], must_say=(line,), must_not_say=(line,))
    draft = PlanDraft(
        key_message=line[:160], visual=line, motion=line[:120], tone="playful", channels=("body",)
    )
    ground_plan(brief, draft)
    ground(brief, None, line, "body")


@given(st.text(st.characters(categories=["L", "Zs"]), min_size=3, max_size=80))
def test_what_was_unwrapped_once_stays_as_it_is(text):
    for form in ('"{}"', "Here is your copy: {}", "**{}**", "```\n{}\n```"):
        once = unwrap(form.replace("{}", text))
        assert unwrap(once) == once


def test_plain_copy_is_not_unwrapped():
    for text in ("Here is to slow mornings.", "Sure, it's red.", 'Say "yes", then "more".'):
        assert unwrap(text) == text
        assert not wrapped(text, "copy")


def test_the_checks_load_no_model_library():
    code = (
        "import sys, triptych.grounding; "
        "print(sorted({'torch', 'transformers', 'numpy', 'langgraph'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_copy_that_no_channel_has_room_for_fails_and_blanks_count_once():
    assert [one.kind for one in ground(BRIEF, None, "Glow 500 " * 1000)] == ["sense"]
    assert kinds("Hello, Glow 500!" + " " * 9000) == set()
