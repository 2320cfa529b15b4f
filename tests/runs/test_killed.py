"""Sessions that end between two acts that belong together, and what the next session does."""

import os

import pytest

from benchmarks.killing.harness import write_sources
from benchmarks.killing.models import read_lines
from triptych.briefs import mapping_in, parse
from triptych.domain import Brief, CampaignPlan, SearchChoice
from triptych.errors import StoreError
from triptych.generators.hub import load_profile
from triptych.graph import nodes
from triptych.run_folder import KEPT, SETTINGS
from triptych.runs import campaign as campaigns
from triptych.runs import folder as folders
from triptych.runs.campaign import Campaign
from triptych.runs.fork import fork_run
from triptych.runs.limits import cost_so_far
from triptych.runs.manifest import read_manifest
from triptych.runs.session import open_session
from triptych.runs.settings import RunSettings
from triptych.runs.stream import redo_part, run_campaign
from triptych.tracing.events import Tracer, read_trace
from triptych.tracing.records import RegenerationEvent, VerdictEvent
from triptych.tracing.work import PartFound, PlanFound


class Killed(BaseException):
    """No code of ours catches it."""


class World:
    def __init__(self, folder):
        self.log, self.folder = folder / "work.log", folder / "run"
        write_sources(folder, self.log)
        self.settings = RunSettings(
            profile=str(folder / "free.yaml"), seed=5, search=SearchChoice(strategy="best-of-n")
        )
        self.models = load_profile(self.settings.profile)
        self.plan = parse(CampaignPlan, mapping_in(folder, "plan.yaml"), "plan.yaml")

    def begin(self, source=None):
        return Campaign.start(source or self.plan, self.folder, self.settings)

    def resume(self):
        campaign = Campaign.open(self.folder)
        run_campaign(campaign, self.models)
        return campaign

    def events(self, kind):
        events = read_trace(self.folder / "trace.jsonl")
        return [event for event in events if isinstance(event, kind)]

    def asked(self, call):
        return sum((o["call"], o["what"]) == (call, "begin") for o in read_lines(self.log))


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def dying_after(function, times, error=Killed):
    """The function, whose caller dies after it was called so often; then itself again."""
    left = [times]

    def call(*args, **options):
        made = function(*args, **options)
        left[0] -= 1
        if not left[0]:
            raise error
        return made

    return call


@pytest.mark.parametrize("moment", [1, 2, 4])
def test_a_verdict_and_why_a_part_is_made_again_are_told_once(world, monkeypatch, moment):
    """The kill hits between a verdict and its checkpoint."""
    halt = StoreError("the disk is full")  # ends the session there, and leaves no result
    monkeypatch.setattr(nodes, "_best_of", dying_after(nodes._best_of, moment, halt))
    with pytest.raises(StoreError):
        run_campaign(world.begin(), world.models)
    campaign = world.resume()
    judged = [(e.deliverable, e.attempt) for e in world.events(VerdictEvent)]
    assert len(judged) == len(set(judged))
    assert len(judged) == sum(len(result.attempts) for result in campaign.results.values())
    assert world.asked("verdict") == len(judged)
    again = [(e.deliverable, e.name, e.attempt) for e in world.events(RegenerationEvent)]
    assert len(again) == len(set(again)) > 0


def test_what_a_found_step_cost_counts_once(world, monkeypatch):
    """The kill hits between a step's result and its event, which would have told of its cost."""
    from triptych.step_store import StepStore

    brief = Brief(description=world.plan.brief.description, channels=("headline",))
    with monkeypatch.context() as patch:
        patch.setattr(StepStore, "keep", dying_after(StepStore.keep, 1))
        patch.setattr(Tracer, "write", unless_killed(Tracer.write))
        with pytest.raises(Killed):
            run_campaign(world.begin(brief), world.models)
    world.resume()
    (found,) = world.events(PlanFound)
    assert found.spend.cost == pytest.approx(0.001)
    world.resume()
    assert read_manifest(world.folder).spend.tokens_out > 9
    told = read_trace(world.folder / "trace.jsonl")
    copies = world.asked("copy")
    pictures = world.asked("image") + world.asked("clip")
    assert cost_so_far(told) == pytest.approx(0.001 * (1 + copies) + 0.01 * pictures)


def unless_killed(write):
    """A dead session writes no event."""

    def writing(self, event):
        if "Killed" not in event.message:
            write(self, event)

    return writing


def test_a_redo_that_was_killed_before_its_files_is_not_done_twice(world, monkeypatch):
    campaign = world.begin()
    run_campaign(campaign, world.models)
    before = len(campaign.results["social-post"].attempts)
    with monkeypatch.context() as patch:
        patch.setattr(Campaign, "finish", dying_after(lambda *_: None, 1))
        with pytest.raises(Killed):
            redo(world, "too dark")
    asked = world.asked("image")
    redo(world, "too dark")
    assert world.asked("image") == asked
    result = read_manifest(world.folder).results["social-post"]
    assert [said.reason for said in result.feedback].count("too dark") == 1
    assert len(result.attempts) > before
    redo(world, "too dark")  # said once more, by somebody who saw the new one
    assert world.asked("image") > asked


def test_a_redo_that_resume_finished_may_be_asked_for_again(world, monkeypatch):
    run_campaign(world.begin(), world.models)
    with monkeypatch.context() as patch:
        patch.setattr(Campaign, "finish", dying_after(lambda *_: None, 1))
        with pytest.raises(Killed):
            redo(world, "too dark")
    world.resume()
    asked = world.asked("image")
    redo(world, "too dark")
    assert world.asked("image") > asked


def redo(world, reason):
    redo_part(Campaign.open(world.folder), world.models, "social-post", "image", reason)


def test_a_fork_is_no_run_before_all_that_it_takes_over_is_there(world, monkeypatch):
    run_campaign(world.begin(), world.models)
    fork = world.folder.with_name("fork")
    files = []

    def watching(path, data):
        files.append(path.relative_to(fork).as_posix())
        write(path, data)
        if len(files) == 3:
            raise Killed

    write = folders.write_whole
    monkeypatch.setattr(folders, "write_whole", watching)
    with pytest.raises(Killed):
        fork_run(world.folder, "image", world.plan, fork, world.settings)
    assert not (fork / SETTINGS).exists()
    fork_run(world.folder, "image", world.plan, fork, world.settings)  # the same command goes on
    assert files[-1] == SETTINGS
    assert KEPT in files
    opened = Campaign.open(fork)
    assert opened.kept
    run_campaign(opened, world.models)
    assert not [e for e in read_trace(fork / "trace.jsonl") if isinstance(e, PartFound)]


def test_a_fork_of_a_damaged_run_leaves_nothing_behind(world):
    campaign = world.begin()
    run_campaign(campaign, world.models)
    picture = campaign.results["social-post"].best.parts["image"].asset
    (world.folder / picture.path).write_bytes(b"x")
    fork = world.folder.with_name("fork")
    with pytest.raises(StoreError, match="changed"):
        fork_run(world.folder, "image", world.plan, fork, world.settings)
    assert not fork.exists()


def test_a_session_syncs_what_a_killed_one_left_before_it_builds_on_it(world, monkeypatch):
    """A power cut may come after the kill: what was renamed and not synced would be gone."""
    run_campaign(world.begin(), world.models)
    synced, sync = [], os.fsync

    def watching(descriptor):
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", watching)
    with open_session(Campaign.open(world.folder), world.models):
        before = set(synced)
    run = world.folder
    names = (run.parent, run, run / "assets", run / "assets/index", run / "trace.jsonl")
    assert {str(name) for name in names} <= before


def test_the_manifest_is_the_last_file_of_a_run(world, monkeypatch):
    campaign = world.begin()
    monkeypatch.setattr(campaigns, "write_whole", stopping_at("report.html"))
    with pytest.raises(StoreError):
        run_campaign(campaign, world.models)
    assert not (world.folder / "campaign.json").exists()


def stopping_at(name):
    write = campaigns.write_whole

    def stopping(path, data):
        if path.name == name:
            raise StoreError("the disk is full")
        write(path, data)

    return stopping
