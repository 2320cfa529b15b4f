"""That the benchmark of what a trace costs measures a run of given weights."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "tracing.py"


def test_a_trace_is_held_against_the_run_that_it_tells_of(tiny_starter, tmp_path):
    told = tmp_path / "told.json"
    command = [sys.executable, BENCHMARK, "--weights", tiny_starter, "--steps", "2"]
    done = subprocess.run(
        [*map(str, command), "--json", str(told)], capture_output=True, text=True, check=False
    )
    assert told.exists(), done.stderr
    found = json.loads(told.read_text())
    assert found["profile"] == str(tiny_starter)
    assert found["events"] > found["model_calls"] > 0
    assert found["nfe"] > 0
    run = min(found["run_seconds"], found["run_cpu_seconds"])
    assert 0 < found["trace_seconds"] < run
    assert found["share"] == pytest.approx(found["trace_seconds"] / run)
    assert found["goal_holds"] == (found["share"] < 0.01) == (done.returncode == 0)
