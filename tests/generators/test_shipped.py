import json

import numpy as np
import pytest
from shipped import STORED, outputs

from triptych.generators.encoder import load_clip
from triptych.generators.starter.load import SHIPPED_WEIGHTS, StarterModules
from triptych.protocols import VisualRequest

WORDS = ("headline", "plan", "judge")
NUMBERS = {
    "latents": 0.01,
    "image": 2.0,
    "image_cosine": 0.02,
    "last_frame": 2.0,
    "frame_cosines": 0.02,
}
"""How far each may be off on another machine."""


@pytest.fixture(scope="module")
def pair():
    return outputs(), json.loads(STORED.read_text())


def test_every_shipped_module_has_its_outputs_stored(pair):
    found, stored = pair
    assert set(found) == set(stored), "`python tests/generators/shipped.py` stores them"
    assert set(found) <= {*WORDS, *NUMBERS}


def test_the_shipped_words_are_the_stored_ones(pair):
    found, stored = pair
    for key in found.keys() & WORDS:
        assert found[key] == stored[key], key


def test_the_shipped_numbers_are_the_stored_ones(pair):
    found, stored = pair
    for key in found.keys() & NUMBERS.keys():
        np.testing.assert_allclose(found[key], stored[key], atol=NUMBERS[key], err_msg=key)


def test_a_preview_is_to_the_critic_what_the_picture_decoded_whole_is():
    asked = VisualRequest("a red steel camping lantern, lit, at a campsite at night", steps=4)
    small = StarterModules(upscale=(False, False))
    sampling = small.image.start([asked], [None], [3])
    sampling.advance(sampling.steps)
    sketch, whole = sampling.preview()[0], sampling.finish()[0].pixels
    assert sketch.shape == whole.shape
    assert 0 < np.abs(sketch.astype(float) - whole.astype(float)).mean() < 12
    vectors = load_clip(SHIPPED_WEIGHTS / "clip").encode_images([sketch, whole])
    assert vectors[0] @ vectors[1] > 0.99
