"""What a text is asked to say, what is wrong with a written one, and what completes it."""

import pytest

from triptych.domain import Brief
from triptych.generators.starter import stand_ins
from triptych.generators.starter.slots import Slots
from triptych.generators.starter.wording import Way, completed, faults, missing, ways
from triptych.protocols import TextRequest
from triptych.starter.world import known_world

WORLD = known_world()
BRAND, PRODUCT = stand_ins.BRAND, stand_ins.PRODUCT
PRICE = stand_ins.OFFER["price"]


def slots_of(text, **fields):
    return Slots.of(Brief(description=text, **fields), WORLD)


def test_what_a_text_lacks_is_said_before_its_last_sentence():
    text = completed("Meet Emberlite! Shall we go?", ["Factone", PRICE])
    assert text == "Meet Emberlite! Factone. Now Pricetag. Shall we go?"
    assert completed("Meet Emberlite", ["Factone"]) == "Meet Emberlite. Factone."
    assert missing("Factone.", ["Factone", PRICE, "Psst"]) == [PRICE]


@pytest.mark.parametrize(
    ("text", "is_wrong"),
    [
        ("Say hi to the widget by Norvik!", False),
        ("The the Simple.", True),
        ("Hey there, the!", True),
        ("Look, quietly", True),
        ("Our Norvik,Norvik on a desk!", True),
        ("Guess who: the orange leather rucksack by Norvik!", True),
        ("Hey: the blue running shoe by Norvik!", True),
        ("Meet Emberlite by Norvik!", True),
    ],
)
def test_texts_out_of_joint_and_of_other_things_are_told(text, is_wrong):
    slots = slots_of("A savings account by Ewura Bank.")
    assert bool(faults(text, slots, Way("headline", "playful"), WORLD)) is is_wrong


def test_a_field_with_a_limit_has_shorter_ways_to_be_written():
    slots = slots_of("A savings account for students by Ewura Bank.")
    brief = Brief(description="x")
    full = list(ways(TextRequest(brief, "headline", "playful", limit=30), slots))
    assert full[0] == Way("headline", "playful")
    assert {way.brief for way in full} >= {f"{PRODUCT}.", "Advertise a widget."}


def test_a_brief_that_says_neither_whose_nor_what_is_known_as_such():
    assert not slots_of("Something nice for the summer.").says_what(WORLD)
    assert not slots_of("Une tasse bleue, de la marque Éclat, sur un bureau.").says_what(WORLD)
    assert slots_of("A red mug.").says_what(WORLD)
    assert slots_of("Oat milk by Havre.").says_what(WORLD)


def test_a_brand_alone_stands_as_a_products_name():
    slots = slots_of("Hello", brand="Havre")
    assert slots.as_product("Norvik. Factone.") == "Emberlite. Factone."
    assert slots.show(slots.as_brand("Meet Emberlite!")) == "Meet Havre!"
