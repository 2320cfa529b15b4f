"""The README's figures, from stored results.

    python benchmarks/readme.py [--results docs/results] [--readme README.md]

Rewrites what stands between the README's two markers. A figure whose result is not stored is left
out; none is written by hand. The results come from

    python benchmarks/starter_quality.py CASES OUT        # starter_quality.json
    python benchmarks/overhead.py --weights W --json F    # overhead.json
    python benchmarks/kill.py --kills 1000 --mutants --json F  # kills.json
    triptych eval CASES --out evaluation --steps 16       # evaluation/results.json
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from triptych.evaluation.metrics import BY_KEY
from triptych.evaluation.results import RESULTS, read_results

BEGIN, END = "<!-- figures: benchmarks/readme.py -->", "<!-- end of figures -->"
QUALITY = (
    ("text", "bleu", "Copy, BLEU-4 against references"),
    ("text", "rouge_l", "Copy, ROUGE-L"),
    ("text", "names_right", "Copy, brand and product named right"),
    ("text", "nothing_false", "Copy, no false claim"),
    ("text", "plan_choices", "Plan, channels and tone as asked"),
    ("image", "judge_product", "Picture, product right by the judge"),
    ("image", "judge_colour", "Picture, colour right"),
    ("image", "judge_setting", "Picture, setting right"),
    ("image", "unseen_product", "Picture, product right in unseen combinations"),
    ("clip", "frames_product", "Clip, frames with the product right"),
    ("clip", "frames_setting", "Clip, frames with the setting right"),
)
BEAMS = 5
RATIOS = (
    ("image", "wasserstein_ratio", "Picture, sliced Wasserstein over renders and renders'"),
    ("image", "acuity_ratio", "Picture, acuity of outlines over the renders'"),
    ("image", "blockiness_ratio", "Picture, blockiness over the renders'"),
    ("clip", "grain_growth", "Clip, grain of its last frames over its first's"),
    ("clip", "flicker_ratio", "Clip, flicker over the renders'"),
    ("clip", "motion_ratio", "Clip, optical flow over the renders'"),
)
METHODS_TOLD = ("text_image", "text_video", "image_video", "product", "judge_all", "seconds")


def quality_lines(told: dict[str, Any]) -> list[str]:
    """A table of the starter's figures with their intervals."""
    lines = ["| Held-out test cases of the starter's world | Value (95 % interval) | n |",
             "|---|---:|---:|"]  # fmt: skip
    for section, key, title in QUALITY:
        found = told.get(section, {}).get(key)
        if found:
            value, low, high = (100 * found[name] for name in ("value", "low", "high"))
            lines.append(f"| {title} | {value:.1f} % [{low:.1f}, {high:.1f}] | {found['n']} |")
    counts = {"clip": "flicker", "image": "judge_product"}
    lines += [f"| {title} | {told[section][key]:.2f} × | {told[section][counts[section]]['n']} |"
              for section, key, title in RATIOS if key in told.get(section, {})]  # fmt: skip
    return [*lines, "", f"{told['steps']} denoising steps; commit `{told['commit']}`; "
            f"{told['machine']['cores']} cores. All figures: `docs/model-card.md`."]  # fmt: skip


def method_lines(folder: Path) -> list[str]:
    """The methods held against each other, from an evaluation's results."""
    results = read_results(folder)
    metrics = [BY_KEY[key] for key in METHODS_TOLD]
    lines = [f"| {results.count} test cases, by a CLIP and a judge that took no part | "
             + " | ".join(metric.title for metric in metrics) + " |",
             "|---|" + "---:|" * len(metrics)]  # fmt: skip
    for method in results.methods.values():
        shown = [f"{method.figures[one.key].value:.{one.digits}f}" if one.key in method.figures
                 else "–" for one in metrics]  # fmt: skip
        lines.append(f"| {method.title} | {' | '.join(shown)} |")
    return [*lines, "", "Intervals, paired differences, costs and figures: `docs/results.md`."]


def block(folder: Path) -> str:
    """Everything that is stored, as Markdown."""
    parts: list[str] = []
    quality = folder / "starter_quality.json"
    if quality.exists():
        parts += quality_lines(json.loads(quality.read_text()))
    if (folder / "evaluation" / RESULTS).exists():
        parts += ["", *method_lines(folder / "evaluation")]
    overhead, kill = folder / "overhead.json", folder / "kills.json"
    if overhead.exists():
        told = json.loads(overhead.read_text())
        parts += [
            "",
            f"A warm case (copy by {BEAMS} beams, picture and 16 frames at {told['steps']} steps,",
            f"verdict) takes {told['case_seconds_clock']:.1f} s on two cores,",
            f"{told['overhead_share_clock']:.1%} of it outside the models (creatives, export,",
            f"files, trace); `triptych --help` takes {told['help_seconds']['clock']:.2f} s.",
        ]
    if kill.exists():
        told = json.loads(kill.read_text())
        cuts, faults = told["power_cuts"], len(told["faults"])
        parts += ["", f"Killed {told['kills']} times, {cuts} of them with a power cut, "
                  f"and gone on with: {faults} faults."]  # fmt: skip
    return "\n".join(parts)


def main() -> None:
    """Rewrite the README's block."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--results", type=Path, default=Path("docs/results"))
    parser.add_argument("--readme", type=Path, default=Path("README.md"))
    options = parser.parse_args()
    text = options.readme.read_text()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{options.readme} lacks the markers {BEGIN} and {END}.")
    options.readme.write_text(f"{before}{BEGIN}\n\n{block(options.results)}\n\n{END}{after}")


if __name__ == "__main__":
    main()
