"""What a console cannot show is replaced, by every command that prints a run or a brief."""

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_a_run_is_shown_on_a_console_that_lacks_its_letters(run_folder, encoding):
    path = run_folder / "campaign.json"
    text = path.read_text(encoding="utf-8")
    key_message = next(line for line in text.splitlines() if '"key_message":' in line)
    path.write_text(
        text.replace(key_message, '    "key_message": "Öko灯 by Müller",', 1), encoding="utf-8"
    )
    done = subprocess.run(
        [sys.executable, "-m", "triptych", "show", run_folder],
        env=os.environ | {"PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert b"Traceback" not in done.stderr
    assert done.returncode == 0, done.stderr
    assert "Öko\\u706f by Müller".encode(encoding) in done.stdout
