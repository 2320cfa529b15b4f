"""Pictures for the starter's model card: 36 made beside renders of the same cases, and six clips.

    python benchmarks/starter_pictures.py CASES OUT [--weights FOLDER] [--steps S] [--seed N]

Writes OUT/pictures.png (each pair: the render, then the starter's own) and OUT/clips.png (frame
strips: the render's above, the starter's below). The test cases are evenly spread, not chosen.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from starter_quality import latents_of, paint

from triptych.cases.format import Case, read_cases
from triptych.domain import PlanDraft
from triptych.evaluation.items import choose_cases
from triptych.evaluation.judge import fitted
from triptych.generators.starter.load import SHIPPED_WEIGHTS, StarterModules
from triptych.protocols import Pixels, VisualRequest
from triptych.training.data import read_clip, read_image

SIDE, GAP, LINE = 128, 4, 14


def grid(cases: Sequence[Case], renders: Sequence[Pixels], made: Sequence[Pixels]) -> Image.Image:
    """Six columns of pairs with a caption each."""
    wide, tall = 2 * SIDE + 3 * GAP, SIDE + LINE + GAP
    rows = (len(cases) + 5) // 6
    sheet = Image.new("RGB", (6 * wide, rows * tall), "white")
    draw = ImageDraw.Draw(sheet)
    for place, case in enumerate(cases):
        left, top = (place % 6) * wide, (place // 6) * tall
        sheet.paste(Image.fromarray(renders[place]), (left, top))
        sheet.paste(Image.fromarray(fitted(made[place])), (left + SIDE + GAP, top))
        truth = case.attributes
        words = [str(truth.get(key, "")) for key in ("colour", "product", "setting", "time")]
        unseen = " (unseen)" if case.unseen_combination else ""
        draw.text((left, top + SIDE), " ".join(words) + unseen, fill="black")
    return sheet


def strips(pairs: Sequence[tuple[Pixels, Pixels]], names: Sequence[str]) -> Image.Image:
    """Eight frames of each clip in a row, the render's above the starter's."""
    tall = 2 * (SIDE + GAP) + LINE
    sheet = Image.new("RGB", (8 * (SIDE + GAP), len(pairs) * tall), "white")
    draw = ImageDraw.Draw(sheet)
    for place, (pair, name) in enumerate(zip(pairs, names, strict=True)):
        for row, clip in enumerate(pair):
            for column, frame in enumerate(clip[::2][:8]):
                spot = (column * (SIDE + GAP), place * tall + row * (SIDE + GAP))
                sheet.paste(Image.fromarray(fitted(frame)), spot)
        draw.text((0, (place + 1) * tall - LINE - 2), name, fill="black")
    return sheet


def main() -> None:
    """Make the pictures and the sheets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--weights", type=Path, default=SHIPPED_WEIGHTS)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--pictures", type=int, default=36)
    parser.add_argument("--clips", type=int, default=6)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    modules = StarterModules(options.weights)
    test = read_cases(options.cases)
    cases = choose_cases(test, "test", options.pictures)
    prompts = [PlanDraft.model_validate(case.plan).visual for case in cases]
    made = paint(modules, prompts, latents_of(modules, cases), options.steps)
    renders = [read_image(options.cases / case.image, SIDE) for case in cases]
    grid(cases, renders, made).save(options.out / "pictures.png")
    moving = [case for case in test if case.clip and case.split == "test"]
    moving = [moving[at] for at in np.linspace(0, len(moving) - 1, options.clips).astype(int)]
    pairs, names = [], []
    for place, case in enumerate(moving):
        plan = PlanDraft.model_validate(case.plan)
        latents = latents_of(modules, [case])
        key = paint(modules, [plan.visual], latents, options.steps)[0]
        request = VisualRequest(f"{plan.visual}, {plan.motion}", options.steps)
        clip = modules.video.start([request], latents, [key], [place]).finish()[0].pixels
        pairs.append((read_clip(options.cases / str(case.clip), SIDE, len(clip)), clip))
        names.append(request.prompt)
    if pairs:
        strips(pairs, names).save(options.out / "clips.png")
    print(options.out)


if __name__ == "__main__":
    main()
