"""Times what BertViz takes to make its model view of a text: PyTorch eager with attentions, and the page with all of
their numbers in it. usage: python bertviz_view.py MODEL_FOLDER THREADS"""

import sys
import time
from pathlib import Path

import torch
from bertviz import model_view
from pytorch import load


def main() -> None:
    """Answers every length on standard input with the milliseconds of one page."""
    folder, threads = sys.argv[1:]
    torch.set_num_threads(int(threads))
    model = load(Path(folder))
    print("ready", flush=True)
    with torch.no_grad():
        for line in sys.stdin:
            length = int(line)
            ids = 1 + torch.arange(length).unsqueeze(0) % 250
            start = time.perf_counter()
            attentions = model(ids, output_attentions=True, use_cache=False).attentions
            page = model_view(attentions, [str(token) for token in range(length)], html_action="return")
            assert page.data
            print((time.perf_counter() - start) * 1000, flush=True)


if __name__ == "__main__":
    main()
