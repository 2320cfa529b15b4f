import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.pools import Pool, measure, rank_correlations, replay
from triptych.alignment import load_calibration
from triptych.errors import StoreError
from triptych.generators.encoder import load_clip
from triptych.starter.dataset import case_of

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def gaussian_pool(prompts=60, seeds=32, between=1.5, seed=0):
    """Scores of a world with known spreads; the preview at step s correlates as √(s/50)."""
    rng = np.random.default_rng(seed)
    looks = np.array([5, 12, 25, 40])
    rho = np.sqrt(looks / 50)
    own = rng.standard_normal((prompts, seeds))
    base = between * rng.standard_normal((prompts, 1))
    noise = rng.standard_normal((prompts, seeds, len(looks)))
    shown = rho * own[..., None] + np.sqrt(1 - rho**2) * noise + base[..., None] - 0.5
    finals = own + base
    return Pool(
        generator="gaussian",
        steps=50,
        step_nfe=2,
        look_steps=looks,
        previews=shown,
        finals=finals,
        passed=finals > 1.0,
        threshold=1.0,
        preview_cost=0.3,
        others={"judge": 0.5 * own + rng.standard_normal(own.shape) + base},
    )


def test_a_pool_is_stored_without_pickle_and_read_back(tmp_path):
    pool = gaussian_pool(prompts=3)
    pool.save(tmp_path / "pool.npz")
    found = Pool.load(tmp_path / "pool.npz")
    np.testing.assert_array_equal(found.previews, pool.previews)
    np.testing.assert_array_equal(found.others["judge"], pool.others["judge"])
    assert (found.generator, found.threshold, found.steps) == ("gaussian", 1.0, 50)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04torn", b"not a pool"])
def test_a_torn_pool_is_a_clear_error(tmp_path, content):
    (tmp_path / "pool.npz").write_bytes(content)
    with pytest.raises(StoreError, match="candidate pool"):
        Pool.load(tmp_path / "pool.npz")


def test_measured_statistics_are_those_of_the_process():
    found = measure(gaussian_pool(prompts=400))
    assert found.within == pytest.approx(1.0, abs=0.03)
    assert found.between == pytest.approx(1.5, abs=0.15)
    assert found.preview_shifts == pytest.approx([0.5] * 4, abs=0.05)
    # Spearman's ρ of normals lies a little under Pearson's √(s/50)
    assert found.preview_correlations == pytest.approx([0.30, 0.47, 0.69, 0.88], abs=0.03)
    assert found.step_reaching(0.5) == 25
    assert found.step_reaching(0.95) is None


def test_rank_correlation_ignores_scale():
    left = np.array([[1.0, 2.0, 3.0, 4.0]])
    assert rank_correlations(left, np.exp(left)) == pytest.approx([1.0])
    assert rank_correlations(left, -left) == pytest.approx([-1.0])


def test_a_replay_runs_the_strategy_itself():
    pool = gaussian_pool(prompts=4)
    statistics = measure(pool)
    order = list(range(pool.seeds))
    best = replay(pool, 1, "best-of-n", 4, order, statistics)
    assert best.seed == int(pool.finals[1, :4].argmax()) or pool.passed[1, best.seed]
    assert best.outcome.nfe == 4 * 100
    pruned = replay(pool, 1, "pruning", 4, order, statistics)
    assert pruned.outcome.charged <= 4 * 100
    assert len(pruned.outcome.trials) > 4


def test_a_replay_that_drops_samples_begins_no_more_than_the_pool_holds():
    pool = gaussian_pool(prompts=60, seeds=8, between=0.5)
    pool = replace(pool, threshold=2.0, passed=pool.finals > 2.0)
    known = measure(pool).model_copy(update={"mean": 9.0})  # hopes for more than any seed shows
    for prompt in range(pool.prompts):
        found = replay(pool, prompt, "sequential", 8, range(8), known, trade_off=0.0)
        assert len(found.outcome.trials) <= 8


@pytest.fixture
def figures_module(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import search_figures

    monkeypatch.setattr(search_figures, "REPEATS", 3)
    monkeypatch.setattr(search_figures, "DRAWS", 100)
    return search_figures


def test_figures_follow_the_process(figures_module, tmp_path):
    found = figures_module.figures(gaussian_pool(prompts=160))
    gains = {s: row["gain"]["critic"][0] for s, row in found["by_budget"]["4"].items()}
    assert gains["best-of-n"] == pytest.approx(1.03, abs=0.2)
    assert gains["pruning"] > gains["best-of-n"] > gains["retry-last"]
    share = found["acceptance"]["share of the gain that judge sees"]
    # half of the judge's deviation of √1.25 follows the critic: 0.5 / 1.118
    assert share[0] == pytest.approx(0.447, abs=0.2)
    table = figures_module.markdown(found)
    assert "| 4× | pruning |" in table
    figures_module.plot(found, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").stat().st_size > 5000


def write_cases(folder, count=40):
    """Validation cases of the starter's world with random pictures, some with a clip."""
    (folder / "images").mkdir(parents=True)
    rng, lines = np.random.default_rng(0), []
    for index in [11 + 50 * i for i in range(count)]:
        case = case_of(0, index).model_copy(update={"clip": None})
        Image.fromarray(rng.integers(0, 256, (32, 32, 3), np.uint8)).save(folder / case.image)
        if index % 100 == 11:
            case = case.model_copy(update={"clip": f"clips/{case.id}"})
            (folder / case.clip).mkdir(parents=True)
            for frame in range(4):
                pixels = rng.integers(0, 256, (32, 32, 3), np.uint8)
                Image.fromarray(pixels).save(folder / case.clip / f"{frame}.png")
        lines.append(case.to_line())
    (folder / "cases.jsonl").write_text("".join(lines))


def test_the_benchmark_calibrates_a_clip_and_keeps_what_is_known_of_the_search(
    figures_module, tiny_starter, tmp_path, capsys
):
    import search as benchmark

    weights = tmp_path / "weights"
    shutil.copytree(tiny_starter, weights)
    write_cases(tmp_path / "cases")
    given = ["--weights", str(weights), "--calibrate", str(tmp_path / "cases")]
    assert benchmark.main(given) == 0
    assert "text-image: " in capsys.readouterr().out
    sizes = ["--prompts", "4", "--seeds", "4", "--steps", "3", "--timed", "1"]
    run = ["--weights", str(weights), "--out", str(tmp_path / "out"), "--store"]
    assert benchmark.main([*run, *sizes]) == 0
    assert benchmark.main(given) == 0
    found = load_calibration(weights / "clip", load_clip(weights / "clip"))
    assert found is not None
    assert set(found.pairs) == {"text-image", "text-video", "image-video"}
    assert found.search["image"].steps == 3


@pytest.mark.parametrize("part", ["image", "clip"])
def test_the_benchmark_runs_on_models_of_toy_size(figures_module, tiny_starter, tmp_path, part):
    import search as benchmark

    given = ["--weights", str(tiny_starter), "--out", str(tmp_path), "--part", part]
    sizes = ["--prompts", "4", "--seeds", "4", "--steps", "3", "--timed", "1"]
    assert benchmark.main([*given, *sizes]) == 0
    found = json.loads((tmp_path / f"{part}.json").read_text())
    assert found["by_budget"]["4"]["best-of-n"]["nfe"] == 4 * 3 * {"image": 2, "clip": 1}[part]
    assert found["clock"]["one by one over batched"] > 0
    again = ["--pool", str(tmp_path / f"{part}.npz"), "--out", str(tmp_path / "again")]
    assert benchmark.main([*again, "--part", part]) == 0
    assert (tmp_path / "again" / f"{part}.png").exists()
