"""Prompts, and copy that belongs to them, for calibrating an encoder on what a profile paints."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from random import Random

COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "white", "black", "pink", "brown")
SUBJECTS = (
    "coffee mug", "desk lamp", "running shoe", "backpack", "water bottle", "armchair", "umbrella",
    "wrist watch", "teapot", "bicycle", "candle", "straw hat", "camera", "guitar", "sofa",
    "jar of honey", "bar of soap", "pair of headphones", "notebook", "pair of sunglasses",
    "scarf", "plant pot", "toy car", "suitcase", "perfume bottle", "skateboard", "blanket",
    "pair of gloves", "lunch box", "surfboard",
)  # fmt: skip
PLACES = (
    "on a wooden table", "in front of a brick wall", "on a beach at sunset", "on green grass",
    "on a marble shelf", "in the snow", "by a window in the morning", "on a stone floor",
    "in a studio with a plain backdrop", "in a forest",
)  # fmt: skip
COPY = (
    "Meet the {colour} {subject} that goes where you go.",
    "A {colour} {subject}, {place}: made for every day.",
    "Your new {subject} is {colour}. Take it home today.",
)


@dataclass(frozen=True)
class TrialPrompt:
    """What is painted, and copy that says the same."""

    visual: str
    texts: tuple[str, ...]


def trial_prompts(count: int, seed: int = 0) -> list[TrialPrompt]:
    """So many different prompts, the same for the same seed; at most three thousand."""
    every = list(product(COLOURS, SUBJECTS, PLACES))
    chosen = Random(seed).sample(every, min(count, len(every)))
    return [
        TrialPrompt(
            f"a {colour} {subject} {place}",
            tuple(line.format(colour=colour, subject=subject, place=place) for line in COPY),
        )
        for colour, subject, place in chosen
    ]
