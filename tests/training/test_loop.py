import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from triptych.errors import ModelError
from triptych.training.config import StageOptions
from triptych.training.loop import rate_factor, train


class Line(nn.Module):
    """Fits a line: a real objective that takes a millisecond a step."""

    progress = 0.0

    def __init__(self, broken: bool = False):
        super().__init__()
        torch.manual_seed(0)
        self.layer = nn.Linear(3, 1)
        self.frozen = nn.Linear(3, 1).requires_grad_(False)
        self.broken = broken

    def batch(self, generator, size):
        inputs = torch.randn(size, 3, generator=generator)
        return inputs, inputs.sum(dim=1, keepdim=True)

    def forward(self, batch):
        inputs, target = batch
        dropped = nn.functional.dropout(inputs, 0.1, self.training)  # chance of torch's own
        loss = ((self.layer(dropped) - target) ** 2).mean()
        return {"loss": loss * float("nan") if self.broken else loss}

    def validate(self):
        return {"loss": (self.layer.weight.detach() - 1).abs().mean().item()}

    def export(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "weight.json").write_text(json.dumps(self.layer.weight.tolist()))


OPTIONS = StageOptions(steps=40, batch=8, rate=0.05, warm_up=4, validate_every=10, save_every=7)


def losses_of(folder):
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [line["loss"] for line in lines if line["kind"] == "train"]


def test_it_learns_and_leaves_frozen_weights_alone(tmp_path):
    line = Line()
    before = line.frozen.weight.clone()
    outcome = train(line, OPTIONS, tmp_path)
    assert outcome.finished
    losses = losses_of(tmp_path)
    assert len(losses) == 40
    assert sum(losses[-5:]) < sum(losses[:5]) / 4
    assert torch.equal(line.frozen.weight, before)


def test_a_killed_run_resumes_with_the_same_losses(tmp_path):
    train(Line(), OPTIONS, tmp_path / "whole")

    class Killed(Exception):
        pass

    def kill(step, steps, figures):
        if step == 17:
            raise Killed

    with pytest.raises(Killed):
        train(Line(), OPTIONS, tmp_path / "broken", on_step=kill)
    train(Line(), OPTIONS, tmp_path / "broken")
    assert losses_of(tmp_path / "broken") == losses_of(tmp_path / "whole")
    exports = [(tmp_path / run / "weights/weight.json").read_text() for run in ("whole", "broken")]
    assert exports[0] == exports[1]


def test_it_stops_when_validation_no_longer_falls(tmp_path):
    options = OPTIONS.model_copy(update={"rate": 1e-9, "patience": 1, "steps": 1000, "ema": 0.0})
    outcome = train(Line(), options, tmp_path)
    assert outcome.finished
    assert outcome.step < 1000


def test_a_loss_that_is_no_number_is_said(tmp_path):
    with pytest.raises(ModelError, match="step 0"):
        train(Line(broken=True), OPTIONS, tmp_path)


def test_a_checkpoint_of_another_model_is_refused(tmp_path):
    train(Line(), OPTIONS, tmp_path)
    other = Line()
    other.layer = nn.Linear(4, 1)
    with pytest.raises(ModelError, match="another model"):
        train(other, OPTIONS.model_copy(update={"steps": 50}), tmp_path)


def test_the_rate_warms_up_and_decays():
    assert rate_factor(0, OPTIONS) == pytest.approx(0.25)
    assert rate_factor(10, OPTIONS) == 1.0
    assert rate_factor(40, OPTIONS) == pytest.approx(0.05)


def test_two_processes_train_one_model(tmp_path):
    """As under `accelerate launch`: the gradients are shared, and one of them writes."""
    script = tmp_path / "both.py"
    script.write_text(
        "from pathlib import Path\n"
        "from tests.training.test_loop import OPTIONS, Line\n"
        "from triptych.training.loop import processes, train\n"
        "line, folder = Line(), Path(__file__).parent\n"
        "outcome = train(line, OPTIONS, folder / 'run', max_seconds=100)\n"
        "number = processes().process_index\n"
        "weights = line.layer.weight.flatten().tolist()\n"
        "(folder / f'{number}.txt').write_text(f'{outcome.best} {weights}')\n"
    )
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    environment = {**os.environ, "ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    run = subprocess.run(
        [*command, str(script)], env=environment, capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "0.txt").read_text() == (tmp_path / "1.txt").read_text()
    assert len(losses_of(tmp_path / "run")) == 40
