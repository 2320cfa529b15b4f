import json

import pytest
from typer.testing import CliRunner

from triptych.cli import app

runner = CliRunner()


def run(*arguments):
    return runner.invoke(app, [str(argument) for argument in arguments])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("- a\n- b\n", "holds a list, not a brief"),
        ("description: x\ncolour: red\n", "`colour` is not a field"),
        ("description: x\nchannels: [telegram]\n", "There is no placement 'telegram'"),
        ("description: [\n", "not valid YAML"),
        ("description: x\nbudget: {attempts: 0}\n", "budget.attempts"),
        ("tone: playful\n", "`description` is missing"),
    ],
)
def test_a_bad_brief_is_explained_and_nothing_is_written(tmp_path, content, said):
    brief = tmp_path / "brief.yaml"
    brief.write_text(content)
    result = run("run", brief, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert said in result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "out").exists()


def test_bytes_that_are_no_text_are_said(tmp_path):
    brief = tmp_path / "brief.yaml"
    brief.write_bytes(b"\x81\x8d\x00\x01")
    result = run("run", brief, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "is not text" in result.output


def test_a_file_that_is_not_there_and_a_folder_are_said(tmp_path):
    assert "There is no file" in run("run", tmp_path / "none.yaml").output
    assert "is a folder" in run("run", tmp_path).output


def test_commands_on_a_folder_without_a_run_say_so(tmp_path):
    for command in ("resume", "show"):
        result = run(command, tmp_path)
        assert result.exit_code == 1
        assert "Traceback" not in result.output


def test_the_graph_and_the_profiles_are_printed():
    assert "verdict" in run("graph").output
    names = {profile["name"] for profile in json.loads(run("profiles", "--json").output)}
    assert {"starter", "sd2", "sdxl", "modern", "api"} <= names


def test_terminal_escapes_in_a_brief_are_spelled_out(tmp_path):
    brief = tmp_path / "brief.yaml"
    brief.write_text('description: "x"\nchannels: ["\\e[31mred\\u202e"]\n')
    result = run("run", brief, "--out", tmp_path / "out")
    assert "\x1b[31mred" not in result.output
    assert "\u202e" not in result.output
