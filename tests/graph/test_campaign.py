import subprocess
import sys

import pytest

from triptych.domain import Brief, Budget, SearchChoice
from triptych.errors import ModelError, StoreError
from triptych.generators.hub import load_profile
from triptych.graph.build import build_graph
from triptych.graph.person import Answer
from triptych.graph.wishes import wanted_attributes
from triptych.runs.campaign import Campaign
from triptych.runs.manifest import read_manifest
from triptych.runs.settings import RunSettings
from triptych.runs.stream import redo_part, run_campaign, stream_campaign
from triptych.store import Store
from triptych.tracing.common_space import read_embeddings
from triptych.tracing.events import read_trace
from triptych.tracing.work import PartStep

SETTINGS = RunSettings(seed=3, steps=2, search=SearchChoice(strategy="best-of-n"))


@pytest.fixture(scope="session")
def models(tiny_profile):
    return load_profile(tiny_profile)


def brief(**options):
    return Brief(
        description="Norvik launches the Emberlite, a red steel camping lantern, lit at night.",
        channels=("social_post", "headline"),
        **options,
    )


def test_a_brief_becomes_a_whole_run_folder(models, tmp_path):
    campaign = Campaign.start(brief(), tmp_path / "run", SETTINGS)
    manifest = run_campaign(campaign, models)
    assert set(manifest.results) == {"social-post", "headline"}
    lead = campaign.results["social-post"].best
    assert lead is not None
    store = Store(campaign.folder)
    assert store.get_image(lead.parts["image"].asset).shape == (32, 32, 3)
    assert store.get_clip(lead.parts["clip"].asset).shape == (16, 32, 32, 3)
    assert store.get_latents(lead.parts["copy"].latents).shape == (4, 16)
    assert "image" not in campaign.results["headline"].best.parts
    assert read_manifest(campaign.folder) == manifest
    report = (campaign.folder / "report.html").read_text()
    assert "data:video/mp4" in report
    names = [event.name for event in read_trace(campaign.folder / "trace.jsonl")]
    assert {"plan", "copy", "image", "clip", "verdict", "campaign"} <= set(names)
    verdict = campaign.results["social-post"].attempts[0].verdict
    assert set(verdict.latents) == {"copy", "image", "clip"}
    assert all(-1 <= cosine <= 1 for cosine in verdict.latents.values())
    vectors, _ = read_embeddings(campaign.folder)
    assert vectors[lead.parts["copy"].latents.digest].shape == (4, 16)
    assert vectors[lead.parts["clip"].asset.digest].shape == (16, 16)
    assert "Content-Security-Policy" in (campaign.folder / "trace.html").read_text()


def test_without_calibration_nothing_is_waved_through(models, tmp_path):
    campaign = Campaign.start(brief(), tmp_path / "run", SETTINGS)
    run_campaign(campaign, models)
    assert {result.status for result in campaign.results.values()} == {"unjudged"}


def test_the_same_seed_gives_the_same_assets(models, tmp_path):
    digests = []
    for name in ("one", "two"):
        campaign = Campaign.start(brief(), tmp_path / name, SETTINGS)
        run_campaign(campaign, models)
        digests.append({path.name for path in (campaign.folder / "assets").iterdir()})
    assert digests[0] == digests[1]


KILLED = """
import os, sys
from pathlib import Path
from triptych.generators.hub import load_profile
from triptych.runs.campaign import Campaign
from triptych.runs.stream import run_campaign

calls = 0

def die(step, steps):
    global calls
    calls += 1
    if calls == int(sys.argv[3]):
        os._exit(9)

run_campaign(Campaign.open(Path(sys.argv[1])), load_profile(sys.argv[2]), die)
"""


@pytest.mark.parametrize("moment", [1, 3])
def test_a_killed_run_goes_on_and_makes_nothing_twice(models, tiny_profile, tmp_path, moment):
    whole = Campaign.start(brief(), tmp_path / "whole", SETTINGS)
    run_campaign(whole, models)
    cut = Campaign.start(brief(), tmp_path / "cut", SETTINGS)
    command = [sys.executable, "-c", KILLED, str(cut.folder), tiny_profile, str(moment)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 9
    again = Campaign.open(cut.folder)
    run_campaign(again, models)
    for name, result in whole.results.items():
        resumed = again.results[name]
        mine, theirs = result.best.parts, resumed.best.parts
        assert mine.keys() == theirs.keys()
        assert all(mine[part].asset == theirs[part].asset for part in mine)
    made = [
        event.name
        for event in read_trace(cut.folder / "trace.jsonl")
        if event.kind == "agent" and event.status == "ok"
    ]
    assert sorted(made) == ["clip", "copy", "copy", "image", "plan"]


def test_one_asset_is_made_again_and_the_rest_stays(models, tmp_path):
    campaign = Campaign.start(brief(), tmp_path / "run", SETTINGS)
    run_campaign(campaign, models)
    before = campaign.results
    result = redo_part(campaign, models, "social-post", "image", "too dark")
    assert result.best.parts["copy"] == before["social-post"].best.parts["copy"]
    assert result.best.parts["image"].asset != before["social-post"].best.parts["image"].asset
    assert campaign.results["headline"] == before["headline"]
    again = Campaign.open(campaign.folder)
    run_campaign(again, models)
    assert again.results["social-post"].best.parts["image"] == result.best.parts["image"]


def test_no_tensor_bytes_or_array_enters_a_checkpoint(models, tmp_path):
    from triptych.runs.checkpoints import open_checkpoints

    campaign = Campaign.start(brief(), tmp_path / "run", SETTINGS)
    run_campaign(campaign, models)
    with open_checkpoints(campaign.folder) as saver:
        for saved in saver.list({"configurable": {"thread_id": "campaign"}}):
            for value in _flat(saved.checkpoint["channel_values"]):
                assert isinstance(value, str | int | float | bool | None), type(value)


def _flat(value):
    if hasattr(value, "model_dump"):
        value = value.model_dump()
    if isinstance(value, dict):
        for item in value.values():
            yield from _flat(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _flat(item)
    elif type(value).__name__ in ("Send", "Interrupt"):
        yield from _flat(getattr(value, "arg", None))
    else:
        yield value


def test_a_budget_that_buys_nothing_is_said_and_siblings_go_on(models, tmp_path):
    poor = brief(budget=Budget(nfe=1))
    campaign = Campaign.start(poor, tmp_path / "run", SETTINGS)
    run_campaign(campaign, models)
    assert campaign.results["social-post"].status == "error"
    assert "does not pay" in campaign.results["social-post"].message
    assert campaign.results["headline"].best is not None


def out_of_film(*_):
    raise ModelError("The camera is out of film.")


def test_a_deliverable_that_fails_keeps_what_it_made_and_can_be_gone_on_with(
    models, tmp_path, monkeypatch
):
    campaign = Campaign.start(brief(), tmp_path / "run", SETTINGS)
    with monkeypatch.context() as patch:
        patch.setattr("triptych.graph.nodes.VideoAgent.__call__", out_of_film)
        run_campaign(campaign, models)
    failed = campaign.results["social-post"]
    assert (failed.status, failed.message) == ("error", "The camera is out of film.")
    assert failed.best.verdict.status == "unjudged"
    assert "clip" not in failed.best.parts
    picture = failed.best.parts["image"].asset
    assert picture.path.split("/")[1] in (p.name for p in (campaign.folder / "assets").iterdir())
    assert "out of film" in (campaign.folder / "report.html").read_text()
    mended = redo_part(campaign, models, "social-post", "clip", "there is none")
    assert mended.best.parts["clip"] is not None
    assert mended.best.parts["image"].asset == picture
    assert mended.status == "unjudged"


def test_a_part_that_cannot_be_made_again_leaves_the_run_as_it_was(models, tmp_path, monkeypatch):
    campaign = Campaign.start(brief(), tmp_path / "run", SETTINGS)
    run_campaign(campaign, models)
    before = (campaign.folder / "campaign.json").read_text()
    monkeypatch.setattr("triptych.graph.nodes.VideoAgent.__call__", out_of_film)
    with pytest.raises(ModelError, match="out of film"):
        redo_part(campaign, models, "social-post", "clip", "too slow")
    assert (campaign.folder / "campaign.json").read_text() == before
    again = Campaign.open(campaign.folder)
    run_campaign(again, models)
    assert again.results["social-post"].status == "unjudged"


def test_all_that_was_said_against_a_part_is_told_again(models, tmp_path):
    campaign = Campaign.start(brief(), tmp_path / "run", SETTINGS)
    run_campaign(campaign, models)
    for reason in ("too dark", "too small"):
        redo_part(campaign, models, "social-post", "image", reason)
    events = read_trace(campaign.folder / "trace.jsonl")
    painted = [e for e in events if isinstance(e, PartStep) and e.name == "image"]
    told = [[said.reason for said in event.inputs.feedback] for event in painted]
    assert told[-1] == ["too dark", "too small"]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("it should be at night, in the rain", ("at night", "in the rain")),
        ("not red but blue", ("blue",)),
        ("without the candle, and not in the kitchen; a mug", ("mug",)),
        ("too dark", ()),
        ("\x1b[31m<b>{{ 7 }}", ()),
    ],
)
def test_a_person_s_reason_says_what_to_show(reason, words):
    assert wanted_attributes(reason) == words


def test_what_a_person_asks_to_see_leads_the_next_prompt(models, tmp_path):
    campaign = Campaign.start(brief(), tmp_path / "run", SETTINGS)
    run_campaign(campaign, models)
    result = redo_part(campaign, models, "social-post", "image", "it should be in the snow")
    assert result.best.parts["image"].prompt.startswith("in the snow, ")


def test_a_critic_that_breaks_waves_nothing_through(models, tmp_path, monkeypatch):
    def broken(*_):
        raise RuntimeError("out of memory")

    campaign = Campaign.start(brief(), tmp_path / "run", SETTINGS)
    monkeypatch.setattr("triptych.alignment.scoring.AlignmentScorer.missing_claims", broken)
    monkeypatch.setattr("triptych.alignment.scoring.AlignmentScorer.image_video", broken)
    run_campaign(campaign, models)
    lead = campaign.results["social-post"]
    assert lead.status == "unjudged"
    assert "out of memory" in lead.best.verdict.reason


def test_an_approving_run_waits_twice(models, tmp_path):
    settings = SETTINGS.model_copy(update={"approve": True})
    campaign = Campaign.start(brief(), tmp_path / "run", settings)
    told = list(stream_campaign(campaign, models))
    assert told[-1].question.what == "plan"
    edited = told[-1].question.plan.model_copy(update={"key_message": "Edited by hand."})
    answer = Answer(plan=edited)
    told = list(stream_campaign(Campaign.open(campaign.folder), models, answer=answer))
    assert told[-1].question.what == "results"
    last = Campaign.open(campaign.folder)
    told = list(stream_campaign(last, models, answer=Answer(accept=True)))
    assert told[-1].manifest.plan.key_message == "Edited by hand."
    assert (campaign.folder / "report.html").exists()


def test_a_folder_in_use_is_not_touched(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(StoreError, match="not empty"):
        Campaign.start(brief(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_graph_can_be_drawn():
    drawn = build_graph().compile().get_graph(xray=1).draw_mermaid()
    for node in ("plan", "copy", "image", "clip", "verdict"):
        assert node in drawn
