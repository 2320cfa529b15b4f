"""A whole campaign as a subgraph of somebody else's LangGraph application, with its checkpointer.

The application asks an editor for approval before it sends; its checkpointer keeps both, with a
serialiser that knows the campaign's records.

    python examples/campaign_in_a_graph.py [--profile starter] [--out launch]
"""

import argparse
from pathlib import Path

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt
from typing_extensions import TypedDict

from triptych.graph.serializer import checkpoint_serializer
from triptych.runs.dev import make_graph


class Launch(TypedDict, total=False):
    brief: str
    out: str
    profile: str
    steps: int
    folder: str
    results: dict[str, str]
    sent: bool


def launch():
    """The application: make the campaign, ask the editor, send."""

    def send(state: Launch) -> Launch:
        answer = interrupt({"report": f"{state['folder']}/report.html", **state["results"]})
        return {"sent": answer == "yes"}

    graph = StateGraph(Launch)
    graph.add_node("campaign", make_graph())
    graph.add_node("send", send)
    graph.add_edge(START, "campaign")
    graph.add_edge("campaign", "send")
    graph.add_edge("send", END)
    return graph.compile(checkpointer=InMemorySaver(serde=checkpoint_serializer()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", default="starter")
    parser.add_argument("--out", type=Path, default=Path("launch"))
    given = parser.parse_args()
    application, thread = launch(), {"configurable": {"thread_id": "launch"}}
    wish = {"brief": "A red steel camping lantern.", "profile": given.profile}
    asked = application.invoke({**wish, "out": str(given.out)}, thread)
    print(asked["__interrupt__"][0].value)
    print(application.invoke(Command(resume="yes"), thread)["sent"])
