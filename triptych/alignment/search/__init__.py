"""The critic's search among samples: one interface, strategies by name."""

from triptych.alignment.search.driver import STRATEGIES, search
from triptych.alignment.search.problem import Outcome, Problem, Proposal, Trial
from triptych.alignment.search.visual import FromKeyImage, visual_problem

__all__ = [
    "STRATEGIES",
    "FromKeyImage",
    "Outcome",
    "Problem",
    "Proposal",
    "Trial",
    "search",
    "visual_problem",
]
