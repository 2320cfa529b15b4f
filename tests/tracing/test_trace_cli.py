import csv
import errno
import io
import json
import shutil

import pytest
from typer.testing import CliRunner

from triptych.cli import app
from triptych.tracing.runs import Run

runner = CliRunner()


def trace(*arguments, code=0):
    result = runner.invoke(app, ["trace", *(str(argument) for argument in arguments)])
    assert result.exit_code == code, result.output
    return result.output


def test_the_tree_says_why_there_was_another_attempt(finished):
    shown = trace("show", finished)
    assert "regeneration image social-post #2" in shown
    assert "“red lantern” does not show; it looks more like “blue”" in shown
    assert "regeneration clip social-post #3" in shown
    assert "it flickers" in shown
    assert shown == trace(finished)


@pytest.mark.parametrize("form", ["--tree", "--timeline"])
def test_everything_fits_eighty_columns(finished, form):
    assert max(len(line) for line in trace("show", finished, form).splitlines()) <= 80
    assert max(len(line) for line in trace("ls", finished.parent).splitlines()) <= 80


def test_filters_narrow_what_is_shown(finished):
    kept = json.loads(trace(finished, "--kind", "verdict", "--deliverable", "headline", "--json"))
    assert [event["name"] for event in kept] == ["verdict"]
    assert "text" not in trace(finished, "--grep", "flickers", "--kind", "regeneration")
    assert "is no kind of event" in trace(finished, "--kind", "banana", code=1)


def test_runs_are_listed_with_what_they_came_to(finished):
    (told,) = json.loads(trace("ls", finished.parent, "--json"))
    assert told["results"] == {"social-post": "passed", "headline": "passed"}
    assert (told["state"], told["regenerations"]) == ("finished", 3)
    assert told["spend"]["nfe"] == 14
    assert json.loads(trace("ls", finished.parent, "--state", "waiting", "--json")) == []
    assert "No runs here" in trace("ls", finished / "assets")


def test_a_damaged_run_does_not_hide_the_others(finished, tmp_path):
    """Other times than calendars know, numbers without end, folders for files, and links."""
    lines = (finished / "trace.jsonl").read_text().splitlines()
    damages = {
        "time": [json.dumps(json.loads(line) | {"started": 1e300}) for line in lines],
        "past": [json.dumps(json.loads(line) | {"started": -1e18}) for line in lines],
        "number": [line.replace('"nfe": 2', '"nfe": ' + "9" * 5000) for line in lines],
        "words": ["\x00", "{", "[" * 100_000, *lines[1:]],
    }
    for name, damaged in damages.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "trace.jsonl").write_text("\n".join(damaged))
    (tmp_path / "folder/trace.jsonl").mkdir(parents=True)
    (tmp_path / "link").symlink_to(finished)
    (tmp_path / "looped").mkdir()
    (tmp_path / "looped/trace.jsonl").symlink_to("trace.jsonl")
    shutil.copytree(finished, tmp_path / "whole")
    told = {run["run"]: run for run in json.loads(trace("ls", tmp_path, "--json"))}
    assert told["whole"]["state"] == "finished"
    assert not {"link", "folder", "looped", "time", "past"} & set(told)
    assert "whole" in trace("ls", tmp_path)


def test_what_may_not_be_read_is_not_said_to_be_missing(finished, monkeypatch):
    def refuse(path, *_, **__):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr("triptych.run_files.os.open", refuse)
    for command in (["trace", "show"], ["show"], ["resume"]):
        result = runner.invoke(app, [*command, str(finished)])
        assert result.exit_code == 1
        assert "cannot be read: Permission denied" in result.output.replace("\n", " ")
        assert "damaged" not in result.output


def test_a_lineage_tells_attempts_reasons_and_origins(finished):
    found = json.loads(trace("lineage", "social-post/image", "--run", finished, "--json"))
    first, second = found["attempts"]
    assert first["reason"] == ""
    assert second["reason"].startswith("“red lantern”")
    assert (first["stands"], second["stands"]) == (False, True)
    assert [verdict["status"] for verdict in second["verdicts"]] == ["failed", "passed"]
    (copy,) = found["made_from"]
    assert copy["asset"]["candidate"]["part"] == "copy"
    assert [made["attempt"] for made in found["made_into"]] == [2, 3]
    shown = trace("lineage", "social-post/image", "--run", finished)
    assert "made because: “red lantern” does not show" in shown
    assert "stands" in shown


def test_an_asset_is_found_by_its_file_and_by_its_digest(finished):
    made = Run.read(finished).candidates[1]
    by_file = trace("lineage", finished / made.asset.path, "--json")
    assert by_file == trace("lineage", made.asset.digest[:8], "--run", finished, "--json")
    assert by_file == trace("lineage", "social-post/image/1", "--run", finished, "--json")
    assert "names no asset" in trace("lineage", "body/image", "--run", finished, code=1)


def test_a_run_does_not_differ_from_its_copy_but_from_another(finished, run_folder):
    assert "Both came to the same" in trace("diff", finished, run_folder)
    path = run_folder / "campaign.json"
    manifest = json.loads(path.read_text())
    result = manifest["results"]["social-post"]
    result["best"] = result["attempts"][0]
    path.write_text(json.dumps(manifest))
    found = json.loads(trace("diff", finished, run_folder, "--json", code=1))
    same = {asset["where"]: asset["same"] for asset in found["assets"]}
    assert same == {
        "social-post/copy": True,
        "social-post/image": False,
        "social-post/clip": False,
        "headline/copy": True,
    }
    assert "social-post/image: differs" in trace("diff", finished, run_folder, code=1)


def test_exports_are_what_they_are_called(finished, tmp_path):
    events = json.loads(trace("export", finished))
    assert len(events) == len(Run.read(finished).events)
    rows = list(csv.DictReader(io.StringIO(trace("export", finished, "--format", "csv"))))
    assert [row["id"] for row in rows] == [event["id"] for event in events]
    drawn = trace("export", finished, "--format", "mermaid")
    assert drawn.startswith("flowchart LR\n")
    assert "it flickers" in drawn
    trace("export", finished, "--format", "chrome", "-o", tmp_path / "trace.json")
    placed = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    assert {row["name"] for row in placed} >= {"campaign", "image", "verdict"}


def test_a_folder_without_a_trace_is_said(tmp_path):
    for command in (["show"], ["export"], ["lineage", "body/image", "--run"]):
        shown = trace(*command, tmp_path, code=1)
        assert "There is no trace" in shown
