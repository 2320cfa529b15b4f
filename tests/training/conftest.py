"""A tiny case folder of plain drawings, and every stage of a tiny starter trained on it."""

import json
from pathlib import Path
from random import Random

import numpy as np
import pytest
from PIL import Image

from tests.generators.conftest import checkpoint, profile_file, words  # noqa: F401 (fixtures)
from tests.tiny import TINY, TINY_CLIP, scene
from triptych.starter.grammar import case_texts
from triptych.starter.scene import COLOURS
from triptych.training.config import StageOptions, TrainingConfig
from triptych.training.starter import STAGES, Workshop

SIDE, FRAMES = 32, 16


def draw(colour: str, left: int) -> np.ndarray:
    """A square of a colour on a grey wall, (32, 32, 3)."""
    pixels = np.full((SIDE, SIDE, 3), 150, np.uint8)
    pixels[22:] = 90
    pixels[10:26, left : left + 12] = np.array(COLOURS[colour]) * 255
    return pixels


def save_cases(folder: Path, counts: dict[str, int]) -> Path:
    """Cases with a still and a clip each, in the documented format."""
    (folder / "images").mkdir(parents=True)
    lines, number = [], 0
    for split, count in counts.items():
        for _ in range(count):
            name, shown = f"case-{number}", scene(number)
            left = Random(number).randrange(16)
            still = Image.fromarray(draw(shown.colour, left)).resize((2 * SIDE, 2 * SIDE), 0)
            still.save(folder / f"images/{name}.png")
            (folder / f"clips/{name}").mkdir(parents=True)
            for frame in range(FRAMES):
                moved = draw(shown.colour, (left + frame // 4) % 20)
                Image.fromarray(moved).save(folder / f"clips/{name}/{frame:02}.png")
            media = {"image": f"images/{name}.png", "clip": f"clips/{name}"}
            lines.append(json.dumps({"id": name, "split": split, **case_texts(shown), **media}))
            number += 1
    (folder / "cases.jsonl").write_text("".join(line + "\n" for line in lines))
    return folder


def tiny_config(**options) -> TrainingConfig:
    """Two steps a stage."""
    each = StageOptions(
        steps=2, batch=4, rate=1e-3, warm_up=1, validate_every=2, save_every=1, **options
    )
    return TrainingConfig(stages=dict.fromkeys(STAGES, each), lora_rank=2)


TOWER = TINY_CLIP["vision_cfg"]
SIZES = TINY.__class__(**{**vars(TINY), "towers": {"critic": TOWER, "evaluation": TOWER}})


@pytest.fixture(scope="session")
def case_folder(tmp_path_factory):
    return save_cases(tmp_path_factory.mktemp("cases"), {"train": 10, "validation": 4})


@pytest.fixture(scope="session")
def workshop(case_folder, tmp_path_factory):
    """Every stage trained in order for two steps, as `triptych train starter` does."""
    made = Workshop(case_folder, tmp_path_factory.mktemp("work"), tiny_config(), SIZES)
    for stage in STAGES:
        assert made.run(stage).finished
    return made
