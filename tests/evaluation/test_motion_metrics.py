import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, shift

from triptych.evaluation.motion import flicker, motion


def moving(down, right, frames=4):
    """A textured clip (F, 128, 128, 3) that moves by so many pixels a frame."""
    texture = gaussian_filter(np.random.default_rng(0).random((192, 192)), 2.5)
    texture = (texture - texture.min()) / np.ptp(texture) * 255
    seen = [
        shift(texture, (down * k, right * k), order=3, mode="wrap")[32:160, 32:160]
        for k in range(frames)
    ]
    return np.repeat(np.stack(seen)[..., None], 3, axis=3).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("way", [(0.4, 0.3), (1.5, -0.7), (-4, 3), (8, -6)])
def test_the_flow_is_as_long_as_the_known_motion(way):
    assert motion(moving(*way)) == pytest.approx(np.hypot(*way), rel=0.05, abs=0.03)


def test_what_stands_still_or_shows_nothing_does_not_move():
    assert motion(moving(0, 0)) == pytest.approx(0, abs=1e-6)
    assert motion(np.full((3, 64, 64, 3), 128, np.uint8)) == 0
    assert motion(np.zeros((1, 64, 64, 3), np.uint8)) == 0


def test_flicker_is_the_mean_step_of_the_features():
    features = np.array([[0.0, 0.0], [3.0, 4.0], [3.0, 4.0]])
    assert flicker(features) == pytest.approx(2.5)
    assert flicker(features[:1]) == 0
