"""A brief or plan that was edited after a run is used, or the command says that it is not."""

import pytest

from tests.traced import BRIEF
from triptych.errors import StoreError
from triptych.runs.campaign import Campaign
from triptych.runs.stream import redo_part, run_campaign


def edit(folder, name):
    path = folder / name
    text = path.read_text()
    assert "red steel" in text
    path.write_text(text.replace("red steel", "blue plastic"))


@pytest.mark.parametrize("name", ["brief.yaml", "plan.yaml"])
def test_an_edited_file_of_a_finished_run_is_told(run_folder, tiny, name):
    kept = (run_folder / name).read_text()
    edit(run_folder, name)
    edited = (run_folder / name).read_text()
    for work in (
        lambda: run_campaign(Campaign.open(run_folder), tiny.models),
        lambda: redo_part(Campaign.open(run_folder), tiny.models, "headline", "copy", "dull"),
    ):
        with pytest.raises(StoreError, match=rf"{name} has changed since the run") as caught:
            work()
        assert f"triptych run {run_folder / name}" in caught.value.hint
    assert (run_folder / name).read_text() == edited, "the edit is not written over"
    (run_folder / name).write_text(kept)
    assert (
        run_campaign(Campaign.open(run_folder), tiny.models).brief.description == BRIEF.description
    )


def test_a_plan_of_an_earlier_moment_of_the_run_is_no_edit(run_folder, tiny):
    from triptych.runs.edits import check_unedited

    campaign = Campaign.open(run_folder)
    later = campaign.plan.model_copy(update={"key_message": "Another."})
    check_unedited(campaign, campaign.brief, later, lambda: [None, campaign.plan])
    with pytest.raises(StoreError, match=r"plan\.yaml has changed"):
        check_unedited(campaign, campaign.brief, later, lambda: [None])
