"""A small share of `benchmarks/kill.py`, which kills campaigns and looks for damage."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run_harness(told, *options):
    command = [sys.executable, "benchmarks/kill.py", "--json", str(told), *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.exists(), done.stderr
    return done.returncode, json.loads(told.read_text())


def test_killed_campaigns_come_out_whole(tmp_path):
    chains = ["--chains", "fork", "redo"]
    code, told = run_harness(tmp_path / "told.json", "--kills", "8", "--seed", "3", *chains)
    assert told["faults"] == []
    assert code == 0
    assert told["kills"] == 8


@pytest.mark.parametrize("mutant", ["model events are dropped", "the trace is not synced"])
def test_the_harness_sees_what_is_broken_on_purpose(tmp_path, mutant):
    options = ("--kills", "0", "--chains", "run", "--mutants", mutant)
    _, told = run_harness(tmp_path / "told.json", *options)
    assert told["mutants"][mutant]["caught"]
