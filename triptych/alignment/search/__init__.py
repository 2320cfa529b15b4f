"""The critic's search among samples: one interface, strategies by name."""

from triptych.alignment.search.driver import STRATEGIES, search
from triptych.alignment.search.problem import Outcome, Problem, Proposal, Trial
from triptych.alignment.search.problems import clip_problem, image_problem

__all__ = [
    "STRATEGIES",
    "Outcome",
    "Problem",
    "Proposal",
    "Trial",
    "clip_problem",
    "image_problem",
    "search",
]
