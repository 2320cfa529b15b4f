"""The program as a shell runs it: pipes, terminals, odd names, and Ctrl-C at any moment."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from triptych.commands.exits import Exit

TRIPTYCH = (sys.executable, "-m", "triptych")


def program(*words, **options):
    return subprocess.run(
        [*TRIPTYCH, *words], capture_output="stdout" not in options, check=False, **options
    )


def test_a_reader_that_leaves_ends_it_without_a_word():
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as pipe:
        done = program("profiles", stdout=pipe, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr == b""


@pytest.mark.parametrize("words", [("profiles",), ("profiles", "--json"), ("graph",)])
def test_output_that_has_no_room_is_said(words):
    with open("/dev/full", "wb") as full:
        done = program(*words, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == Exit.ERROR
    assert b"The output cannot be written: No space left on device." in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_terminal_that_lacks_a_letter_gets_its_code(tmp_path):
    brief = tmp_path / "brief.yaml"
    brief.write_text("description: A lantern of 灯 and é.\n", encoding="utf-8")
    done = program("brief", "check", brief, env=os.environ | {"PYTHONIOENCODING": "latin-1"})
    assert done.returncode == 0, done.stderr
    assert "\\u706f and é".encode("latin-1") in done.stdout


INTERRUPTED = """
import os, signal, sys
class Interrupting:
    def find_spec(self, name, *_):
        if name == sys.argv[1]:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
from triptych.__main__ import main
main()
"""


@pytest.mark.parametrize("module", ["triptych.cli", "typer", "triptych.commands.about", "rich"])
def test_ctrl_c_while_it_is_loaded_ends_it_without_a_word(module):
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, module, "--help"], capture_output=True, check=False
    )
    assert done.returncode in (-signal.SIGINT, Exit.STOPPED, 1)
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "said"),
    [(b"a" * 300, b"File name too long"), (b"caf\xe9", b"is no name in UTF-8")],
)
def test_a_name_that_no_folder_can_have_is_said_before_anything_is_made(name, said, tmp_path):
    folder = os.path.join(os.fsencode(tmp_path), name)
    done = program("run", "A red mug.", "--out", folder, "--steps", "1")
    assert done.returncode == Exit.ERROR
    assert said in done.stderr
    assert not list(Path(tmp_path).iterdir())
    for command in (("show",), ("resume",), ("trace", "show"), ("trace", "replay")):
        assert program(*command, folder).returncode == Exit.ERROR
