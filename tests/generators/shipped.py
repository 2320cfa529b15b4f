"""What the shipped weights make of one brief: `python tests/generators/shipped.py` stores it.

Modules that are not shipped are left out; run it again whenever weights come or change.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from triptych.alignment.align import embed_texts, unit
from triptych.domain import Brief
from triptych.evaluation.judge import Judge
from triptych.generators.encoder import load_clip
from triptych.generators.starter.load import SHIPPED_WEIGHTS, StarterModules
from triptych.protocols import TextRequest, VisualRequest

STORED = Path(__file__).with_name("shipped_outputs.json")
BRIEF = Brief(description="Norvik launches the Emberlite, a red steel camping lantern, lit.")
STEPS = 8


def outputs() -> dict[str, Any]:
    """Words as they are; pictures and frames as 4×4 mean colours in 0..255; a few embeddings."""
    modules = StarterModules()
    written = modules.text.write([TextRequest(BRIEF, "headline", "playful")])[0]
    draft = modules.text.draft(BRIEF).draft
    found: dict[str, Any] = {
        "headline": written.text,
        "plan": draft.model_dump(mode="json"),
        "latents": _rounded(written.latents.numpy()[:2, :4], 3),
    }
    if not (SHIPPED_WEIGHTS / "image").is_dir():
        return found
    request = VisualRequest(prompt=draft.visual, steps=STEPS)
    image = modules.image.start([request], [written.latents], [1]).finish()[0].pixels
    found |= {
        "image": _rounded(_blocks(image), 1),
        "image_cosine": _rounded(_cosines(draft.visual, [image]), 3),
        "judge": Judge.from_pretrained().name([image])[0],
    }
    if not (SHIPPED_WEIGHTS / "video").is_dir():
        return found
    moving = VisualRequest(prompt=f"{draft.visual}, {draft.motion}", steps=STEPS)
    clip = modules.video.start([moving], [written.latents], [image], [2]).finish()[0].pixels
    return found | {
        "last_frame": _rounded(_blocks(clip[-1]), 1),
        "frame_cosines": _rounded(_cosines(draft.visual, list(clip)), 3),
    }


def _cosines(text: str, pictures: list[Any]) -> np.ndarray:
    encoder = load_clip(SHIPPED_WEIGHTS / "clip")
    seen = unit(encoder.encode_images(pictures))
    return (seen @ embed_texts(encoder, [text]).T)[:, 0]


def _blocks(image: Any) -> np.ndarray:
    side = image.shape[0] // 4
    return image.reshape(4, side, 4, side, 3).mean(axis=(1, 3))


def _rounded(values: Any, digits: int) -> Any:
    return np.round(np.asarray(values, np.float64), digits).tolist()


if __name__ == "__main__":
    STORED.write_text(json.dumps(outputs(), indent=1) + "\n")
