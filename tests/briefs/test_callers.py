"""What callers write in Python and at the command line, and how they are told what is wrong."""

import pytest
from typer.testing import CliRunner

from triptych import RunOptions
from triptych.cli import app
from triptych.errors import BriefError
from triptych.graph.person import Answer


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: RunOptions(step=4), "In the options: `step` is not a field. For `step` write `st"),
        (lambda: RunOptions(seed="x"), "`seed` cannot be 'x': it takes a whole number."),
        (lambda: RunOptions(max_cost=float("nan")), "`max_cost` cannot be nan: it takes a number."),
        (lambda: RunOptions(steps=0), "`steps` cannot be 0: it must be at least 1."),
        (lambda: RunOptions(steps=0, stepz=1), "In the options, 2 things are wrong:"),
        (lambda: Answer(acept=True), "In the answer: `acept` is not a field. For `acept` write `a"),
        (lambda: Answer(), "In the answer: Give one of accept, plan, redo, pick and again."),
        (lambda: Answer.model_validate({"pick": 3}), "In the answer: `pick` cannot be 3"),
    ],
)
def test_what_a_caller_writes_wrongly_is_our_error_in_words(made, words):
    with pytest.raises(BriefError) as told:
        made()
    assert words in str(told.value)
    assert "Input should" not in str(told.value)


def test_what_was_given_is_known():
    assert RunOptions(seed=0, steps=4).given() == {"seed", "steps"}


def test_a_wrong_choice_is_answered_with_the_choices(tmp_path):
    done = CliRunner().invoke(app, ["run", "a mug", "--strategy", "fast", "--out", str(tmp_path)])
    assert done.exit_code == 1
    told = " ".join(done.output.split())
    assert "one of retry-last, retry, best-of-n, pruning, sequential or particles" in told
    assert "max_seconds" not in told, "no options beside the one that is wrong"
