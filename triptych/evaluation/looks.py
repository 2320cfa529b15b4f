"""How pictures and clips look beside renders: the measures of a person's first glance in one table.

Every figure is held against renders of the same cases, or against a floor of renders and renders.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from triptych.evaluation.detector import detected
from triptych.evaluation.sharpness import blockiness, edge_acuity, grain_growth
from triptych.evaluation.wasserstein import sliced_wasserstein
from triptych.protocols import Pixels


def looks(
    made: Sequence[Pixels], renders: Sequence[Pixels], others: Sequence[Pixels]
) -> dict[str, float]:
    """Figures of pictures.

    Args:
        made: generated pictures, (S, S, 3) uint8 each.
        renders: of the same cases, in the same order.
        others: as many renders of cases of another split.

    Returns:
        `wasserstein_S` and `wasserstein_floor_S` for every level of side S, both to `others`;
        `wasserstein_ratio`, the largest quotient of the two; `acuity_ratio` and `blockiness_ratio`,
        of the renders'; `detected`, a fresh detector's accuracy on cases it was not trained on.
    """
    distances, floor = sliced_wasserstein(made, others), sliced_wasserstein(renders, others)
    figures = {f"wasserstein_{side}": value for side, value in distances.items()}
    figures |= {f"wasserstein_floor_{side}": value for side, value in floor.items()}
    figures["wasserstein_ratio"] = max(distances[side] / floor[side] for side in distances)
    figures["acuity_ratio"] = edge_acuity(made) / max(edge_acuity(renders), 1e-9)
    figures["blockiness_ratio"] = blockiness(made) / blockiness(renders)
    if len(made) >= 4:
        figures["detected"] = detected(renders, made)
    return figures


def clip_looks(made: Sequence[Pixels], renders: Sequence[Pixels]) -> dict[str, float]:
    """How much grain clips gain from their first frame to their last, and renders do.

    Args:
        made: generated clips, (F, S, S, 3) uint8 each.
        renders: rendered clips.
    """
    return {
        "grain_growth": float(np.mean([grain_growth(clip) for clip in made])),
        "render_grain_growth": float(np.mean([grain_growth(clip) for clip in renders])),
    }
