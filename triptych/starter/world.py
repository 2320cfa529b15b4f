"""What lies in the starter's little world, and what to say of a brief that does not."""

from __future__ import annotations

import re

from triptych.domain import Brief
from triptych.starter.scene import PRODUCTS

LANGUAGE = "en"
ELSEWHERE = (
    "Choose --profile sd2, sdxl, modern or api for others; `triptych profiles` tells of them."
)


def outside(brief: Brief) -> str | None:
    """A sentence or two about what the starter's models do not know of a brief; None if nothing."""
    told = []
    if not names_product(brief.text()):
        names = ", ".join(sorted(kind.replace("_", " ") for kind in PRODUCTS))
        told.append(
            f"The starter's models know only these products: {names}. The brief names none of"
            " them, so picture and clip will show something else."
        )
    if not brief.language.startswith(LANGUAGE):
        told.append(
            f"The starter's models write English alone, and the brief asks for {brief.language}."
        )
    return " ".join([*told, ELSEWHERE]) if told else None


def names_product(text: str) -> bool:
    """Whether a text names a product of the world, in singular or plural."""
    return _PRODUCT.search(text) is not None


def _pattern(kind: str) -> str:
    return rf"{re.escape(kind.replace('_', ' ').removesuffix('s'))}(?:e?s)?"


_PRODUCT = re.compile(rf"\b(?:{'|'.join(map(_pattern, PRODUCTS))})\b", re.IGNORECASE)
