"""Loading a profile's models before any work is spent on a run that they could not finish."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from triptych.domain import DEFAULT_FALSE_REJECTION_RATE
from triptych.errors import ModelError, TriptychError

if TYPE_CHECKING:
    from triptych.protocols import Models

PARTS = ("planner", "text", "encoder", "image", "video")


def load_all(models: Models, parts: Sequence[str] = PARTS) -> None:
    """Load models, or make sure that they can be; what is loaded already costs nothing.

    Raises `ModelError` naming what cannot be loaded, whichever library complains about it; also
    where the critic's calibration is not that of its encoder.
    """
    for part in parts:
        try:
            getattr(models, part)
        except TriptychError:
            raise
        except Exception as error:
            raise ModelError(
                f"The {part} model of the profile {models.profile} cannot be loaded: "
                f"{type(error).__name__}: {error}",
                "`triptych doctor` says what is missing; or choose another --profile.",
            ) from error
    if "encoder" in parts:
        models.critic(DEFAULT_FALSE_REJECTION_RATE)
