"""That everything which happens in a campaign is in its trace."""

import json

import pytest

from tests.traced import BRIEF, SETTINGS, finished, tiny  # noqa: F401 - fixtures
from triptych.agents.text import TextAgent
from triptych.domain import PARTS
from triptych.errors import ModelError
from triptych.generators.calls import hear_retries, patiently
from triptych.generators.parts import Chat
from triptych.generators.starter.image import image_identity
from triptych.generators.starter.video import video_identity
from triptych.generators.weights import fingerprint, revision_of
from triptych.runs.campaign import Campaign
from triptych.runs.stream import run_campaign
from triptych.tracing.calls import Denoising
from triptych.tracing.runs import Run
from triptych.tracing.tree import grow
from triptych.tracing.work import PartStep, PlanStep


@pytest.fixture(scope="session")
def run(finished):  # noqa: F811
    return Run.read(finished)


def of_kind(run, kind):
    return [event for event in run.events if event.kind == kind]


def test_every_step_names_its_model_seed_spend_and_inputs(run):
    for event in of_kind(run, "agent"):
        assert event.model.revision
        assert event.seed is not None
        assert event.spend.peak_memory > 0
        asked = event.inputs
        named = asked.brief if isinstance(event, PlanStep) else asked.plan
        (stored,) = (run.folder / "assets").glob(f"{named}.json")
        assert json.loads(stored.read_text())
        if isinstance(event, PartStep):
            assert [*asked.parents] == [*PARTS[: PARTS.index(event.name)]]
            assert (asked.deliverable, asked.attempt) == (
                event.outputs.deliverable,
                event.outputs.attempt,
            )
            assert tuple(asked.parents.values()) == event.outputs.parents
    assert of_kind(run, "verdict")[-1].inputs.lead == run.best["social-post", "image"]


def test_every_model_call_names_weights_seed_and_what_it_cost(run, tiny):  # noqa: F811
    parts = {"plan": "text", "copy": "text", "image": "image", "clip": "video", "embed": "clip"}
    revisions = {
        "text": revision_of(tiny.weights, "text", "latents"),
        "image": image_identity(tiny.weights).revision,
        "video": video_identity(tiny.weights).revision,
        "clip": fingerprint(tiny.weights / "clip"),
    }
    calls = of_kind(run, "model")
    assert {call.name for call in calls} == set(parts)
    for call in calls:
        part, spend = parts[call.name], call.spend
        assert call.model.name == f"{'open_clip' if part == 'clip' else 'starter'}/{part}"
        assert call.model.revision == revisions[part]
        assert spend.seconds > 0
        assert spend.peak_memory > 2**20
        assert (call.seed is None) == (part == "clip")
        assert (min(spend.tokens_in, spend.tokens_out) > 0) == (part == "text")
        asked = call.inputs
        denoised = isinstance(call, Denoising) and asked.to_step > asked.from_step
        assert (spend.nfe > 0) == denoised
    assert {call.name for call in calls if call.spend.nfe} == {"image", "clip"}


def test_model_calls_lie_within_steps_and_add_up_to_them(run):
    for root in grow(run.events):
        for agent in root.children:
            if agent.event.kind != "agent" or agent.event.name not in ("image", "clip"):
                continue
            (search,) = agent.children
            assert (search.event.kind, search.event.name) == ("tool", "search")
            called = [node.event for node in search.children]
            assert {event.kind for event in called} == {"model"}
            assert sum(event.spend.nfe for event in called) == agent.event.spend.nfe
            assert search.event.outputs.best == agent.event.outputs.asset.digest
    names = {event.name for event in of_kind(run, "model")}
    assert {"plan", "copy", "image", "clip"} <= names


def test_a_regeneration_says_why_and_what_was_missing(run):
    image, clip, again = of_kind(run, "regeneration")
    assert image.message.startswith("“red lantern”")
    assert image.outputs.missing == ("red lantern",)
    assert clip.message == "what it was made from has changed"
    assert again.message == "it flickers"


def test_retries_and_a_step_that_fails_for_good_are_told(tiny, tmp_path, monkeypatch):  # noqa: F811
    write, tries = TextAgent.__call__, []

    def shaky(agent, *given):
        tries.append(1)
        if len(tries) == 1:
            raise TimeoutError("the service is silent")
        return write(agent, *given)

    def broken(*_):
        raise ModelError("The painter is out of paint.")

    monkeypatch.setattr(TextAgent, "__call__", shaky)
    monkeypatch.setattr("triptych.graph.nodes.ImageAgent.__call__", broken)
    run_campaign(Campaign.start(BRIEF, tmp_path / "run", SETTINGS), tiny.models)
    run = Run.read(tmp_path / "run")
    (retry,) = of_kind(run, "retry")
    assert retry.message == "TimeoutError: the service is silent"
    assert (retry.inputs.number, retry.inputs.of) == (2, 3)
    (error,) = of_kind(run, "error")
    assert error.deliverable == "social-post"
    assert error.message == "ModelError: The painter is out of paint."
    (workflow,) = of_kind(run, "workflow")
    assert {retry.parent, error.parent} == {workflow.id}
    failed = [event.name for event in of_kind(run, "agent") if event.status == "error"]
    assert failed == ["copy", "image"]


def test_a_paid_call_that_is_tried_again_is_heard_of():
    heard, answers = [], [TimeoutError("slow"), "yes"]

    def call():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    part = Chat(kind="chat", model="openai:x")
    with hear_retries(heard.append):
        assert patiently(call, part, sleep=lambda _: None) == "yes"
    assert len(heard) == 1
    assert "TimeoutError: slow" in heard[0]
