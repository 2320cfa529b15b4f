from random import Random

import pytest

from triptych.cases.format import Case
from triptych.domain import TONES
from triptych.starter.grammar import all_sentences, case_texts
from triptych.starter.overlap import (
    between_references,
    between_splits,
    bodies_of_kind,
    masked_names,
    ngrams,
    overlap,
    overlap_report,
    wordings,
)
from triptych.starter.scene import PRODUCTS, draw_scene


def case(number: int, split: str = "train", references: int = 1) -> Case:
    scene = draw_scene(Random(number), held_out=False)
    texts = case_texts(scene, references=references)
    return Case.model_validate(
        texts
        | {"id": str(number), "split": split, "image": "a.png"}
        | {"attributes": scene.attributes()}
    )


def test_overlap_is_the_share_of_common_ngrams():
    assert ngrams("A red mug.", 2) == [("a", "red"), ("red", "mug"), ("mug", ".")]
    assert overlap("a red mug.", ["a red cup."], 2) == pytest.approx(1 / 3)
    assert overlap("mug", ["mug"], 4) is None


def test_names_are_masked_so_that_they_hide_no_copying():
    first, second = case(1), case(2)
    text = "Meet {} by {}"
    said = [
        masked_names(text.format(c.attributes["name"], c.attributes["brand"]), c)
        for c in (first, second)
    ]
    assert said[0] == said[1]


def test_a_case_seen_in_training_is_found_out():
    report = between_splits([case(1, "test")], [case(1), case(2)])
    assert report["verbatim"] == 1
    assert report["ngrams"] == 1
    assert between_splits([case(1, "test")], [case(2)])["verbatim"] < 1


def test_references_of_one_case_are_alike_but_not_the_same():
    shares = between_references([case(number, "test", 5) for number in range(40)])
    assert 0.15 < shares["body"] < 0.6


def test_a_folder_is_reported_on(tmp_path):
    cases = [case(0), case(1), case(2, "test", 3)]
    (tmp_path / "cases.jsonl").write_text("".join(c.to_line() for c in cases))
    report = overlap_report(tmp_path)
    assert report["splits"]["body"]["texts"] == 12
    assert set(report["references"]) <= set(report["splits"])


@pytest.mark.parametrize("channel", ["headline", "social_post", "email_subject"])
def test_counting_agrees_with_listing(channel):
    for number in range(10):
        scene = draw_scene(Random(number), held_out=False)
        for tone in TONES:
            listed = 1
            for sentence in all_sentences(scene, channel, tone):
                listed *= len(sentence)
            assert wordings(scene, channel, tone) == listed


@pytest.mark.parametrize("kind", sorted(PRODUCTS))
def test_each_kind_has_far_more_than_a_hundred_thousand_bodies(kind):
    assert bodies_of_kind(kind) >= 100_000
