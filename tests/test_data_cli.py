import json
from random import Random

import pytest
from PIL import Image
from typer.testing import CliRunner

from triptych.cases.format import Case
from triptych.commands.data import data_app
from triptych.starter.grammar import case_texts
from triptych.starter.scene import draw_scene

runner = CliRunner()


@pytest.fixture
def folder(tmp_path):
    """Five cases, the last with a clip of frames; references for the test case."""
    path = tmp_path / "world"
    (path / "images").mkdir(parents=True)
    lines = []
    for number in range(5):
        split = "test" if number == 4 else "train"
        Image.new("RGB", (32, 32), (40 * number, 90, 90)).save(path / f"images/{number}.png")
        scene = draw_scene(Random(number), held_out=False)
        texts = case_texts(scene, references=3 if split == "test" else 1)
        record = {"id": f"c{number}", "split": split, "image": f"images/{number}.png"} | texts
        if number == 4:
            (path / "clip").mkdir()
            for frame in range(16):
                Image.new("RGB", (32, 32), (9 * frame, 0, 0)).save(path / f"clip/{frame:02d}.png")
            record["clip"] = "clip"
        lines.append(Case.model_validate(record).to_line())
    (path / "cases.jsonl").write_text("".join(lines))
    return path


def run(*arguments):
    return runner.invoke(data_app, [str(argument) for argument in arguments])


def test_a_sound_folder_passes(folder):
    result = run("check", folder)
    assert result.exit_code == 0
    assert "5 usable cases (4 train, 0 validation, 1 test; 1 with a clip)" in result.output


def test_problems_are_printed_and_fail_unless_skipped(folder):
    (folder / "images/1.png").write_bytes(b"no picture")
    result = run("check", folder)
    assert result.exit_code == 1
    assert "cases.jsonl:2: image: images/1.png is no whole picture" in result.output
    assert run("check", folder, "--skip-bad").exit_code == 0
    found = json.loads(run("check", folder, "--json").stdout)
    assert found["usable"] == 4
    assert found["problems"][0]["line"] == 2
    assert found["problems"][0]["hint"]


def test_nothing_usable_fails_even_when_bad_is_skipped(folder):
    (folder / "cases.jsonl").write_text("{}\n")
    assert run("check", folder, "--skip-bad").exit_code == 1


def test_a_sheet_is_drawn_even_with_a_picture_missing_and_overwrites_nothing(folder, tmp_path):
    (folder / "images/1.png").unlink()
    out = tmp_path / "sheet.png"
    assert run("sample", folder, "-o", out).exit_code == 0
    with Image.open(out) as sheet:
        assert sheet.width > 5 * 160
    result = run("sample", folder, "-o", out)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")


def test_clips_are_drawn_as_strips(folder, tmp_path):
    out = tmp_path / "strip.png"
    assert run("sample", folder, "-o", out, "--clips", "--split", "test").exit_code == 0
    with Image.open(out) as sheet:
        assert sheet.width > 8 * 160
    result = run("sample", folder, "-o", tmp_path / "x.png", "--clips", "--split", "train")
    assert result.exit_code == 1
    assert "no such cases" in result.stderr


def test_overlap_is_reported(folder):
    report = json.loads(run("overlap", folder, "--json").stdout)
    assert 0 <= report["references"]["body"] <= 1
    assert run("overlap", folder).exit_code == 0


def test_rendering_makes_a_folder_that_passes_and_is_gone_on_with(tmp_path):
    out = tmp_path / "made"
    result = run("render", "--cases", 2, "--out", out, "--seed", 3, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["cases"] == 2
    assert run("check", out).exit_code == 0
    before = (out / "images/000000.png").stat().st_mtime_ns
    assert run("render", "--cases", 3, "--out", out, "--seed", 3).exit_code == 0
    assert (out / "images/000000.png").stat().st_mtime_ns == before
    wrong = run("render", "--cases", 3, "--out", out, "--seed", 4)
    assert wrong.exit_code == 1
    assert wrong.stderr.startswith("Error: ")
