"""The metrics that are reported: their names, which way is better, in which table they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Better = Literal["higher", "lower", "reference", ""]
"""`reference`: the nearer to the human-made material's figure, the better."""


@dataclass(frozen=True)
class Metric:
    """One figure of a method.

    Attributes:
        key: in rows and results.
        title: in tables.
        better: which way.
        table: number of the table it stands in; None for the results file alone.
        digits: after the point.
    """

    key: str
    title: str
    better: Better
    table: int | None = None
    digits: int = 3


METRICS: tuple[Metric, ...] = (
    Metric("bleu", "BLEU-4", "higher", 2),
    Metric("rouge_l", "ROUGE-L", "higher", 2),
    Metric("frechet_image", "Fréchet, images", "lower", 2, 2),
    Metric("frechet_clip", "Fréchet, clips", "lower", 2, 2),
    Metric("frechet_image_apart", "Fréchet, images, to other cases", "lower"),
    Metric("frechet_clip_apart", "Fréchet, clips, to other cases", "lower"),
    Metric("judge_product", "Product right", "higher", 2),
    Metric("judge_colour", "Colour right", "higher", 2),
    Metric("judge_setting", "Setting right", "higher", 2),
    Metric("judge_all", "All three right", "higher", 2),
    Metric("frames_product", "Product right, frames", "higher", 2),
    Metric("frames_setting", "Setting right, frames", "higher", 2),
    Metric("frames_colour", "Colour right, frames", "higher"),
    Metric("judge_state", "State right", "higher"),
    Metric("judge_time", "Time of day right", "higher"),
    Metric("judge_weather", "Weather right", "higher"),
    Metric("text_image", "Text-image", "higher", 4),
    Metric("text_video", "Text-video", "higher", 4),
    Metric("image_video", "Image-video", "higher", 4),
    Metric("product", "Product of similarities", "higher", 4),
    Metric("caption_image", "Caption-image", "higher", 4),
    Metric("caption_video", "Caption-video", "higher", 4),
    Metric("flicker", "Flicker", "reference", 4),
    Metric("motion", "Motion (px a frame)", "reference", 4, 2),
    Metric("first_frame", "Key image to first frame", "lower"),
    Metric("seconds", "Seconds a case", "lower", 6, 1),
    Metric("nfe", "NFE a case", "lower", 6, 0),
    Metric("tokens", "Tokens a case", "lower", 6, 0),
    Metric("memory", "Peak memory (MiB)", "lower", 6, 0),
    Metric("attempts", "Attempts", "", 6, 2),
    Metric("passed", "Passed the critic", "", 6, 2),
)

BY_KEY = {metric.key: metric for metric in METRICS}

TABLES: dict[int, str] = {
    2: "Quality of copy, pictures and clips",
    4: "Agreement of copy, picture and clip (evaluation CLIP)",
    5: "Human ratings, 1 to 5",
    6: "Cost",
}
