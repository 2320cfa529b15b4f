from random import Random

from benchmarks.torture import folders


def test_every_command_on_damaged_folders_ends_in_an_answer(samples, tmp_path):
    report = folders.torture_folders(range(4), samples, tmp_path, seed=1)
    assert report.faults == {}
    assert report.folders == 4
    assert report.commands == 4 * 21
    assert set(report.codes) <= {"0", "1", "3", "4"}
    assert report.codes["1"] > 0
    assert list(tmp_path.iterdir()) == []


def test_a_fault_is_seen_and_its_folder_kept(samples, tmp_path, monkeypatch):
    def oops(*_):
        raise KeyError("oops")

    monkeypatch.setattr("triptych.runs.manifest.read_manifest", oops)
    report = folders.torture_folders(range(1), samples, tmp_path, only="show")
    assert "oops" in report.faults["0-0 show"]
    assert (tmp_path / "0-0" / "run").is_dir()


def test_damage_is_the_same_for_the_same_number(samples, tmp_path):
    told = []
    for name in ("a", "b"):
        run = tmp_path / name
        folders.shutil.copytree(samples / "runs" / "finished", run)
        told.append(folders.damage(Random("x"), run, samples))
    assert told[0] == told[1] != []
