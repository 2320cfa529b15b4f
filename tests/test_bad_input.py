"""Whatever a person or a disk gets wrong: told in words, with what to do, and nothing half-made."""

import errno
import json
import os
import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from tests.tiny import TRUE_WRITER, save_tiny_profile
from triptych.cli import app
from triptych.commands.exits import Exit
from triptych.graph.serializer import checkpoint_serializer
from triptych.tracing.events import Tracer

runner = CliRunner()
SENTENCE = "Norvik launches the Emberlite, a red steel camping lantern."
NESTED = "".join(f"- &{b} [{', '.join(9 * ['*' + a])}]\n" for a, b in ("ab", "bc", "cd", "de"))
BOMB = f"facts:\n- &a [x, x]\n{NESTED}description: *e\n"


@pytest.fixture(scope="module")
def profile(tmp_path_factory):
    return save_tiny_profile(tmp_path_factory.mktemp("profile"), least=-9.0)


@pytest.fixture(scope="module")
def made(profile, tmp_path_factory):
    """Two run folders: one finished, one that waits for approval of its results."""
    place = tmp_path_factory.mktemp("made")
    quick = ("--profile", profile, "--steps", 1)
    assert triptych("run", SENTENCE, "--out", place / "finished", *quick).exit_code == Exit.DONE
    waiting = place / "waiting"
    asked = triptych("run", SENTENCE, "--out", waiting, *quick, "--approve")
    assert asked.exit_code == Exit.WAITING
    assert triptych("resume", waiting, "--accept").exit_code == Exit.WAITING
    return place


@pytest.fixture
def runs(made, tmp_path):
    return Path(shutil.copytree(made, tmp_path / "runs"))


def triptych(*arguments):
    return runner.invoke(app, [str(argument) for argument in arguments])


def explained(result, said, code=Exit.ERROR):
    """The command ended as it should: a message, something to do, and no traceback."""
    assert said in result.output.replace("\n", " "), result.output
    assert result.exit_code == code, result.output
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    if code == Exit.ERROR:
        _, _, told = result.stderr.partition("Error: ")
        assert len(told.strip().splitlines()) > 1, f"{told} and what to do?"
    return True


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b" \n\t\n", "is empty", id="blank"),
        pytest.param(b"x" * 1_000_001, "is larger than 1 MB", id="huge"),
        pytest.param(b"description: " + b"x " * 15_000, "is longer than 20000", id="long"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\xff", "is a picture, not text", id="binary"),
        pytest.param(b"description: a\x00b", "is not text", id="nul"),
        pytest.param(b"description: [", "is not valid YAML at line 1", id="torn YAML"),
        pytest.param(b'{"description": "x"', "is not valid YAML", id="torn JSON"),
        pytest.param(b"[" * 5000, "is nested deeper than 20 levels", id="deep"),
        pytest.param(BOMB.encode(), "holds more than 10000 values", id="aliases"),
        pytest.param(b"x: !!python/name:os.system", "holds the tag", id="code"),
        pytest.param(b"- a\n- b\n", "holds a list", id="list"),
        pytest.param(b"tone: playful", "`description` is missing", id="nothing said"),
        pytest.param(b"description: 7", "holds no words", id="number"),
        pytest.param(b"description: x\ncolour: red", "`colour` is not a field", id="unknown"),
        pytest.param(b"description: x\nchannels: [radio]", "no placement 'radio'", id="channel"),
        pytest.param(b"description: x\nchannels: [body, body]", "may be named once", id="twice"),
        pytest.param(b"description: x\ntone: [1, 2]", "`tone` cannot be", id="tone"),
        pytest.param(b"description: x\nbudget: {attempts: 0}", "budget.attempts", id="attempts"),
        pytest.param(b"description: x\nbudget: {nfe: 3}", "does not pay for", id="too few NFE"),
        pytest.param(b"description: x\nbudget: {cost: .inf}", "budget.cost", id="infinite"),
        pytest.param(b"description: x\nbudget: {nfes: 3}", "a budget are attempts", id="budget"),
        pytest.param(b"key_message: x", "`brief` is missing", id="torn plan"),
        pytest.param(
            b"brief: {description: x}\nkey_message: x\nvisual: x\nmotion: x\n"
            b"deliverables: [{id: a, channel: body, tone: playful, parts: [clip]}]",
            "a clip takes the image",
            id="clip alone",
        ),
    ],
)
@pytest.mark.parametrize("command", ["run", "plan"])
def test_a_brief_that_cannot_be_used(command, content, said, profile, tmp_path):
    brief, out = tmp_path / "brief.yaml", tmp_path / "out"
    brief.write_bytes(content)
    result = triptych(command, brief, "--profile", profile, *_to(command, out))
    assert explained(result, said)
    assert list(tmp_path.iterdir()) == [brief] or command == "plan"


def _to(command, out):
    return ("--out" if command == "run" else "-o", out)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--budget", 3), "does not pay for one attempt, which takes 150"),
        (("--max-cost", "inf"), "`max_cost` cannot be inf"),
        (("--strategy", "luck"), "`strategy` cannot be 'luck'"),
        (("--profile", "nobody"), "There is no profile 'nobody'"),
        (("--set", "image.stepz=3"), "image.stepz"),
        (("--set", "image.steps"), "is not an override"),
        (("--until", "copy"), "--until says what a fork keeps"),
        (("--from", "nowhere"), "is not a run folder"),
    ],
)
def test_options_that_cannot_be_used(options, said, profile, tmp_path):
    arguments = ("--profile", profile, "--out", tmp_path / "out", *options)
    assert explained(triptych("run", SENTENCE, *arguments), said)
    assert not (tmp_path / "out").exists()


def test_a_run_longer_than_allowed_is_not_begun(tmp_path):
    asked = triptych("run", SENTENCE, "--out", tmp_path / "out", "--max-seconds", 1)
    assert explained(asked, "may take 1 s")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--steps", 0), "'--steps'"),
        (("--seed", 2**63), "'--seed'"),
        (("--threshold", "nan"), "'--threshold'"),
        (("--max-seconds", "nan"), "'--max-seconds'"),
        (("--max-cost", "-1"), "'--max-cost'"),
        (("--sentence",), "--sentence"),
    ],
)
def test_wrong_usage(options, said, tmp_path):
    asked = triptych("run", SENTENCE, "--out", tmp_path / "out", *options)
    assert explained(asked, said, Exit.USAGE)


def test_places_that_cannot_be_written(profile, tmp_path, monkeypatch):
    taken, quick = tmp_path / "file", ("--profile", profile)
    taken.write_text("mine")
    for out in (taken, taken / "below"):
        assert explained(triptych("run", SENTENCE, "--out", out, *quick), "cannot be written")
    assert explained(triptych("plan", SENTENCE, "-o", taken / "x", *quick), "cannot be written")
    assert explained(triptych("run", SENTENCE, "--out", tmp_path, *quick), "is not empty")
    assert explained(triptych("run", tmp_path, *quick), "is a folder")
    assert explained(triptych("run", tmp_path / "no.yaml", *quick), "There is no file")
    monkeypatch.setattr(Path, "mkdir", _refuse(PermissionError(errno.EACCES, "Permission denied")))
    out = tmp_path / "shut" / "out"
    assert explained(triptych("run", SENTENCE, "--out", out, *quick), "Permission denied")
    assert list(tmp_path.iterdir()) == [taken]
    assert taken.read_text() == "mine"


def _refuse(error):
    def refuse(*_, **__):
        raise error

    return refuse


FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("good", [0, 2, 9, 23])
def test_a_disk_that_is_full_stops_a_run_which_goes_on_later(good, made, profile, tmp_path):
    out, left = tmp_path / "out", [good]

    def fsync(_):
        left[0] -= 1
        if left[0] < 0:
            raise FULL

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        asked = triptych("run", SENTENCE, "--out", out, "--profile", profile, "--steps", 1)
        assert explained(asked, "No space left on device")
    assert not list(tmp_path.rglob(".part-*"))
    if good < 3:
        assert not out.exists()
        return
    assert triptych("resume", out).exit_code == Exit.DONE
    assert _assets(out) == _assets(made / "finished")


@pytest.mark.parametrize("good", [0, 5, 12])
def test_a_trace_that_cannot_be_written_stops_a_run(good, made, profile, tmp_path, monkeypatch):
    left = [good]

    def append(tracer, line, write=Tracer._append):
        left[0] -= 1
        if left[0] < 0:
            raise FULL
        write(tracer, line)

    out = tmp_path / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tracer, "_append", append)
        asked = triptych("run", SENTENCE, "--out", out, "--profile", profile, "--steps", 1)
        assert explained(asked, "No space left on device")
    assert triptych("resume", out).exit_code == Exit.DONE
    assert _assets(out) == _assets(made / "finished")


def test_checkpoints_that_do_not_fit_stop_a_run(made, profile, tmp_path):
    def small(path, connect=sqlite3.connect, **options):
        connection = connect(path, **options)
        connection.execute("PRAGMA max_page_count = 14")
        return connection

    out = tmp_path / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", small)
        asked = triptych("run", SENTENCE, "--out", out, "--profile", profile, "--steps", 1)
        assert explained(asked, "disk is full")
    assert triptych("resume", out).exit_code == Exit.DONE
    assert _assets(out) == _assets(made / "finished")


def _assets(run):
    return sorted(path.name for path in (run / "assets").iterdir())


def garbage(path):
    path.write_bytes(b"\x00\xffgarbage" * 50)


def half(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def gone(path):
    path.unlink()


def a_folder(path):
    path.unlink()
    path.mkdir()


def other_json(path):
    path.write_text('{"other": ["things"]}')


def torn_rows(path):
    with sqlite3.connect(path) as database:
        database.execute("UPDATE checkpoints SET checkpoint = substr(checkpoint, 1, 40)")


def rows(changes):
    """Changes rows of the checkpoints, as in `checkpoint = 5`."""

    def spoil(path):
        with sqlite3.connect(path) as database:
            database.execute(f"UPDATE {changes}")

    spoil.__name__ = changes
    return spoil


def repacked(part, value):
    """Lets every checkpoint hold another value in one of its parts."""

    def spoil(path):
        serializer = checkpoint_serializer()
        with sqlite3.connect(path) as database:
            for row, kind, data in database.execute(
                "SELECT rowid, type, checkpoint FROM checkpoints"
            ).fetchall():
                content = serializer.loads_typed((kind, data))
                if part is None:
                    content = value
                elif part in content:
                    content[part] = value
                else:
                    content["channel_values"][part] = value
                change = (*serializer.dumps_typed(content), row)
                database.execute(
                    "UPDATE checkpoints SET type = ?, checkpoint = ? WHERE rowid = ?", change
                )

    spoil.__name__ = f"{part} is {value}"
    return spoil


WRONG_ROWS = (
    rows("checkpoints SET checkpoint = 5"),
    rows("checkpoints SET checkpoint = 'words'"),
    rows("checkpoints SET checkpoint = NULL"),
    rows("checkpoints SET type = 'pickle'"),
    rows("checkpoints SET type = 7"),
    rows("checkpoints SET metadata = 7"),
    rows("checkpoints SET metadata = x'ff00'"),
    rows("writes SET value = 5"),
    rows("writes SET type = 'pickle'"),
    repacked(None, 5),
    repacked(None, {}),
    repacked("channel_values", [1]),
    repacked("channel_versions", "words"),
    repacked("versions_seen", None),
    repacked("plan", 5),
    repacked("results", {"body": 5}),
    repacked("seed", "words"),
    repacked("brief", {"description": []}),
)


@pytest.mark.parametrize("spoil", WRONG_ROWS, ids=lambda spoil: spoil.__name__)
def test_checkpoints_whose_rows_are_of_wrong_types(spoil, runs):
    spoil(runs / "waiting/checkpoint.sqlite")
    said = triptych("resume", runs / "waiting", "--accept")
    assert said.exit_code in (Exit.ERROR, Exit.WAITING), said.output
    if said.exit_code == Exit.ERROR:
        assert explained(said, "is damaged")


def no_picture(assets):
    picture = next(assets.glob("*.png"))
    picture.write_bytes(b"x" * picture.stat().st_size)


@pytest.mark.parametrize(
    ("file", "spoil", "command", "said"),
    [
        ("checkpoint.sqlite", garbage, "resume", "is damaged"),
        ("checkpoint.sqlite", half, "resume", "is damaged"),
        ("checkpoint.sqlite", torn_rows, "resume", "is damaged"),
        ("checkpoint.sqlite", a_folder, "resume", "is a folder"),
        ("checkpoint.sqlite", garbage, "redo", "is damaged"),
        ("run.json", garbage, "resume", "is damaged"),
        ("run.json", other_json, "resume", "`other` is not a field"),
        ("run.json", gone, "resume", "is not a run folder"),
        ("brief.yaml", garbage, "resume", "is not text"),
        ("brief.yaml", gone, "resume", "brief.yaml is missing"),
        ("plan.yaml", other_json, "redo", "`brief` is missing"),
        ("campaign.json", garbage, "show", "is damaged"),
        ("campaign.json", half, "show", "is damaged"),
        ("campaign.json", other_json, "show", "is damaged"),
        ("campaign.json", gone, "show", "no finished campaign"),
        ("assets", no_picture, "show", "Missing or damaged"),
        ("assets", no_picture, "redo", "bytes have changed"),
        ("assets", no_picture, "resume", "bytes have changed"),
    ],
)
def test_a_damaged_run(file, spoil, command, said, runs):
    run = runs / ("waiting" if command == "resume" else "finished")
    options = {
        "show": (),
        "redo": (f"{lead(run)}/clip", "--reason", "too slow"),
        "resume": ("--accept",),
    }
    spoil(run / file)
    assert explained(triptych(command, run, *options[command]), said)


def lead(run):
    """The deliverable with picture and clip."""
    return yaml.safe_load((run / "plan.yaml").read_text())["deliverables"][0]["id"]


def test_what_the_message_says_mends_a_damaged_run(runs, made):
    run = runs / "finished"
    no_picture(run / "assets")
    (run / "checkpoint.sqlite").unlink()
    assert triptych("resume", run).exit_code == Exit.DONE
    assert triptych("show", run).exit_code == Exit.DONE
    assert _assets(run) == _assets(made / "finished")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("resume", "waiting", "--edit", "no.yaml"), "no.yaml cannot be read"),
        (("resume", "waiting", "--pick", "moon=1"), "has no deliverable 'moon'"),
        (("resume", "waiting", "--redo", "moon/image", "--reason", "x"), "no moon/image"),
        (("resume", "waiting", "--redo", "moon", "--reason", "x"), "names no asset"),
        (("resume", "waiting", "--redo", "plan", "--reason", "x"), "an answer about its results"),
        (("resume", "waiting", "--reason", "x"), "--redo and --reason go together"),
        (("resume", "waiting", "--accept", "--pick", "a=1"), "are different answers"),
        (("resume", "finished", "--accept"), "waits for no answer"),
        (("redo", "waiting", "moon/clip", "--reason", "x"), "is not finished"),
        (("redo", "finished", "moon/clip", "--reason", "x"), "no finished deliverable 'moon'"),
        (("run", "--from", "waiting", "--until", "image", "--out", "finished"), "is not empty"),
    ],
)
def test_answers_that_do_not_fit(command, said, runs, monkeypatch):
    monkeypatch.chdir(runs)
    assert explained(triptych(*command), said)


@pytest.mark.parametrize(
    ("file", "spoil"),
    [
        ("text/model.safetensors", half),
        ("text/model.safetensors", garbage),
        ("text/tokenizer.json", half),
        ("text/config.json", garbage),
        ("latents/model.safetensors", half),
        ("clip/open_clip_model.safetensors", half),
        ("clip/open_clip_config.json", other_json),
        ("clip/calibration.json", half),
        ("autoencoder/model.safetensors", garbage),
        ("autoencoder/config.json", gone),
        ("image/diffusion_pytorch_model.safetensors", half),
        ("image/scheduler_config.json", garbage),
        ("video/model.safetensors", half),
        ("video/model.safetensors", gone),
    ],
)
def test_damaged_weights_are_met_before_anything_is_written(file, spoil, profile, tmp_path):
    mine = shutil.copytree(profile.parent, tmp_path / "mine")
    path = mine / profile.name
    path.write_text(path.read_text().replace(str(profile.parent), str(mine)))
    spoil(mine / "weights" / file)
    out = tmp_path / "out"
    assert explained(triptych("run", SENTENCE, "--out", out, "--profile", path), file.split("/")[0])
    assert not out.exists()


CHAT = (
    "{kind: chat, structured: json, repairs: 1, options: {responses: [%s]}, "
    "model: 'langchain_core.language_models.fake_chat_models:FakeListChatModel'}"
)


def with_chat(profile, path, part, answer):
    """The tiny profile with a chat model in a part, that always gives one answer."""
    content = yaml.safe_load(profile.read_text())
    content[part] = yaml.safe_load(CHAT % json.dumps(answer))
    path.write_text(yaml.safe_dump(content))
    return path


@pytest.mark.parametrize("answer", ["I am a teapot.", "", "{", '{"key_message": 7}', "[]"])
def test_a_planner_that_answers_nonsense(answer, profile, tmp_path):
    mine, out = with_chat(profile, tmp_path / "chat.yaml", "planner", answer), tmp_path / "out"
    result = triptych("run", SENTENCE, "--out", out, "--profile", mine)
    assert explained(result, "gave no valid answer")
    assert explained(triptych("plan", SENTENCE, "--profile", mine), "gave no valid answer")
    assert not (out / "campaign.json").exists()


def test_a_copywriter_that_answers_nonsense(profile, tmp_path):
    mine, out = with_chat(profile, tmp_path / "chat.yaml", "text", "nonsense"), tmp_path / "out"
    content = yaml.safe_load(mine.read_text())
    content["planner"] = {"kind": TRUE_WRITER, "folder": str(profile.parent / "weights")}
    mine.write_text(yaml.safe_dump(content))
    result = triptych("run", SENTENCE, "--out", out, "--profile", mine)
    assert explained(result, "gave no valid answer", Exit.NOT_PASSED)
    assert "gave no valid answer" in (out / "report.html").read_text()


def test_a_critic_that_answers_no_numbers_waves_nothing_through(profile, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "triptych.generators.encoder.OpenClipEncoder.encode_images",
        lambda encoder, images: np.full((len(images), 16), np.nan, np.float32),
    )
    out = tmp_path / "out"
    result = triptych("run", SENTENCE, "--out", out, "--profile", profile, "--steps", 1)
    assert explained(result, "is zero or not a number", Exit.NOT_PASSED)
    manifest = json.loads((out / "campaign.json").read_text(), parse_constant=_refuse(ValueError))
    assert {found["status"] for found in manifest["results"].values()} == {"error"}


def test_a_fault_of_ours_is_called_so(profile, tmp_path, monkeypatch):
    monkeypatch.setattr("triptych.graph.nodes.PlannerAgent.__call__", _refuse(KeyError("oops")))
    asked = ("run", SENTENCE, "--out", tmp_path / "out", "--profile", profile)
    assert explained(triptych(*asked), "a fault of Triptych itself", Exit.FAULT)
    monkeypatch.setenv("TRIPTYCH_DEBUG", "1")
    assert isinstance(triptych("resume", tmp_path / "out").exception, KeyError)
