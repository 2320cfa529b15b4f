"""The kind of critic that comes with Triptych: it judges by the profile's encoder."""

from __future__ import annotations

from triptych.alignment.calibration import load_calibration
from triptych.alignment.scoring import AlignmentScorer
from triptych.generators.build import CriticContext
from triptych.generators.kinds import Kind
from triptych.generators.parts import ByEncoder


def _by_encoder(settings: ByEncoder, context: CriticContext) -> AlignmentScorer:
    """Raises `ModelError` if the calibration that is stored is not that of the encoder."""
    models = (
        context.models
    )  # their own encoder tells how it prepares pictures; a traced one does not
    calibration = load_calibration(models.calibration_folder, models.encoder)
    return AlignmentScorer(context.encoder, calibration, context.rate)


BY_ENCODER = Kind(ByEncoder, _by_encoder)
