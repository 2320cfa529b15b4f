import numpy as np
import pytest

from triptych.agents.critic import CriticAgent
from triptych.domain import Brief, CampaignPlan, Candidate, Deliverable, Finding, Verdict
from triptych.errors import ModelError, StoreError
from triptych.store import Store

PLAN = CampaignPlan(
    brief=Brief(description="A red mug.", brand="Norvik"),
    key_message="Warm hands.",
    visual="a red mug",
    motion="steam rises",
    deliverables=(Deliverable(id="body", channel="body", tone="playful"),),
)


class Broken:
    """A critic that cannot be used."""

    def __init__(self, error):
        self.error = error

    def judge(self, *_):
        raise self.error


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


@pytest.fixture
def picture(store):
    return store.put_image(np.zeros((8, 8, 3), np.uint8))


def copy_of(store, text):
    asset = store.put_text(text)
    return Candidate(deliverable="body", part="copy", attempt=1, asset=asset, copy_text=text)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ModelError("The CLIP is torn."), "The CLIP is torn."),
        (RuntimeError("out of memory"), "The critic failed: RuntimeError: out of memory"),
    ],
)
def test_nothing_is_waved_through_when_scoring_fails(store, picture, error, said):
    verdict = CriticAgent(Broken(error), store)(PLAN, copy_of(store, "A mug."), picture)
    assert (verdict.status, verdict.reason) == ("unjudged", said)


def test_copy_without_any_picture_is_not_judged(store):
    verdict = CriticAgent(Broken(None), store)(PLAN, copy_of(store, "A mug."), None)
    assert verdict.status == "unjudged"
    assert "no picture" in verdict.reason


def test_a_missing_picture_is_no_verdict(store, picture):
    (store.folder / picture.path).unlink()
    with pytest.raises(StoreError, match="missing"):
        CriticAgent(Broken(None), store)(PLAN, copy_of(store, "A mug."), picture)


def test_copy_that_does_not_hold_to_the_brief_has_failed_before_anything_is_seen(store, picture):
    fault = Finding(kind="name", where="copy", words="Norium", reason="No.", instead="Norvik")
    copy = copy_of(store, "A mug by Norium.").model_copy(update={"findings": (fault,)})
    for shown in (picture, None):
        verdict = CriticAgent(Broken(None), store)(PLAN, copy, shown)
        assert (verdict.status, verdict.weakest, verdict.missing) == ("failed", "copy", ("Norvik",))
        assert (verdict.findings, verdict.reason) == ((fault,), "No.")


def test_of_two_attempts_the_one_that_passed_is_better():
    passed, failed, unjudged = (
        CriticAgent.rank(Verdict(deliverable="body", status=status))
        for status in ("passed", "failed", "unjudged")
    )
    assert passed > failed > unjudged
