import json
import os
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from triptych.cases.format import Case, check_cases, load_dataset, read_cases, usable_cases
from triptych.errors import CaseError


def record(name="a", **changes):
    return {
        "id": name,
        "split": "train",
        "description": "Norvik launches the Emberlite, a red mug.",
        "copy": {"minimal": {"headline": ["Emberlite. Red."]}},
        "caption": "a red mug",
        "image": "images/a.png",
    } | changes


def write(folder, *records):
    (folder / "images").mkdir(exist_ok=True)
    Image.new("RGB", (8, 8), "red").save(folder / "images/a.png")
    lines = [r if isinstance(r, str) else json.dumps(r) for r in records]
    (folder / "cases.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def film(path, frames=16, fps=8, size=32):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(fps))
        stream.width = stream.height = size
        stream.pix_fmt = "yuv420p"
        for shade in range(frames):
            pixels = np.full((size, size, 3), shade * 9 % 255, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())


def only(folder):
    (problem,) = check_cases(folder)
    return problem


def test_a_sound_folder_has_no_problems_and_reads_back(tmp_path):
    film(tmp_path / "b.mp4")
    write(tmp_path, record(), "", record("b", split="test", clip="b.mp4"))
    assert check_cases(tmp_path) == []
    first, second = read_cases(tmp_path)
    assert (first.id, second.clip) == ("a", "b.mp4")
    assert Case.model_validate_json(second.to_line()) == second


@pytest.mark.parametrize(
    ("line", "field", "says"),
    [
        ('{"id": "b"', "", "not JSON"),
        ("[1]", "", "valid dictionary"),
        ("[" * 100_000, "", "deep"),
        ('{"a": ' + "1" * 5000 + "}", "", "too long"),
        ("x" * 2_100_000, "", "too long"),
        (record("b", split="training"), "split", "train"),
        (record("b", colour="red"), "colour", "not permitted"),
        (record("b", copy={"loud": {}}), "copy.loud.[key]", "playful"),
        (record("b", copy={"minimal": {}}), "copy", "at least one"),
        (record("b", image="/etc/passwd"), "image", "inside"),
        (record("b", image="../a.png"), "image", "inside"),
        (record("b", image="C:/a.png"), "image", "inside"),
        (record("b", clip="x\\..\\y.mp4"), "clip", "inside"),
        (record("b", plan={"tone": "loud"}), "plan", "key_message"),
        (record("a"), "id", "line 1"),
        (record("b/c"), "id", "pattern"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_stays_usable(tmp_path, line, field, says):
    write(tmp_path, record(), line, record("z"))
    problem = only(tmp_path)
    assert (problem.file, problem.line, problem.field) == ("cases.jsonl", 2, field)
    assert says in problem.message
    assert problem.hint
    with pytest.raises(CaseError, match=r"cases\.jsonl:2"):
        read_cases(tmp_path)
    assert [case.id for case in read_cases(tmp_path, skip_bad=True)] == ["a", "z"]
    assert [case.id for case in usable_cases(tmp_path)[0]] == ["a", "z"]


def test_a_line_that_is_no_text_does_not_hide_the_next(tmp_path):
    write(tmp_path, record())
    path = tmp_path / "cases.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes() + b"\xff\xfe\n" + b'{"id": 3}\n')
    assert {problem.line for problem in check_cases(tmp_path)} == {2, 3}


def test_an_empty_or_missing_file_is_told(tmp_path):
    with pytest.raises(CaseError, match="cannot be read"):
        check_cases(tmp_path)
    (tmp_path / "cases.jsonl").write_text("\n")
    assert "no case" in only(tmp_path).message


def broken_image(path, kind):
    whole = path.read_bytes()
    if kind == "missing":
        path.unlink()
    elif kind == "torn":
        Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)).save(path)
        path.write_bytes(path.read_bytes()[:4000])
    elif kind == "text":
        path.write_text("<html>404</html>")
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "bomb":
        header = bytearray(whole)
        header[16:24] = (60_000).to_bytes(4, "big") * 2
        import zlib

        header[29:33] = zlib.crc32(bytes(header[12:29])).to_bytes(4, "big")
        path.write_bytes(bytes(header))
    elif kind == "link":
        path.unlink()
        path.symlink_to("/etc/hostname")
    elif kind == "dangling":
        path.unlink()
        path.symlink_to("nothing.png")
    elif kind == "folder":
        path.unlink()
        path.mkdir()
    elif kind == "pipe":
        path.unlink()
        os.mkfifo(path)


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("missing", "is missing"),
        ("torn", "no whole picture"),
        ("text", "no whole picture"),
        ("empty", "no whole picture"),
        ("bomb", "bomb"),
        ("link", "out of the folder"),
        ("dangling", "link to nothing"),
        ("folder", "is a folder"),
        ("pipe", "no plain file"),
    ],
)
def test_a_bad_picture_is_named_with_its_line(tmp_path, kind, says):
    write(tmp_path, record())
    Image.new("RGB", (8, 8)).save(tmp_path / "images/b.png")
    broken_image(tmp_path / "images/b.png", kind)
    with (tmp_path / "cases.jsonl").open("a") as file:
        file.write(json.dumps(record("b", image="images/b.png")) + "\n")
    problem = only(tmp_path)
    assert (problem.line, problem.field) == (2, "image")
    assert says in problem.message
    assert [case.id for case in usable_cases(tmp_path)[0]] == ["a"]


def test_clips_are_opened_as_what_they_are_and_must_be_long_enough(tmp_path):
    film(tmp_path / "short.mp4", frames=10)
    film(tmp_path / "slow.mp4", frames=16, fps=2)
    film(tmp_path / "long.mp4", frames=70, fps=8)
    film(tmp_path / "torn.mp4", frames=16)
    (tmp_path / "torn.mp4").write_bytes((tmp_path / "torn.mp4").read_bytes()[:900])
    (tmp_path / "list.mp4").write_text("#EXTM3U\n#EXTINF:1,\nlong.mp4\n")
    (tmp_path / "a.gif").write_bytes(b"GIF89a")
    names = ("short.mp4", "slow.mp4", "long.mp4", "torn.mp4", "list.mp4", "a.gif", "none.mp4")
    write(tmp_path, *(record(n.replace(".", "-"), clip=n) for n in names))
    found = {p.message.split()[0]: p.message for p in check_cases(tmp_path)}
    assert set(found) == set(names) - {"long.mp4"}
    assert "10 frames" in found["short.mp4"]
    assert "10 frames" in found["slow.mp4"]
    assert "no whole video" in found["torn.mp4"]
    assert "no whole video" in found["list.mp4"]
    assert "ending .gif" in found["a.gif"]


def test_a_clip_that_breaks_off_is_told(tmp_path):
    path = tmp_path / "c.mp4"
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("mpeg4", rate=Fraction(8))
        stream.width = stream.height = 64
        rng = np.random.default_rng(0)
        for _ in range(24):
            pixels = rng.integers(0, 255, (64, 64, 3), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.8)])
    write(tmp_path, record(clip="c.mp4"))
    assert only(tmp_path).field == "clip"


def test_a_folder_of_frames_is_a_clip(tmp_path):
    write(tmp_path, record(clip="frames"))
    (tmp_path / "frames").mkdir()
    for index in range(16):
        Image.new("RGB", (8, 8)).save(tmp_path / f"frames/{index:02d}.png")
    assert check_cases(tmp_path) == []
    Image.new("RGB", (9, 8)).save(tmp_path / "frames/03.png")
    assert "different sizes" in only(tmp_path).message
    for index in range(10):
        (tmp_path / f"frames/{index:02d}.png").unlink()
    assert "6 frames" in only(tmp_path).message


def test_a_split_is_a_hugging_face_dataset(tmp_path):
    write(tmp_path, record(), record("b", split="test"), record("c"))
    rows = load_dataset(tmp_path, "train")
    assert list(rows["id"]) == ["a", "c"]
    assert rows[0]["image"].size == (8, 8)
    assert rows[0]["clip"] is None
    assert json.loads(rows[0]["copy"])["minimal"]["headline"] == ["Emberlite. Red."]
    assert len(load_dataset(tmp_path, "validation")) == 0


@given(st.binary(max_size=300))
def test_any_bytes_are_problems_and_no_crash(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("any")
    (folder / "cases.jsonl").write_bytes(data)
    assert check_cases(folder)


JSON = st.recursive(
    st.none() | st.text() | st.integers(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
)


@given(JSON)
def test_any_json_in_a_field_is_a_problem_of_that_line(tmp_path_factory, value):
    folder = tmp_path_factory.mktemp("json")
    write(folder, record(attributes={}), record("b", copy=value))
    assert {problem.line for problem in check_cases(folder)} == {2}
