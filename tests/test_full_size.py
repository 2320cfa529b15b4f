"""The benchmark of a full-size case, at toy size: that it runs, and compares like with like."""

import json
import sys

import pytest
import torch

from benchmarks import full_size


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["full_size.py", *map(str, arguments)])
    full_size.main()


def test_it_runs_at_toy_size_and_both_ways_make_the_same(monkeypatch, tmp_path, capsys):
    told = tmp_path / "figures.json"
    run(monkeypatch, "--toy", "--fast", "--repeats", 1, "--out", told)
    figures = json.loads(told.read_text())
    assert json.loads(capsys.readouterr().out) == figures
    assert figures["size"] == "toy"
    assert figures["mean_difference_in_levels_of_255"] == {"image": 0.0, "clip": 0.0}
    assert figures["ratio"] > 0
    assert set(figures["fast_run_seconds"]) == {"bare", "fast"}
    assert figures["peak_memory_gib"] > 0
    assert "are owed" in figures["note"]


def test_without_a_gpu_it_says_that_the_full_figures_are_owed(monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit) as end:
        run(monkeypatch)
    assert end.value.code == 1
    assert "full-size figures are owed" in capsys.readouterr().err
