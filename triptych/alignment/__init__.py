"""What the critic measures with, and how it searches."""

from triptych.alignment.calibration import Calibration, load_calibration, save_calibration
from triptych.alignment.fit_calibration import Example, calibrate
from triptych.alignment.scoring import AlignmentScorer, Missing, PairResult

__all__ = [
    "AlignmentScorer",
    "Calibration",
    "Example",
    "Missing",
    "PairResult",
    "calibrate",
    "load_calibration",
    "save_calibration",
]
