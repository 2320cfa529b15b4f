"""The state machine of a campaign, from top to bottom.

plan → approve → (each deliverable: copy → image → clip → verdict, back to the part that fell
short) → gather → copy-only deliverables, held to the first picture → approve → design
"""

# LangGraph leaves types of its own open.
# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false

from __future__ import annotations

from typing import Literal

from langgraph.graph import END, START, StateGraph
from langgraph.types import Send

from triptych.graph import nodes
from triptych.graph.begin import lead_picture, restart_state, start_state
from triptych.graph.design import design_creatives
from triptych.graph.person import approve_plan, approve_results
from triptych.graph.retry import RETRY, halting, run_deliverable
from triptych.graph.state import (
    CampaignGraph,
    CampaignState,
    CampaignUpdate,
    Context,
    DeliverableGraph,
    DeliverableStage,
    DeliverableState,
    HandedBack,
)

End = Literal["__end__"]


def build_graph() -> CampaignGraph:
    """The campaign's graph, not compiled: add a checkpointer, or none for `langgraph dev`."""
    deliverable = build_deliverable().compile()

    def make(state: DeliverableState) -> HandedBack:
        """All stages of one deliverable; only its result goes back to the campaign."""
        with halting():
            return {"results": run_deliverable(deliverable, state)["results"]}

    graph: CampaignGraph = StateGraph(CampaignState, context_schema=Context)
    graph.add_node("plan", halting()(nodes.draft_plan), retry_policy=RETRY)
    graph.add_node("approve_plan", approve_plan)
    graph.add_node("make", make, error_handler=nodes.give_up)  # type: ignore[arg-type]
    graph.add_node("gather", gather, defer=True)
    graph.add_node("approve_results", approve_results)
    graph.add_node("design", halting()(design_creatives), retry_policy=RETRY)
    graph.add_edge(START, "plan")
    graph.add_edge("plan", "approve_plan")
    graph.add_conditional_edges("approve_plan", which_come_first, ["make", "plan"])
    graph.add_edge("make", "gather")
    graph.add_conditional_edges("gather", what_is_left, ["make", "approve_results"])
    graph.add_conditional_edges("approve_results", what_was_asked_again, ["make", "design"])
    graph.add_edge("design", END)
    return graph


def build_deliverable() -> DeliverableGraph:
    """One deliverable's loop, usable as a subgraph of its own."""
    graph: DeliverableGraph = StateGraph(DeliverableState, context_schema=Context)
    graph.add_node("copy", halting()(nodes.write_copy), retry_policy=RETRY)
    graph.add_node("image", halting()(nodes.paint_image), retry_policy=RETRY)
    graph.add_node("clip", halting()(nodes.shoot_clip), retry_policy=RETRY)
    graph.add_node("verdict", halting()(nodes.judge), retry_policy=RETRY)
    graph.add_conditional_edges(START, where_to_begin, ["copy", "image", "clip", "verdict"])
    graph.add_conditional_edges("copy", does_copy_hold, ["copy", "image", "verdict"])
    graph.add_conditional_edges("image", has_a_clip, ["clip", "verdict"])
    graph.add_edge("clip", "verdict")
    graph.add_conditional_edges("verdict", which_part_fell_short, ["copy", "image", "clip", END])
    return graph


def where_to_begin(state: DeliverableState) -> DeliverableStage:
    """With the copy, unless a person asked for one part again or earlier parts were kept."""
    return state["begin"]


def does_copy_hold(state: DeliverableState) -> Literal["copy", "image", "verdict"]:
    """Is the copy true to the brief? If not, it is written again while there are attempts left."""
    made, allowed = state["parts"]["copy"], state["plan"].brief.budget.attempts
    if made.findings and state["tries"]["copy"] < allowed:
        return "copy"
    return has_a_picture(state)


def has_a_picture(state: DeliverableState) -> Literal["image", "verdict"]:
    """Does this deliverable want a picture of its own?"""
    return "image" if "image" in state["deliverable"].parts else "verdict"


def has_a_clip(state: DeliverableState) -> Literal["clip", "verdict"]:
    """Does this deliverable want a clip?"""
    return "clip" if "clip" in state["deliverable"].parts else "verdict"


def which_part_fell_short(state: DeliverableState) -> DeliverableStage | End:
    """Where to go back to: nowhere once it passed, cannot be judged, or the budget is spent."""
    verdict = state["attempts"][-1].verdict
    if verdict.status != "failed" or verdict.weakest is None:
        return "__end__"
    if verdict.weakest == "copy" and state["words"]:
        return "__end__"  # a person's own words stand
    allowed = state["plan"].brief.budget.attempts
    if state["tries"].get(verdict.weakest, 0) >= allowed or not _can_afford(state):
        return "__end__"
    return verdict.weakest


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
    kept, seed = state.get("kept", {}), state["seed"]
    return [Send("make", start_state(plan, d, seed, share, kept=kept.get(d.id))) for d in pictured]


def what_is_left(state: CampaignState) -> list[Send] | Literal["approve_results"]:
    """The second wave: copy alone, held to the picture of the plan's first deliverable."""
    plan, done = state["plan"], state["results"]
    left = [d for d in plan.deliverables if d.id not in done]
    if not left:
        return "approve_results"
    lead, kept, seed = lead_picture(plan, done), state.get("kept", {}), state["seed"]
    return [
        Send("make", start_state(plan, d, seed, None, lead=lead, kept=kept.get(d.id))) for d in left
    ]


def what_was_asked_again(state: CampaignState) -> list[Send] | Literal["design"]:
    """What a person wants made once more, before the creatives are designed."""
    asked = state.get("again")
    if not asked:
        return "design"
    plan, done, seed = state["plan"], state["results"], state["seed"]
    return [Send("make", restart_state(plan, done, seed, one)) for one in asked]


def gather(state: CampaignState) -> CampaignUpdate:
    """Wait for all deliverables of a wave."""
    return {}


def _can_afford(state: DeliverableState) -> bool:
    left = state["nfe_left"]
    if left is None:
        return True
    visuals = (state["parts"].get("image"), state["parts"].get("clip"))
    cheapest = min((made.spend.nfe for made in visuals if made is not None), default=0)
    return left >= cheapest
