"""One training loop for every stage, with exact resume.

Step n's batch, noise and dropout are drawn from a generator seeded by (seed, n), so a run that
was killed and resumed sees what an unbroken one sees: weights, optimiser and averages are all
that a checkpoint must hold.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import torch
from accelerate import Accelerator, PartialState
from accelerate.utils import (
    DistributedDataParallelKwargs,
    broadcast_object_list,
    parse_flag_from_env,
)
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from triptych.errors import ModelError
from triptych.seeds import derive_seed
from triptych.training.config import StageOptions

if TYPE_CHECKING:
    from torch.utils.tensorboard.writer import SummaryWriter

Batch = TypeVar("Batch")
T = TypeVar("T")


class Objective(Protocol[Batch]):
    """A stage: a module whose forward pass on a batch gives the losses."""

    progress: float
    """Set by the loop: the share of the stage's steps that are done."""

    def batch(self, generator: torch.Generator, size: int) -> Batch:
        """Draw a training batch; the generator is the only source of chance."""
        ...

    def __call__(self, batch: Batch) -> dict[str, Tensor]:
        """Losses by name; `loss` is minimised, the others are logged."""
        ...

    def validate(self) -> dict[str, float]:
        """Figures on the validation split; `loss` decides about stopping early."""
        ...

    def export(self, folder: Path) -> None:
        """Write the weights that the generators load."""
        ...


@dataclass(frozen=True)
class Outcome:
    """Where a stage ended."""

    step: int
    finished: bool
    best: float
    seconds: float


def train(
    objective: nn.Module,
    options: StageOptions,
    folder: Path,
    *,
    seed: int = 0,
    mixed_precision: str = "no",
    max_seconds: float | None = None,
    on_step: Callable[[int, int, dict[str, float]], None] | None = None,
) -> Outcome:
    """Optimise an `Objective` until its steps, its patience or the time is spent.

    Checkpoints go to `folder/checkpoint`, the log to `folder/log.jsonl` and TensorBoard files, the
    averaged weights to `folder/weights`. Calling it again goes on where it was. Under `accelerate
    launch` every process draws batches of its own, and the first one validates, logs and saves.

    Args:
        objective: an `nn.Module` that keeps the `Objective` protocol.
        options: of this stage.
        folder: of this stage.
        seed: of all chance.
        mixed_precision: `no`, `fp16` or `bf16`, handed to accelerate.
        max_seconds: stop after this long, with a checkpoint.
        on_step: progress.

    Raises:
        ModelError: if the loss is not a number, naming the step of the last good checkpoint.
    """
    started = time.monotonic()
    accelerator = Accelerator(
        mixed_precision=mixed_precision,
        gradient_accumulation_steps=options.accumulate,
        # A stage's parts take turns: the discriminator plays at little noise only, for one.
        kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)],
    )
    trained = [p for p in objective.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(
        trained, lr=options.rate, betas=options.betas, weight_decay=options.weight_decay
    )
    model, optimiser = accelerator.prepare(objective, optimiser)
    average = _Average(trained, options.ema)
    stage: Any = accelerator.unwrap_model(model)
    state = _load(folder / "checkpoint", objective, optimiser, average)
    log = _Log(folder, state.step, accelerator.is_main_process)

    while state.step < options.steps and not state.stopped:
        figures = {"loss": 0.0}
        stage.progress = state.step / options.steps
        for part in range(options.accumulate):
            generator = torch.Generator().manual_seed(
                derive_seed(seed, state.step, part, accelerator.process_index)
            )
            torch.manual_seed(int(torch.randint(2**62, (1,), generator=generator)))
            with accelerator.accumulate(model), _attention(accelerator.device):
                losses = model(stage.batch(generator, options.batch))
                accelerator.backward(losses["loss"])
                if accelerator.sync_gradients:
                    accelerator.clip_grad_norm_(trained, options.clip_norm)
                for group in optimiser.param_groups:
                    group["lr"] = options.rate * rate_factor(state.step, options)
                optimiser.step()
                optimiser.zero_grad()
            for name, value in losses.items():
                figures[name] = figures.get(name, 0.0) + float(value.detach()) / options.accumulate
        if not math.isfinite(figures["loss"]):
            raise ModelError(
                f"The loss is not a number at step {state.step}.",
                f"Lower the rate and run again: it resumes from {folder / 'checkpoint'}.",
            )
        average.update(trained, state.step)
        state.step += 1
        log.write("train", state.step, figures)
        if on_step:
            on_step(state.step, options.steps, figures)
        late = max_seconds is not None and time.monotonic() - started > max_seconds
        out_of_time = max_seconds is not None and _first_says(accelerator, late)
        if state.step % options.validate_every == 0 or state.step == options.steps:
            validation = {}
            if accelerator.is_main_process:
                with average.applied(trained):
                    objective.eval()
                    validation = stage.validate()
                    objective.train()
            validation = _first_says(accelerator, validation)
            log.write("validation", state.step, validation)
            state.judge(validation.get("loss", math.nan), options.patience)
        due = state.step % options.save_every == 0 or state.step == options.steps or out_of_time
        if due and accelerator.is_main_process:
            _save(folder / "checkpoint", objective, optimiser, average, state)
        if out_of_time:
            break
    if accelerator.is_main_process:
        with average.applied(trained):
            objective.eval()
            stage.export(folder / "weights")
            objective.train()
    accelerator.wait_for_everyone()
    return Outcome(
        state.step,
        state.stopped or state.step >= options.steps,
        state.best,
        time.monotonic() - started,
    )


def processes() -> PartialState:
    """The processes that `accelerate launch` started, or the one there is, and its device."""
    return PartialState(cpu=parse_flag_from_env("ACCELERATE_USE_CPU"))


def _attention(device: torch.device) -> AbstractContextManager[object]:
    """Plain attention on a CPU: of short sequences the fused one's backward pass is slower.

    A step of the picture's denoiser takes 0.64 s of a core instead of 0.78.
    """
    return sdpa_kernel(SDPBackend.MATH) if device.type == "cpu" else nullcontext()


def _first_says(accelerator: Accelerator, value: T) -> T:
    """The first process's value in all of them: what decides when to stop must be one word."""
    if accelerator.num_processes == 1:
        return value
    return broadcast_object_list([value])[0]


def rate_factor(step: int, options: StageOptions) -> float:
    """Share of the full rate at a step: linear warm-up, then level, then linear decay to 1/20."""
    if step < options.warm_up:
        return (step + 1) / options.warm_up
    begin = options.steps * (1 - options.decay)
    if step < begin or options.decay == 0:
        return 1.0
    return 1.0 - 0.95 * min((step - begin) / max(options.steps - begin, 1), 1.0)


@dataclass
class _State:
    step: int = 0
    best: float = math.inf
    without_better: int = 0
    stopped: bool = False

    def judge(self, loss: float, patience: int) -> None:
        if loss < self.best:
            self.best, self.without_better = loss, 0
        else:
            self.without_better += 1
        self.stopped = bool(patience) and self.without_better >= patience


class _Average:
    """Exponential moving average of the trained weights (EMA), warmed up."""

    def __init__(self, parameters: list[nn.Parameter], decay: float) -> None:
        self.decay = decay
        self.shadow = [p.detach().clone() for p in parameters]

    @torch.no_grad()
    def update(self, parameters: list[nn.Parameter], step: int) -> None:
        decay = min(self.decay, (1 + step) / (10 + step))
        for mine, theirs in zip(self.shadow, parameters, strict=True):
            mine.lerp_(theirs.detach(), 1 - decay)

    def applied(self, parameters: list[nn.Parameter]) -> _Applied:
        return _Applied(self.shadow, parameters)


class _Applied:
    """Puts averaged weights in place for as long as the block lasts."""

    def __init__(self, shadow: list[Tensor], parameters: list[nn.Parameter]) -> None:
        self.shadow, self.parameters = shadow, parameters

    def _swap(self) -> None:
        for mine, theirs in zip(self.shadow, self.parameters, strict=True):
            kept = theirs.data.clone()
            theirs.data.copy_(mine)
            mine.copy_(kept)

    def __enter__(self) -> None:
        self._swap()

    def __exit__(self, *_: object) -> None:
        self._swap()


class _Log:
    """`log.jsonl`, cut back to the step resumed from, and TensorBoard where it is installed."""

    def __init__(self, folder: Path, step: int, main: bool) -> None:
        self.main = main
        self.board: SummaryWriter | None = None
        if not main:
            return
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "log.jsonl"
        if self.path.exists():
            lines = self.path.read_text().splitlines()
            kept = [line for line in lines if _step_of(line) <= step]
            self.path.write_text("".join(line + "\n" for line in kept))
        try:
            from torch.utils.tensorboard.writer import SummaryWriter
        except ImportError:
            return
        self.board = SummaryWriter(str(folder / "tensorboard"), purge_step=step)

    def write(self, kind: str, step: int, figures: dict[str, float]) -> None:
        if not self.main:
            return
        with open(self.path, "a") as file:
            file.write(json.dumps({"kind": kind, "step": step, **figures}) + "\n")
        if self.board:
            for name, value in figures.items():
                self.board.add_scalar(f"{kind}/{name}", value, step)


def _step_of(line: str) -> float:
    try:
        return json.loads(line)["step"]
    except (ValueError, KeyError):
        return math.inf


def _save(
    folder: Path,
    objective: nn.Module,
    optimiser: torch.optim.Optimizer,
    average: _Average,
    state: _State,
) -> None:
    """Write a checkpoint beside the last one, then put it in its place."""
    tensors = {f"model/{name}": t for name, t in _trained(objective).items()}
    tensors |= {f"average/{index}": t for index, t in enumerate(average.shadow)}
    for index, moments in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser/{index}/{name}": t for name, t in moments.items()}
    extra = getattr(objective, "extra_state", None)
    if extra:
        tensors |= {f"extra/{name}": t for name, t in extra().items()}
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / ".checkpoint.part"
    save_file(
        {name: t.detach().contiguous().cpu().clone() for name, t in tensors.items()},
        temporary,
        metadata={"state": json.dumps(vars(state))},
    )
    with open(temporary, "rb") as file:
        os.fsync(file.fileno())
    temporary.replace(folder / "checkpoint.safetensors")


def _load(
    folder: Path, objective: nn.Module, optimiser: torch.optim.Optimizer, average: _Average
) -> _State:
    path = folder / "checkpoint.safetensors"
    if not path.exists():
        return _State()
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        state = _State(**json.loads((file.metadata() or {})["state"]))
    tensors = load_file(path)
    own = _trained(objective)
    with torch.no_grad():
        try:
            for name, tensor in own.items():
                tensor.copy_(tensors[f"model/{name}"])
            for index, shadow in enumerate(average.shadow):
                shadow.copy_(tensors[f"average/{index}"])
        except (KeyError, RuntimeError) as error:
            raise ModelError(
                f"The checkpoint {path} is of another model: {error}",
                "Train into another folder, or remove this one.",
            ) from error
    moments: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimiser/"):
            _, index, field = name.split("/")
            moments.setdefault(int(index), {})[field] = tensor
    whole = optimiser.state_dict()
    whole["state"] = moments
    optimiser.load_state_dict(whole)
    restore = getattr(objective, "restore_extra_state", None)
    if restore:
        restore({n.removeprefix("extra/"): t for n, t in tensors.items() if n[:6] == "extra/"})
    return state


def _trained(objective: nn.Module) -> dict[str, Tensor]:
    names = {name for name, p in objective.named_parameters() if p.requires_grad}
    buffers = {name for name, _ in objective.named_buffers()}
    state = objective.state_dict(keep_vars=False)
    return {name: tensor for name, tensor in state.items() if name in names | buffers}
