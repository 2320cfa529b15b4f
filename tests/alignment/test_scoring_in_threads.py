"""The same verdict every time: scores do not depend on what other threads score."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from tests.tiny import calibrate_tiny_clip, save_tiny_clip
from triptych.alignment import AlignmentScorer, load_calibration
from triptych.alignment.cache import Cache
from triptych.generators.encoder import load_clip

SCORINGS, THREADS, DISTINCT = 2000, 8, 60
COPIES = [
    f"A {colour} {thing} {place}. It keeps you company, wherever the evening takes you, and asks"
    " for nothing but a place to stand! Get yours."
    for colour in ("red", "blue", "green", "yellow", "white")
    for thing in ("camping lantern", "mug", "kettle", "desk lamp")
    for place in ("at a campsite", "on a beach", "in a library")
]
CLIPS = np.random.default_rng(0).integers(0, 256, (DISTINCT, 2, 32, 32, 3), dtype=np.uint8)


def scored(scorer, number):
    """All that a verdict is made of: three pairs, what is missing, and the ranks of a search."""
    copy, clip = COPIES[number % DISTINCT], CLIPS[number % DISTINCT]
    image = clip[0]
    return (
        scorer.text_image(copy, image),
        scorer.text_video(copy, clip),
        scorer.image_video(image, clip),
        scorer.missing_claims(copy.partition(".")[0], image) if number % 4 == 0 else (),
        scorer.rank_images(copy, [image]),
    )


def test_eight_threads_score_bit_for_bit_what_one_scores(tmp_path):
    save_tiny_clip(tmp_path)
    calibrate_tiny_clip(tmp_path, 0.0)

    def fresh():
        encoder = load_clip(tmp_path)
        scorer = AlignmentScorer(encoder, load_calibration(tmp_path, encoder))
        scorer._pictures, scorer._texts = Cache(50), Cache(50)  # so that they are full
        return scorer

    lonely, shared = fresh(), fresh()
    alone = [scored(lonely, number) for number in range(DISTINCT)]
    with ThreadPoolExecutor(THREADS) as threads:
        together = list(threads.map(lambda number: scored(shared, number), range(SCORINGS)))
    assert [n for n, one in enumerate(together) if one != alone[n % DISTINCT]] == []


def test_a_cache_keeps_the_newest_and_makes_each_once():
    cache, made = Cache(most=2), []

    def get(key):
        return cache.get(key, lambda: made.append(key) or key.upper())

    assert [get(key) for key in "abbacab"] == list("ABBACAB")
    assert made == list("abcab")
