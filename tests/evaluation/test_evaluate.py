import csv
import io
import json

import pytest
from typer.testing import CliRunner

from triptych.cases.format import read_cases
from triptych.commands.evaluate import eval_app, rate_app
from triptych.errors import CaseError, StoreError
from triptych.evaluation.evaluate import evaluate
from triptych.evaluation.items import ITEM, EvalSettings, Item, brief_of, choose_cases
from triptych.evaluation.measure import Instruments
from triptych.evaluation.results import read_results
from triptych.methods.table import METHODS

MADE = [name for name in METHODS if name != "human"]


@pytest.fixture(scope="module")
def evaluated(world, tiny_profile, tiny_starter, tmp_path_factory):
    """All methods over the little world, by the command."""
    out = tmp_path_factory.mktemp("eval") / "out"
    arguments = [
        str(world), "--out", str(out), "--profile", tiny_profile, "--steps", "2",
        "--clip", str(tiny_starter / "clip"),
    ]  # fmt: skip
    result = CliRunner().invoke(eval_app, arguments)
    assert result.exit_code == 0, result.output
    return out, arguments


def test_every_method_makes_every_case_and_is_measured(evaluated, world):
    results = read_results(evaluated[0])
    assert list(results.methods) == list(METHODS)
    assert results.count == 6
    assert results.with_clip == 2
    for name, method in results.methods.items():
        assert not method.errors
        assert len(method.rows) == (2 if name == "text-to-video" else 6)
        figures = method.figures
        assert {"text_video", "flicker", "motion", "bleu", "rouge_l"} <= set(figures)
        assert figures["text_video"].n == 2
        assert ("text_image" in figures) == (name != "text-to-video")
        assert ("nfe" in figures) == (name != "human")
        assert ("frechet_image" in figures) == (name not in ("human", "text-to-video"))
    assert results.names["frechet_image"].startswith("Fréchet distance (judge")
    assert set(results.unseen) == {c.id for c in read_cases(world) if c.unseen_combination}


def test_the_reference_measures_as_itself(evaluated):
    results = read_results(evaluated[0])
    human = results.methods["human"]
    assert human.figures["text_image"].n == 6
    assert "seconds" not in human.figures
    apart = {name: one.figures["frechet_image_apart"].value for name, one in results.methods.items()
             if name != "text-to-video"}  # fmt: skip
    assert apart["human"] == min(apart.values()) > 0


def test_cost_tells_the_methods_apart(evaluated):
    rows = {n: m.rows for n, m in read_results(evaluated[0]).methods.items()}
    clip_case = next(case for case, row in rows["end-to-end"].items() if "text_video" in row)
    plain = rows["end-to-end"][clip_case]["nfe"]
    assert plain == 2 * 2 + 2  # two steps each, the picture's guided
    assert rows["stepwise"][clip_case]["nfe"] == plain
    assert rows["unimodal"][clip_case]["nfe"] == plain * 5 // 3  # a key image of the clip's own
    assert rows["text-to-video"][clip_case]["nfe"] == plain
    assert rows["end-to-end-critic"][clip_case]["nfe"] > plain
    assert rows["end-to-end"][clip_case]["attempts"] == 1


def test_a_second_run_finds_everything_and_says_the_same(evaluated):
    out, arguments = evaluated
    before = read_results(out)
    stamps = {path: path.stat().st_mtime_ns for path in out.glob("items/*/*/item.json")}
    assert CliRunner().invoke(eval_app, arguments).exit_code == 0
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps
    after = read_results(out)
    assert {n: m.figures for n, m in after.methods.items()} == {
        n: m.figures for n, m in before.methods.items()
    }


def test_other_settings_do_not_mix(evaluated):
    _out, arguments = evaluated
    result = CliRunner().invoke(eval_app, [*arguments, "--seed", "5"])
    assert result.exit_code == 1
    assert "seed 0, not 5" in result.output


def test_tables_and_figures_are_written(evaluated):
    out = evaluated[0]
    tables = {path.name for path in (out / "tables").iterdir()}
    assert {f"table-{n}.{kind}" for n in (2, 4, 5, 6) for kind in ("md", "csv")} <= tables
    four = (out / "tables/table-4.md").read_text()
    assert "Product of similarities" in four
    assert "+15 %" in four
    assert "other data" in four
    six = list(csv.reader(io.StringIO((out / "tables/table-6.csv").read_text())))
    assert six[0][:5] == ["method", "Seconds a case ↓", "Seconds a case ↓ low",
                          "Seconds a case ↓ high", "Seconds a case ↓ n"]  # fmt: skip
    assert len(six) == 1 + len(METHODS)
    assert "not rated" in (out / "tables/table-5.md").read_text()
    drawn = {path.name for path in (out / "figures").iterdir()}
    assert {"figure-3-methods.png", "figure-4-quality-and-cost.png",
            "figure-5-examples.png"} <= drawn  # fmt: skip


def test_training_logs_become_figures(evaluated, tmp_path):
    logs = tmp_path / "work"
    for stage in ("clip", "image"):
        (logs / stage).mkdir(parents=True)
        lines = [{"kind": "train", "step": s, "loss": 3 / s, "text": 1 / s} for s in range(1, 40)]
        lines += [
            {"kind": "validation", "step": s, "loss": 2 / s, "similarity": s / 50}
            for s in (10, 20, 30)
        ]
        text = "\n".join(map(json.dumps, lines))
        (logs / stage / "log.jsonl").write_text(text + '\n{"kind": "train", "st')
    target = tmp_path / "docs/results.md"
    arguments = ["report", str(evaluated[0]), "-o", str(target), "--logs", str(logs)]
    result = CliRunner().invoke(eval_app, arguments)
    assert result.exit_code == 0, result.output
    names = {path.name for path in (evaluated[0] / "figures").iterdir()}
    assert {"figure-1-training-losses.png", "figure-2-similarity-trend.png"} <= names
    text = target.read_text()
    assert "Does “End-to-end” beat “Unimodal pipeline”?" in text
    assert "| Text-image |" in text
    assert "figure-1" in text
    assert read_results(evaluated[0]).commit in text


def test_compare_says_what_is_beyond_noise(evaluated):
    out = str(evaluated[0])
    arguments = ["compare", "unimodal", f"{out}:end-to-end", "--results", out, "--json"]
    result = CliRunner().invoke(eval_app, arguments)
    assert result.exit_code == 0, result.output
    rows = {row["metric"]: row for row in json.loads(result.output)}
    nfe = rows["nfe"]
    assert nfe["verdict"] in ("better", "within noise")
    assert nfe["difference"]["value"] == pytest.approx(nfe["b"] - nfe["a"])
    assert rows["rouge_l"]["difference"]["n"] == 6
    plain = CliRunner().invoke(eval_app, arguments[:-1])
    assert "within noise" in plain.output
    wrong = CliRunner().invoke(eval_app, ["compare", "unimodal", "nobody", "--results", out])
    assert wrong.exit_code == 1
    assert "It has: unimodal" in wrong.output


def test_a_users_own_folder_and_profile_work_with_the_same_command(
    own_cases, tiny_profile, tiny_starter, tmp_path
):
    out = tmp_path / "out"
    arguments = [
        "run", str(own_cases), "--out", str(out), "--profile", tiny_profile, "--steps", "1",
        "--methods", "end-to-end", "--split", "all", "--clip", str(tiny_starter / "clip"),
    ]  # fmt: skip
    result = CliRunner().invoke(eval_app, arguments)
    assert result.exit_code == 0, result.output
    results = read_results(out)
    assert list(results.methods) == ["end-to-end", "human"]
    figures = results.methods["end-to-end"].figures
    assert "judge_product" not in figures
    assert "text_video" not in figures
    assert figures["rouge_l"].n == 3
    assert results.names == {"frechet_image": "Fréchet distance (evaluation-CLIP features)"}


def test_a_case_that_fails_is_told_of_and_tried_again(world, tiny_profile, tmp_path):
    settings = EvalSettings(profile=tiny_profile, overrides=("image.steps=1",), steps=1)
    blank = Instruments()
    cases = choose_cases(read_cases(world), "test", 2)
    place = tmp_path / "items/end-to-end" / cases[0].id
    place.mkdir(parents=True)
    broken = Item(
        method="end-to-end", case=cases[0].id, channel="body", tone="minimal", message="fell over"
    )
    (place / ITEM).write_text(broken.model_dump_json())
    results = evaluate(
        world, [METHODS["end-to-end"]], tmp_path, settings, limit=2, instruments=blank
    )
    assert not results.methods["end-to-end"].errors
    assert set(results.methods["end-to-end"].rows) == {case.id for case in cases}


def test_cases_are_chosen_evenly_and_clips_keep_their_share(world):
    cases = read_cases(world)
    chosen = choose_cases(cases, "test", 3)
    assert len(chosen) == 3
    assert sum(bool(case.clip) for case in chosen) == 1
    assert choose_cases(cases, "test", 3) == chosen
    assert choose_cases(cases, "test", 99) == [case for case in cases if case.split == "test"]
    assert choose_cases(cases, "all") == cases
    with pytest.raises(CaseError, match="no case of the split"):
        choose_cases(cases, "train")


def test_a_brief_asks_for_what_there_are_references_of(world, own_cases):
    case = read_cases(world)[0]
    brief, channel, tone = brief_of(case)
    assert case.copy_texts[tone][channel]
    assert brief.channels == (channel,)
    assert (channel, tone) == ("body", case.tone)
    assert brief_of(case, "headline")[0].channels == ("headline",)
    own = read_cases(own_cases)[0]
    assert brief_of(own)[1:] == ("headline", "minimal")
    with pytest.raises(CaseError, match="no reference copy for the channel 'body'"):
        brief_of(own, "body")


def test_a_channel_without_copy_or_name_stops_before_anything_is_made(own_cases, tmp_path):
    for channel in ("body", "poem"):
        arguments = [str(own_cases), "--out", str(tmp_path / "out"), "--split", "all"]
        arguments += ["--channel", channel]
        result = CliRunner().invoke(eval_app, arguments)
        assert result.exit_code == 1
        assert channel in result.output
    assert not (tmp_path / "out").exists()


def test_missing_or_torn_results_are_told(tmp_path):
    with pytest.raises(StoreError, match="cannot be read"):
        read_results(tmp_path)
    (tmp_path / "results.json").write_text("{")
    with pytest.raises(StoreError, match="no results"):
        read_results(tmp_path)


def test_methods_are_listed():
    result = CliRunner().invoke(eval_app, ["methods", "--json"])
    assert [row["name"] for row in json.loads(result.output)] == list(METHODS)


def test_a_study_can_be_made_from_an_evaluation(evaluated, world):
    out = evaluated[0]
    result = CliRunner().invoke(rate_app, [str(out), "--cases", str(world), "--count", "2"])
    assert result.exit_code == 0, result.output
    page = (out / "ratings/rate.html").read_text()
    for method in METHODS.values():
        assert method.name not in page
        assert method.title not in page
    assert page.count("data:video/mp4;base64,") == 2 * len(MADE)
