"""The starter's model card, from its weights, its training's logs and its measured quality.

    python benchmarks/starter_quality.py CASES results/starter
    python benchmarks/starter_pictures.py CASES docs/starter
    python benchmarks/model_card.py results/starter training-work -o docs/model-card.md

Nothing in it is written by hand but the words of this script.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

from safetensors import safe_open
from starter_quality import markdown

from triptych.generators.starter.load import SHIPPED_WEIGHTS
from triptych.training.config import TrainingConfig, read_config, starter_config
from triptych.training.curves import read_logs

MODULES = {
    "text": "language model (Llama): brief to plan and copy",
    "latents": "queries, trunk and heads of the shared latents Z",
    "autoencoder": "pixels (128×128) to latents (16×16×16) and back",
    "image": "picture denoiser (UNet2DConditionModel)",
    "upscaler": "finished pictures and frames (128×128) to 512×512, in one step",
    "video": "motion modules on the picture denoiser",
    "clip": "the critic's CLIP; its text tower reads prompts",
    "evaluation_clip": "a second CLIP (other tower, seed, cases), for evaluation alone",
    "judge": "reads attributes from pixels, for evaluation alone",
}
EARLIER = (
    ("autoencoder", 3207, 16, "32.5 dB"),
    ("clip", 3000, 64, "loss 1.06"),
    ("text", 1500, 16, "loss 0.200"),
    ("evaluation_clip", 4000, 64, "loss 0.764, retrieval 0.820"),
    ("denoiser", 1885, 16, "loss 0.431"),
    ("latents", 1300, 16, "text 0.348, caption -0.392, align 0.009"),
    ("image", 2600, 16, "loss 0.300"),
    ("video", 720, 2, "loss 0.283, before clips began as a drift"),
    ("joint", 100, 4, "text 0.187, image 0.317, video 0.312, align 0.261"),
    ("latents", 1800, 16, "loss 0.593, text 0.964, caption -0.408, align 0.007"),
    ("image", 5000, 16, "loss 0.262, latents 0.264, prompt 0.263, similarity 0.752"),
    ("video", 1700, 2, "loss 0.244"),
    ("joint", 100, 4, "text 0.174, image 0.281, video 0.273, align 0.259, similarity 0.761"),
)
"""Stage, steps, batch and last validation of earlier sittings, whose logs are not kept. Every
later sitting went on from their weights (`triptych train adopt`)."""
INTRODUCTION = """# The starter's model card

Made by `benchmarks/model_card.py`; not edited by hand.

**What it is for.** To show and test the whole method without a download, a key or a GPU. It knows
sixteen products in twelve places of a rendered world, and English copy of one grammar. It is not
for real campaigns: choose a pretrained profile for those.

**Data.** Trained by this project on cases that it rendered itself: `triptych data render --cases
5000 --seed 7`, for autoencoder, critic's CLIP and judge 9,000 of the same world (see
[rendering.md](rendering.md) and [cases.md](cases.md)); the evaluation CLIP on half of 10,000 stills
of another one (`--seed 8 --stills`); the language model on 60,000 scenes of text alone. No picture
or text of anybody else, and no person, is in it. Some pairs of attributes occur in
test cases alone.

**Licence.** Apache-2.0, like the code."""


def parameters(folder: Path) -> int:
    """Numbers in a module's safetensors files."""
    total = 0
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, "pt") as file:
            for name in file.keys():  # noqa: SIM118 - safe_open is no mapping
                size = 1
                for length in file.get_slice(name).get_shape():
                    size *= length
                total += size
    return total


def modules_table(weights: Path) -> list[str]:
    """Every module with its size."""
    lines = ["## Modules", "", "| Module | Parameters | On disk | |", "|---|---:|---:|---|"]
    count = size = 0
    for name, about in MODULES.items():
        folder = weights / name
        if not folder.is_dir():
            continue
        numbers = parameters(folder)
        held = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        count, size = count + numbers, size + held
        lines.append(f"| `{name}` | {numbers / 1e6:.2f} M | {held / 1e6:.1f} MB | {about} |")
    return [*lines, f"| in all | {count / 1e6:.1f} M | {size / 1e6:.1f} MB | |"]


def training_table(work: Path, config: TrainingConfig) -> list[str]:
    """How far every stage was trained."""
    lines = ["## Training", "", "| Stage | Steps | Batch | Samples | Last validation |",
             "|---|---:|---:|---:|---|"]  # fmt: skip
    for stage, steps, batch, told in EARLIER:
        lines.append(f"| `{stage}` | {steps} | {batch} | {steps * batch} | {told} |")
    lines.append("| *last sitting, from those weights* | | | | |")
    for stage, log in read_logs(work).items():
        if stage not in config.stages or not log.train:
            continue
        steps = max(steps[-1] for steps, _ in log.train.values())
        batch = config.stages[stage].batch
        told = ", ".join(f"{name} {values[-1]:.3f}" for name, (_, values) in log.validation.items())
        lines.append(f"| `{stage}` | {steps} | {batch} | {steps * batch} | {told} |")
    return [
        *lines,
        "",
        "In the last sitting text and Z were trained from nothing, on copy in which stand-ins take",
        "the place of names, facts and offers (so their losses are of another text), and picture",
        "and clip models heard the new Z from the weights before. `upscaler` learned from 269",
        "renders of 512×512. There was no joint stage in it. Two cores, bf16.",
        "",
        "![Losses of the last sitting](starter/training.png)",
    ]


def pictures() -> list[str]:
    """The grid and the strips."""
    return [
        "## What it makes",
        "",
        "Test cases evenly spread, none chosen by eye. Left the render, right the starter's own",
        "picture of the same plan line, copy and Z.",
        "",
        "![36 pairs of render and picture](starter/pictures.png)",
        "",
        "Six clips: the render above, the starter's own below.",
        "",
        "![Frames of six clips](starter/clips.png)",
    ]


def main() -> None:
    """Write the card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("quality", type=Path, help="folder that starter_quality.py wrote")
    parser.add_argument("work", type=Path, help="the training's work folder")
    parser.add_argument("--weights", type=Path, default=SHIPPED_WEIGHTS)
    parser.add_argument("--config", type=Path, help="what it was trained with, if not as shipped")
    parser.add_argument("-o", "--out", type=Path, default=Path("docs/model-card.md"))
    options = parser.parse_args()
    about: dict[str, Any] = json.loads((options.quality / "starter_quality.json").read_text())
    machine = about["machine"]
    config = read_config(options.config) if options.config else starter_config()
    parts = [
        INTRODUCTION,
        "",
        *modules_table(options.weights),
        "",
        *training_table(options.work, config),
        "",
        *pictures(),
        "",
        markdown(about).strip(),
        "",
        "Fréchet distances (judge's features) are to the renders of as many validation cases; the",
        "floor is the same distance from the renders of the test cases themselves. So are sliced",
        "Wasserstein distances (times 1000, by the side of the pyramid's level); their ratio is",
        "the largest of any level over its floor. Acuity and blockiness are over the renders' own,",
        "and `detected` is how often a fresh small network tells a picture of an unseen case from",
        "its render (0.5: it guesses).",
        "",
        f"Measured on {machine['processor']}, {machine['cores']} cores, {about['created']}.",
    ]
    curves = options.work / "training.png"
    if curves.exists():
        (options.out.parent / "starter").mkdir(parents=True, exist_ok=True)
        shutil.copy(curves, options.out.parent / "starter" / "training.png")
    options.out.write_text("\n".join(parts) + "\n")
    print(options.out)


if __name__ == "__main__":
    main()
