"""Trains the model by a schedule. Started again, it goes on from the last checkpoint.

It may be paused (SIGSTOP, SIGCONT) at any time; SIGTERM and SIGINT make it save after the step in progress and end.

The run keeps its own copy of the schedule, DIR/runs/NAME/schedule.json, and reads it again at every checkpoint, so that
the decay can be moved while it trains; that copy is then the schedule of the model that comes out.
"""

import argparse
import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from .batches import Batches, read_streams
from .model import LanguageModel, ModelShape
from .muon import Muon
from .schedule import Schedule, read_schedule, write_schedule

MILESTONE_STEPS = 1_000


@dataclass(frozen=True)
class Run:
    folder: Path
    model: LanguageModel
    optimisers: tuple[torch.optim.Optimizer, ...]
    batches: Batches

    def save(self, step: int) -> None:
        """Written beside and moved into place, so that an interruption leaves the checkpoint before."""
        state = {
            "step": step,
            "model": self.model.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "taken": self.batches.taken,
        }
        part = self.folder / "checkpoint.part"
        torch.save(state, part)
        part.replace(self.folder / "checkpoint.pt")
        if step % MILESTONE_STEPS == 0:
            shutil.copy(self.folder / "checkpoint.pt", self.folder / f"checkpoint-{step:06}.pt")

    def resume(self) -> int:
        """The step to go on with."""
        file = self.folder / "checkpoint.pt"
        if not file.exists():
            return 0
        state = torch.load(file, map_location=self.model.cos.device)
        self.model.load_state_dict(state["model"])
        for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        self.batches.taken.update(state["taken"])
        return state["step"]

    def start_from(self, model: Path) -> None:
        """Takes the weights of a model in Hugging Face layout; what the optimisers average begins anew."""
        self.model.load_state_dict(load_file(model / "model.safetensors"))

    def set_rate(self, schedule: Schedule, step: int) -> None:
        for optimiser, rate in zip(self.optimisers, (schedule.matrix_rate, schedule.other_rate), strict=True):
            for group in optimiser.param_groups:
                group["lr"] = rate * schedule.rate(step)


def new_run(folder: Path, schedule: Schedule, tokens: Path, device: str, precision: str) -> Run:
    torch.manual_seed(schedule.seed)
    model = LanguageModel(ModelShape(**schedule.shape)).to(device)
    matrices, others = [], []
    for name, parameter in model.named_parameters():
        (matrices if parameter.ndim == 2 and "embed" not in name else others).append(parameter)
    adamw = torch.optim.AdamW(others, lr=schedule.other_rate, betas=(0.9, 0.95), weight_decay=0.0, fused=True)
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    muon = Muon(matrices, schedule.matrix_rate, weight_decay=schedule.weight_decay, precision=dtype)
    return Run(folder, model, (muon, adamw), Batches(read_streams(tokens), schedule))


def training_step(run: Run, precision: str, compiled: bool) -> Callable[[np.ndarray], Tensor]:
    """A function that learns from one batch and returns its loss, which is left on the device."""
    loss_of = torch.compile(run.model.loss, dynamic=False) if compiled else run.model.loss
    device = run.model.cos.device

    def step(batch: np.ndarray) -> Tensor:
        ids = on_device(torch.from_numpy(batch.astype(np.int64)), device)
        with torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16"):
            loss = loss_of(ids[:, :-1], ids[:, 1:])
        loss.backward()
        for optimiser in run.optimisers:
            optimiser.step()
            optimiser.zero_grad()
        return loss.detach()

    return step


def on_device(ids: Tensor, device: torch.device) -> Tensor:
    """To a GPU from pinned memory, so that the next step is prepared while it still computes this one."""
    return ids.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else ids.to(device)


def asked_to_stop() -> Callable[[], bool]:
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: asked.append(received))
    return lambda: bool(asked)


def train(
    folder: Path,
    tokens: Path,
    init: Path | None = None,
    device: str = "cpu",
    precision: str = "fp32",
    compiled: bool = False,
    until: int | None = None,
    checkpoint_steps: int = 10,
) -> None:
    schedule = read_schedule(folder / "schedule.json")
    run = new_run(folder, schedule, tokens, device, precision)
    if init:
        run.start_from(init)
    learn = training_step(run, precision, compiled)
    first = run.resume()
    stop = asked_to_stop()
    losses: list[Tensor] = []
    started, used = time.monotonic(), time.process_time()
    seen = 0
    last = schedule.steps if until is None else min(until, schedule.steps)
    for step in range(first, last):
        run.set_rate(schedule, step)
        batch = run.batches.batch(step)
        losses.append(learn(batch))
        seen += batch.size - len(batch)
        if (step + 1) % checkpoint_steps == 0 or step + 1 == last or stop():
            log = {
                "step": step + 1,
                "loss": round(float(torch.stack(losses).mean()), 4),
                "rate": round(schedule.rate(step), 4),
                "tokens_per_second": round(seen / (time.monotonic() - started)),
                "tokens_per_cpu_second": round(seen / (time.process_time() - used)),
            }
            losses.clear()
            with (folder / "log.jsonl").open("a") as out:
                out.write(json.dumps(log) + "\n")
            run.save(step + 1)
            schedule = read_schedule(folder / "schedule.json")
            run.batches.schedule = schedule
            if step + 1 >= schedule.steps or stop():
                break


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--run", default="default", help="name of the run")
    parser.add_argument("--schedule", type=Path, help="schedule to begin a new run with")
    parser.add_argument("--init", type=Path, help="model in Hugging Face layout whose weights a new run begins with")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--precision", choices=("bf16", "fp32"), default="bf16", help="of the matrix products")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--until", type=int, help="stop after this step, to go on another time")
    parser.add_argument("--checkpoint-steps", type=int, default=10, help="steps from one checkpoint to the next")
    parser.add_argument("--no-compile", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    folder = arguments.work / "runs" / arguments.run
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pid").write_text(f"{os.getpid()}\n")
    if arguments.schedule and not (folder / "schedule.json").exists():
        write_schedule(read_schedule(arguments.schedule), folder / "schedule.json")
    train(
        folder,
        arguments.work / "tokens",
        arguments.init,
        arguments.device,
        arguments.precision,
        not arguments.no_compile,
        arguments.until,
        arguments.checkpoint_steps,
    )


if __name__ == "__main__":
    main()
