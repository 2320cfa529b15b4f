import json
import subprocess
import sys


def test_the_benchmark_measures_everything_it_promises(world, tiny_starter, tmp_path):
    arguments = [str(world), str(tmp_path), "--limit", "4", "--steps", "1", "--text", "2"]
    arguments += ["--clips", "1", "--variant", f"untuned={tiny_starter}"]
    done = subprocess.run(
        [sys.executable, "benchmarks/starter_quality.py", *arguments, "--weights", tiny_starter],
        capture_output=True, text=True,
        env={"PYTHONPATH": ".", "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "starter_quality.json").read_text())
    assert {"bleu", "rouge_l", "names_right", "nothing_false", "plan_valid"} <= set(found["text"])
    assert found["text"]["plan_valid"]["value"] == 1
    assert set(found["ablation"]) == {"prompt", "latents", "both", "untuned"}
    assert {"frechet", "frechet_floor", "judge_product"} <= set(found["image"])
    looks = {"wasserstein_ratio", "acuity_ratio", "blockiness_ratio", "detected"}
    assert looks <= set(found["image"])
    assert {"flicker_ratio", "motion_ratio", "first_frame", "grain_growth"} <= set(found["clip"])
    assert {"own_shows_own", "swapped_shows_other", "zero_shows_own"} <= set(found["latents"])
    assert "| bleu |" in (tmp_path / "starter_quality.md").read_text()
