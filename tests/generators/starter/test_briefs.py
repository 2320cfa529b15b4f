"""Briefs in free English, read as they are meant."""

import re
import time

import pytest
from brief_cases import CASES, brief_of, wrong_of
from hypothesis import given
from hypothesis import strategies as st

from triptych.domain import TONES, Brief
from triptych.generators.starter import stand_ins
from triptych.generators.starter.slots import Slots
from triptych.starter.dataset import case_of
from triptych.starter.world import known_world

WORLD = known_world()


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


SENTENCES = [
    line for case in CASES for line in re.split(r"(?<=[.!?]) |\n", case["text"]) if line.strip()
]


@given(st.lists(st.one_of(st.sampled_from(SENTENCES), st.text(max_size=30)), max_size=7))
def test_whatever_a_brief_says_it_is_read_and_nothing_is_made_up(sentences):
    text = " ".join(sentences)
    brief = Brief(description=f"{text} a mug")
    slots = Slots.of(brief, WORLD)
    assert slots.strange(slots.text) == []
    names = [slots.own[word] for word in (stand_ins.BRAND, stand_ins.PRODUCT) if word in slots.own]
    assert all(name in " ".join(brief.description.split()) for name in names)
    assert slots.show(slots.hide(text)) == text


@pytest.mark.parametrize(
    "piece", ["Word ", "a - ", "(", "\u201c", "\u20ac1,", "A & ", "a\n", "not ", "x by "]
)
def test_the_longest_brief_takes_no_time(piece):
    text = (piece * 20_000)[:20_000]
    started = time.process_time()
    slots = Slots.of(Brief(description=f"{text[:-5]} mug"), WORLD)
    slots.show(slots.hide(text))
    assert time.process_time() - started < 5
