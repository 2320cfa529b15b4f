"""What a person sees, against pictures of which one knows it."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from triptych.evaluation.detector import detected
from triptych.evaluation.sharpness import blockiness, edge_acuity, grain, grain_growth
from triptych.evaluation.wasserstein import sliced_wasserstein


def scenes(count, seed=0, side=64):
    """Discs of any colour on a wall of any colour, four times oversampled as a render is."""
    rng = np.random.default_rng(seed)
    found = []
    rows, columns = np.mgrid[0 : 4 * side, 0 : 4 * side] / (4 * side)
    for _ in range(count):
        wall, disc = rng.uniform(0, 255, (2, 3))
        middle, radius = rng.uniform(0.35, 0.65, 2), rng.uniform(0.15, 0.3)
        inside = (rows - middle[0]) ** 2 + (columns - middle[1]) ** 2 < radius**2
        large = np.where(inside[..., None], disc, wall) * (1 - 0.3 * rows[..., None])
        small = large.reshape(side, 4, side, 4, 3).mean(axis=(1, 3))
        found.append(small.round().astype(np.uint8))
    return found


def blurred(images, sigma):
    return [gaussian_filter(image, (sigma, sigma, 0)) for image in images]


def noised(images, deviation, seed=0):
    rng = np.random.default_rng(seed)
    grains = [image + rng.normal(0, deviation, image.shape) for image in images]
    return [np.clip(one, 0, 255).round().astype(np.uint8) for one in grains]


def gridded(images, period, step=4):
    """Every other block a little lighter."""
    blocks = np.indices(images[0].shape[:2]) // period
    light = (blocks.sum(axis=0) % 2 * step)[..., None]
    return [(np.minimum(image, 255 - step) + light).astype(np.uint8) for image in images]


def test_a_set_is_no_farther_from_its_like_than_the_floor():
    ours, others, more = scenes(48, 1), scenes(48, 2), scenes(48, 3)
    floor, found = sliced_wasserstein(ours, others), sliced_wasserstein(more, others)
    assert list(floor) == [64, 32, 16]
    assert all(found[side] < 2 * floor[side] for side in floor)


def test_blur_shows_at_the_finest_scale():
    ours, others = scenes(48, 1), scenes(48, 2)
    floor = sliced_wasserstein(ours, others)
    found = sliced_wasserstein(blurred(ours, 1.5), others)
    assert found[64] > 2 * floor[64]
    assert found[16] < 2 * floor[16]


def test_the_distance_of_a_set_to_itself_is_small_and_needs_as_many():
    ours = scenes(16)
    assert sliced_wasserstein(ours, ours)[64] < sliced_wasserstein(ours, scenes(16, 9))[64]
    with pytest.raises(ValueError, match="15 pictures"):
        sliced_wasserstein(ours[:15], ours)


def test_blur_lowers_acuity_by_what_it_should():
    column = np.where(np.arange(64) < 32, 40.0, 200.0)
    step = np.broadcast_to(column[None, :, None], (64, 64, 3))
    assert edge_acuity([step.astype(np.uint8)]) == pytest.approx(1, abs=0.02)
    for sigma in (1.0, 1.5, 2.0):
        soft = gaussian_filter(step, (0, sigma, 0))
        steepest = 1 / (sigma * np.sqrt(2 * np.pi))
        assert edge_acuity([soft.round().astype(np.uint8)]) == pytest.approx(steepest, rel=0.2)


def test_acuity_falls_with_blur_and_minds_neither_contrast_nor_grain():
    ours = scenes(12)
    sharp = edge_acuity(ours)
    assert edge_acuity(blurred(ours, 1)) < 0.75 * sharp
    assert edge_acuity(blurred(ours, 2)) < edge_acuity(blurred(ours, 1))
    assert edge_acuity(noised(ours, 2)) == pytest.approx(sharp, rel=0.05)
    dim = [(40 + 0.6 * image).astype(np.uint8) for image in ours]
    assert edge_acuity(dim) == pytest.approx(sharp, rel=0.05)
    assert edge_acuity([np.full((32, 32, 3), 9, np.uint8)]) == 0


@pytest.mark.parametrize("period", [4, 8, 16])
def test_a_grid_raises_blockiness_and_blur_or_grain_do_not(period):
    ours = scenes(24)
    clean = blockiness(ours)
    assert blockiness(gridded(ours, period)) > 1.05 * clean
    assert blockiness(noised(ours, 3)) < 1.05 * clean
    assert blockiness(blurred(ours, 1)) == pytest.approx(clean, rel=0.1)


def test_a_grid_of_another_period_is_not_found():
    flat = [np.full((64, 64, 3), 90, np.uint8)]
    assert blockiness(gridded(flat, 8), period=8) == pytest.approx(8, rel=0.01)
    assert blockiness(gridded(flat, 7), period=8) < 3


@pytest.mark.parametrize("deviation", [2, 5, 10])
def test_grain_is_the_noise_that_was_put_in(deviation):
    wall = [np.full((64, 64, 3), 128, np.uint8)]
    (noisy,) = noised(wall, deviation)
    expected = deviation / 255 * np.sqrt(0.299**2 + 0.587**2 + 0.114**2)
    assert grain(noisy) == pytest.approx(expected, rel=0.15)


def test_outlines_are_no_grain_and_a_clip_tells_when_it_gains_some():
    image = scenes(1)[0]
    assert grain(image) < 0.5 / 255
    still = np.stack([image] * 8)
    assert grain_growth(still) == 1
    worse = still.copy()
    worse[-2:] = noised([image], 6)[0]
    assert grain_growth(worse) > 3


def test_a_detector_guesses_where_there_is_no_difference_and_finds_one_where_there_is():
    ours = scenes(24, 1)
    assert 0.3 < detected(ours, scenes(24, 2)) < 0.7
    assert detected(ours, blurred(scenes(24, 2), 1.0)) > 0.8
