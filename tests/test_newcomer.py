"""What a newcomer meets: runs that wait, runs that are finished, and figures for people."""

import io
import json

import pytest
from rich.console import Console
from typer.testing import CliRunner

from tests.tiny import save_tiny_profile
from triptych.cli import app
from triptych.commands.compared import differences
from triptych.commands.evaluate import _channel
from triptych.commands.exits import Exit
from triptych.commands.options import STRATEGIES
from triptych.domain import Brief, Strategy
from triptych.errors import TriptychError
from triptych.runs.estimate import estimate_run, texts_asked_for
from triptych.runs.prepare import prepare
from triptych.tracing.diff import Change, Difference

SENTENCE = "Norvik launches the Emberlite, a red steel camping lantern."


@pytest.fixture(scope="module")
def profile(tmp_path_factory):
    return save_tiny_profile(tmp_path_factory.mktemp("profile"), least=-9.0)


def triptych(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_show_tells_what_waits_for_approval(profile, tmp_path):
    run = tmp_path / "run"
    asked = triptych("run", SENTENCE, "--out", run, "--profile", profile, "--steps", 1, "--approve")
    assert asked.exit_code == Exit.WAITING
    for what, answer in (("plan", "--accept"), ("results", "--accept")):
        shown = triptych("show", run)
        assert shown.exit_code == Exit.WAITING, shown.output
        assert f"Waiting for approval of the {what}." in shown.stderr
        assert "no finished campaign" not in shown.output
        assert "Emberlite" in shown.stdout, "what it is about is shown"
        waiting = triptych("show", run, "--json")
        assert json.loads(waiting.stdout)["what"] == what
        triptych("resume", run, answer)
    assert triptych("show", run).exit_code == Exit.DONE


def test_resuming_a_finished_run_says_that_there_was_nothing_to_do(profile, tmp_path):
    run = tmp_path / "run"
    made = triptych("run", SENTENCE, "--out", run, "--profile", profile, "--steps", 1)
    assert made.exit_code == Exit.DONE, made.output
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    again = triptych("resume", run)
    assert again.exit_code == Exit.DONE
    assert "There was nothing to do: the run is finished." in again.stderr
    assert again.stdout == made.stdout
    after = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    assert before.keys() == after.keys()
    assert all(before[path] == after[path] for path in before), "no second session in the trace"
    (run / "report.html").unlink()
    mended = triptych("resume", run)
    assert "nothing to do" not in mended.stderr
    assert (run / "report.html").exists()


def test_differences_are_told_in_units_for_people():
    spent = (
        Change(where="image.seconds", left=75.5, right=0.25),
        Change(where="image.peak_memory", left=1_500_000_000, right=52_428_800),
        Change(where="text.cost", left=0.5, right=0.0),
        Change(where="image.nfe", left=12_000, right=None),
    )
    settings = (Change(where="false_rejection_rate", left=0.05, right=0.1),)
    difference = Difference(runs=("one", "other"), settings=settings, spend=spent)
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(differences(difference))
    told = console.export_text()
    for words in ("1 min 15 s", "250 ms", "1.4 GiB", "50 MiB", "$0.5000", "12,000", "–", "5.0%"):
        assert words in told
    assert "1500000000" not in told
    assert "peak_memory" not in told


@pytest.mark.parametrize(
    ("words", "pieces", "said"),
    [
        (SENTENCE, 5, "up to 5 pieces"),
        ("A headline, a body text and a call to action for a red mug.", 3, "about 3 pieces"),
        ("Write Headlines and CTAs for a red mug.", 2, "about 2 pieces"),
        ("Only the email subject line for a red mug.", 1, "about 1 piece of copy"),
    ],
)
def test_the_estimate_counts_the_pieces_that_are_asked_for(words, pieces, said):
    estimate = prepare(words).estimate
    assert estimate.pieces == pieces
    assert estimate.in_words().startswith(said)


def test_named_channels_count_for_more_than_words():
    brief = Brief(description="A headline and a call to action.", channels=("body",))
    prepared = prepare(brief)
    estimate = estimate_run(brief, prepared.settings.search, None, prepared.models)
    assert (estimate.pieces, estimate.guessed, estimate.most) == (1, False, False)
    assert texts_asked_for("nobody leads a bodyguard's post") == frozenset()


def test_help_names_the_strategies_that_there_are():
    assert STRATEGIES.split("|") == list(Strategy.__args__)
    told = " ".join(triptych("run", "--help").output.split())
    assert "How many pictures to try" in told
    assert "How strict the critic is" in told


def test_a_kind_of_text_is_named_as_deliverables_are():
    assert _channel("social-post") == _channel("social_post") == "social_post"
    assert _channel(None) is None
    with pytest.raises(TriptychError, match=r"Did you mean headline\?"):
        _channel("headlin")
