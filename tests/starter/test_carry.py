"""A smaller copy of a case folder: it fits, it is a case folder, and it shows the same."""

import numpy as np
import pytest
from PIL import Image

from triptych.cases.format import read_cases
from triptych.errors import CaseError
from triptych.starter.carry import carry


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Sixty cases with plain pictures; every fifth of them has a film of a few bytes."""
    from triptych.starter.dataset import assemble, has_clip

    made = tmp_path_factory.mktemp("world")
    (made / "images").mkdir()
    (made / "clips").mkdir()
    for number in range(60):
        picture = np.full((64, 64, 3), 4 * number, np.uint8)
        picture[20:40, 20:40] = (200, 30, 30)
        Image.fromarray(picture).save(made / f"images/{number:06d}.png")
        if has_clip(number):
            (made / f"clips/{number:06d}.mp4").write_bytes(b"film" * 50)
    assemble(made, range(60), 7)
    return made


def test_all_of_it_is_carried_where_it_fits(folder, tmp_path):
    carried = carry(folder, tmp_path / "small")
    cases = {case.id: case for case in read_cases(tmp_path / "small")}
    assert carried.cases == len(cases) == 60
    files = [path for path in (tmp_path / "small").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) == carried.size
    for case in read_cases(folder):
        small = cases[case.id]
        assert (small.copy_texts, small.split, small.clip) == (
            case.copy_texts, case.split, case.clip
        )  # fmt: skip
        pair = [np.asarray(Image.open(root / one.image), int)
                for root, one in ((folder, case), (tmp_path / "small", small))]  # fmt: skip
        assert np.abs(pair[0] - pair[1]).mean() < 3


def test_what_does_not_fit_is_training_cases_and_what_is_held_back_stays(folder, tmp_path):
    whole = carry(folder, tmp_path / "whole")
    part = carry(folder, tmp_path / "part", megabytes=0.7 * whole.size / 1e6)
    assert part.size <= 0.7 * whole.size
    assert part.cases < whole.cases
    splits = [case.split for case in read_cases(tmp_path / "part")]
    full = [case.split for case in read_cases(folder)]
    for held in ("validation", "test"):
        assert splits.count(held) == full.count(held)
    assert any(case.clip for case in read_cases(tmp_path / "part") if case.split == "train")


def test_too_small_or_already_there_is_refused(folder, tmp_path):
    with pytest.raises(CaseError, match="need more than"):
        carry(folder, tmp_path / "tiny", megabytes=0.002)
    assert not (tmp_path / "tiny").exists()
    with pytest.raises(CaseError, match="there already"):
        carry(folder, tmp_path)
