import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.tiny import TRUE_WRITER
from triptych import Triptych

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture(scope="session")
def quick_profile(tiny_starter, tmp_path_factory):
    """The tiny models at two denoising steps."""
    path = tmp_path_factory.mktemp("quick") / "quick.yaml"
    kinds = f"text: {{kind: '{TRUE_WRITER}', folder: {tiny_starter}, steps: 2}}\n" + "".join(
        f"{part}: {{kind: starter, folder: {tiny_starter}, steps: 2}}\n"
        for part in ("image", "video", "encoder")
    )
    about = "".join(f"{key}: none\n" for key in ("title", "licence", "disk", "memory", "time"))
    path.write_text(about + kinds)
    return path


@pytest.fixture
def example(quick_profile, tmp_path, monkeypatch, capsys):
    """Run an example as a script; returns what it printed."""

    def run(name, *options):
        given = [name, "--profile", str(quick_profile), "--out", str(tmp_path / "out"), *options]
        monkeypatch.setattr(sys, "argv", given)
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        return capsys.readouterr().out

    return run


def test_the_text_agent_is_a_subgraph_of_another_application(example):
    mail = example("agent_in_a_graph.py")
    assert mail.startswith("Dear reader")
    assert len(mail.split("\n\n")[1]) > 0


def test_the_image_agent_works_alone(example, tmp_path):
    said = example("image_alone.py", "--candidates", "2")
    assert "the best of 2" in said
    pictures = list((tmp_path / "out" / "assets").glob("*.png"))
    assert len(pictures) == 2
    assert said.strip().endswith(".png")


def test_events_are_consumed_with_asyncio(example, tmp_path):
    said = example("events_with_asyncio.py")
    lead = json.loads((tmp_path / "out" / "campaign.json").read_text())["plan"]["deliverables"][0]
    steps = [f"{lead['id']}: {part} is made" for part in ("copy", "image", "clip")]
    for step in (*steps, f"{lead['id']}: unjudged"):
        assert step in said
    assert (tmp_path / "out" / "report.html").is_file()


def test_the_public_names_load_nothing_heavy():
    code = (
        "import sys; from triptych import Campaign, Triptych, astream, build_graph, run, stream; "
        "print('torch' in sys.modules, 'diffusers' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "False"]


def test_a_campaign_is_a_subgraph_with_its_application_s_checkpointer(example, tmp_path, caplog):
    said = example("campaign_in_a_graph.py")
    assert "report.html" in said
    assert said.strip().endswith("True")
    assert (tmp_path / "out" / "report.html").is_file()
    assert "unregistered" not in caplog.text


def test_a_web_service_makes_campaigns_and_refuses_bad_briefs(quick_profile, tmp_path):
    module = runpy.run_path(str(EXAMPLES / "web_service.py"))
    client = TestClient(module["service"](Triptych(str(quick_profile)), tmp_path))
    answer = client.post("/campaigns", json={"brief": "A red mug.", "options": {"steps": 1}})
    events = [json.loads(line) for line in answer.text.splitlines()]
    assert [events[0]["kind"], events[-1]["kind"]] == ["begun", "finished"]
    assert "A red mug." in client.get(f"/campaigns/{events[0]['run']}").text
    refused = client.post("/campaigns", json={"brief": "A mug.", "options": {"nfe": 1}})
    assert refused.status_code == 400
    assert "does not pay" in refused.json()["detail"]
    assert client.get("/campaigns/nothing").status_code == 404
