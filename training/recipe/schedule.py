"""Everything about a training run that decides its result, counted in steps and never in seconds."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Stage:
    """From this step on, every step sees `rows` windows of `length` tokens."""

    step: int
    length: int
    rows: int


@dataclass(frozen=True)
class Schedule:
    seed: int
    shape: dict[str, float]
    steps: int
    decay_from: int
    warmup: int
    matrix_rate: float
    other_rate: float
    repeats: float
    """Share of windows in which a span is repeated."""
    mix: dict[str, float]
    """Share of windows of each domain."""
    stages: list[Stage]
    weight_decay: float = 0.0
    """Of the matrices inside the layers; it matters where the text is seen many times."""

    def stage(self, step: int) -> Stage:
        return [stage for stage in self.stages if stage.step <= step][-1]

    def rate(self, step: int) -> float:
        """Factor of the learning rates: warm-up, constant, then linearly to 0 at the last step."""
        return min(1.0, (step + 1) / self.warmup, (self.steps - step) / (self.steps - self.decay_from))


def tokens_seen(schedule: Schedule) -> int:
    """Tokens predicted over the whole schedule."""
    ends = [*(stage.step for stage in schedule.stages[1:]), schedule.steps]
    return sum((end - s.step) * s.rows * s.length for s, end in zip(schedule.stages, ends, strict=True))


def read_schedule(file: Path) -> Schedule:
    entries = json.loads(file.read_text())
    return Schedule(**{**entries, "stages": [Stage(**stage) for stage in entries["stages"]]})


def write_schedule(schedule: Schedule, file: Path) -> None:
    file.write_text(json.dumps(asdict(schedule), indent=1) + "\n")
