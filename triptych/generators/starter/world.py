"""What the starter's models know: the words they read, the products they saw, one language.

It stands as `world.json` beside the language model's weights, written when that is trained: what a
model knows is its own to tell, and no generator needs the code that trained it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from triptych.domain import Brief
from triptych.errors import ModelError

FILE = "world.json"
ELSEWHERE = (
    "Choose --profile sd2, sdxl, modern or api for others; `triptych profiles` tells of them."
)


@dataclass(frozen=True)
class World:
    """What a starter language model was trained on.

    Attributes:
        products: kinds of product, as in `camping lantern`.
        words: every word of its texts, in lower case, made-up names included.
        language: that it writes, as in `en`.
        openings: ways to begin a text, by `channel/tone`.
        closings: ways to end one.
    """

    products: tuple[str, ...]
    words: frozenset[str]
    language: str
    openings: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    closings: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    @classmethod
    def load(cls, folder: Path) -> World:
        """Read `world.json` of a language model's folder.

        Raises `ModelError` if it is missing or damaged.
        """
        try:
            content = json.loads((folder / FILE).read_text(encoding="utf-8"))
            products, words = tuple(content["products"]), frozenset(content["words"])
            ways = [
                {place: tuple(map(str, said)) for place, said in content[name].items()}
                for name in ("openings", "closings")
            ]
            return cls(products, words, str(content["language"]), *ways)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(
                f"{folder / FILE} cannot be read: {error}",
                "Reinstall the package, or train the model with `triptych train text`.",
            ) from error

    def save(self, folder: Path) -> None:
        """Write `world.json` beside a language model."""
        content = {
            "language": self.language,
            "products": list(self.products),
            "words": sorted(self.words),
            "openings": {place: list(said) for place, said in self.openings.items()},
            "closings": {place: list(said) for place, said in self.closings.items()},
        }
        text = json.dumps(content, ensure_ascii=False)
        (folder / FILE).write_text(text + "\n", encoding="utf-8")

    def knows(self, word: str) -> bool:
        """Whether a word is one that the model read."""
        return word.lower() in self.words

    def names_product(self, text: str) -> bool:
        """Whether a text names a product of the world, in singular or plural."""
        return self._product.search(text) is not None

    def outside(self, brief: Brief) -> str | None:
        """A sentence or two about what the models do not know of a brief; None if nothing."""
        notes = []
        if not self.names_product(brief.text()):
            notes.append(
                f"The starter's models know only these products: {', '.join(self.products)}. The"
                " brief names none of them, so picture and clip will show something else."
            )
        if not brief.language.startswith(self.language):
            notes.append(
                "The starter's models write English alone, and the brief asks for"
                f" {brief.language}."
            )
        return " ".join([*notes, ELSEWHERE]) if notes else None

    @cached_property
    def _product(self) -> re.Pattern[str]:
        kinds = (rf"{re.escape(kind.removesuffix('s'))}(?:e?s)?" for kind in self.products)
        return re.compile(rf"\b(?:{'|'.join(kinds)})\b", re.IGNORECASE)
