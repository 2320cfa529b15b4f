"""Scores and calibration with an encoder that sees mean colour and reads colour words."""

import hashlib

import numpy as np
import pytest

from triptych.alignment import (
    AlignmentScorer,
    Example,
    calibrate,
    load_calibration,
    save_calibration,
)
from triptych.alignment.align import align_loss, clip_vector, unit
from triptych.alignment.augment import shifted
from triptych.alignment.calibration import (
    Calibration,
    SearchStatistics,
    lower_bound,
    with_search,
)
from triptych.alignment.motion import flicker, movement
from triptych.alignment.search import search, visual_problem
from triptych.domain import ModelIdentity, Spend
from triptych.errors import ModelError
from triptych.protocols import Made, VisualRequest

PALETTE = {
    "red": (220, 20, 20),
    "green": (20, 160, 40),
    "blue": (20, 50, 220),
    "yellow": (240, 220, 20),
    "purple": (130, 20, 160),
    "white": (250, 250, 250),
    "black": (5, 5, 5),
}
COLOURS = np.array(list(PALETTE.values()), dtype=np.float32) / 255


class ColourEncoder:
    """Vision: nearness of the mean colour to each of a palette. Text: the colours it names.

    Other words turn a text's vector a little, always the same way, as they do in a CLIP.
    """

    max_tokens = 24
    preprocessing = "mean colour"

    def __init__(self, revision="1"):
        self.identity = ModelIdentity(name="colours", revision=revision)
        self.seen = 0

    def encode_images(self, images):
        self.seen += len(images)
        means = np.stack([image.reshape(-1, 3).mean(axis=0) / 255 for image in images])
        near = np.exp(-10 * np.linalg.norm(means[:, None] - COLOURS, axis=-1))
        return unit(np.concatenate([unit(near), np.full((len(images), 1), 0.3)], axis=1))

    def encode_text(self, texts):
        return unit(np.stack([self._read(text) for text in texts]))

    def count_tokens(self, text):
        return len(text.split()) + 2

    def _read(self, text):
        vector = np.zeros(len(PALETTE) + 1)
        vector[-1] = 0.5
        for word in text.lower().replace(",", " ").replace(".", " ").split():
            seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=4).digest(), "big")
            vector += 0.02 * np.random.default_rng(seed).standard_normal(len(vector))
            if word in PALETTE:
                vector[list(PALETTE).index(word)] += 1
        return vector


def painted(colour, rng, frames=0):
    """A picture of a colour with noise; with `frames` a clip whose light square wanders."""
    base = np.array(PALETTE[colour])
    image = np.clip(base + rng.normal(0, 12, (16, 16, 3)) + rng.normal(0, 8, 3), 0, 255)
    if not frames:
        return image.astype(np.uint8)
    clip = np.repeat(image[None], frames, axis=0)
    start, speed = rng.integers(0, 4), rng.choice([0.5, 1.0])
    for index, frame in enumerate(clip):
        left = int(start + index * speed)
        frame[4:8, left : left + 4] = 255 - frame[4:8, left : left + 4]
    return clip.astype(np.uint8)


def example(index, rng):
    colour = list(PALETTE)[index % len(PALETTE)]
    things = ("mug", "vase", "kettle", "lantern", "watch")
    thing, place = things[index % 5], ("at dusk", "in a studio", "by day")[index % 3]
    texts = (f"The {colour} {thing} {place}.", f"Number {index} is a {colour} {thing}. Get it now.")
    clip = painted(colour, rng, frames=8)
    return Example(f"a {colour} {thing} {place}", texts, clip[0], clip)


@pytest.fixture(scope="module")
def examples():
    rng = np.random.default_rng(0)
    return [example(index, rng) for index in range(400)]


@pytest.fixture(scope="module")
def calibration(examples):
    return calibrate(ColourEncoder(), examples[:300])


@pytest.fixture
def scorer(calibration):
    return AlignmentScorer(ColourEncoder(), calibration)


def test_thresholds_refuse_about_the_rate_of_true_pairs_and_most_false_ones(examples, scorer):
    unseen = examples[300:]
    results = [scorer.text_image(e.texts[0], e.image) for e in unseen]
    clips = [scorer.text_video(e.texts[0], e.clip) for e in unseen]
    likeness = [scorer.image_video(e.image, e.clip) for e in unseen]
    for found in (results, clips, likeness):
        assert np.mean([not r.passed for r in found]) <= 0.12
    wrong = [scorer.text_image(examples[i + 1].texts[0], examples[i].image) for i in range(100)]
    assert np.mean([r.passed for r in wrong]) < 0.1


def test_a_result_always_tells_cosine_loss_and_z(scorer):
    rng = np.random.default_rng(1)
    found = scorer.text_image(["a red mug", "it is red, not white"], painted("red", rng))
    score = found.as_score()
    assert found.loss == align_loss(found.cosine) == pytest.approx(1 - found.cosine)
    assert found.weakest <= found.cosine
    assert found.weakest_claim == "it is red, not white"
    assert score.z == pytest.approx(found.z["mean"])
    assert score.passed == found.passed
    # the threshold is in the cosine's own units: both sides of it agree with z
    needed = scorer.calibration.threshold("text-image", "mean", scorer.rate)
    assert (score.cosine >= score.threshold) == (score.z >= needed)


def test_without_a_calibration_nothing_is_judged_but_everything_is_measured():
    rng = np.random.default_rng(1)
    scorer = AlignmentScorer(ColourEncoder())
    found = scorer.text_image("a red mug", painted("red", rng))
    assert found.passed is None
    assert found.as_score() is None
    assert found.z["mean"] > 1
    clip = painted("red", rng, frames=4)
    assert scorer.text_video("a red mug", clip).passed is None
    assert scorer.image_video(clip[0], clip).z == {}


def test_claims_that_no_picture_can_show_are_left_out(scorer):
    assert scorer.claims("A red mug. Who could say no? It stands alone.") == ("A red mug.",)
    assert scorer.claims("Who could say no?") == ("Who could say no?",)
    free = AlignmentScorer(ColourEncoder())
    assert len(free.claims("A red mug. Who could say no?")) == 2


def test_missing_attributes_are_told_in_the_plans_words(scorer):
    rng = np.random.default_rng(2)
    found = scorer.missing_claims("a bright red mug", painted("blue", rng))
    assert (found[0].words, found[0].seen) == ("bright red", "blue")
    assert found[0].sentence == "“bright red” does not show; it looks more like “blue”"
    shown = scorer.missing_claims("a red mug", painted("red", rng, frames=4))
    assert "red" not in [missing.words for missing in shown]


def test_missing_claims_without_rivals_are_held_against_the_null(scorer):
    rng = np.random.default_rng(2)
    picture = painted("blue", rng)
    found = scorer.missing_claims("a blue thing", picture, ["a thing all yellow", "blue, blue"])
    assert [missing.words for missing in found] == ["a thing all yellow"]


def test_an_asset_is_embedded_once(calibration):
    encoder, rng = ColourEncoder(), np.random.default_rng(3)
    scorer = AlignmentScorer(encoder, calibration)
    clip = painted("red", rng, frames=6)
    for _ in range(3):
        scorer.text_video("a red mug", clip)
        scorer.text_image("a red mug", clip[0])
        scorer.image_video(clip[0], clip)
    assert encoder.seen == 7


def test_flicker_and_standing_still_are_gates(scorer):
    rng = np.random.default_rng(4)
    clip = painted("red", rng, frames=8)
    still = np.repeat(clip[:1], 8, axis=0)
    dark = np.array([0.4, 1.0] * 4)[:, None, None, None]
    flickering = (clip * dark).astype(np.uint8)
    assert scorer.failed_gates(clip) == ()
    assert scorer.failed_gates(still) == ("the clip stands still",)
    assert scorer.failed_gates(flickering) == ("the clip flickers",)
    assert scorer.text_video("a red mug", still).passed is False
    ranks = scorer.rank_clips("a red mug", [clip, still])
    assert ranks[0] > ranks[1] + 5
    free = scorer.rank_clips("a red mug", [clip, still], gates=False)
    assert abs(free[0] - free[1]) < 5


def test_flicker_is_of_light_and_movement_of_pixels():
    clip = np.zeros((6, 16, 16, 3), dtype=np.uint8)
    assert flicker(clip) == movement(clip) == 0
    clip[::2] = 255
    assert flicker(clip) == pytest.approx(1, abs=1e-6)
    assert movement(clip) == pytest.approx(1, abs=1e-6)
    ramp = np.repeat(np.arange(6, dtype=np.uint8) * 40, 16 * 16 * 3).reshape(6, 16, 16, 3)
    assert flicker(ramp) == pytest.approx(0, abs=1e-6)
    assert flicker(clip[:2]) == movement(clip[:1]) == 0


def test_a_clips_embedding_is_its_frames_mean_at_unit_length():
    frames = unit(np.random.default_rng(0).standard_normal((5, 8)))
    whole = clip_vector(frames)
    np.testing.assert_allclose(whole * np.linalg.norm(frames.mean(axis=0)), frames.mean(axis=0))
    with pytest.raises(ModelError, match="not a number"):
        unit(np.array([[np.nan, 1.0]]))


def test_a_calibration_is_stored_and_bound_to_its_encoder(tmp_path, calibration):
    save_calibration(calibration, tmp_path)
    assert load_calibration(tmp_path, ColourEncoder()) == calibration
    assert load_calibration(tmp_path / "none", ColourEncoder()) is None
    assert load_calibration(None, ColourEncoder()) is None
    with pytest.raises(ModelError, match="belongs to colours 1, not to colours 2"):
        load_calibration(tmp_path, ColourEncoder("2"))
    other = ColourEncoder()
    other.preprocessing = "median colour"
    with pytest.raises(ModelError, match="prepared as median colour"):
        load_calibration(tmp_path, other)
    (tmp_path / "calibration.json").write_text("{")
    with pytest.raises(ModelError, match="cannot be read"):
        load_calibration(tmp_path, ColourEncoder())


def test_a_calibration_says_how_often_it_errs(calibration):
    rates = calibration.error_rates("text-image", 0.05)
    assert set(rates) == {"mean", "weakest"}
    assert rates["mean"] < 0.15
    stricter = calibration.threshold("text-image", "mean", 0.5)
    assert stricter > calibration.threshold("text-image", "mean", 0.05)
    assert Calibration.model_validate_json(calibration.model_dump_json()) == calibration


def test_too_few_examples_are_refused(examples):
    with pytest.raises(ModelError, match="too few"):
        calibrate(ColourEncoder(), examples[:25])


def test_the_bound_refuses_no_more_than_its_rate():
    rng = np.random.default_rng(0)
    refused = []
    for _ in range(300):
        known, new = np.sort(rng.standard_normal(99)), rng.standard_normal(100)
        refused.append(np.mean(new < lower_bound(known.tolist(), 0.05)))
    assert 0.04 < np.mean(refused) <= 0.052
    assert lower_bound([1.0, 2.0], 0.05) == 1.0


def test_a_shifted_picture_keeps_its_shape_and_most_of_itself():
    rng = np.random.default_rng(0)
    image = painted("red", rng)
    moved = shifted(image)
    assert moved.shape == image.shape
    assert (moved[1:, 1:] == image[:-1, :-1]).all()
    clip = painted("red", rng, frames=3)
    assert (shifted(clip)[0] == shifted(clip[0])).all()


class Mixer:
    """Paints the red it is asked for, mixed with a seed's share of another colour."""

    identity = ModelIdentity(name="mixer")
    step_nfe = 2

    def steps_for(self, wished):
        return wished or 4

    def start(self, requests, latents, seeds, on_step=None):
        return Mixing(requests, seeds)


class Mixing:
    def __init__(self, requests, seeds):
        self.requests, self.seeds, self.step, self.nfe = requests, list(seeds), 0, 0
        self.steps = requests[0].steps

    @property
    def size(self):
        return len(self.seeds)

    def advance(self, to_step):
        self.nfe += (to_step - self.step) * 2 * self.size
        self.step = to_step

    def preview(self):
        return [self._paint(seed) for seed in self.seeds]

    def keep(self, indices):
        self.seeds = [self.seeds[i] for i in indices]

    def finish(self):
        return [Made(self._paint(seed), Spend(nfe=2 * self.steps)) for seed in self.seeds]

    def _paint(self, seed):
        rng = np.random.default_rng(seed)
        share = rng.random()
        other = PALETTE[rng.choice(["blue", "white", "green"])]
        mixed = (1 - share) * np.array(PALETTE["red"]) + share * np.array(other)
        return np.broadcast_to(mixed, (16, 16, 3)).astype(np.uint8)


def test_a_search_over_a_generator_finds_the_picture_that_fits_the_copy(scorer):
    request = VisualRequest("a red mug", steps=4)
    asked = visual_problem(Mixer(), request, None, "A red mug.", scorer, candidates=8, seed=5)
    found = search(asked, "best-of-n")
    assert found.nfe == asked.budget == 8 * 4 * 2
    assert found.met is True
    ranked = scorer.rank_images("A red mug.", [t.pixels for t in found.trials])
    assert found.winner.score == pytest.approx(max(ranked))
    plain = search(visual_problem(Mixer(), request, None, "A red mug.", scorer, seed=5))
    assert plain.winner.score < found.winner.score
    unjudged = AlignmentScorer(ColourEncoder())
    loose = visual_problem(Mixer(), request, None, "A red mug.", unjudged, candidates=2)
    assert search(loose, "retry").met is None


def test_a_search_trusts_only_what_was_measured_of_its_own_generator(scorer):
    measured = SearchStatistics(
        generator="mixer", steps=4, mean=0, between=1, within=1, preview_steps=(1, 2),
        preview_correlations=(0.6, 0.9), preview_shifts=(0, 0), preview_cost=0.1,
    )  # fmt: skip
    request = VisualRequest("a red mug", steps=4)
    for generator, trusted in (("mixer", True), ("another", False)):
        own = measured.model_copy(update={"generator": generator})
        known = with_search(scorer.calibration, {"image": own})
        asked = visual_problem(
            Mixer(), request, None, "A red mug.", AlignmentScorer(scorer.encoder, known)
        )
        assert (asked.statistics is not None) == trusted
