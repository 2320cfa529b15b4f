"""What raters are asked, on a scale from 1 to 5."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SCALE = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Question:
    """One question about one part of a campaign.

    Attributes:
        key: in files.
        part: of which part.
        title: in tables.
        asked: of the rater.
        ends: what 1 and 5 mean.
    """

    key: str
    part: Literal["copy", "image", "clip"]
    title: str
    asked: str
    ends: tuple[str, str]


QUESTIONS: tuple[Question, ...] = (
    Question("copy_relevance", "copy", "Copy: semantic relevance",
             "Does the copy say what the brief asks for?", ("not at all", "exactly")),
    Question("copy_attractiveness", "copy", "Copy: attractiveness",
             "Would it catch the eye of someone who might buy?", ("not at all", "very much")),
    Question("copy_fluency", "copy", "Copy: fluency",
             "Does it read like good English?", ("broken", "flawless")),
    Question("image_appeal", "image", "Image: appeal",
             "How appealing is the picture?", ("not at all", "very")),
    Question("image_consistency", "image", "Image: consistency",
             "Does the picture show what the copy speaks of?", ("something else", "all of it")),
    Question("clip_relevance", "clip", "Clip: relevance",
             "Does the clip show what the copy speaks of?", ("something else", "all of it")),
    Question("clip_quality", "clip", "Clip: visual quality",
             "How good does the clip look?", ("bad", "excellent")),
    Question("clip_coherence", "clip", "Clip: coherence",
             "Do the frames belong together and move believably?", ("not at all", "fully")),
)  # fmt: skip
BY_KEY = {question.key: question for question in QUESTIONS}
