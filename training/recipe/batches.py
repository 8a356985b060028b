"""Which windows of text each step sees: a function of the schedule, the step and the number of windows before it."""

from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .schedule import Schedule
from .tokenizer import START_ID

GOLDEN = (5**0.5 - 1) / 2
"""Multiples of it, modulo 1, are spread evenly however many are taken: no window is favoured or left out."""

Ids = NDArray[np.uint16]


def read_streams(folder: Path) -> dict[str, Ids]:
    return {file.stem: np.memmap(file, dtype=np.uint16, mode="r") for file in sorted(folder.glob("*.bin"))}


@dataclass
class Batches:
    streams: dict[str, Ids]
    schedule: Schedule
    taken: dict[str, int] = field(default_factory=dict)
    """Windows taken from each domain so far: all the state there is."""

    def batch(self, step: int) -> Ids:
        """[rows, length + 1]: inputs are all but the last column, targets all but the first."""
        stage = self.schedule.stage(step)
        rng = np.random.default_rng((self.schedule.seed, step))
        rows = [self.window(self.next_domain(), stage.length + 1) for _ in range(stage.rows)]
        for row in rows:
            if rng.random() < self.schedule.repeats:
                repeat_span(row, rng)
        return np.stack(rows)

    def next_domain(self) -> str:
        place = sum(self.taken.values()) * GOLDEN % 1.0
        domains = [*self.schedule.mix]
        edges = accumulate(self.schedule.mix.values())
        return next((domain for domain, edge in zip(domains, edges, strict=True) if place < edge), domains[-1])

    def window(self, domain: str, size: int) -> Ids:
        """`size` tokens, of which the first is the start token."""
        count = self.taken.get(domain, 0)
        self.taken[domain] = count + 1
        stream = self.streams[domain]
        start = int(count * GOLDEN % 1.0 * (len(stream) - size))
        return np.concatenate(([np.uint16(START_ID)], stream[start : start + size - 1]))


def repeat_span(row: Ids, rng: np.random.Generator) -> None:
    """Writes a span of the row a second time further on."""
    size = len(row)
    span = int(rng.integers(8, size // 2))
    source = int(rng.integers(1, size - 2 * span + 1))
    target = int(rng.integers(source + span, size - span + 1))
    row[target : target + span] = row[source : source + span].copy()
