import os
import subprocess
import sys
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from triptych.cases.format import check_cases, read_cases
from triptych.errors import CaseError
from triptych.starter.dataset import (
    case_of,
    has_clip,
    render_cases,
    scene_of,
    split_of,
    write_clip,
)
from triptych.starter.scene import is_held_out

CASES = 3
# A seed whose first cases share place and time, so that a process sets up one stage only.
SEED = next(
    seed
    for seed in count()
    if len({(scene_of(seed, i).setting, scene_of(seed, i).time) for i in range(CASES)}) == 1
)


def contents(folder):
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    progress = []
    render_cases(folder, CASES, SEED, 1, lambda done, of: progress.append((done, of)))
    assert progress == [(n, CASES) for n in range(1, CASES + 1)]
    return folder


def test_a_rendered_folder_is_sound(whole):
    assert check_cases(whole) == []
    cases = read_cases(whole)
    assert [c.id for c in cases] == ["000000", "000001", "000002"]
    assert cases[0].clip == "clips/000000.mp4"
    assert cases[1].clip is None
    with Image.open(whole / cases[0].image) as picture:
        assert picture.size == (128, 128)


def test_one_split_alone_is_that_of_the_whole_world(whole, tmp_path):
    assert render_cases(tmp_path, 12, SEED, split="validation") == 1
    (case,) = read_cases(tmp_path)
    assert case == case_of(SEED, 11)
    assert check_cases(tmp_path) == []


def test_a_folder_of_stills_has_the_same_pictures_and_no_clip(whole, tmp_path):
    assert render_cases(tmp_path, 1, SEED, stills=True) == 1
    (case,) = read_cases(tmp_path)
    assert case == read_cases(whole)[0].model_copy(update={"clip": None})
    still, with_clip = tmp_path / case.image, whole / case.image
    assert still.read_bytes() == with_clip.read_bytes()
    assert check_cases(tmp_path) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from triptych.starter import dataset
replace = Path.replace
def die_at_the_second_picture(path, target):
    if path.name == ".000001.png.part":
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(path, target)
Path.replace = die_at_the_second_picture
dataset.render_cases(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
"""


def test_a_killed_render_goes_on_to_the_same_bytes_with_two_workers(whole, tmp_path):
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(CASES), str(SEED)]
    root = str(Path(__file__).parents[2])
    assert subprocess.run(command, env=os.environ | {"PYTHONPATH": root}).returncode == -9
    assert not (tmp_path / "cases.jsonl").exists()
    assert not (tmp_path / "images/000001.png").exists()
    finished = tmp_path / "images/000000.png"
    before = finished.stat().st_mtime_ns
    render_cases(tmp_path, CASES, SEED, 2)
    assert contents(tmp_path) == contents(whole)
    assert finished.stat().st_mtime_ns == before


def test_two_worlds_do_not_mix(whole):
    before = contents(whole)
    with pytest.raises(CaseError, match="another world"):
        render_cases(whole, CASES, SEED + 1)
    assert contents(whole) == before


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CaseError, match="cannot be written"):
        render_cases(tmp_path / "file", 1, 0)


def test_splits_are_disjoint_and_only_testing_holds_unseen_combinations():
    places = [split_of(i) for i in range(9000)]
    for split, least in (("train", 8000), ("validation", 300), ("test", 200)):
        of_split = [i for i, (name, _) in enumerate(places) if name == split]
        assert len(of_split) >= least
        assert np.mean([has_clip(i) for i in of_split]) > 0.19
    tests = [i for i, (name, _) in enumerate(places) if name == "test"]
    assert sum(map(has_clip, tests)) >= 40
    assert np.mean([places[i][1] for i in tests]) == 0.5
    for i in range(0, 2000):
        split, unseen = places[i]
        assert is_held_out(*scene_of(7, i).combination) == unseen
        assert not unseen or split == "test"


def test_each_value_of_an_unseen_combination_is_seen_in_training():
    train = [scene_of(7, i).combination for i in range(1000) if split_of(i)[0] == "train"]
    seen = [set(values) for values in zip(*train, strict=True)]
    for i in range(48, 1000, 50):
        unseen = scene_of(7, i).combination
        assert unseen not in train
        assert all(value in values for value, values in zip(unseen, seen, strict=True))


def test_a_case_is_a_function_of_seed_and_number():
    assert case_of(7, 23) == case_of(7, 23)
    assert case_of(7, 23).split == "test"
    assert case_of(7, 48).unseen_combination
    assert case_of(7, 0) != case_of(8, 0)


def test_a_clip_survives_its_file(tmp_path):
    import av

    ramp = np.linspace(0, 255, 64, dtype=np.uint8)
    frames = np.stack([np.roll(np.tile(ramp[:, None, None], (1, 64, 3)), k, 0) for k in range(16)])
    for name in ("a.mp4", "b.mp4"):
        write_clip(tmp_path / name, frames)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert container.streams.video[0].average_rate == 8
        back = np.stack([f.to_ndarray(format="rgb24") for f in container.decode(video=0)])
    assert back.shape == frames.shape
    assert np.abs(back.astype(int) - frames).mean() < 4
