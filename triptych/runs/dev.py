"""The graph for `langgraph dev`: asks for a brief, runs the campaign, and brings no checkpointer.

The server keeps the checkpoints; the run folder holds all the rest as ever, and every step and
question of the campaign is the server's to show.
"""

# LangGraph leaves types of its own open.
# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false

from __future__ import annotations

from pathlib import Path

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from typing_extensions import TypedDict  # of typing, its schema is empty on Python 3.11

from triptych.briefs import parse
from triptych.domain import Strategy
from triptych.errors import BriefError
from triptych.graph.build import build_graph
from triptych.methods.load import load_models
from triptych.run_files import is_there
from triptych.run_folder import SETTINGS
from triptych.runs.campaign import Campaign
from triptych.runs.prepare import prepare
from triptych.runs.session import ending, open_session, workflow_of
from triptych.runs.settings import RunOptions
from triptych.runs.trust import agreed_settings


class Wish(TypedDict, total=False):
    """What to make. Only `brief` is required."""

    brief: str
    """A sentence, or the file of a brief or plan."""
    out: str
    """The run folder; `campaigns/THREAD` where it is left open."""
    profile: str
    overrides: list[str]
    """Of the profile, as in `image.steps=20`."""
    seed: int
    steps: int
    candidates: int
    strategy: Strategy
    nfe: int
    false_rejection_rate: float
    max_seconds: float
    max_cost: float
    approve: bool
    sku: str
    """Of a product feed, the product of this SKU."""
    row: int
    """Of a product feed, the product of this row."""


class Done(TypedDict):
    """What became of it."""

    folder: str
    results: dict[str, str]
    """Status by deliverable."""


def begin_wish(wish: Wish, folder: Path) -> Campaign:
    """Begin the run that is wished for.

    Raises `TriptychError` if there is no brief, or something else of it cannot be.
    """
    brief = wish.get("brief")
    if not brief:
        raise BriefError("There is no brief.", "Give a sentence, or the name of a file.")
    given = {name: value for name, value in wish.items() if name in RunOptions.model_fields}
    options = parse(RunOptions, given, "the input")
    prepared = prepare(
        brief,
        options,
        profile=wish.get("profile"),
        overrides=wish.get("overrides"),
    )
    return prepared.begin(folder)


def make_graph() -> CompiledStateGraph[Done, None, Wish, Done]:
    """The compiled campaign graph, from a brief to a finished run folder."""
    campaign = build_graph().compile()

    def make(state: Wish, config: RunnableConfig) -> Done:
        """One campaign; asked again after an answer, it goes on in the same folder."""
        thread = config.get("configurable", {}).get("thread_id", "campaign")
        folder = Path(state.get("out") or Path("campaigns") / str(thread))
        known = is_there(folder, SETTINGS)
        run = Campaign.open(folder) if known else begin_wish(state, folder)
        if known:
            asked = state.get("profile"), state.get("overrides")
            run.settings = agreed_settings(folder, run.settings, *asked)
        models = load_models(run.settings.profile, run.settings.overrides)
        with open_session(run, models) as (context, limits):
            with (
                context.tracer.span(workflow_of(run.settings)) as span,
                ending(run, span),
            ):
                first = run.first_state()
                run.learn(campaign.invoke(first, context=context, control=limits.control))
                run.finish(context, span)
            run.view()
        return {"folder": str(folder), "results": {k: r.status for k, r in run.results.items()}}

    graph = StateGraph(Done, input_schema=Wish, output_schema=Done)
    graph.add_node("campaign", make)
    graph.add_edge(START, "campaign")
    graph.add_edge("campaign", END)
    return graph.compile()
