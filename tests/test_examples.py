import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture(scope="session")
def quick_profile(tiny_starter, tmp_path_factory):
    """The tiny models at two denoising steps."""
    path = tmp_path_factory.mktemp("quick") / "quick.yaml"
    kinds = "".join(
        f"{part}: {{kind: starter, folder: {tiny_starter}, steps: 2}}\n"
        for part in ("text", "image", "video", "encoder")
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
    steps = [f"{step} of {lead['id']}" for step in ("write", "paint", "shoot")]
    for step in ("plan of the campaign", *steps, f"{lead['id']}: unjudged"):
        assert step in said
    assert (tmp_path / "out" / "report.html").is_file()


def test_the_public_names_load_nothing_heavy():
    code = (
        "import sys; from triptych import Campaign, astream, build_graph, run, stream; "
        "print('torch' in sys.modules, 'diffusers' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "False"]
