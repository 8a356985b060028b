"""Times transformers' `generate` with `output_attentions=True` on the weights of an ONNX model.
usage: python generate.py MODEL_FOLDER THREADS ROUNDS TOKENS LENGTH…   prints JSON {"length": [milliseconds a token, …]}"""

import json
import sys
import time
from pathlib import Path

import torch

from pytorch import load


def main() -> None:
    folder, threads, rounds, tokens, *lengths = sys.argv[1:]
    torch.set_num_threads(int(threads))
    model = load(Path(folder))
    generator = torch.Generator().manual_seed(0)
    times: dict[str, list[float]] = {length: [] for length in lengths}
    for round_number in range(int(rounds) + 1):  # the first round warms up
        for length in lengths:
            ids = torch.randint(1, model.config.vocab_size, (1, int(length)), generator=generator)
            # The prompt's pass is in both, so that the difference is that of the tokens after the first.
            whole, first = (seconds(model, ids, count) for count in (int(tokens), 1))
            if round_number:
                times[length].append((whole - first) * 1000 / (int(tokens) - 1))
    print(json.dumps(times))


def seconds(model: torch.nn.Module, ids: torch.Tensor, count: int) -> float:
    """Generates exactly `count` tokens."""
    start = time.perf_counter()
    model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        min_new_tokens=count,
        max_new_tokens=count,
        do_sample=False,
        output_attentions=True,
        return_dict_in_generate=True,
        pad_token_id=0,
    )
    return time.perf_counter() - start


main()
