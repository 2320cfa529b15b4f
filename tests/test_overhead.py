import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[1] / "benchmarks" / "overhead.py"


def test_the_benchmark_tells_overhead_and_model_time_apart(tiny_starter, tmp_path):
    told = tmp_path / "told.json"
    command = [sys.executable, BENCHMARK, "--weights", tiny_starter, "--steps", "2"]
    done = subprocess.run(
        [*map(str, command), "--repeats", "1", "--json", str(told)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "goals hold" in done.stdout, done.stderr
    found = json.loads(told.read_text())
    for unit in ("clock", "cpu"):
        overhead, case = found[f"overhead_ms_{unit}"], found[f"case_seconds_{unit}"]
        assert 0 < overhead < 1000 * case
        assert found[f"overhead_share_{unit}"] == pytest.approx(overhead / case / 1000)
        assert found[f"ratio_to_bare_{unit}"] > 0, "on a busy machine it can be below 1"
    assert all(spent > 0 for spent in found["parts_ms"].values())
    assert found["help_seconds"]["cpu"] > 0
