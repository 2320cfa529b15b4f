"""Briefs in free English, read as they are meant."""

import re

import pytest
from brief_cases import CASES, brief_of, wrong_of

from triptych.domain import TONES, Brief
from triptych.generators.starter import stand_ins
from triptych.generators.starter.slots import Slots
from triptych.starter.dataset import case_of
from triptych.starter.world import WORLD


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:40])
def test_what_is_a_brief_s_own_is_found(case):
    assert wrong_of(case, Slots.of(brief_of(case), WORLD)) == {}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:40])
def test_what_is_taken_stands_in_the_brief_letter_for_letter(case):
    brief = brief_of(case)
    given = " ".join([brief.text(), *map(str, case.get("fields", {}).values())])
    given = " ".join(given.split())
    for word, own in Slots.of(brief, WORLD).own.items():
        if word in stand_ins.FACTS:
            own = re.sub(r"^(?:It|They)(?:'s)? ", "", own).rstrip(".")
        if brief.description.isupper():
            own, given = own.lower(), given.lower()
        assert own[1:] in given, own
        assert own[:1].lower() in given.lower()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:40])
def test_what_the_model_reads_are_words_that_it_knows(case):
    slots = Slots.of(brief_of(case), WORLD)
    known = {word.lower() for word in (*slots.own, *TONES, "offer", "link", "they", "them")}
    words = re.findall(r"[^\W_]+(?:[’'-][^\W_]+)*", slots.text)
    assert [w for w in words if w.lower() not in known and not WORLD.knows(w)] == []
    assert slots.strange(slots.text) == []


def test_briefs_of_the_world_are_read_as_they_stand():
    for index in range(200):
        text = case_of(7, index).description
        slots = Slots.of(Brief(description=text), WORLD)
        assert slots.left_out == (), text
        assert set(slots.own) == {stand_ins.BRAND, stand_ins.PRODUCT}, text
