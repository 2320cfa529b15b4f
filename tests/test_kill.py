"""A small share of `benchmarks/kill.py`, which kills campaigns and looks for damage."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHARE = ("--kills", "8", "--seed", "3", "--chains", "fork", "redo")
MUTANTS = ("model events are dropped", "the trace is not synced")


def test_killed_campaigns_come_out_whole_and_what_is_broken_on_purpose_is_seen(tmp_path):
    told = tmp_path / "told.json"
    command = [sys.executable, "benchmarks/kill.py", "--json", str(told), *SHARE]
    done = subprocess.run(
        [*command, "--mutants", *MUTANTS], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert told.exists(), done.stderr
    figures = json.loads(told.read_text())
    assert figures["faults"] == []
    assert figures["kills"] == 8
    assert [figures["mutants"][name]["caught"] for name in MUTANTS] == [True, True]
    assert done.returncode == 0, done.stdout
