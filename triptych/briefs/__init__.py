"""Reading briefs and plans of every kind that people have; every mistake named in plain words."""

from triptych.briefs.check import named_placement, parse
from triptych.briefs.read import mapping_in, read_brief_or_plan, read_mapping, understand
from triptych.files.text import read_text
from triptych.files.yaml import to_yaml

__all__ = [
    "mapping_in",
    "named_placement",
    "parse",
    "read_brief_or_plan",
    "read_mapping",
    "read_text",
    "to_yaml",
    "understand",
]
