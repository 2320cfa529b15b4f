import json

import numpy as np
import pytest
from shipped import STORED, outputs


@pytest.fixture(scope="module")
def pair():
    return outputs(), json.loads(STORED.read_text())


def test_the_shipped_words_are_the_stored_ones(pair):
    found, stored = pair
    for key in ("headline", "plan", "judge"):
        assert found[key] == stored[key]


def test_the_shipped_pictures_are_the_stored_ones(pair):
    found, stored = pair
    for key, tolerance in (("latents", 0.01), ("image", 2.0), ("last_frame", 2.0)):
        np.testing.assert_allclose(found[key], stored[key], atol=tolerance)
    np.testing.assert_allclose(found["cosines"], stored["cosines"], atol=0.02)
