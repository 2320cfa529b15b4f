"""Campaigns from Python: one set of models, several threads, and an event loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.tiny import save_tiny_profile
from triptych import Answer, RunOptions, Triptych
from triptych.errors import StoreError
from triptych.runs.api import shared_triptych
from triptych.runs.events import PartMade, RunFinished, RunStopped

BRIEFS = (
    "Norvik launches the Emberlite, a red steel camping lantern.",
    "A blue ceramic mug by Lumora, the Driftline, on a desk.",
    "Norvik's Emberlite, a green lamp at night.",
)
QUICK = RunOptions(steps=2)


@pytest.fixture(scope="module")
def triptych(tmp_path_factory):
    return Triptych(str(save_tiny_profile(tmp_path_factory.mktemp("api"), least=-9.0)))


def contents(folder):
    return {path.name for path in (folder / "assets").iterdir() if path.is_file()}


def test_three_campaigns_at_once_come_out_as_one_after_another(triptych, tmp_path):
    def make(number, place):
        return triptych.run(BRIEFS[number], tmp_path / place / str(number), QUICK)

    for number in range(3):
        make(number, "alone")
    with ThreadPoolExecutor(3) as pool:
        at_once = list(pool.map(lambda number: make(number, "together"), range(3)))
    for number, manifest in enumerate(at_once):
        assert manifest.passed
        alone, together = (tmp_path / place / str(number) for place in ("alone", "together"))
        assert contents(alone) == contents(together)


def test_events_are_typed_and_end_with_the_manifest(triptych, tmp_path):
    events = list(triptych.stream(BRIEFS[0], tmp_path / "run", QUICK))
    kinds = [event.kind for event in events]
    assert kinds[0] == "plan"
    assert kinds[-1] == "finished"
    lead = events[0].plan.deliverables[0].id
    made = [e.part for e in events if isinstance(e, PartMade) and e.deliverable == lead]
    assert made == ["copy", "image", "clip"]
    finished = events[-1]
    assert isinstance(finished, RunFinished)
    assert {e.deliverable for e in events if e.kind == "deliverable"} == set(
        finished.manifest.results
    )


def test_campaigns_share_an_event_loop(triptych, tmp_path):
    async def follow(number):
        return [e async for e in triptych.astream(BRIEFS[number], tmp_path / str(number), QUICK)]

    async def both():
        return await asyncio.gather(follow(0), follow(1))

    for events in asyncio.run(both()):
        assert events[-1].kind == "finished"


def test_a_run_is_stopped_from_elsewhere_and_resumed(triptych, tmp_path):
    whole = triptych.run(BRIEFS[0], tmp_path / "whole", RunOptions(steps=4))
    stopped = list(triptych.stream(BRIEFS[0], tmp_path / "run", RunOptions(steps=4, max_seconds=0)))
    assert isinstance(stopped[-1], RunStopped)
    assert "may take 0 s" in stopped[-1].reason
    assert triptych.resume(tmp_path / "run").results == {}
    assert whole.passed


def test_a_person_answers_what_a_run_asks(triptych, tmp_path):
    folder = tmp_path / "run"
    *_, asked = triptych.stream(BRIEFS[0], folder, RunOptions(steps=2, approve=True))
    assert asked.question.what == "plan"
    triptych.resume(folder, Answer(accept=True))
    manifest = triptych.resume(folder, Answer(accept=True))
    assert manifest.passed
    with pytest.raises(StoreError, match="waits for no answer"):
        triptych.resume(folder, Answer(accept=True))


def test_a_plan_is_made_changed_and_run(triptych, tmp_path):
    plan = triptych.plan(BRIEFS[0], QUICK)
    changed = plan.model_copy(update={"key_message": "Light for long nights."})
    assert triptych.plan(changed) == changed
    manifest = triptych.run(changed, tmp_path / "run", QUICK)
    assert manifest.plan is not None
    assert manifest.plan.key_message == "Light for long nights."


def test_a_process_has_one_set_of_models_a_profile():
    assert shared_triptych("starter") is shared_triptych("starter")
    assert shared_triptych("starter", ("image.steps=9",)) is not shared_triptych("starter")
