"""The design stage: finished creatives of all that was accepted."""

from __future__ import annotations

from langgraph.runtime import Runtime

from triptych.agents.designer import DesignerAgent
from triptych.alignment.align import unit
from triptych.domain import CampaignPlan, CreativeSet, DeliverableResult
from triptych.errors import TriptychError
from triptych.graph.state import CampaignState, CampaignUpdate, Context
from triptych.protocols import Pixels
from triptych.tracing.records import Writing


def design_creatives(state: CampaignState, runtime: Runtime[Context]) -> CampaignUpdate:
    """Design what is accepted; made again from the start where the run was killed meanwhile."""
    return {"creatives": make_creatives(state["plan"], state["results"], runtime.context)}


def make_creatives(
    plan: CampaignPlan, results: dict[str, DeliverableResult], context: Context
) -> CreativeSet:
    """The creatives of a campaign, and what could not be made."""
    critic = context.scorer

    def agreement(words: str, pixels: Pixels) -> float | None:
        try:
            text, image = critic.embed(words), critic.embed(pixels)
        except TriptychError:  # what cannot be embedded is not ranked by it
            return None
        if text is None or image is None:
            return None
        return float(unit(text.mean(axis=0)) @ unit(image.mean(axis=0)))

    with context.tracer.span(Writing(name="creatives")):
        made = DesignerAgent(context.store, agreement)(plan, results)
    context.tracer.sync()  # before the graph remembers that it was done
    return made
