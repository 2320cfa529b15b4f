import numpy as np
import pytest

from triptych.evaluation.bootstrap import interval, mean_interval, paired_difference, paired_gain


def test_the_interval_of_a_mean_is_near_the_normal_one():
    values = np.random.default_rng(0).normal(5, 2, 400)
    found = mean_interval(list(values))
    half = 1.96 * values.std(ddof=1) / 20
    assert found.value == pytest.approx(values.mean())
    assert found.low == pytest.approx(values.mean() - half, abs=0.06)
    assert found.high == pytest.approx(values.mean() + half, abs=0.06)
    assert found.n == 400


def test_it_is_repeatable_and_covers_any_statistic():
    values = np.arange(50.0)
    once, again = (interval(lambda p: float(np.median(values[p])), 50) for _ in range(2))
    assert once == again
    assert once.low < once.value < once.high


def test_pairing_finds_what_the_spread_between_cases_hides():
    rng = np.random.default_rng(1)
    cases = rng.normal(0, 10, 80)
    better = cases + 0.5 + rng.normal(0, 0.5, 80)
    found = paired_difference(
        lambda p: float(cases[p].mean()), lambda p: float(better[p].mean()), 80
    )
    assert found.beyond_noise
    assert found.p < 0.01
    assert not mean_interval(list(cases)).high < mean_interval(list(better)).low


def test_no_difference_is_within_noise_and_has_a_large_p():
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=60), rng.normal(size=60)
    found = paired_difference(lambda p: float(a[p].mean()), lambda p: float(b[p].mean()), 60)
    assert not found.beyond_noise
    assert found.p > 0.05


def test_a_gain_is_relative_and_undefined_over_nothing():
    a, b = np.full(10, 2.0), np.full(10, 2.3)
    gain = paired_gain(lambda p: float(a[p].mean()), lambda p: float(b[p].mean()), 10)
    assert gain is not None
    assert gain.value == pytest.approx(0.15)
    assert paired_gain(lambda p: 0.0, lambda p: 1.0, 10) is None


def test_nothing_cannot_be_resampled():
    with pytest.raises(ValueError, match="nothing"):
        mean_interval([])
