import pytest

from benchmarks.torture.soak import Soak, soak


def test_campaigns_of_every_sort_finish_and_are_measured(samples, tmp_path):
    measured = soak(600, samples, tmp_path, most=3)
    assert measured.failed == []
    assert [len(one) for one in (measured.bytes, measured.files, measured.threads)] == [3, 3, 3]
    assert list(tmp_path.iterdir()) == []
    assert measured.summary()["flat"] is None, "three campaigns say nothing"


@pytest.mark.parametrize(
    ("growth", "files", "flat"),
    [(0, 0, True), (10_000, 0, True), (3_000_000, 0, False), (0, 1, False)],
)
def test_what_grows_is_not_flat(growth, files, flat):
    measured = Soak()
    for number in range(40):
        measured.seconds.append(number)
        measured.bytes.append(1_000_000_000 + growth * number)
        measured.files.append(10 + files * number)
        measured.threads.append(4)
    assert measured.summary()["flat"] is flat
