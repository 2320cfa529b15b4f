"""One agent as a subgraph of somebody else's LangGraph application.

The application is a newsletter: it looks up a product, has Triptych's text agent write the copy,
and lays out the mail. The copywriter is a compiled graph of its own, added as one node.

    python examples/agent_in_a_graph.py [--profile starter] [--out newsletter]
"""

import argparse
from pathlib import Path
from typing import TypedDict

from langgraph.graph import END, START, StateGraph

from triptych.agents.text import TextAgent
from triptych.domain import Brief, CampaignPlan, Deliverable
from triptych.methods.load import load_models
from triptych.store import Store

CATALOGUE = {"emberlite": "Norvik launches the Emberlite, a red steel camping lantern."}
BODY = Deliverable(id="body", channel="body", tone="playful")


class Newsletter(TypedDict, total=False):
    product: str
    description: str
    words: str
    mail: str


def copywriter(agent: TextAgent):
    """A graph of one node: `description` in, `words` out."""

    def write(state: Newsletter) -> Newsletter:
        about = state["description"]
        plan = CampaignPlan(
            brief=Brief(description=about),
            key_message=about,
            visual=about,
            motion="the camera moves slowly around it",
            deliverables=(BODY,),
        )
        return {"words": agent(plan, BODY).copy_text or ""}

    return StateGraph(Newsletter).add_node(write).add_edge(START, "write").compile()


def newsletter(agent: TextAgent):
    """The application: look up, write, lay out."""

    def look_up(state: Newsletter) -> Newsletter:
        return {"description": CATALOGUE[state["product"]]}

    def lay_out(state: Newsletter) -> Newsletter:
        return {"mail": f"Dear reader,\n\n{state['words']}\n\nYours, the shop"}

    graph = StateGraph(Newsletter)
    graph.add_node("look_up", look_up)
    graph.add_node("copywriter", copywriter(agent))
    graph.add_node("lay_out", lay_out)
    graph.add_edge(START, "look_up")
    graph.add_edge("look_up", "copywriter")
    graph.add_edge("copywriter", "lay_out")
    graph.add_edge("lay_out", END)
    return graph.compile()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", default="starter")
    parser.add_argument("--out", type=Path, default=Path("newsletter"))
    given = parser.parse_args()
    agent = TextAgent(load_models(given.profile).text, Store(given.out))
    print(newsletter(agent).invoke({"product": "emberlite"})["mail"])
