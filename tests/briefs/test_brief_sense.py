"""What no campaign can be made of: nothing said, gaps that nobody filled in, two products."""

import time
from pathlib import Path
from random import Random

import pytest

from triptych.briefs.read import understand
from triptych.briefs.sense import placeholders
from triptych.briefs.several import several_products
from triptych.errors import BriefError
from triptych.starter.grammar import sketch
from triptych.starter.scene import draw_scene

DATA = Path(__file__).parent / "data"
SENTENCE = "Norvik launches the Emberlite, a red steel camping lantern."


@pytest.mark.parametrize("text", ["7", "...", "🔥🔥", "- - -", "\u200b"])
def test_a_brief_without_words_says_nothing(text):
    with pytest.raises(BriefError, match="holds no words"):
        understand(text)


def test_placeholders_are_named_before_work_begins():
    for source in (str(DATA / "braces.txt"), (DATA / "braces.txt").read_text()):
        with pytest.raises(BriefError, match=r"nobody filled in `\{brand\}`, `\{\{product\}\}`"):
            understand(source)


@pytest.mark.parametrize(
    "gap",
    ["{brand}", "{Brand Name}", "{}", "{0}", "{product.name}", "{{product}}", "{{ product|upper }}",
     "{{{x}}}", "{{#each items}}", "{% if x %}", "${y}", "%s", "%d", "%(name)s", "%1$s", "%BRAND%",
     "[NAME]", "[Brand]", "[your brand]", "[INSERT PRODUCT NAME HERE]", "[[NAME]]",
     "[product_name]", "<brand>", "<your product>", "<<brand>>", "<BRAND_NAME>", "<%= brand %>",
     "*|FNAME|*", "@@brand@@", "__BRAND__", "lorem ipsum", "[Marke]"],
)  # fmt: skip
def test_every_kind_of_placeholder(gap):
    assert placeholders(f"Norvik launches {gap}, a lantern.") == [gap]
    with pytest.raises(BriefError, match="nobody filled in"):
        understand(f"Norvik launches {gap}, a lantern.")


@pytest.mark.parametrize(
    "text",
    ["20% sale", "20 % discount", "100%safe", "50%d", "<b>red</b>", "a <3 b", "[1] and [2]",
     "{1, 2}", "[link](https://x.example)", "[brand](https://x.example)", "{{7*7}}", "$49.90",
     "C:\\%5", "an e-mail to <me@x.example>", "f(x) = {x: 1}", "(name)", "snake_case and __init__"],
)  # fmt: skip
def test_what_looks_like_one_and_is_none(text):
    assert placeholders(text) == []


def test_placeholders_in_fields_and_doubtful_ones(tmp_path):
    path = tmp_path / "b.yaml"
    path.write_text("description: a lantern\nmust_say: ['by %s']\noffer: {code: '[CODE] ${x}'}")
    with pytest.raises(BriefError, match=r"`%s`, `\$\{x\}`"):
        understand(str(path))
    (note,) = understand("A lantern for [ZIELGRUPPE].").notes
    assert "[ZIELGRUPPE]" in note


TWO = [
    (DATA / "two-products.txt").read_text(),
    "Norvik launches the Emberlite and the Driftline.",
    "Norvik launches the Emberlite, a red lantern, and the Driftline, a blue mug.",
    "Norvik launches the Emberlite and Lumora the Driftline.",
    "Emberlite vs Driftline: which is brighter?",
    "Compare the Emberlite with the Driftline.",
    "Norvik introduces the Emberlite. Lumora introduces the Driftline.",
    "The Emberlite by Norvik is red and the Driftline by Lumora is blue.",
    "Norvik launches two products: the Emberlite, a lantern, and the Driftline, a blue mug.",
    "Norvik launches the Emberlite, a red lantern; it also launches the Driftline, a blue mug.",
]
PERHAPS = [
    "Norvik's Emberlite, a red lantern, and Lumora's Driftline, a mug, on one table.",
    "Meet the Emberlite and the Driftline, the camping pair.",
    "A bundle of the Emberlite lantern and the Driftline mug.",
    "Norvik launches the Emberlite and Driftline.",
    "The red Emberlite from Norvik and the blue Driftline from Lumora share a shelf.",
]


@pytest.mark.parametrize("text", TWO)
def test_two_products_are_named_and_never_mixed(text):
    with pytest.raises(BriefError) as told:
        understand(text)
    assert "two products: the " in told.value.message
    assert "Emberlite" in told.value.message
    assert "Driftline" in told.value.message


def test_two_products_with_their_brands():
    with pytest.raises(BriefError, match=r"the Emberlite \(Norvik\) and the Driftline \(Lumora\)"):
        understand(str(DATA / "two-products.txt"))


@pytest.mark.parametrize("text", PERHAPS)
def test_what_may_be_two_products_is_told(text):
    (note,) = understand(text).notes
    assert "Emberlite" in note
    assert "Driftline" in note


def test_a_product_named_in_its_field_is_the_campaign_s(tmp_path):
    path = tmp_path / "b.yaml"
    path.write_text(f"description: >-\n  {TWO[0]}\nproduct: Emberlite\n")
    (note,) = understand(str(path)).notes
    assert "the Driftline (Lumora); the campaign is of Emberlite" in note


@pytest.mark.parametrize(
    "text",
    [
        SENTENCE,
        "Meet the Emberlite at the Berlin Motor Show.",
        "Norvik's Emberlite in the Alps and the Rockies.",
        "Norvik launches the Emberlite. The Emberlite brings light. Norvik makes lanterns.",
        "Johnson & Johnson launches the Emberlite.",
        "Norvik launches the Emberlite in Germany and the United Kingdom.",
        "The Emberlite offers 40 hours of light. Norvik offers Free Shipping.",
        "Norvik presents the Emberlite. Summer brings Long Nights.",
        "Norvik launches the Emberlite and the Emberlite is red.",
        "Norvik launches the Emberlite 2, better than the Emberlite 1.",
    ],
)
def test_one_product_is_one(text):
    assert several_products(text) is None


def test_no_brief_of_the_world_is_taken_for_another():
    for number in range(400):
        brief, *_ = sketch(draw_scene(Random(f"sense:{number}"), held_out=False), Random(number))
        assert several_products(brief) is None, brief
        assert placeholders(brief) == [], brief


@pytest.mark.parametrize(
    "piece", ["A", "A ", "Aa Bb ", "the Aa, b", "Compare Aa, b ", "A'", "A.-", "launch Aa (b ", "{",
              "[your ", "%(", "[[", "<", "[brand ", "brand-", "Aa and Bb ", "range of Aa "]
)  # fmt: skip
def test_no_text_of_a_brief_s_length_takes_long(piece):
    text = (piece * 20_000)[:20_000]
    began = time.process_time()
    several_products(text)
    placeholders(text)
    assert time.process_time() - began < 2
