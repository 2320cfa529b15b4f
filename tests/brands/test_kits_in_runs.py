"""A brief's kit and assets: checked when it is read, heard by writers, kept with the run."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from tests.brands.kits import png, write_kit
from triptych.briefs import understand
from triptych.cli import app
from triptych.domain import Brief, CampaignPlan, Deliverable
from triptych.errors import BriefError, StoreError
from triptych.generators.messages import copy_request, plan_request
from triptych.grounding import ground
from triptych.protocols import TextRequest
from triptych.runs.campaign import Campaign
from triptych.runs.carried import from_run, read_kept
from triptych.runs.prepare import prepare

BRIEF = """\
description: Zoranto makes the Volta, a blue steel city bike.
product: Volta
brand_kit: brand/brand.yaml
assets:
  - {file: volta.png, kind: packshot, alt: The bike from the side, licence: own work}
"""


@pytest.fixture
def brief_file(tmp_path):
    folder = tmp_path / "given"
    write_kit(folder / "brand")
    (folder / "volta.png").write_bytes(png((64, 48), "blue"))
    (folder / "brief.yaml").write_text(BRIEF)
    return folder / "brief.yaml"


@pytest.fixture
def brief(brief_file):
    return understand(str(brief_file)).asked


def plan_of(brief):
    deliverable = Deliverable(id="headline", channel="headline", tone="minimal", parts=("copy",))
    return CampaignPlan(
        brief=brief, key_message="x", visual="x", motion="x", deliverables=(deliverable,)
    )


def test_a_brief_reads_its_kit_and_opens_its_assets(brief, brief_file):
    assert brief.brand == "Zoranto"
    assert brief.brand_kit.voice == "Warm and short, never shouting."
    assert brief.assets[0].file == str(brief_file.parent / "volta.png")


def test_brief_check_shows_kit_and_assets(brief_file):
    done = CliRunner().invoke(app, ["brief", "check", str(brief_file)])
    assert done.exit_code == 0
    for words in ("Warm and short", "#0b3d2e", "volta.png", "packshot", "own work"):
        assert words in done.output


def test_faults_of_brief_kit_and_assets_come_in_one_message(brief_file):
    brief_file.write_text(
        BRIEF.replace("volta.png", "gone.png") + "brand: Norium\ncolour: red\nurl: a b\n"
    )
    (brief_file.parent / "brand/logo.svg").write_text("<svg/>")
    with pytest.raises(BriefError) as caught:
        understand(str(brief_file))
    message = caught.value.message
    assert "logo.svg is XML, but no SVG" in message
    assert "gone.png cannot be read" in message
    assert "`colour` is not a field" in message
    assert "url" in message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("packshot", "footage"), "is no film"),
        (("description", "brand: Norium\ndescription"), 'the brand kit is of "Zoranto"'),
        (("brand/brand.yaml", "gone.yaml"), r"gone\.yaml cannot be read"),
    ],
)
def test_a_brief_that_does_not_fit_its_kit_is_refused(brief_file, change, words):
    brief_file.write_text(BRIEF.replace(*change, 1))
    with pytest.raises(BriefError, match=words):
        understand(str(brief_file))


def test_writers_are_told_voice_and_words(brief):
    request = TextRequest(brief=brief, kind="headline", tone="minimal")
    for asked in (plan_request(brief), copy_request(request)):
        assert "<voice>\nWarm and short, never shouting.\n</voice>" in asked
        assert "<words>\nride\n</words>" in asked
        assert "cheap" not in asked


@pytest.mark.parametrize(
    ("copy", "word"),
    [("Zoranto Volta. Cheap and blue.", "cheap"), ("Volta by Norium.", "Norium")],
)
def test_copy_with_a_word_to_avoid_or_a_competitor_fails(brief, copy, word):
    assert word in {one.words for one in ground(brief, None, copy, "headline")}
    assert not ground(brief, None, "Zoranto Volta. Blue steel.", "headline")


def test_small_print_of_the_kit_joins_the_briefs(brief):
    both = brief.model_copy(update={"disclaimer": "While stocks last."})
    assert both.small_print("headline") == "While stocks last.\nPrices with VAT."
    assert both.small_print("instagram-feed-post") == "While stocks last.\nPrices with VAT."


def test_a_run_is_whole_without_the_files_that_it_was_begun_with(brief, brief_file, tmp_path):
    folder = tmp_path / "run"
    Campaign.start(plan_of(brief), folder)
    shutil.rmtree(brief_file.parent)
    again = Campaign.open(folder)
    kept = [again.brief.assets[0].file, *(one.file for one in again.brief.brand_kit.logos)]
    assert again.plan.brief == again.brief
    assert read_kept(folder, kept[0]) == png((64, 48), "blue")
    assert all(name.startswith("assets/") and (folder / name).is_file() for name in kept)
    assert again.brief.brand_kit.fonts.heading.endswith(".ttf")
    # Another run takes them along, also from a folder that was moved.
    moved = folder.rename(tmp_path / "moved")
    other = Campaign.start(from_run(moved, Campaign.open(moved).plan), tmp_path / "other")
    assert other.brief == again.brief
    shutil.rmtree(moved)
    assert read_kept(tmp_path / "other", kept[0]) == png((64, 48), "blue")


def test_the_plan_of_a_run_is_a_source_of_another(brief, tmp_path):
    Campaign.start(plan_of(brief), tmp_path / "run")
    asked = understand(str(tmp_path / "run/plan.yaml")).asked
    assert asked.brief.assets[0].file.startswith(str(tmp_path / "run/assets"))


@pytest.mark.parametrize("name", ["/etc/hosts.png", "../x.png", "assets/x.png", "assets/../x.png"])
def test_a_strangers_run_names_no_files_of_this_machine(brief, tmp_path, name):
    Campaign.start(plan_of(brief), tmp_path / "run")
    path = tmp_path / "run/brief.yaml"
    kept = Campaign.open(tmp_path / "run").brief.assets[0].file
    path.write_text(path.read_text().replace(kept, name))
    with pytest.raises(StoreError, match="is no file of the run"):
        Campaign.open(tmp_path / "run")


def test_a_kept_file_that_changed_is_told(brief, tmp_path):
    Campaign.start(plan_of(brief), tmp_path / "run")
    plan = Campaign.open(tmp_path / "run").plan
    (tmp_path / "run" / plan.brief.assets[0].file).write_bytes(png())
    with pytest.raises(BriefError, match="its bytes have changed"):
        from_run(tmp_path / "run", plan)


def test_what_the_models_do_not_hear_or_see_is_said(brief, tiny_profile):
    notes = " ".join(prepare(brief, profile=tiny_profile).notes)
    assert "do not hear the brand kit's voice and words to use" in notes
    assert "its models do not see them (1 file)" in notes


def test_a_record_made_in_python_is_checked_as_well(tmp_path, tiny_profile):
    fields = {"description": "A bike.", "assets": [{"file": "gone.png", "kind": "product"}]}
    brief = Brief.model_validate_json(json.dumps(fields))
    with pytest.raises(BriefError, match=r"gone\.png cannot be read"):
        prepare(brief, profile=tiny_profile)
