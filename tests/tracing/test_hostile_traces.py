"""Whatever a brief, a model or a trace says is shown as text, and steers nothing."""

import hashlib
import json
import time
import unicodedata

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from typer.testing import CliRunner

from triptych.briefs.check import parse
from triptych.briefs.read import read_mapping
from triptych.cli import app
from triptych.domain import AssetRef, Brief, Candidate, ModelIdentity, Verdict
from triptych.files.yaml import to_yaml
from triptych.store import Store
from triptych.tracing.events import Tracer
from triptych.tracing.records import (
    ApprovalEvent,
    ApprovalOutputs,
    ErrorEvent,
    ErrorInputs,
    RegenerationEvent,
    RegenerationInputs,
    RetryEvent,
    VerdictEvent,
    VerdictInputs,
)
from triptych.tracing.work import PartInputs, PartStep, WorkflowEvent, WorkflowInputs

HOSTILE = (
    "<script>alert(1)</script> [bold red]x[/] [link=http://evil]y[/link] :boom: "
    '\x1b[2J\x1b]0;owned\x07 \x9b31m "];click a0 "javascript:1" '
    "user\u202etxt.exe \u2066a\u2069 b\u200bc\ufeff\U000e0041 z"
    + "\u0301" * 9
    + " =1+1 {{7*7}} ../../x\n\r\t"
)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
COMMANDS = (
    ("show",),
    ("show", "--timeline"),
    ("ls",),
    ("export", "--format", "csv"),
    ("export", "--format", "mermaid"),
    ("export", "--format", "json"),
    ("show", "--json"),
)
runner = CliRunner()


def hostile_run(folder, text):
    """A trace in which every free field says `text`."""
    store = Store(folder)
    tracer = Tracer(folder / "trace.jsonl", text)
    parents: tuple[str, ...] = ()
    with tracer.span(WorkflowEvent(inputs=WorkflowInputs(settings={text: text}))):
        answer = ApprovalOutputs(answer={text: text})
        tracer.note(ApprovalEvent(name="plan", outputs=answer, message=text))
        for part in ("copy", "image"):
            asset = store.put(f"{part}{len(text)}".encode(), "text/plain")
            made = Candidate(
                deliverable="body", part=part, attempt=2, asset=asset, copy_text=text, prompt=text,
                notes=(text,), parents=parents, model=ModelIdentity(name=text, revision=text),
            )  # fmt: skip
            parents = (asset.digest,)
            again = RegenerationInputs(deliverable="body", attempt=2)
            tracer.note(RegenerationEvent(name=part, inputs=again, message=text))
            tracer.note(RetryEvent(name=text, message=text))
            asked = PartInputs(deliverable="body", attempt=2, plan="c" * 64, words=text)
            with tracer.span(PartStep(name=part, inputs=asked, model=made.model)) as step:
                step.outputs = made
        judged = VerdictInputs(deliverable="body", attempt=1, parts={"image": parents[0]})
        with tracer.span(VerdictEvent(inputs=judged)) as step:
            step.outputs = Verdict(deliverable="body", status="failed", reason=text)
        error = ErrorInputs(deliverable="body")
        tracer.note(ErrorEvent(inputs=error, status="error", message=text))
    tracer.close()
    with open(folder / "trace.jsonl", "a", encoding="utf-8") as file:  # what no writer of ours does
        for foreign in foreign_lines(text):
            file.write(json.dumps(foreign) + "\n")
    return folder


def foreign_lines(text):
    """What looks like an event and says `text` where only a slug, a digest or a name may stand."""
    event = {"version": 2, "run": text, "id": "a", "started": 1, "ended": 2, "message": text}
    inputs = {"deliverable": text, "attempt": 2}
    return [
        {**event, "kind": "regeneration", "name": "image", "inputs": inputs},
        {
            **event,
            "kind": "regeneration",
            "name": text,
            "inputs": {**inputs, "deliverable": "body"},
        },
        {**event, "kind": "workflow", "name": "campaign", "outputs": {"results": {text: text}}},
        {**event, "kind": "error", "name": "give_up", "inputs": {"deliverable": "body"}, text: 1},
        {**event, "kind": text, "name": text},
    ]


WIDEST = 100_000
"""Of a line in a pipe, where nothing is wrapped."""


def assert_plain(shown, width=None):
    allowed = "\n" if width else "\n\t"
    for character in shown:
        hidden = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
        assert character in allowed or not hidden, f"U+{ord(character):04X} came through"
    if width:
        assert max((cell_len(line) for line in shown.splitlines()), default=0) <= width


def shown_by(folder, *arguments):
    command = [arguments[0], str(folder), *arguments[1:]]
    result = runner.invoke(app, ["trace", *command])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_a_hostile_trace_is_shown_as_text(tmp_path, command):
    folder = hostile_run(tmp_path / "run", HOSTILE)
    shown = shown_by(folder, *command)
    data = command[0] == "export" or "--json" in command
    assert_plain(shown, None if data else WIDEST)
    if command in (("show",), ("show", "--timeline")):
        assert "<script>alert(1)" in shown
        assert "[bold red]x[" in shown.replace("\n", "")


@pytest.mark.parametrize("asset", ["body/copy", "body/image"])
def test_a_hostile_lineage_is_shown_as_text(tmp_path, asset):
    folder = hostile_run(tmp_path / "run", HOSTILE)
    shown = runner.invoke(app, ["trace", "lineage", asset, "--run", str(folder)]).stdout
    assert_plain(shown, WIDEST)
    assert "⟨U+001B⟩" in shown
    assert "[link=http://evil]" in shown.replace("\n", "")


def test_a_hostile_difference_is_shown_as_text(tmp_path):
    left = hostile_run(tmp_path / "left", HOSTILE)
    right = hostile_run(tmp_path / "right", HOSTILE + " more")
    shown = runner.invoke(app, ["trace", "diff", str(left), str(right)]).stdout
    assert "body/copy: differs" in shown
    assert_plain(shown, WIDEST)


@given(ANY_TEXT)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_trace_is_shown_as_text(tmp_path_factory, text):
    folder = hostile_run(tmp_path_factory.mktemp("any") / "run", text)
    for command in COMMANDS[:3]:
        assert_plain(shown_by(folder, *command), WIDEST)
    assert_plain(shown_by(folder, "export", "--format", "mermaid"))
    lines = shown_by(folder, "export", "--format", "csv")
    assert_plain(lines)


def test_a_diagram_has_only_the_lines_that_it_draws(tmp_path):
    shown = shown_by(hostile_run(tmp_path / "run", HOSTILE), "export", "--format", "mermaid")
    lines = shown.splitlines()
    assert lines[0] == "flowchart LR"
    for line in lines[1:]:
        assert line.startswith(("  a0", "  a1", "  classDef"))
        assert line.count('"') in (0, 2), "nothing ends a label but its own quotes"
    assert "<script" not in shown
    assert "javascript:" not in shown.replace("#", "javascript#")


def test_a_megabyte_is_shown_quickly_and_cut(tmp_path):
    folder = hostile_run(tmp_path / "run", HOSTILE * 4000)
    assert (folder / "trace.jsonl").stat().st_size > 1_000_000
    began = time.process_time()
    for command in COMMANDS[:3]:
        shown = shown_by(folder, *command)
        assert_plain(shown, WIDEST)
        assert len(shown) < 20_000
    assert time.process_time() - began < 20


def test_files_are_named_by_digest_whatever_they_hold(tmp_path):
    folder = hostile_run(tmp_path / "run", HOSTILE)
    names = {path.name for path in (folder / "assets").iterdir()}
    assert all(set(name) <= set("0123456789abcdefindextxt.") for name in names), names


def test_a_trace_cannot_name_a_file_outside_its_run(tmp_path):
    from triptych.errors import StoreError
    from triptych.store import Store

    digest = hashlib.sha256(b"mine").hexdigest()
    (tmp_path / "secret.txt").write_bytes(b"mine")
    for path in ("../secret.txt", "/dev/zero", "assets/../../secret.txt"):
        ref = AssetRef(digest=digest, media_type="text/plain", path=path, size=4)
        with pytest.raises(StoreError, match="named by their hash"):
            Store(tmp_path / "run").get(ref)


def test_a_hostile_asset_name_or_filter_is_answered_as_text(tmp_path):
    folder = hostile_run(tmp_path / "run", "plain")
    for command in (
        ["lineage", HOSTILE, "--run", str(folder)],
        ["show", str(folder), "--kind", HOSTILE],
        ["show", str(tmp_path / "x\x1b[31m\u202e")],
    ):
        result = runner.invoke(app, ["trace", *command])
        assert result.exit_code == 1
        assert_plain(result.output)


@given(ANY_TEXT.map(str.strip).filter(bool))
@settings(max_examples=60, deadline=None)
def test_a_plan_or_brief_on_the_screen_hides_nothing_and_reads_back(tmp_path_factory, text):
    brief = Brief(description=text)
    written = to_yaml(brief)
    assert_plain(written)
    assert yaml.safe_load(written)["description"] == brief.description
    path = tmp_path_factory.mktemp("brief") / "brief.yaml"
    path.write_text(written, encoding="utf-8")
    assert parse(Brief, read_mapping(path), "the brief") == brief


def test_json_for_machines_is_ascii_and_whole(tmp_path):
    folder = hostile_run(tmp_path / "run", HOSTILE)
    shown = shown_by(folder, "show", "--json")
    assert shown.isascii()
    assert json.loads(shown)[0]["message"] == HOSTILE
