"""Whether copy, key message and plan say what the brief says, before any picture is looked at.

Small checks of text, one a file, each with its findings in words that the next attempt can use.
They hold for every model, and import none.
"""

from triptych.grounding.ground import ground, ground_own, ground_plan, in_words, wanted
from triptych.grounding.lengths import repeated, too_long

__all__ = ["ground", "ground_own", "ground_plan", "in_words", "repeated", "too_long", "wanted"]
