"""The graph for `langgraph dev`: asks for a brief, runs the campaign, and brings no checkpointer.

The server keeps the checkpoints; the run folder holds all the rest as ever, and every step and
question of the campaign is the server's to show.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypedDict

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph

from triptych.briefs.read import read_brief_or_plan
from triptych.graph.build import build_graph
from triptych.graph.retry import Halted
from triptych.methods.load import load_models
from triptych.runs.campaign import Campaign, RunSettings
from triptych.runs.folder import SETTINGS


class Wish(TypedDict, total=False):
    """What to make. Only `brief` is required."""

    brief: str
    """A sentence, or the file of a brief or plan."""
    out: str
    """The run folder; `campaigns/THREAD` where it is left open."""
    profile: str
    seed: int
    steps: int
    approve: bool


class Done(TypedDict):
    """What became of it."""

    folder: str
    results: dict[str, str]
    """Status by deliverable."""


def make_graph() -> Any:
    """The compiled campaign graph, from a brief to a finished run folder."""
    campaign = build_graph().compile()

    def make(state: Wish, config: RunnableConfig) -> Done:
        """One campaign; asked again after an answer, it goes on in the same folder."""
        thread = config.get("configurable", {}).get("thread_id", "campaign")
        folder = Path(state.get("out") or Path("campaigns") / str(thread))
        run = Campaign.open(folder) if (folder / SETTINGS).is_file() else _begun(state, folder)
        models = load_models(run.settings.profile, run.settings.overrides)
        with run.session(models) as (context, _):
            asked = run.settings.model_dump(mode="json")
            with context.tracer.span("workflow", "campaign", inputs=asked) as span:
                try:
                    final = campaign.invoke(run.first_state(), context=context)
                except Halted as halted:
                    raise halted.error from halted
                run.learn(final)
                run.finish(context, span)
            run.view()
        return {"folder": str(folder), "results": {k: r.status for k, r in run.results.items()}}

    graph = StateGraph(Done, input_schema=Wish, output_schema=Done)
    graph.add_node("campaign", make)
    graph.add_edge(START, "campaign")
    graph.add_edge("campaign", END)
    return graph.compile()


def _begun(wish: Wish, folder: Path) -> Campaign:
    chosen: dict[str, Any] = {k: v for k, v in wish.items() if k not in ("brief", "out")}
    return Campaign.start(read_brief_or_plan(wish["brief"]), folder, RunSettings(**chosen))
