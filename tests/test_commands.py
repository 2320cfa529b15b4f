"""The commands from brief to finished campaign, as a person or a script gives them."""

import json
import os
import re
import signal
from pathlib import Path

import pytest
import yaml
from PIL import Image
from typer.testing import CliRunner

from tests.tiny import save_tiny_profile
from triptych.cli import app
from triptych.commands.exits import MEANING, Exit
from triptych.generators.starter.text import StarterText

SENTENCE = "Norvik launches the Emberlite, a red steel camping lantern."
README = Path(__file__).parents[1] / "README.md"


@pytest.fixture(scope="module")
def profile(tmp_path_factory):
    return save_tiny_profile(tmp_path_factory.mktemp("profile"), least=-9.0)


def triptych(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def assets(run):
    return {path.name for path in (run / "assets").iterdir()}


def test_a_plan_is_written_edited_run_shown_and_one_part_of_it_redone(profile, tmp_path):
    plan, run = tmp_path / "plan.yaml", tmp_path / "run"
    quick = ("--profile", profile, "--steps", 2)
    planned = triptych("plan", SENTENCE, "-o", plan, *quick)
    assert planned.exit_code == Exit.DONE
    assert "1 picture, 1 clip: time unknown" in planned.stderr
    assert "NFE" not in planned.stderr
    assert "6 NFE" in triptych("plan", plan, *quick, "--verbose").stderr
    edited = yaml.safe_load(plan.read_text()) | {"key_message": "Light for long nights."}
    plan.write_text(yaml.safe_dump(edited))
    done = triptych("run", plan, "--out", run, *quick, "--json")
    assert done.exit_code == Exit.DONE
    assert json.loads(done.stdout)["plan"]["key_message"] == "Light for long nights."
    assert json.loads(done.stderr)["nfe"] == 6
    shown = triptych("show", run)
    assert "words and picture agree" in shown.output
    assert "cosine" not in shown.output
    assert "cosine" in triptych("show", run, "--verbose").output
    assert "Light for long nights." in shown.output
    before, lead = json.loads(triptych("show", run, "--json").output), edited["deliverables"][0]
    kept = assets(run)
    redone = triptych("redo", run, f"{lead['id']}/clip", "--reason", "too slow", "--json")
    assert redone.exit_code == Exit.DONE
    after = json.loads(triptych("show", run, "--json").output)
    best, old = (found["results"][lead["id"]]["best"] for found in (after, before))
    was, now = old["parts"], best["parts"]
    assert now["clip"]["asset"] != was["clip"]["asset"]
    assert (now["image"], now["copy"]) == (was["image"], was["copy"])
    assert kept < assets(run)
    said = [one["reason"] for one in after["results"][lead["id"]]["feedback"]]
    assert said == ["too slow"]


def test_a_plan_is_made_anew_from_what_was_said_against_a_run(profile, tmp_path, monkeypatch):
    run, heard = tmp_path / "run", []
    quick = ("--profile", profile, "--steps", 1)
    assert triptych("run", SENTENCE, "--out", run, *quick).exit_code == Exit.DONE
    (lead, *_) = yaml.safe_load((run / "plan.yaml").read_text())["deliverables"]
    asset = f"{lead['id']}/image"
    assert triptych("redo", run, asset, "--reason", "too dark").exit_code == Exit.DONE

    def draft(text, brief, feedback, seed, draft=StarterText.draft):
        heard.extend(feedback)
        return draft(text, brief, feedback, seed)

    monkeypatch.setattr(StarterText, "draft", draft)
    planned = triptych("plan", "--from", run, "--profile", profile, "--json")
    assert planned.exit_code == Exit.DONE
    assert json.loads(planned.stdout)["brief"]["description"] == SENTENCE
    assert [(said.part, said.reason) for said in heard] == [("image", "too dark")]


def test_approval_takes_redo_edit_and_pick(profile, tmp_path):
    run, words = tmp_path / "run", tmp_path / "copy.txt"
    quick = ("--profile", profile, "--steps", 1)
    asked = triptych("run", SENTENCE, "--out", run, *quick, "--approve")
    assert asked.exit_code == Exit.WAITING
    assert f"triptych resume {run} --accept" in asked.stderr
    assert triptych("resume", run, "--accept").exit_code == Exit.WAITING
    lead = yaml.safe_load((run / "plan.yaml").read_text())["deliverables"][0]["id"]
    again = triptych("resume", run, "--redo", f"{lead}/image", "--reason", "too dark")
    assert again.exit_code == Exit.WAITING
    assert "*attempt 2" in again.output
    words.write_text("The Emberlite by Norvik. Light for long nights.")
    assert triptych("resume", run, "--edit", f"{lead}={words}").exit_code == Exit.WAITING
    assert triptych("resume", run, "--pick", f"{lead}=1").exit_code == Exit.DONE
    result = json.loads(triptych("show", run, "--json").output)["results"][lead]
    assert result["best"]["number"] == 1
    assert result["attempts"][2]["parts"]["copy"]["copy_text"] == words.read_text()


def test_ctrl_c_leaves_a_run_that_goes_on(profile, tmp_path, monkeypatch):
    quick, pressed = ("--profile", profile, "--steps", 20), []

    def press(progress, done, steps):
        if not pressed:
            pressed.append(done)
            os.kill(os.getpid(), signal.SIGINT)

    stopped, whole = tmp_path / "stopped", tmp_path / "whole"
    with monkeypatch.context() as patch:
        patch.setattr("triptych.commands.progress.Progress.on_step", press)
        result = triptych("run", SENTENCE, "--out", stopped, *quick)
    assert result.exit_code == Exit.STOPPED
    assert f"`triptych resume {stopped}` goes on" in result.stderr
    assert not (stopped / "campaign.json").exists()
    assert triptych("resume", stopped).exit_code == Exit.DONE
    assert triptych("run", SENTENCE, "--out", whole, *quick).exit_code == Exit.DONE
    assert assets(stopped) == assets(whole)


def test_the_graph_is_drawn_as_a_picture_of_every_step(tmp_path):
    out = tmp_path / "graph.png"
    assert triptych("graph", "--format", "png", "-o", out).output.strip() == str(out)
    with Image.open(out) as picture:
        colours = picture.convert("RGB").getcolors(1 << 16)
        assert picture.height > 10 * 80  # ten steps and more, one below the other
    assert len(colours) > 3


def test_exit_codes_are_told_in_the_help_and_the_readme():
    told = " ".join(re.findall(r"Exit codes.*?\.", README.read_text(), re.DOTALL))
    for code, meaning in MEANING.items():
        assert f"{code:d} {meaning}" in " ".join(told.split())
    shown = " ".join(triptych("run", "--help").output.split())
    assert "130 stopped by Ctrl-C" in shown


def test_the_version_is_told():
    assert re.fullmatch(r"triptych \d+\.\d+\.\d+\n", triptych("--version").output)


def test_a_brief_outside_the_world_is_said_to_be_so_still_runs_and_is_marked(profile, tmp_path):
    run = tmp_path / "run"
    done = triptych(
        "run", "A sailing boat for two.", "--out", run, "--profile", profile, "--steps", 1
    )
    assert done.exit_code == Exit.DONE
    assert "Note: The starter's models know only these products" in done.stderr
    assert "--profile sd2" in done.stderr
    assert "know only these products" in (run / "report.html").read_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("key_message: [", "is not valid YAML"),
        ("key_message: 2025-02-30\n", "is missing"),
        ('x: "\\U00110000"', "is not valid YAML"),
        ("x: !!int x", "holds the tag"),
        ("- a list", "is not a plan"),
        ("[" * 500, "nested deeper"),
    ],
)
def test_a_plan_that_was_edited_wrongly_is_said(text, said, monkeypatch):
    from triptych.commands.approval import _edited
    from triptych.domain import Brief, CampaignPlan, Deliverable
    from triptych.errors import TriptychError

    plan = CampaignPlan(
        brief=Brief(description="A lantern."),
        key_message="x",
        visual="x",
        motion="x",
        deliverables=(Deliverable(id="a", channel="body", tone="playful"),),
    )
    monkeypatch.setattr("click.edit", lambda *_, **__: text)
    with pytest.raises(TriptychError, match=said):
        _edited(plan)
