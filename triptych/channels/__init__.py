"""Channels: placements as data, each with its fields, limits, formats and where these were read."""

from triptych.channels.placement import Format, Placement, SafeZone, Source, TextField
from triptych.channels.reading import catalogue, find_placement

__all__ = [
    "Format",
    "Placement",
    "SafeZone",
    "Source",
    "TextField",
    "catalogue",
    "find_placement",
]
