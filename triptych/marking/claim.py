"""What a mark says of a file: that machines made it, which, and in which run."""

from __future__ import annotations

from typing import Literal

from triptych.domain import Digest, Line, ModelIdentity, Record

SourceType = Literal["trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"]
"""Of IPTC's digital source types: made by a model; or that, together with what a camera took."""
SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
RUN_LABEL = "io.github.triptych.run"
"""Of the C2PA assertion that holds a claim."""
TOOL = "Triptych"


class Claim(Record):
    """What is said of one file."""

    title: Line
    source: SourceType = "trainedAlgorithmicMedia"
    run: Line
    """The run folder's name."""
    piece: Line
    """Placement and size, or the deliverable."""
    content: Digest
    """SHA-256 of the file before it was marked: the asset of the run that it is."""
    models: tuple[ModelIdentity, ...] = ()
    version: Line
    """Of Triptych."""
