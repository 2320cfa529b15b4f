import json

import numpy as np
import pytest
from shipped import STORED, outputs

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
