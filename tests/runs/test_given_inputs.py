"""Inputs as people gave them, from the file to what is said of them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from triptych.briefs import understand
from triptych.domain import PlanDraft
from triptych.grounding import ground, ground_plan
from triptych.grounding.languages import other_language
from triptych.runs.prepare import prepare

DATA = Path(__file__).parents[1] / "briefs/data"


def lines_of(name):
    return (DATA / name).read_text(encoding="utf-8").splitlines()


def kinds(findings):
    return {one.kind for one in findings}


def plan(brief, message, visual):
    draft = PlanDraft(
        key_message=message, visual=visual, motion="slow orbit", tone="minimal", channels=("body",)
    )
    return kinds(ground_plan(brief, draft))


@pytest.mark.parametrize(
    ("number", "visual"),
    [(0, "a red steel camping lantern in the snow by day"), (1, "a red plastic camping lantern")],
)
def test_what_a_given_brief_excludes_is_not_planned(number, visual):
    brief = understand(lines_of("negated.txt")[number]).asked
    assert "negation" in plan(brief, "The Norvik Emberlite.", visual)


@pytest.mark.parametrize(
    ("number", "wrong", "right"),
    [
        (0, "The mug by Ben", "The Scoop-It by Ben & Jerry's"),
        (1, "The mug by Merler", "The Öko™ by Müller®"),
        (2, "The mug by Rotix", "The Éclat by L'Oréal"),
    ],
)
def test_names_of_given_briefs_are_held_to_letter_for_letter(number, wrong, right):
    brief = understand(lines_of("names.txt")[number]).asked
    assert "name" in plan(brief, wrong, "a mug on a desk")
    assert not plan(brief, right, "a mug on a desk")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("knownwords.yaml", "The Red Bull CoralX"),
        ("knownwords.yaml", "Hello, Mug"),
        ("facts.yaml", "Meet the HertrewexDriftline, a blue steel mug"),
        ("facts.yaml", "Hello, Driftroot"),
        ("facts.yaml", "The blue mug by Goxmex"),
        ("wrong-name.txt", "The L'Oreal SolS"),
        ("wrong-name.txt", "Get the Opallite"),
    ],
)
def test_foreign_names_pass_in_no_copy(name, text):
    brief = understand(str(DATA / name)).asked
    assert "name" in kinds(ground(brief, None, text, "headline"))


@pytest.mark.parametrize("line", lines_of("other-scripts.txt"))
def test_a_brief_in_a_script_that_the_models_do_not_read_is_told(line, tiny_profile):
    brief = understand(line).asked
    notes = " ".join(prepare(brief, profile=tiny_profile).notes)
    assert "seems to be in another script; the models of this profile read en alone" in notes
    loop = "The Zanis Opalroot makes breakfast kettle kettle kettle kettle"
    assert {"name", "sense"} <= plan(brief, loop, "a kettle")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Norvik launches the Emberlite, a red steel camping lantern.", ""),
        ("A mug by 灯.", ""),
        ("Zanis Opalroot", ""),
        ("Norvik bringt die neue Lampe, die auf dem Tisch steht und nie ausgeht.", "German"),
        ("Новая красная лампа для стола", "another script"),
    ],
)
def test_the_language_of_a_brief_is_told_where_it_is_not_read(text, language):
    assert other_language(text, ["en"]) == language


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_a_brief_is_shown_on_a_console_that_lacks_its_letters(encoding):
    done = subprocess.run(
        [sys.executable, "-m", "triptych", "brief", "check", DATA / "u.yaml"],
        env=os.environ | {"PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"ko\\u706f" in done.stdout
