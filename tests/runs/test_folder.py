"""Taking a folder for a run: by one process, whole, and never one that holds something else."""

import multiprocessing
import os
from pathlib import Path

import pytest

from triptych.errors import StoreError
from triptych.runs import folder as taking
from triptych.runs.folder import take_folder
from triptych.runs.lock import hold

FILES = {"brief.yaml": b"description: x\n", "run.json": b"{}"}


def test_two_that_begin_at_the_same_moment_do_not_share_a_folder(tmp_path, monkeypatch):
    look, second = taking._taken, []

    def looked(folder, files):
        """The other comes between the look and the first file."""
        taken = look(folder, files)
        if not second:
            second.append("tries")
            with pytest.raises(StoreError, match="Another process works on"):
                take_folder(folder, {**FILES, "brief.yaml": b"description: y\n"})
        return taken

    monkeypatch.setattr(taking, "_taken", looked)
    take_folder(tmp_path / "run", FILES)
    assert second
    assert (tmp_path / "run/brief.yaml").read_bytes() == FILES["brief.yaml"]


def begin(place, number, gate, done):
    gate.wait()
    try:
        take_folder(Path(place), {**FILES, "brief.yaml": b"description: %d\n" % number})
    except StoreError:
        number = 0
    done.put(number)


def test_of_many_processes_one_takes_the_folder(tmp_path):
    context = multiprocessing.get_context("fork")
    gate, done = context.Barrier(4), context.Queue()
    place = str(tmp_path / "run")
    begun = [context.Process(target=begin, args=(place, n, gate, done)) for n in (1, 2, 3, 4)]
    for process in begun:
        process.start()
    (winner,) = [number for number in (done.get() for _ in begun) if number]
    for process in begun:
        process.join()
    assert (tmp_path / "run/brief.yaml").read_bytes() == b"description: %d\n" % winner


def test_a_lock_is_of_the_folder_and_leaves_nothing_in_it(tmp_path):
    with hold(tmp_path), pytest.raises(StoreError, match="Another process"), hold(tmp_path):
        pass
    with hold(tmp_path):
        assert not os.listdir(tmp_path)
    with pytest.raises(StoreError, match="cannot be read"), hold(tmp_path / "nowhere"):
        pass


@pytest.mark.parametrize("name", ["assets", "assets/index", "brief.yaml", "run.json"])
def test_a_folder_that_holds_a_link_is_not_empty(name, tmp_path):
    (tmp_path / "theirs").mkdir()
    place = tmp_path / "run" / name
    place.parent.mkdir(parents=True)
    place.symlink_to(tmp_path / "theirs")
    with pytest.raises(StoreError, match="is not empty"):
        take_folder(tmp_path / "run", FILES)
    assert not os.listdir(tmp_path / "theirs")


def test_a_pipe_in_the_place_of_a_first_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "brief.yaml")
    with pytest.raises(StoreError, match="is not empty"):
        take_folder(tmp_path, FILES)
