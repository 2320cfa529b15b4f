import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from torchmetrics.image.fid import _compute_fid

from triptych.evaluation.frechet import NAMES, distance_apart, frechet_distance


def sample(rows, columns, seed):
    rng = np.random.default_rng(seed)
    mix = rng.normal(size=(columns, columns))
    return rng.normal(size=(rows, columns)) @ mix + rng.normal(size=columns)


def moments(features):
    return features.mean(axis=0), np.cov(features, rowvar=False)


@pytest.mark.parametrize("columns", [1, 5, 64])
def test_it_is_the_reference_implementations(columns):
    left, right = sample(200, columns, 1), sample(150, columns, 2)
    (m1, c1), (m2, c2) = moments(left), moments(right)
    c1, c2 = np.atleast_2d(c1), np.atleast_2d(c2)
    theirs = _compute_fid(*map(torch.from_numpy, (m1, c1, m2, c2))).item()
    root = sqrtm(c1 @ c2)
    classic = np.sum((m1 - m2) ** 2) + np.trace(c1 + c2 - 2 * np.real(root))
    assert frechet_distance(left, right) == pytest.approx(theirs, rel=1e-4)
    assert frechet_distance(left, right) == pytest.approx(classic, rel=1e-4)


def test_two_gaussians_on_a_line_have_the_closed_form():
    left = np.array([[-1.0], [1.0]]) * np.sqrt(0.5) * 3 + 2  # mean 2, deviation 3
    right = np.array([[-1.0], [1.0]]) * np.sqrt(0.5)  # mean 0, deviation 1
    assert frechet_distance(left, right) == pytest.approx((2 - 0) ** 2 + (3 - 1) ** 2)


def test_fewer_samples_than_columns_are_no_trouble():
    few = sample(10, 40, 3)
    assert frechet_distance(few, few) == pytest.approx(0, abs=1e-8)
    moved = few + 0.5
    assert frechet_distance(few, moved) == pytest.approx(40 * 0.25, rel=1e-6)


def test_it_is_symmetric_and_does_not_care_for_order():
    left, right = sample(60, 8, 4), sample(60, 8, 5)
    assert frechet_distance(left, right) == pytest.approx(frechet_distance(right, left))
    assert frechet_distance(left, left[::-1]) == pytest.approx(0, abs=1e-8)


def test_distance_to_other_cases_is_the_mean_of_both_ways_and_least_for_the_same_material():
    real, made = sample(400, 4, 6), sample(400, 4, 7) + 3
    ways = frechet_distance(made[:200], real[200:]), frechet_distance(made[200:], real[:200])
    assert distance_apart(made, real) == pytest.approx(sum(ways) / 2)
    assert distance_apart(real, real) == pytest.approx(frechet_distance(real[:200], real[200:]))
    assert distance_apart(real, real) < 0.1 * distance_apart(made, real)


@pytest.mark.parametrize(("left", "right"), [((1, 3), (5, 3)), ((5, 3), (5, 4)), ((5,), (5, 3))])
def test_what_cannot_be_compared_is_an_error(left, right):
    with pytest.raises(ValueError, match=r"samples|compared"):
        frechet_distance(np.zeros(left), np.zeros(right))


def test_fid_and_fvd_are_names_for_published_networks_alone():
    published = {("inception", "image"): "FID", ("i3d", "clip"): "FVD"}
    for key, name in NAMES.items():
        assert (name in ("FID", "FVD")) == (key in published)
