import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from triptych.commands.evaluate import rate_app
from triptych.errors import StoreError
from triptych.evaluation.items import ITEM, Item
from triptych.evaluation.ratings.agreement import krippendorff_alpha
from triptych.evaluation.ratings.collect import collect, read_collected, read_rater
from triptych.evaluation.ratings.page import StudyKey, build_study, read_key, render_page
from triptych.evaluation.ratings.questions import QUESTIONS

# Krippendorff (2011), section C: four observers, twelve units, values missing.
OBSERVERS = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3),
    (None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None),
)
UNITS = list(zip(*OBSERVERS, strict=True))


@pytest.mark.parametrize(
    ("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_alpha_is_that_of_the_published_example(level, alpha):
    assert krippendorff_alpha(UNITS, level) == pytest.approx(alpha, abs=5e-4)


def test_alpha_is_undefined_without_pairs_or_without_difference():
    assert krippendorff_alpha([]) is None
    assert krippendorff_alpha([[1, None], [None, 3]]) is None
    assert krippendorff_alpha([[2, 2], [2, 2]]) is None
    assert krippendorff_alpha([[1, 1], [5, 5]]) == pytest.approx(1)


ratings = st.lists(
    st.lists(st.one_of(st.none(), st.integers(1, 5)), min_size=3, max_size=3), min_size=1
)


@given(ratings, st.sampled_from(["nominal", "ordinal", "interval"]))
def test_alpha_never_exceeds_one_and_does_not_care_who_rated(units, level):
    alpha = krippendorff_alpha(units, level)
    again = krippendorff_alpha([unit[::-1] for unit in units], level)
    assert (alpha is None) == (again is None)
    if alpha is not None and again is not None:
        assert alpha <= 1 + 1e-9
        assert alpha == pytest.approx(again)


KEY = StudyKey(study="s1", items={"a": ("ours", "1"), "b": ("theirs", "1"), "c": ("ours", "2")})


def rater(folder, name, answers, **changes):
    path = folder / f"{name}.json"
    content = {"version": 1, "study": "s1", "rater": name, "ratings": answers} | changes
    path.write_text(json.dumps(content))
    return path


def test_raters_merge_into_means_by_method(tmp_path):
    files = [
        rater(tmp_path, "Ann", {"a": {"copy_fluency": 5}, "b": {"copy_fluency": 2}}),
        rater(tmp_path, "Ben", {"a": {"copy_fluency": 4}, "c": {"copy_fluency": 3}}),
    ]
    found = collect(files, KEY)
    assert (found.raters, found.ratings) == (2, 4)
    ours = found.means["ours"]["copy_fluency"]
    assert ours.value == pytest.approx((4.5 + 3) / 2)
    assert ours.n == 2
    assert found.means["theirs"]["copy_fluency"].value == 2
    assert set(found.means["ours"]) == {"copy_fluency"}
    assert found.alpha_ordinal["image_appeal"] is None
    assert found.alpha_interval["copy_fluency"] is not None


@pytest.mark.parametrize(
    ("answers", "changes", "message"),
    [
        ({}, {"study": "s2"}, "another study"),
        ({"z": {"copy_fluency": 1}}, {}, "no item 'z'"),
        ({"a": {"taste": 1}}, {}, "no question 'taste'"),
        ({"a": {"copy_fluency": 6}}, {}, "less than or equal to 5"),
        ({"a": {"copy_fluency": True}}, {}, "valid integer"),
        ({}, {"rater": ""}, "at least 1 character"),
        ({}, {"extra": 1}, "Extra inputs"),
    ],
)
def test_a_faulty_file_is_named(tmp_path, answers, changes, message):
    with pytest.raises(StoreError, match=message):
        read_rater(rater(tmp_path, "Ann", answers, **changes), KEY)


@pytest.mark.parametrize("content", [b"", b"no json", b"\xff\xfe", b"[" * 100_000, b"[]"])
def test_junk_is_no_ratings_file(tmp_path, content):
    (tmp_path / "junk.json").write_bytes(content)
    with pytest.raises(StoreError, match="junk"):
        read_rater(tmp_path / "junk.json", KEY)


def test_one_rater_counts_once(tmp_path):
    first = rater(tmp_path, "Ann", {})
    (tmp_path / "copy.json").write_bytes(first.read_bytes())
    with pytest.raises(StoreError, match="a file of 'Ann' already"):
        collect([first, tmp_path / "copy.json"], KEY)


def test_the_page_is_blind_and_hostile_words_stay_words(tmp_path):
    nasty = '</script><script>alert(1)</script><!-- <img src=x onerror=alert(2)> "&amp;'
    for method in ("end-to-end", "unimodal"):
        place = tmp_path / f"items/{method}/7"
        place.mkdir(parents=True)
        item = Item(
            method=method, case="7", channel="body", tone="minimal", text=nasty, status="failed"
        )
        (place / ITEM).write_text(item.model_dump_json())
    page, key = build_study(tmp_path, {"7": nasty}, ["end-to-end", "unimodal"], 5)
    text = page.read_text()
    assert "<script>alert" not in text
    assert "<!--" not in text
    assert "<img" not in text
    assert "end-to-end" not in text
    assert "unimodal" not in text
    assert "default-src 'none'" in text
    assert "http" not in text.split("<body>")[0].replace("http-equiv", "")
    assert sorted(key.items.values()) == [("end-to-end", "7"), ("unimodal", "7")]
    assert read_key(tmp_path / "ratings/key.json") == key
    assert build_study(tmp_path, {"7": nasty}, ["end-to-end", "unimodal"], 5)[1] == key


def test_nothing_to_rate_is_told(tmp_path):
    with pytest.raises(StoreError, match="no finished items"):
        build_study(tmp_path, {}, ["end-to-end"], 5)


def test_the_command_collects_and_the_table_shows_it(tmp_path):
    (tmp_path / "ratings").mkdir()
    (tmp_path / "ratings/key.json").write_text(KEY.model_dump_json())
    answers = {item: {q.key: 3 + (item == "a") for q in QUESTIONS} for item in KEY.items}
    files = [str(rater(tmp_path, name, answers)) for name in ("Ann", "Ben")]
    assert read_collected(tmp_path) is None
    result = CliRunner().invoke(rate_app, ["collect", *files, "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert "copy_fluency: 3.500" in result.output
    assert "1.000, 1.000" in result.output
    collected = read_collected(tmp_path)
    assert collected is not None
    assert collected.raters == 2


def test_the_page_renders_without_items():
    assert '"items": []' in render_page("s", [])
