import json
import time

import pytest

from tests.tiny import save_tiny_profile
from triptych.domain import Brief, SearchChoice
from triptych.errors import BriefError, StoreError
from triptych.generators.hub import load_profile
from triptych.graph.person import Answer
from triptych.runs.campaign import Campaign
from triptych.runs.settings import RunSettings
from triptych.runs.stream import run_campaign, stream_campaign
from triptych.tracing.events import read_trace

BRIEF = Brief(
    description="Norvik launches the Emberlite, a red steel camping lantern, lit at night.",
    channels=("social_post", "headline"),
)
SETTINGS = RunSettings(seed=3, steps=4, search=SearchChoice(strategy="best-of-n"))


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    return load_profile(str(save_tiny_profile(tmp_path_factory.mktemp("stopping"), least=-9.0)))


def started(folder, **changes):
    return Campaign.start(BRIEF, folder, SETTINGS.model_copy(update=changes))


def digests(campaign):
    return sorted(path.name for path in (campaign.folder / "assets").iterdir())


@pytest.fixture(scope="module")
def whole(models, tmp_path_factory):
    campaign = started(tmp_path_factory.mktemp("whole") / "run")
    run_campaign(campaign, models)
    return campaign


def finish(folder, models):
    campaign = Campaign.open(folder)
    run_campaign(campaign, models)
    return campaign


def test_closing_the_stream_ends_within_a_step_and_the_run_goes_on(models, whole, tmp_path):
    campaign, steps = started(tmp_path / "run"), []

    def slow(step, of):
        steps.append(step)
        time.sleep(0.05)

    events = stream_campaign(campaign, models, slow)
    while getattr(next(events), "part", "") != "copy":
        pass
    seen = len(steps)
    events.close()
    assert len(steps) <= seen + 1
    interrupted = [e for e in read_trace(campaign.folder / "trace.jsonl") if e.status != "ok"]
    assert {event.status for event in interrupted} == {"interrupted"}
    assert digests(finish(campaign.folder, models)) == digests(whole)


def test_a_run_that_is_told_to_stop_says_so_and_goes_on(models, whole, tmp_path):
    campaign = started(tmp_path / "run")

    def stop(step, of):
        campaign.stop("enough")

    run_campaign(campaign, models, stop)
    assert campaign.stopped == "enough"
    assert not (campaign.folder / "campaign.json").exists()
    again = finish(campaign.folder, models)
    assert again.stopped == ""
    assert digests(again) == digests(whole)


def test_a_session_stops_when_its_time_is_up(models, whole, tmp_path):
    campaign = started(tmp_path / "run", max_seconds=0.0)
    run_campaign(campaign, models)
    assert "may take 0 s" in campaign.stopped
    longer = Campaign.open(campaign.folder)
    longer.settings = longer.settings.model_copy(update={"max_seconds": 1000.0})
    run_campaign(longer, models)
    assert digests(longer) == digests(whole)


def test_two_processes_do_not_work_on_one_run(models, tmp_path):
    campaign = started(tmp_path / "run")
    events = stream_campaign(campaign, models)
    next(events)
    with pytest.raises(StoreError, match="Another process"):
        run_campaign(Campaign.open(campaign.folder), models)
    events.close()


def test_a_plan_is_drafted_again_for_a_reason_and_results_are_asked_for_again(models, tmp_path):
    campaign = started(tmp_path / "run", approve=True)

    def answer(**given):
        reply = Answer(**given) if given else None
        events = list(stream_campaign(Campaign.open(campaign.folder), models, answer=reply))
        return getattr(events[-1], "question", None)

    question = answer()
    assert question.what == "plan"
    with pytest.raises(BriefError, match="about its plan"):
        answer(pick={"social-post": 1})
    question = answer(redo="too loud")
    assert question.what == "plan"
    question = answer(accept=True)
    assert question.what == "results"
    before = question.results["social-post"].best
    with pytest.raises(StoreError, match="no attempt 7"):
        answer(pick={"social-post": 7})
    redo = {"deliverable": "social-post", "part": "image", "reason": "too dark"}
    question = answer(again=(redo,))
    after = question.results["social-post"].best
    assert after.parts["image"].asset != before.parts["image"].asset
    assert after.parts["copy"] == before.parts["copy"]
    words = "The Emberlite by Norvik. Light for long nights."
    mine = {"deliverable": "social-post", "part": "copy", "words": words}
    question = answer(again=(mine,))
    best = question.results["social-post"].best
    assert best.parts["copy"].copy_text == words
    assert answer(pick={"social-post": 1}) is None
    manifest = json.loads((campaign.folder / "campaign.json").read_text())
    assert manifest["results"]["social-post"]["best"]["number"] == 1
    drafts = [
        e
        for e in read_trace(campaign.folder / "trace.jsonl")
        if e.name == "plan" and e.kind == "agent"
    ]
    assert [len(event.inputs.feedback) for event in drafts] == [0, 1]


def test_a_damaged_asset_stops_the_run_and_is_made_again(models, whole, tmp_path):
    campaign = started(tmp_path / "run")
    events = stream_campaign(campaign, models)
    while getattr(next(events), "part", "") != "image":
        pass
    events.close()
    picture = next((campaign.folder / "assets").glob("*.png"))
    picture.write_bytes(b"not a picture")
    with pytest.raises(StoreError, match="bytes have changed"):
        run_campaign(Campaign.open(campaign.folder), models)
    picture.unlink()
    (campaign.folder / "checkpoint.sqlite").unlink()
    assert digests(finish(campaign.folder, models)) == digests(whole)
