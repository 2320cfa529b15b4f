"""Campaigns of words alone: no deliverable has a picture that the copy could be held to."""

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from tests.graph.test_campaign import SETTINGS, models  # noqa: F401
from triptych.cli import app
from triptych.domain import Again, Brief, Budget, CampaignPlan, Deliverable
from triptych.graph.person import Answer
from triptych.runs.campaign import Campaign
from triptych.runs.stream import run_campaign, stream_campaign


def plan(*parts, **brief):
    return CampaignPlan(
        brief=Brief(description="Norvik launches the Emberlite, a red steel lantern.", **brief),
        key_message="Light the whole forest.",
        visual="a red lantern at night",
        motion="the light flickers",
        deliverables=tuple(
            Deliverable(id=f"piece-{number}", channel=channel, tone="playful", parts=one)
            for number, (channel, one) in enumerate(zip(("headline", "body"), parts, strict=True))
        ),
    )


def test_a_campaign_of_copy_alone_runs_through_the_graph(models, tmp_path):  # noqa: F811
    asked = plan(("copy",), ("copy",), budget=Budget(nfe=5))
    campaign = Campaign.start(asked, tmp_path / "run", SETTINGS)
    manifest = run_campaign(campaign, models)
    assert set(campaign.results) == {"piece-0", "piece-1"}
    for result in campaign.results.values():
        assert result.status == "unjudged"
        assert "no picture" in result.best.verdict.reason
        assert result.best.parts["copy"].copy_text
    assert manifest.spend.nfe == 0
    assert (campaign.folder / "report.html").is_file()
    assert (campaign.folder / "trace.html").is_file()


def test_a_persons_own_words_are_told_of_and_not_refused(models, tmp_path):  # noqa: F811
    settings = SETTINGS.model_copy(update={"approve": True})
    campaign = Campaign.start(
        plan(("copy",), ("copy",), brand="Quintessenz"), tmp_path / "run", settings
    )
    run_campaign(campaign, models)
    list(stream_campaign(campaign, models, answer=Answer(accept=True)))
    words = "A red steel lantern that lights the whole forest for nights that never seem to end."
    again = Again(deliverable="piece-1", part="copy", words=words)
    list(stream_campaign(campaign, models, answer=Answer(again=(again,))))
    list(stream_campaign(campaign, models, answer=Answer(accept=True)))
    newest = campaign.results["piece-1"].attempts[-1]
    copy = newest.parts["copy"]
    assert (copy.copy_text, copy.findings) == (words, ())
    assert any("Quintessenz" in note for note in copy.notes)
    assert newest.verdict.status == "unjudged"


def test_the_command_line_runs_it_too(tiny_profile, tmp_path):
    from triptych.briefs import to_yaml

    (tmp_path / "plan.yaml").write_text(to_yaml(plan(("copy",), ("copy",))))
    given = ["run", str(tmp_path / "plan.yaml"), "--profile", tiny_profile]
    ended = CliRunner().invoke(app, [*given, "--out", str(tmp_path / "run"), "--steps", "2"])
    assert "2 pieces of copy, 0 pictures, 0 clips" in ended.output
    assert "piece-1: unjudged" in ended.output


def test_where_one_has_a_picture_the_first_must_have_it():
    with pytest.raises(ValidationError, match="first deliverable must have an image if any"):
        plan(("copy",), ("copy", "image"))
    assert plan(("copy", "image"), ("copy",))
