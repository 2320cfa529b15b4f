"""A brief's own names stand aside while the starter's model plans and writes."""

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triptych.domain import Brief
from triptych.generators.starter.load import StarterModules
from triptych.generators.starter.names import StandIns
from triptych.protocols import TextRequest
from triptych.starter.dataset import case_of
from triptych.starter.world import known_world


def names_in(text, **fields):
    return set(StandIns.of(Brief(description=text, **fields), known_world()).names)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Acme sells a yellow umbrella, the RainGuard 3000.", {"Acme", "RainGuard 3000"}),
        ("Launch our running shoe: the Vexon Skyrunner, white.", {"Vexon", "Skyrunner"}),
        ("Kettle. Green. Brand: Teaphoria. Name: Whistle.", {"Teaphoria", "Whistle"}),
        ("Brelon by Tavori, a red mug.", {"Tavori", "Brelon"}),
        ("Tavori Brelon: a red mug. Tone: playful.", {"Tavori", "Brelon"}),
        ("Zibo's new lamp for Christmas", {"Zibo"}),
        ("The Big Lamp by Ikea", {"Big Lamp", "Ikea"}),
        ("Norvik launches the Zagreb.", {"Zagreb"}),
        ("A Blue Mug On A Table, Please", set()),
        ("", set()),
    ],
)
def test_names_are_known_by_how_they_are_given(text, names):
    assert names_in(text or "a mug") == names


def test_fields_of_a_brief_name_outright():
    assert names_in("a red mug", brand="zibo", product="Cupper") == {"zibo", "Cupper"}
    assert names_in("a red mug", product="mug") == set(), "no name"


def test_names_of_the_world_need_nobody_to_stand_in():
    for index in range(200):
        assert not names_in(case_of(7, index).description)


def test_nobody_stands_in_who_is_in_the_brief():
    names = StandIns.of(Brief(description="Acme, not Norvik: Acme sells a mug by Acme."), known_world())
    assert set(names.names) == {"Acme"}
    assert "Norvik" not in names.names.values()


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=120))
def test_hiding_and_showing_gives_the_text_back(text):
    filled = f"Acme sells the RainGuard. {text}"
    names = StandIns.of(Brief(description=filled), known_world())
    if not set(names.names.values()) & set(filled.split()):
        assert names.show(names.hide(filled)) == filled


def test_copy_and_plan_carry_the_brief_s_own_names_and_z_does_not_hear_them():
    modules = StarterModules()
    rng = Random(3)
    for _ in range(3):
        brand, product = ("".join(rng.sample("aeioukzwx", 6)).capitalize() for _ in range(2))
        told = "{} launches the {}, a red steel camping lantern, lit at a campsite at night."
        brief = Brief(description=told.format(brand, product))
        draft = modules.text.draft(brief).draft
        assert "Norvik" not in draft.key_message
        request = TextRequest(brief, "body", "minimal", draft.key_message, draft.visual)
        written = modules.text.write([request])[0]
        assert {brand, product} <= set(re.findall(r"\w+", written.text))
        plain = Brief(description=told.format("Norvik", "Emberlite"))
        same = written.text.replace(brand, "Norvik").replace(product, "Emberlite")
        known = modules.text.encode(
            [TextRequest(plain, "body", "minimal", "", draft.visual)], [same]
        )
        assert (known[0].latents - written.latents).abs().max() < 1e-4
