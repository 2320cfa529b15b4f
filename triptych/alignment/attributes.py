"""Words that exclude one another in a picture: what a claim is contrasted with.

A picture that shows a blue mug is almost as near to "a red mug" as one of a red mug is; it is
nearer to "a blue mug". So whether an attribute is there is asked by swapping its word, and nothing
else, for its rivals. The groups are `triptych.grounding.vocabulary`'s; callers may pass their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from triptych.alignment.claims import split_claims
from triptych.grounding.vocabulary import GROUPS, Groups, phrases_in


@dataclass(frozen=True)
class Contrast:
    """An attribute that a text names, and the same text saying each rival instead."""

    group: str
    words: str
    """As the text says it."""
    text: str
    rivals: tuple[str, ...]
    """The rivals' own words."""
    rival_texts: tuple[str, ...]


def contrasts_in(text: str, groups: Groups = GROUPS) -> tuple[Contrast, ...]:
    """The attributes that a text names, in its order, one a group.

    A phrase inside a longer one of any group is not taken (`in the snow` names the weather no more
    than `camera` in `compact camera` names another product), and a group that the text names twice
    with different values is left out: it cannot be swapped without contradiction.
    """
    phrases = phrases_in(text, groups)
    contrasts: list[tuple[int, Contrast]] = []
    for group, values in groups.items():
        named = [phrase for phrase in phrases if phrase.group == group]
        if len({phrase.value for phrase in named}) != 1:
            continue
        start, end, own = named[0].start, named[0].end, named[0].value
        rivals = [said[0] for index, said in enumerate(values) if index != own]
        texts = [text[:start] + rival + text[end:] for rival in rivals]
        contrast = Contrast(group, text[start:end], text, tuple(rivals), tuple(texts))
        contrasts.append((start, contrast))
    return tuple(contrast for _, contrast in sorted(contrasts, key=lambda item: item[0]))


def fitting_contrasts(
    visual: str, count_tokens: Callable[[str], int], limit: int, groups: Groups = GROUPS
) -> tuple[Contrast, ...]:
    """The contrasts of a text, in pieces that a CLIP can read; rivals that do not fit are left out.

    Args:
        visual: what should be seen; split only where it is longer than `limit`.
        count_tokens: tokens as the CLIP in use counts them.
        limit: most tokens that it reads.
        groups: attributes to contrast.
    """
    contrasts = []
    for line in split_claims(visual, count_tokens, limit):
        for contrast in contrasts_in(line, groups):
            pairs = zip(contrast.rivals, contrast.rival_texts, strict=True)
            fitting = [(rival, text) for rival, text in pairs if count_tokens(text) <= limit]
            if fitting:
                rivals, texts = zip(*fitting, strict=True)
                contrasts.append(replace(contrast, rivals=rivals, rival_texts=texts))
    return tuple(contrasts)
