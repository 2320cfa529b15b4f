import json
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from langgraph_cli.cli import cli

from tests.tiny import save_tiny_profile
from triptych.graph.serializer import checkpoint_serializer, checkpoint_types

CONFIG = Path(__file__).parents[2] / "langgraph.json"


@pytest.fixture(scope="module")
def wish(tmp_path_factory):
    profile = save_tiny_profile(tmp_path_factory.mktemp("dev"), least=-9.0)
    brief = "Norvik launches the Emberlite, a red steel camping lantern."
    return {"brief": brief, "profile": str(profile), "steps": 2}


def named_in_the_configuration():
    (path,) = json.loads(CONFIG.read_text())["graphs"].values()
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)()


def test_langgraph_accepts_the_configuration():
    result = CliRunner().invoke(cli, ["validate", "--config", str(CONFIG)])
    assert result.exit_code == 0, result.output
    assert "1 graph" in result.output


def test_the_graph_named_there_has_no_checkpointer_and_shows_its_steps():
    graph = named_in_the_configuration()
    assert graph.checkpointer is None
    found = dict(graph.get_subgraphs(recurse=True))
    assert {"plan", "approve_plan", "make", "approve_results"} <= set(found["campaign"].nodes)
    assert {"copy", "image", "clip", "verdict"} <= set(found["campaign|make"].nodes)


def test_it_makes_a_campaign_and_asks_a_person_on_the_way(wish, tmp_path):
    graph = named_in_the_configuration()
    graph.checkpointer = InMemorySaver(serde=checkpoint_serializer())
    thread = {"configurable": {"thread_id": "one"}}
    out = tmp_path / "run"
    asked = graph.invoke({**wish, "out": str(out), "approve": True}, thread)
    assert asked["__interrupt__"][0].value["what"] == "plan"
    asked = graph.invoke(Command(resume={"accept": True}), thread)
    assert asked["__interrupt__"][0].value["what"] == "results"
    done = graph.invoke(Command(resume={"accept": True}), thread)
    assert done["folder"] == str(out)
    assert set(done["results"].values()) == {"passed"}
    for name in ("report.html", "plan.yaml", "trace.html"):
        assert (out / name).is_file()
    assert not (out / "checkpoint.sqlite").exists()


def test_the_server_restores_our_own_types_and_no_others():
    serde = json.loads(CONFIG.read_text())["checkpointer"]["serde"]
    assert sorted(map(tuple, serde["allowed_msgpack_modules"])) == sorted(checkpoint_types())
    assert serde["pickle_fallback"] is False
