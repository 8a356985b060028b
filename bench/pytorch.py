"""Times PyTorch eager attention (`output_attentions=True`) on the weights of an ONNX model.
usage: python pytorch.py MODEL_FOLDER THREADS"""

import sys
import time
from pathlib import Path

import numpy as np
import onnx
import torch
from transformers import AutoConfig, AutoModelForCausalLM


def load(folder: Path) -> torch.nn.Module:
    """The model of the folder's config.json, with those of its weights whose names stand in the graph."""
    config = AutoConfig.from_pretrained(folder)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager", dtype=torch.float32).eval()
    graph = onnx.load(folder / "onnx" / "model.onnx").graph
    stored = {entry.name: onnx.numpy_helper.to_array(entry) for entry in graph.initializer}
    weights = model.state_dict()
    found = {}
    for name, weight in weights.items():
        array = stored.get(name, stored.get(name.replace("model.", "h.", 1) + "_fp16", stored.get(name.replace("model.", "h.", 1))))
        if array is not None and array.shape == tuple(weight.shape):
            found[name] = torch.from_numpy(array.astype(np.float32))
    model.load_state_dict({**weights, **found})
    print(f"{folder.name}: {len(found)} of {len(weights)} tensors from the graph", file=sys.stderr)
    return model


def main() -> None:
    """Answers every length on standard input with the milliseconds of one run."""
    folder, threads = sys.argv[1:]
    torch.set_num_threads(int(threads))
    model = load(Path(folder))
    generator = torch.Generator().manual_seed(0)
    print("ready", flush=True)
    with torch.no_grad():
        for line in sys.stdin:
            ids = torch.randint(1, model.config.vocab_size, (1, int(line)), generator=generator)
            start = time.perf_counter()
            model(ids, output_attentions=True, use_cache=False)
            print((time.perf_counter() - start) * 1000, flush=True)


if __name__ == "__main__":
    main()
