"""What a trace tells of where its run waited for a person, was stopped or killed, and went on."""

import os
import signal
import subprocess
import sys

from tests.traced import SETTINGS, tiny  # noqa: F401 - fixture
from triptych.commands.follow import stopped_by_ctrl_c
from triptych.commands.progress import Progress
from triptych.domain import Brief
from triptych.generators.weights import revision_of
from triptych.graph.person import Answer
from triptych.runs.campaign import Campaign
from triptych.runs.stream import run_campaign, stream_campaign
from triptych.tracing.events import read_trace
from triptych.tracing.records import LostSpan
from triptych.tracing.tree import grow

BRIEF = Brief(
    description="Norvik launches the Emberlite, a red steel camping lantern, lit at night.",
    channels=("body",),
)


def started(folder, tiny, **changes):  # noqa: F811
    settings = SETTINGS.model_copy(update={"profile": tiny.profile, **changes})
    return Campaign.start(BRIEF, folder, settings)


def trace_of(campaign):
    return read_trace(campaign.folder / "trace.jsonl")


def of_kind(events, kind):
    return [event for event in events if event.kind == kind]


def lasts(event):
    return event.started, event.ended


def test_each_question_and_what_the_person_answered_stand_in_their_sessions(tiny, tmp_path):  # noqa: F811
    campaign = started(tmp_path / "run", tiny, approve=True)

    def answer(given):
        reply = Answer.model_validate(given) if given else None
        *_, last = stream_campaign(Campaign.open(campaign.folder), tiny.models, answer=reply)
        return getattr(last, "question", None)

    answers = [{"redo": "too loud"}]
    plan = (answer(None), answer(answers[0]))[1].plan.model_dump(mode="json", exclude_defaults=True)
    answers.append({"plan": {**plan, "key_message": "Edited by hand."}})
    assert answer(answers[1]).what == "results"
    answers.append({"accept": True})
    assert answer(answers[2]) is None

    events = trace_of(campaign)
    asked_and_answered = of_kind(events, "approval")
    told = [
        (one.name, one.status, one.outputs and one.outputs.answer) for one in asked_and_answered
    ]
    assert told == [
        ("plan", "interrupted", None),
        ("plan", "ok", answers[0]),
        ("plan", "interrupted", None),
        ("plan", "ok", answers[1]),
        ("results", "interrupted", None),
        ("results", "ok", answers[2]),
    ]
    sessions = of_kind(events, "workflow")
    waited = [(one.status, one.message) for one in sessions]
    assert waited == [
        ("interrupted", "waits: approve plan"),
        ("interrupted", "waits: approve plan"),
        ("interrupted", "waits: approve results"),
        ("ok", ""),
    ]
    within = [0, 1, 1, 2, 2, 3]
    assert [one.parent for one in asked_and_answered] == [sessions[n].id for n in within]
    for one, number in zip(asked_and_answered, within, strict=True):
        began, ended = lasts(sessions[number])
        assert began <= one.started == one.ended <= ended
    resumed = of_kind(events, "resume")
    assert {(one.name, one.message, one.parent) for one in resumed} == {
        ("campaign", "goes on after an answer", None)
    }
    between = zip(sessions[:-1], resumed, sessions[1:], strict=True)
    for before, boundary, after in between:
        assert before.ended <= boundary.started == boundary.ended <= after.started


def test_ctrl_c_and_going_on_are_told(tiny, tmp_path):  # noqa: F811
    campaign, pressed = started(tmp_path / "run", tiny, steps=20), []

    def press(done, steps):
        if not pressed:
            pressed.append(done)
            os.kill(os.getpid(), signal.SIGINT)

    with stopped_by_ctrl_c(campaign, Progress(quiet=True), "") as heard:
        run_campaign(campaign, tiny.models, press)
    assert heard == [signal.SIGINT]
    run_campaign(Campaign.open(campaign.folder), tiny.models)

    events = trace_of(campaign)
    (cut, whole), (boundary,) = of_kind(events, "workflow"), of_kind(events, "resume")
    assert (cut.status, cut.message) == ("interrupted", "stopped: Ctrl-C")
    assert (boundary.name, boundary.message) == ("campaign", "goes on where it was stopped")
    assert boundary.parent is None
    assert cut.ended <= boundary.started == boundary.ended <= whole.started
    assert whole.status == "ok"
    stopped = {one.name for one in events if one.status == "interrupted" and one != cut}
    assert stopped <= {"search", "image", "clip"}
    assert stopped & {"image", "clip"}
    assert not of_kind(events, "error")


KILLED = """
import os, sys
from pathlib import Path
from triptych.generators.hub import load_profile
from triptych.runs.campaign import Campaign
from triptych.runs.stream import run_campaign
from triptych.step_store import StepStore

keep = StepStore.keep

def die(store, key, made, spend):
    keep(store, key, made, spend)
    if getattr(made, "part", None) == "copy":
        os._exit(9)

StepStore.keep = die
campaign = Campaign.open(Path(sys.argv[1]))
run_campaign(campaign, load_profile(campaign.settings.profile))
"""


def test_a_kill_and_the_work_that_was_found_again_are_told(tiny, tmp_path):  # noqa: F811
    """The kill hits between a step's result and its event: nothing else tells of that step."""
    campaign = started(tmp_path / "run", tiny)
    command = [sys.executable, "-c", KILLED, str(campaign.folder)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 9
    before = trace_of(campaign)
    assert [(one.kind, one.name) for one in before] == [
        ("model", "plan"),
        ("agent", "plan"),
        ("model", "copy"),
    ]
    again = Campaign.open(campaign.folder)
    run_campaign(again, tiny.models)

    events = trace_of(campaign)
    assert events[: len(before)] == before
    (boundary, found), (whole,) = of_kind(events, "resume"), of_kind(events, "workflow")
    assert (boundary.name, boundary.message) == ("campaign", "goes on where it was stopped")
    assert boundary.parent is None
    assert max(one.ended for one in before) <= boundary.started == boundary.ended <= whole.started
    *cut, gone_on, after = (root.event for root in grow(events))
    assert (gone_on, after) == (boundary, whole)
    assert {(type(one), one.status) for one in cut} == {(LostSpan, "interrupted")}
    assert {one.id for one in cut} == {before[1].parent, before[2].parent}

    written = again.results["body"].best.parts["copy"]
    assert (found.name, found.parent) == ("copy", whole.id)
    assert whole.started <= found.started == found.ended <= whole.ended
    assert found.outputs == written
    assert (found.inputs.deliverable, found.inputs.attempt) == ("body", 1)
    assert (found.seed, found.model) == (written.seed, written.model)
    assert found.model.revision == revision_of(tiny.weights, "text", "latents")
    made = [one.name for one in of_kind(events, "agent")]
    assert made == ["plan", "image", "clip"]
