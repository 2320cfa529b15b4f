"""Copy that does not hold to the brief is written again before anything is painted, or fails."""

import pytest
from typer.testing import CliRunner

from tests.graph.test_campaign import SETTINGS, brief
from triptych.cli import app
from triptych.domain import Budget
from triptych.generators.hub import load_profile
from triptych.runs.campaign import Campaign
from triptych.runs.stream import run_campaign
from triptych.tracing.events import read_trace
from triptych.tracing.records import RegenerationEvent, VerdictEvent
from triptych.tracing.work import PartStep


@pytest.fixture
def run(tiny_profile, tiny_starter, tmp_path):
    def lying(lies):
        kind = f"{{kind: 'tests.true_writer:Liar', folder: {tiny_starter}, lies: {lies}}}"
        asked = brief(budget=Budget(attempts=3))
        campaign = Campaign.start(asked, tmp_path / "run", SETTINGS)
        run_campaign(campaign, load_profile(tiny_profile, [f"text={kind}"]))
        return campaign, list(read_trace(campaign.folder / "trace.jsonl"))

    return lying


def test_copy_is_written_again_for_the_reason_before_anything_is_painted(run):
    campaign, events = run(1)
    result = campaign.results["social-post"]
    assert result.status == "unjudged", "the tiny critic has no thresholds"
    assert result.best.parts["copy"].attempt == 2
    assert result.best.parts["copy"].findings == ()
    assert "Norium" in result.feedback[0].reason
    made = [e.name for e in events if isinstance(e, PartStep) and e.deliverable == "social-post"]
    assert made == ["copy", "copy", "image", "clip"]
    told = [e.message for e in events if isinstance(e, RegenerationEvent)]
    assert any("Norium" in message for message in told)


def test_copy_that_never_holds_fails_whatever_the_picture(run):
    campaign, events = run(9)
    for result in campaign.results.values():
        assert result.status == "failed"
        assert result.best.parts["copy"].attempt == 3
        assert {one.words for one in result.best.verdict.findings} >= {"Norium"}
        assert result.best.verdict.scores == ()
        assert len(result.feedback) == 3
    assert "image" in campaign.results["social-post"].best.parts
    verdicts = [e.outputs for e in events if isinstance(e, VerdictEvent)]
    assert all(verdict.findings for verdict in verdicts)
    assert "Norium" in (campaign.folder / "report.html").read_text()
    shown = CliRunner().invoke(app, ["show", str(campaign.folder)]).output
    assert "Norium" in shown
