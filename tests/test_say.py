import ast
import json
from pathlib import Path

import pytest

import triptych.commands
from triptych.commands import say as door
from triptych.commands.say import say, say_content, say_json
from triptych.domain import Brief

COMMANDS = sorted(Path(triptych.commands.__file__).parent.glob("*.py"))
HOSTILE = "\x1b[31m\u202e\x9b2J\u200b é\n"


def test_nothing_that_is_said_steers_the_terminal(capsys):
    say(Path(f"a{HOSTILE}"), fg="red", err=True)
    said = capsys.readouterr().err
    assert "⟨U+001B⟩[31m⟨U+202E⟩⟨U+009B⟩2J⟨U+200B⟩ é\n" in said


def test_json_is_ascii_and_means_the_same(capsys):
    say_json(Brief(description=f"x{HOSTILE}x"))
    said = capsys.readouterr().out
    assert said.isascii()
    assert "\x1b" not in said
    assert json.loads(said)["description"] == f"x{HOSTILE}x"


@pytest.mark.parametrize("terminal", [True, False])
def test_content_is_whole_in_a_pipe_and_visible_on_a_terminal(terminal, capsys, monkeypatch):
    monkeypatch.setattr(door.sys.stdout, "isatty", lambda: terminal)
    say_content(HOSTILE, end="")
    assert (capsys.readouterr().out == HOSTILE) is not terminal


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.name)
def test_commands_print_through_this_door_alone(path):
    if path.name == "say.py":
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in (
                "typer.echo",
                "typer.secho",
                "click.echo",
                "print",
                "sys.stdout.write",
            )
