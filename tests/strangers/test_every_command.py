"""Every command on folders from strangers: nothing outside is touched, asked, imported or shown."""

import json
import os
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from tests.strangers.folders import ESCAPE, Outside, evil_files, evil_settings, settings
from triptych.domain import Brief, CampaignPlan, Deliverable, SearchChoice
from triptych.generators.profiles import SHIPPED
from triptych.runs.campaign import Campaign
from triptych.runs.settings import RunSettings
from triptych.runs.stream import run_campaign

HOSTILE_NAME = "a hostile name"
REFUSED = ("resume", "redo", "fork", "replay", "regenerate")
"""Commands that load the models which a run's settings name."""


def commands(run, good, out):
    """Every command that reads a run folder, by name."""
    about = "social-post"
    return {
        "show": ["show", run, "-v"],
        "show --json": ["show", run, "--json"],
        "trace": ["trace", run],
        "timeline": ["trace", "show", run, "--timeline"],
        "trace --json": ["trace", "show", run, "--json"],
        "ls": ["trace", "ls", run],
        "lineage": ["trace", "lineage", f"{about}/image", "--run", run],
        "diff": ["trace", "diff", run, good],
        "export": ["trace", "export", run, "--format", "csv"],
        "mermaid": ["trace", "export", run, "--format", "mermaid"],
        "chrome": ["trace", "export", run, "--format", "chrome", "-o", f"{run}/chrome.json"],
        "view": ["trace", "view", run],
        "plan": ["plan", good / "plan.yaml", "--from", run, "-o", f"{run}/new-plan.yaml"],
        "replay": ["trace", "replay", run],
        "regenerate": ["trace", "replay", run, "--regenerate"],
        "fork": ["run", "--from", run, "--until", "copy", "--out", out],
        "accept": ["resume", run, "--accept"],
        "resume": ["resume", run],
        "redo": ["redo", run, f"{about}/clip", "--reason", "too slow"],
    }


@pytest.fixture(scope="module")
def base(tiny, tmp_path_factory):
    """A finished run whose settings name the starter alone, as anyone may send it."""
    folder = tmp_path_factory.mktemp("base") / "run"
    plan = CampaignPlan(
        brief=Brief(description="A red steel lantern.", channels=("social_post",)),
        key_message="Light the way",
        visual="a red steel lantern",
        motion="the flame flickers",
        search=SearchChoice(strategy="best-of-n", candidates=1),
        deliverables=(Deliverable(id="social-post", channel="social_post", tone="playful"),),
    )
    run_campaign(Campaign.start(plan, folder, RunSettings(seed=3, steps=1)), tiny.models)
    (folder / "models.json").unlink()  # the same models, under another profile's name
    (folder / "run.sig").unlink(missing_ok=True)
    return folder


@pytest.fixture(scope="module")
def told(base, tiny, tmp_path_factory):
    """What became of every command on every folder, and what lay outside before and after."""
    place = tmp_path_factory.mktemp("strangers")
    outside = Outside(place / "outside")
    runs, jobs = place / "runs", []
    for name, spoil in evil_files(outside).items():
        spoil(Path(shutil.copytree(base, runs / name)))
    for name, (changes, _) in evil_settings(outside).items():
        settings(Path(shutil.copytree(base, runs / name)), **changes)
    shutil.copytree(base, runs / f"{HOSTILE_NAME}{ESCAPE}")
    before = outside.look()
    here, home = place / "here", place / "home"
    for folder in (here / "profiles", home / "triptych/profiles"):
        folder.mkdir(parents=True)
    shutil.copy(outside.folder / "evil.yaml", here / "profiles/starter.yaml")
    shutil.copy(SHIPPED / "api.yaml", home / "triptych/profiles/house.yaml")
    jobs.append({"name": ["", "profiles"], "folder": str(here), "arguments": ["profiles"]})
    for run in sorted(runs.iterdir()):
        out = run / "forked"
        for command, words in commands(run, base, out).items():
            job = {"name": [run.name, command], "folder": str(run), "arguments": words}
            jobs.append({**job, "arguments": [str(word) for word in words]})
    temporary = place / "tmp"
    temporary.mkdir()
    allowed = [base, temporary, here / "profiles", home]
    asked = {"weights": str(tiny.weights), "allowed": [str(one) for one in allowed], "jobs": jobs}
    (place / "asked.json").write_text(json.dumps(asked))
    child = subprocess.run(
        [sys.executable, Path(__file__).with_name("watched_commands.py"), place / "asked.json"],
        cwd=here,
        env=os.environ
        | {
            "PYTHONPATH": os.pathsep.join([*sys.path, str(outside.folder)]),
            "XDG_CONFIG_HOME": str(home),
            "XDG_DATA_HOME": str(home),
            "TMPDIR": str(temporary),
            "TRIPTYCH_KEY_FILE": str(home / "key"),
            "OPENAI_API_KEY": "secret",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stderr[-5000:]
    done = {tuple(one["name"]): one for one in json.loads(child.stdout)}
    assert [path.name for path in here.iterdir()] == ["profiles"]
    return done, outside, before


def test_there_are_enough_of_them(told):
    assert len({folder for folder, _ in told[0]}) > 30


def test_nothing_outside_is_opened_asked_or_imported(told):
    wrong = {name: one["wrong"] for name, one in told[0].items() if one["wrong"]}
    assert not wrong


def test_nothing_outside_is_written(told):
    _, outside, before = told
    assert outside.look() == before


def test_every_command_ends_in_an_answer(told):
    faults = {
        name: (one["code"], one["fault"], one["output"][-300:])
        for name, one in told[0].items()
        if one["fault"] or one["code"] not in (0, 1, 3, 5)
    }
    assert not faults


def test_no_escape_reaches_the_terminal(told):
    live = {}
    for name, one in told[0].items():
        hidden = {c for c in one["output"] if unicodedata.category(c) in ("Cc", "Cf")} - {"\n"}
        if hidden:
            live[name] = hidden
    assert not live


def test_what_settings_want_is_told_and_refused(told):
    done, outside, _ = told
    for folder, (_, wanted) in evil_settings(outside).items():
        for command in REFUSED:
            one = done[folder, command]
            shown = one["output"].replace("\n", "")
            assert one["code"] == 1, (folder, command, one["output"])
            assert wanted in shown, (folder, command, one["output"])
            assert "--profile NAME" in shown


def test_harmless_folders_go_on(told):
    done, _, _ = told
    folder = next(name for name, _ in done if name.startswith(HOSTILE_NAME))
    for command in REFUSED:
        code, said = done[folder, command]["code"], done[folder, command]["output"]
        assert code in (0, 3, 5) or "came out byte-identical" in said, said


def test_the_shipped_profile_is_not_hidden(told):
    one = told[0]["", "profiles"]
    assert one["code"] == 0
    assert "The small models that ship with Triptych" in one["output"]
