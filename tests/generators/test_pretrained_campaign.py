"""Tiny checkpoints of the real classes through the whole graph, by profile alone."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.generators.chat_server import GOOD_COPY, GOOD_PLAN, PLAN, fails, says
from triptych.agents.planner import plan_from
from triptych.alignment.align import unit
from triptych.alignment.calibration import (
    Calibration,
    PairCalibration,
    pack_vectors,
    preprocessing_of,
    save_calibration,
)
from triptych.alignment.nulls import default_null_texts
from triptych.domain import Brief, Budget, CampaignPlan, Deliverable, PlanDraft, SearchChoice
from triptych.generators.hub import load_profile
from triptych.runs.campaign import Campaign
from triptych.runs.settings import RunSettings
from triptych.runs.stream import run_campaign


def calibrate_strictly(models) -> None:
    """Thresholds that nothing of random weights can meet, so that everything is made again."""
    never = tuple(np.linspace(8, 9, 40))
    every = {"mean": never, "weakest": never}
    likeness = PairCalibration(matched={"mean": never}, mismatched={"mean": never})
    pair = PairCalibration(matched=every, mismatched=every)
    rng = np.random.default_rng(0)
    save_calibration(
        Calibration(
            encoder=models.encoder.identity,
            preprocessing=preprocessing_of(models.encoder),
            template="{}",
            null_texts=tuple(default_null_texts()),
            null_images=pack_vectors(unit(rng.normal(size=(64, 16)).astype(np.float32))),
            null_width=16,
            pairs={"text-image": pair, "text-video": pair, "image-video": likeness},
        ),
        models.calibration_folder,
    )


def events_of(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "trace.jsonl").read_text().splitlines()]


SMALL = ("image.height=32", "image.width=32", "video.height=32", "video.width=32")
SHIPPED = {
    "sd2": {"text": "llama", "image": "sd", "video": "sd", "frames": 4},
    "sdxl": {"text": "qwen3", "image": "sdxl", "video": "ltx", "frames": 9},
    "modern": {"text": "qwen3", "image": "z-image", "video": "wan-2.2", "frames": 5},
}
"""Tiny models of the classes that each shipped profile names."""


@pytest.fixture(params=[*SHIPPED, "own"])
def profile(request, profile_file, checkpoint):
    """A shipped profile with nothing but other folders and sizes, or one's own with AnimateDiff."""
    if request.param == "own":
        return profile_file(), ()
    tiny = SHIPPED[request.param]
    folders = [f"{part}.model={checkpoint(tiny[part])}" for part in ("text", "image", "video")]
    more = [f"encoder.model={checkpoint('clip')}", f"video.frames={tiny['frames']}"]
    more += ["video.variant=null"]
    if request.param == "sd2":
        more += [f"video.adapter={checkpoint('motion')}"]
    return request.param, (*folders, *more, *SMALL, "text.max_tokens=24", "image.variant=null")


def test_a_campaign_by_profile_alone(profile, tmp_path):
    name, overrides = profile
    models = load_profile(name, overrides)
    calibrate_strictly(models)
    brief = Brief(description="A bright red mug that glows.", budget=Budget(attempts=2))
    settings = RunSettings(
        profile=name, overrides=overrides, steps=3, search=SearchChoice(candidates=2)
    )
    draft = PlanDraft(  # random weights plan nothing that holds to a brief
        key_message="A bright red mug.",
        tone="playful",
        channels=("headline", "body"),
        visual="a bright red mug that glows",
        motion="slow orbit",
    )
    plan = plan_from(brief, draft, settings.search)
    made = run_campaign(Campaign.start(plan, tmp_path / "run", settings), models)
    manifest = made.model_dump(mode="json")
    assert all(result["status"] == "failed" for result in manifest["results"].values())
    first = manifest["results"][plan.deliverables[0].id]
    assert first["best"]["verdict"]["findings"]
    assert first["best"]["parts"]["copy"]["attempt"] == 2
    best = first["best"]["parts"]
    for part in ("copy", "image", "clip"):
        assert (tmp_path / "run" / best[part]["asset"]["path"]).is_file()
    assert manifest["spend"]["nfe"] > 0
    assert (tmp_path / "run" / "report.html").stat().st_size > 1000
    events = events_of(tmp_path / "run")
    assert {"workflow", "agent", "verdict", "regeneration"} <= {event["kind"] for event in events}
    assert any("no connector" in note for note in best["image"]["notes"])
    painted = [one for one in events if one["kind"] == "model" and one["name"] == "image"]
    assert any("no connector" in str(one.get("outputs")) for one in painted)
    sees = name in ("sdxl", "modern")
    assert any("no key image" in note for note in best["clip"]["notes"]) != sees


def test_a_campaign_planned_and_written_by_a_chat_model(profile_file, server, tmp_path):
    local = load_profile(profile_file()).settings.text.model_dump(mode="json")
    chat = {
        "kind": "chat",
        "model": "openai:m",
        "options": {"base_url": server.url, "api_key": "none"},
        "backoff": 0.01,
        "price_in": 1.0,
        "price_out": 10.0,
        "encoder": local,
    }
    path = profile_file(text=chat)
    models = load_profile(path)
    calibrate_strictly(models)
    server.script = [fails(429), says(GOOD_PLAN[:40], "length"), says(GOOD_PLAN), fails(500)]
    server.answers = lambda messages: says(GOOD_COPY)
    brief = Brief(description="A bright red mug.", budget=Budget(attempts=2))
    campaign = Campaign.start(brief, tmp_path, RunSettings(profile=path, steps=2))
    manifest = run_campaign(campaign, models).model_dump(mode="json")
    first = manifest["results"][manifest["plan"]["deliverables"][0]["id"]]
    assert manifest["plan"]["key_message"] == PLAN["key_message"]
    assert len(first["attempts"]) > 1
    copy = first["best"]["parts"]["copy"]
    assert copy["copy_text"] == "A red mug that glows."
    assert (tmp_path / copy["latents"]["path"]).is_file()
    assert copy["model"]["name"] == "openai:m"
    told = [one["message"] for one in events_of(tmp_path) if one["kind"] == "retry"]
    assert any("429" in message for message in told)
    assert any("500" in message for message in told)
    answered = len(server.asked) - 2
    assert manifest["spend"]["cost"] == pytest.approx(answered * (100 * 1.0 + 10 * 10.0) / 1e6)
    assert f"${manifest['spend']['cost']:.4f}" in (tmp_path / "report.html").read_text()


def test_the_same_profile_and_seed_make_the_same_campaign(profile_file, tmp_path):
    path = profile_file()
    plan = CampaignPlan(
        brief=Brief(description="A bright red mug.", budget=Budget(attempts=1)),
        key_message="It glows",
        visual="a red mug",
        motion="it turns",
        deliverables=(Deliverable(id="one", channel="headline", tone="playful"),),
    )
    digests = []
    for name in ("a", "b"):
        run = Campaign.start(plan, tmp_path / name, RunSettings(profile=path, steps=3, seed=4))
        best = run_campaign(run, load_profile(path)).results["one"].best
        digests.append([best.parts[part].asset.digest for part in ("copy", "image", "clip")])
    assert digests[0] == digests[1]
