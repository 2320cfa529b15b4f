"""The state machine of a campaign, from top to bottom.

plan → approve → (each deliverable: write → paint → shoot → critique, back to the part that fell
short) → gather → copy-only deliverables, held to the first picture → finish
"""

from __future__ import annotations

from typing import Any, Literal

from langgraph.graph import END, START, StateGraph
from langgraph.types import Send

from triptych.graph import nodes
from triptych.graph.begin import begun
from triptych.graph.person import approve_plan, approve_results, begun_again
from triptych.graph.retry import RETRY, halting, through
from triptych.graph.state import CampaignState, Context, DeliverableState, HandedBack

Step = Literal["write", "paint", "shoot", "__end__"]


def build_graph() -> StateGraph[Any, Context, Any, Any]:
    """The campaign's graph, not compiled: add a checkpointer, or none for `langgraph dev`."""
    deliverable = build_deliverable().compile()

    def make(state: DeliverableState) -> HandedBack:
        """All steps of one deliverable; only its result goes back to the campaign."""
        with halting():
            return {"results": through(deliverable, state)["results"]}

    graph = StateGraph(CampaignState, context_schema=Context)
    graph.add_node("plan", halting()(nodes.plan), retry_policy=RETRY)
    graph.add_node("approve_plan", approve_plan)
    graph.add_node("make", make, error_handler=nodes.give_up)  # type: ignore[arg-type]
    graph.add_node("gather", gather, defer=True)
    graph.add_node("approve_results", approve_results)
    graph.add_edge(START, "plan")
    graph.add_edge("plan", "approve_plan")
    graph.add_conditional_edges("approve_plan", which_come_first, ["make", "plan"])
    graph.add_edge("make", "gather")
    graph.add_conditional_edges("gather", what_is_left, ["make", "approve_results"])
    graph.add_conditional_edges("approve_results", what_was_asked_again, ["make", END])
    return graph


def build_deliverable() -> StateGraph[Any, Context, Any, Any]:
    """One deliverable's loop, usable as a subgraph of its own."""
    graph = StateGraph(DeliverableState, context_schema=Context)
    graph.add_node("write", halting()(nodes.write), retry_policy=RETRY)
    graph.add_node("paint", halting()(nodes.paint), retry_policy=RETRY)
    graph.add_node("shoot", halting()(nodes.shoot), retry_policy=RETRY)
    graph.add_node("critique", halting()(nodes.critique), retry_policy=RETRY)
    graph.add_conditional_edges(START, where_to_begin, ["write", "paint", "shoot", "critique"])
    graph.add_conditional_edges("write", has_a_picture, ["paint", "critique"])
    graph.add_conditional_edges("paint", has_a_clip, ["shoot", "critique"])
    graph.add_edge("shoot", "critique")
    graph.add_conditional_edges("critique", which_part_fell_short, ["write", "paint", "shoot", END])
    return graph


def where_to_begin(state: DeliverableState) -> Literal["write", "paint", "shoot", "critique"]:
    """With the copy, unless a person asked for one part again or earlier parts were kept."""
    steps: dict[str, Literal["write", "paint", "shoot", "critique"]] = {
        "copy": "write",
        "image": "paint",
        "clip": "shoot",
        "verdict": "critique",
    }
    return steps[state.get("begin", "copy")]


def has_a_picture(state: DeliverableState) -> Literal["paint", "critique"]:
    """Does this deliverable want a picture of its own?"""
    return "paint" if "image" in state["deliverable"].parts else "critique"


def has_a_clip(state: DeliverableState) -> Literal["shoot", "critique"]:
    """Does this deliverable want a clip?"""
    return "shoot" if "clip" in state["deliverable"].parts else "critique"


def which_part_fell_short(state: DeliverableState) -> Step:
    """Where to go back to: nowhere once it passed, cannot be judged, or the budget is spent."""
    verdict = state["attempts"][-1].verdict
    if verdict.status != "failed" or verdict.weakest is None:
        return "__end__"
    if verdict.weakest == "copy" and state.get("words"):
        return "__end__"  # a person's own words stand
    allowed = state["plan"].brief.budget.attempts
    if state["attempt"].get(verdict.weakest, 0) >= allowed or not _can_afford(state):
        return "__end__"
    steps: dict[str, Step] = {"copy": "write", "image": "paint", "clip": "shoot"}
    return steps[verdict.weakest]


def which_come_first(state: CampaignState) -> list[Send] | Literal["plan"]:
    """The first wave: deliverables with a picture, the denoiser's budget shared among them.

    All of them where none has a picture. Back to the planner if a person refused the plan.
    """
    if state.get("replan"):
        return "plan"
    plan = state["plan"]
    pictured = [d for d in plan.deliverables if "image" in d.parts] or plan.deliverables
    budget = plan.brief.budget.nfe
    share = None if budget is None else budget // len(pictured)
    kept = state.get("kept", {})
    return [
        Send("make", begun(plan, d, state["seed"], share, kept=kept.get(d.id))) for d in pictured
    ]


def what_is_left(state: CampaignState) -> list[Send] | Literal["approve_results"]:
    """The second wave: copy alone, held to the picture of the plan's first deliverable."""
    plan, done = state["plan"], state["results"]
    left = [d for d in plan.deliverables if d.id not in done]
    if not left:
        return "approve_results"
    first = done[plan.deliverables[0].id].best
    lead, kept = first.image.asset if first and first.image else None, state.get("kept", {})
    return [
        Send("make", begun(plan, d, state["seed"], None, lead=lead, kept=kept.get(d.id)))
        for d in left
    ]


def what_was_asked_again(state: CampaignState) -> list[Send] | Literal["__end__"]:
    """What a person wants made once more, before the campaign is finished."""
    asked = state.get("again")
    if not asked:
        return "__end__"
    plan, done, seed = state["plan"], state["results"], state["seed"]
    return [Send("make", begun_again(plan, done, seed, one)) for one in asked]


def gather(state: CampaignState) -> CampaignState:
    """Wait for all deliverables of a wave."""
    return {}


def _can_afford(state: DeliverableState) -> bool:
    left = state["nfe_left"]
    if left is None:
        return True
    cheapest = min((made.spend.nfe for made in (state["image"], state["clip"]) if made), default=0)
    return left >= cheapest
