"""What the starter's models are told that they know: the world that this package renders."""

from __future__ import annotations

from triptych.generators.starter.world import World
from triptych.starter.scene import PRODUCTS
from triptych.starter.truth import vocabulary

WORLD = World(
    products=tuple(sorted(kind.replace("_", " ") for kind in PRODUCTS)),
    words=vocabulary(),
    language="en",
)
"""Of all cases that `triptych data render` makes and all texts of the grammar."""
