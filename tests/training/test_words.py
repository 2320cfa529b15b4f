"""What the language model reads in training: briefs said in full or hardly at all."""

from random import Random

import pytest

from triptych.generators.starter import stand_ins
from triptych.generators.starter.load import SHIPPED_WEIGHTS
from triptych.generators.starter.prompts import PromptFormat, load_tokenizer
from triptych.starter.scene import BRAND_ENDS, BRAND_STARTS
from triptych.starter.truth import read_attributes
from triptych.training.text import assemble
from triptych.training.words import WorldSource


@pytest.fixture(scope="module")
def prompt():
    return PromptFormat(load_tokenizer(SHIPPED_WEIGHTS / "text"))


def examples_of(prompt, answers, count=200):
    source, rng = WorldSource(prompt, 1000, seed=3), Random(1)
    return [source.draw(rng, answers) for _ in range(count)]


def test_copy_is_never_asked_for_before_the_picture_is_known(prompt):
    plan = tuple(prompt.plan())
    for alone in examples_of(prompt, 1):
        assert len(alone.answers) == 1
        assert alone.answers[0][0] != plan
        assert alone.picture
    for planned in examples_of(prompt, 3):
        assert [asked == plan for asked, _ in planned.answers] == [True, False, False]
        assert not planned.picture, "the plan itself tells it"


def test_the_picture_is_read_after_the_brief(prompt):
    example = examples_of(prompt, 1, count=1)[0]
    read = prompt.decode(assemble([example], prompt).tokens[0].tolist())
    assert read.index(example.brief) < read.index(f"Picture: {example.picture}.")


def test_a_long_brief_never_cuts_the_picture(prompt):
    ids = prompt.brief("word " * 2000, "a red mug on a beach")
    assert prompt.decode(ids).endswith("Picture: a red mug on a beach.")


def test_briefs_are_full_or_sketched_and_their_names_stand_aside(prompt):
    examples = examples_of(prompt, 1, count=400)
    read = [read_attributes(example.brief) for example in examples]
    full = sum({"setting", "time", "material"} <= said.keys() for said in read)
    assert 0.2 < full / len(read) < 0.55
    brands = {start + end for start in BRAND_STARTS for end in BRAND_ENDS} - {stand_ins.BRAND}
    assert not any(brand in example.brief for example in examples for brand in brands)
    named = sum(stand_ins.BRAND in example.brief for example in examples)
    assert 0.5 < named / len(examples) < 1
