import numpy as np
import pytest

from triptych.domain import ModelIdentity
from triptych.evaluation.similarity import claims_of, product, similarities, text_vector


class Colours:
    """An encoder whose space is red and blue: words and pictures alike."""

    max_tokens = 12
    identity = ModelIdentity(name="colours")

    def encode_text(self, texts):
        return np.array([self._unit("red" in t, "blue" in t) for t in texts], np.float32)

    def encode_images(self, images):
        means = [image.reshape(-1, 3).mean(axis=0) / 255 for image in images]
        return np.array([self._unit(m[0], m[2]) for m in means], np.float32)

    def count_tokens(self, text):
        return len(text.split()) + 2

    def _unit(self, red, blue):
        vector = np.array([red + 1e-6, blue + 1e-6], float)
        return vector / np.linalg.norm(vector)


def picture(red, blue):
    return np.full((8, 8, 3), (red, 0, blue), np.uint8)


def test_cosines_and_their_product_have_the_closed_form():
    clip = np.stack([picture(255, 0), picture(255, 255)])
    found = similarities(Colours(), "a red mug", picture(255, 0), clip)
    mean = np.array([1 + 0.5**0.5, 0.5**0.5])
    expected = mean[0] / np.linalg.norm(mean)
    assert found["text_image"] == pytest.approx(1, abs=1e-4)
    assert found["text_video"] == pytest.approx(expected, abs=1e-4)
    assert found["image_video"] == pytest.approx(expected, abs=1e-4)
    assert found["product"] == pytest.approx(expected, abs=1e-4)


def test_long_copy_is_read_whole_in_claims():
    words = "This mug is red all over. " + "It holds tea and more tea for you. " * 3 + "It is blue."
    encoder = Colours()
    claims = claims_of(encoder, words)
    assert len(claims) > 2
    assert all(encoder.count_tokens(claim) <= encoder.max_tokens for claim in claims)
    assert text_vector(encoder, words)[1] > 0.1


def test_what_is_missing_is_left_out():
    assert similarities(Colours(), "red", None, None) == {}
    assert set(similarities(Colours(), "red", picture(1, 1), None)) == {"text_image"}


def test_two_wrongs_are_no_right():
    assert product(-0.5, -0.5) == 0
    assert product(0.5, 0.4) == pytest.approx(0.2)
