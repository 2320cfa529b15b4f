"""Tiny checkpoints of the real classes through the whole graph, by profile alone."""

import json
from pathlib import Path

import numpy as np
import pytest

from triptych.alignment.align import unit
from triptych.alignment.calibration import (
    Calibration,
    PairCalibration,
    pack_vectors,
    preprocessing_of,
    save_calibration,
)
from triptych.alignment.nulls import default_null_texts
from triptych.domain import Brief, Budget, CampaignPlan, Deliverable, SearchChoice
from triptych.generators.hub import load_models
from triptych.graph.campaign import Campaign, RunSettings


def calibrate_strictly(models) -> None:
    """Thresholds that nothing of random weights can meet, so that everything is made again."""
    never = tuple(np.linspace(8, 9, 40))
    every = {"mean": never, "weakest": never}
    likeness = PairCalibration(matched={"mean": never}, mismatched={"mean": never})
    pair = PairCalibration(matched=every, mismatched=every)
    rng = np.random.default_rng(0)
    save_calibration(
        Calibration(
            encoder=models.clip.identity,
            preprocessing=preprocessing_of(models.clip),
            template="{}",
            null_texts=tuple(default_null_texts()),
            null_images=pack_vectors(unit(rng.normal(size=(64, 16)).astype(np.float32))),
            null_width=16,
            pairs={"text-image": pair, "text-video": pair, "image-video": likeness},
        ),
        models.clip_folder,
    )


def events_of(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "trace.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(
    ("image", "video"),
    [
        ("sd", "animatediff"),
        ("sdxl", "ltx"),
        ("z-image", "wan"),
        ("sd", "text-to-video"),
    ],
)
def test_a_campaign_by_profile_alone(profile_file, tmp_path, image, video):
    path = profile_file(image=image, video=video)
    models = load_models(path)
    calibrate_strictly(models)
    brief = Brief(description="A bright red mug that glows.", budget=Budget(attempts=2))
    settings = RunSettings(profile=path, steps=3, search=SearchChoice(candidates=2))
    manifest = Campaign.start(brief, tmp_path / "run", settings).run(models)
    plan = CampaignPlan.model_validate(manifest["plan"])
    assert plan.deliverables
    assert all(result["status"] == "failed" for result in manifest["results"].values())
    first = manifest["results"][plan.deliverables[0].id]
    assert len(first["attempts"]) > 1
    assert {attempt["verdict"]["status"] for attempt in first["attempts"]} == {"failed"}
    best = first["best"]
    for part in ("copy_made", "image", "clip"):
        assert (tmp_path / "run" / best[part]["asset"]["path"]).is_file()
    assert manifest["spend"]["nfe"] > 0
    assert (tmp_path / "run" / "report.html").stat().st_size > 1000
    kinds = {event["kind"] for event in events_of(tmp_path / "run")}
    assert {"workflow", "agent", "verdict", "regeneration"} <= kinds
    assert any("no connector" in note for note in best["image"]["notes"])
    sees = video in ("ltx", "wan")
    assert any("no key image" in note for note in best["clip"]["notes"]) != sees


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
        best = run.run(load_models(path))["results"]["one"]["best"]
        digests.append([best[part]["asset"]["digest"] for part in ("copy_made", "image", "clip")])
    assert digests[0] == digests[1]
