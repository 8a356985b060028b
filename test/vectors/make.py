"""Makes the reference vectors: small random-weight models with PyTorch eager references.

    python make.py                 remake every model and reference, then check them
    python make.py gpt2 llama      only these
    python make.py --check         check the committed files, write nothing
    python make.py --corpus FILE   train the tokenizers anew first (.jsonl.zst with a `text` field)
"""

import argparse
import json
import logging
import sys
import warnings
from pathlib import Path

import torch
import transformers
from safetensors.numpy import load_file
from tokenizers import Tokenizer

import tokenization
from architectures import ARCHITECTURES, build, export
from reference import eager_reference, write
from runtime import compare

ROOT = Path(__file__).parent
TOLERANCE = 1e-4


def make(name: str) -> None:
    """Writes one model's folder."""
    architecture = ARCHITECTURES[name]
    folder = ROOT / name
    folder.mkdir(exist_ok=True)
    for file in ("tokenizer.json", "tokenizer_config.json"):
        if architecture.tokenizer != name:
            (folder / file).write_bytes((ROOT / architecture.tokenizer / file).read_bytes())
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    export(build(architecture, tokenizer, "sdpa"), architecture.task, folder)
    arrays, description = eager_reference(build(architecture, tokenizer, "eager"), tokenizer)
    head = {"model": name, "file": "onnx/model.onnx", "dtype": "fp32", "tolerance": TOLERANCE}
    write(folder, arrays, {**head, **description})


def check(name: str) -> bool:
    """Prints how far ONNX Runtime is from a model's reference; whether that is near enough."""
    folder = ROOT / name
    description = json.loads((folder / "reference.json").read_text(encoding="utf-8"))
    found = compare(folder, load_file(folder / "reference.safetensors"), description)
    tokens = "+".join(str(len(text["input_ids"])) for text in description["texts"])
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1024
    right = found["attention"] <= description["tolerance"] and not found["greedy_wrong"]
    print(
        f"{name:14} {tokens:>6} {size:6.0f} {found['attention']:10.1e} {found['last']:10.1e} "
        f"{found['greedy_wrong']:6} {found['largest']:8.2f} {found['uniform']:8.2f}  {'ok' if right else 'WRONG'}"
    )
    return right


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="models to make or check; all of them by default")
    parser.add_argument("--check", action="store_true", help="only check the files that are there")
    parser.add_argument("--corpus", type=Path, help="train the tokenizers anew on this text first")
    options = parser.parse_args()

    warnings.filterwarnings("ignore")
    transformers.logging.set_verbosity_error()
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)

    if options.corpus:
        tokenization.train_all(options.corpus, ROOT)
    names = options.names or list(ARCHITECTURES)
    if not options.check:
        for name in names:
            make(name)
    print("model          tokens    KiB  attention       last  greedy  largest  uniform")
    if not all([check(name) for name in names]):
        sys.exit("some references are not met")


if __name__ == "__main__":
    main()
