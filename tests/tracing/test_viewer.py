"""What the viewer's page is drawn from, without a browser."""

import contextlib
import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up_run import DIM, NAME, STILL, MadeUp
from typer.testing import CliRunner

from triptych.cli import app
from triptych.domain import ModelIdentity, PairScore
from triptych.errors import StoreError
from triptych.tracing.common_space import compared, read_embeddings, write_embeddings
from triptych.tracing.runs import Run
from triptych.tracing.viewer import as_data_block, write_viewer
from triptych.tracing.viewer_data import LONGEST, page_data, shown
from triptych.tracing.viewer_media import latents_strip


def data_of(page):
    text = page.read_text(encoding="utf-8")
    return json.loads(
        re.search(r'<script type="application/json" id="data">(.*?)</script>', text)[1]
    )


def test_a_real_run_with_two_regenerations_is_explained(finished, tmp_path):
    data = data_of(write_viewer(finished, tmp_path / "own.html"))
    lead = next(story for story in data["stories"] if len(story["attempts"]) == 3)
    first, second, third = lead["attempts"]
    assert [a["verdict"]["status"] for a in lead["attempts"]] == ["failed", "failed", "passed"]
    assert second["parts"]["image"]["why"] == first["verdict"]["reason"]
    assert second["parts"]["copy"]["kept"]
    assert third["parts"]["image"]["kept"]
    assert third["parts"]["clip"]["why"] == second["verdict"]["reason"]
    changed = {change["what"] for change in second["parts"]["image"]["changes"]}
    assert {"prompt", "seed"} <= changed
    steps = [step["node"] for step in data["paths"][lead["name"]]]
    again = ["image", "clip", "verdict", "clip", "verdict"]
    assert steps == ["copy", "image", "clip", "verdict", *again]
    assert {"plan", "copy", "image", "clip", "verdict"} <= {a["name"] for a in data["spend"]}
    media = data["media"]
    assert media[second["parts"]["image"]["media"]]["uri"].startswith("data:image/png")
    assert media[third["parts"]["clip"]["media"]]["uri"].startswith("data:video/mp4")
    assert media[first["parts"]["copy"]["latents"]]["rows"] == 4


def test_an_unfinished_run_is_shown_as_far_as_it_came(tmp_path):
    MadeUp(tmp_path).write()
    lines = (tmp_path / "trace.jsonl").read_bytes().splitlines(keepends=True)
    keep = next(n for n, line in enumerate(lines) if STILL.encode() in line)
    (tmp_path / "trace.jsonl").write_bytes(b"".join(lines[: keep - 1]) + lines[keep][:40])
    data = page_data(Run.read(tmp_path))
    assert data["run"]["state"] == "unfinished"
    attempts = data["stories"][0]["attempts"]
    assert [bool(attempt["verdict"]) for attempt in attempts] == [True, False]
    assert attempts[1]["parts"]["image"]["why"] == DIM


def test_what_is_missing_or_damaged_is_said(tmp_path):
    MadeUp(tmp_path).write()
    for path in (tmp_path / "assets").glob("*.png"):
        path.write_bytes(path.read_bytes()[:60])
    for path in (tmp_path / "assets").glob("*.mp4"):
        path.unlink()
    for path in (tmp_path / "assets").glob("*.safetensors"):
        path.write_bytes(b"nothing of the kind")
    (tmp_path / "embeddings.safetensors").write_bytes(b"torn")
    data = page_data(Run.read(tmp_path))
    assert {found["why"] for found in data["media"].values()} == {"the file is missing or damaged"}
    assert data["stories"][0]["attempts"][0]["space"]["source"] == "critic"


def test_large_pictures_are_made_small(tmp_path):
    rng = np.random.default_rng(0)
    large = [rng.integers(0, 255, (180, 240, 3)).astype(np.uint8) for _ in range(2)]
    MadeUp(tmp_path, pictures=large).write()
    page = write_viewer(tmp_path)
    shown_as = [found.get("uri", "") for found in data_of(page)["media"].values()]
    assert sum(uri.startswith("data:image/jpeg") for uri in shown_as) == 2
    assert not any(uri.startswith("data:image/png") for uri in shown_as)


def test_nothing_outside_the_run_folder_is_read(tmp_path):
    (tmp_path / "secret.png").write_bytes(b"mine")
    folder = tmp_path / "run"
    folder.mkdir()
    MadeUp(folder).write()
    trace = folder / "trace.jsonl"
    trace.write_text(re.sub(r"assets/[0-9a-f]+\.png", "../secret.png", trace.read_text()))
    found = [one["why"] for one in page_data(Run.read(folder))["media"].values() if "why" in one]
    assert len(found) == 2
    assert all("named by their hash" in why for why in found)


def test_vectors_come_back_as_they_were_kept_but_of_unit_length(tmp_path):
    write_embeddings(tmp_path, {"a" * 64: np.array([3.0, 4.0])}, ModelIdentity(name="c"))
    vectors, clip = read_embeddings(tmp_path)
    assert clip == "c"
    np.testing.assert_allclose(vectors["a" * 64], [[0.6, 0.8]], rtol=1e-6)


def test_latents_and_copy_of_one_direction_agree_fully(tmp_path):
    made = MadeUp(tmp_path)
    made.write(embeddings=False)
    same = {name: np.ones((len(rows), 8), np.float32) for name, rows in made.vectors.items()}
    write_embeddings(tmp_path, same, ModelIdentity(name="c"))
    space = page_data(Run.read(tmp_path))["stories"][0]["attempts"][0]["space"]
    assert space["matrix"] == [[1.0] * 4] * 4
    assert space["latents"] == [[1.0] * 3] * 16


def test_copy_alone_is_compared_with_the_picture_it_was_held_to(tmp_path):
    made = MadeUp(tmp_path)
    made.write()
    picture = Run.read(tmp_path).best[NAME, "image"]
    copy = next(c for c in Run.read(tmp_path).candidates if c.part == "copy")
    score = PairScore(pair="text-image", cosine=0.2, loss=0.8, threshold=0.1, passed=True)
    space = compared(read_embeddings(tmp_path)[0], {"copy": copy}, (score,), lead=picture)
    assert space["matrix"][2][2] == 1.0
    assert space["matrix"][0][2] is not None
    assert [row[3] for row in space["matrix"]] == [None] * 4


def test_the_command_writes_the_page_where_it_is_told(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    MadeUp(folder).write()
    for more, place in (([], folder / "trace.html"), (["-o", "own.html"], tmp_path / "own.html")):
        with contextlib.chdir(tmp_path):
            result = CliRunner().invoke(app, ["trace", "view", str(folder), *more])
        assert result.exit_code == 0, result.output
        assert result.output.strip().replace("\n", "") in (str(place), place.name)
        assert data_of(place)["run"]["name"] == "run"


def test_a_run_without_a_trace_is_an_error(tmp_path):
    with pytest.raises(StoreError, match="no trace"):
        write_viewer(tmp_path)


FLAT = st.text(max_size=20) | st.none() | st.integers()


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=5), st.lists(FLAT, max_size=4), max_size=4))
def test_no_data_can_end_its_block(value):
    block = as_data_block(value)
    assert not set("<>&\u2028\u2029") & set(block)
    assert json.loads(block) == value


@settings(deadline=None, max_examples=20)
@given(st.text(max_size=50), st.integers(0, 30))
def test_text_is_shown_whole_or_counted(text, times):
    long = shown(text * times + "y" * LONGEST)
    assert len(long) < 12 * LONGEST
    assert ("more characters" in long) == bool(text * times)
    assert "\u202e" not in shown({"\u202e" + text: [text]})


def test_numbers_that_json_does_not_know_become_none():
    assert shown({"a": [float("nan"), float("inf"), 1.5]}) == {"a": [None, None, 1.5]}


def test_latents_that_are_none_are_refused():
    with pytest.raises(ValueError, match="no latents"):
        latents_strip(b"{}")


def test_a_story_is_named_after_its_deliverable(tmp_path):
    MadeUp(tmp_path).write()
    assert [story["name"] for story in page_data(Run.read(tmp_path))["stories"]] == [NAME]
