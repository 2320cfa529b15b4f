"""Hundreds of hostile inputs to every reader: the project's own errors, at once, in little memory.

`python -m tests.briefs.hostile --kind briefs --count 100000` gives as many as one likes.
"""

import os
from random import Random

import pytest
from typer.testing import CliRunner

from tests.briefs.hostile import KINDS, torture
from triptych.cli import app

runner = CliRunner()


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_inputs_are_read_or_told(kind, tmp_path):
    report = torture(kind, 250, tmp_path)
    assert report.faults == []
    assert report.read > 0
    assert report.refused > 100


@pytest.mark.parametrize("kind", ["briefs", "plans"])
def test_the_command_ends_with_1_and_words(kind, tmp_path):
    for number in range(40):
        data, ending = KINDS[kind](Random(f"command {kind} {number}"))
        path = tmp_path / f"input{ending}"
        path.write_bytes(data)
        result = runner.invoke(app, ["brief", "check", os.fspath(path)])
        assert result.exit_code in (0, 1), result.output
        if result.exit_code:
            assert result.stderr.startswith("Error: "), result.output
            assert isinstance(result.exception, SystemExit)
