"""Makes the reference vectors: small random-weight models with PyTorch eager references.

    python make.py                 remake every model and reference, then check them
    python make.py gpt2 llama      only these
    python make.py --check         check the committed files, write nothing
    python make.py --corpus FILE   train the tokenizers anew first (.jsonl.zst with a `text` field)
"""

import argparse
import json
import logging
import os
import re
import sys
import warnings
from pathlib import Path
from typing import Callable

import torch
import transformers
from safetensors.numpy import load_file
from tokenizers import Tokenizer

import tokenization
import bundled
from architectures import ARCHITECTURES, T5, WIDE_LLAMA, build, export
from handmade import grouped_query, without_attention
from inspection import inconsistencies, inspection_reference
from reference import TEXTS, Head, contradictions, eager_reference, laid_out, save_arrays, spread, windowed_reference, write
from runtime import compare, runtime_reference
from variants import VARIANTS

ROOT = Path(__file__).parent
INNER = re.compile(r"\.(query|key|value)\.")


def tokenizer_for(folder: Path, family: str) -> Tokenizer:
    """The family's tokenizer, its files copied into the folder."""
    for file in ("tokenizer.json", "tokenizer_config.json"):
        if folder.name != family:
            (folder / file).write_bytes((ROOT / family / file).read_bytes())
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def make_export(folder: Path, file: Head) -> None:
    """An ordinary export and what PyTorch says about it."""
    architecture = ARCHITECTURES[folder.name]
    tokenizer = tokenizer_for(folder, architecture.tokenizer)
    export(build(architecture, tokenizer, architecture.attention), architecture.task, folder)
    model = build(architecture, tokenizer, "eager")
    arrays, description = eager_reference(model, tokenizer)
    if description["decoder"] and not any(description["window"]):
        arrays |= windowed_reference(model, description["texts"][0]["input_ids"])
    write(folder, file, arrays, description)
    if file.tensors == "reference.safetensors":
        ids = description["texts"][0]["input_ids"]
        save_arrays(folder / "inspection.safetensors", inspection_reference(model, ids))


def make_variant(folder: Path, file: Head) -> None:
    """An ordinary export turned into another file."""
    variant = VARIANTS[folder.name]
    architecture = ARCHITECTURES[variant.base]
    tokenizer = tokenizer_for(folder, architecture.tokenizer)
    export(build(architecture, tokenizer, "sdpa"), architecture.task, folder)
    source, target = folder / "onnx/model.onnx", folder / file.file
    variant.convert(source, target)
    if source != target:
        source.unlink()
    arrays, description = eager_reference(build(architecture, tokenizer, "eager"), tokenizer)
    if variant.from_runtime:
        arrays, description = runtime_reference(target, description)
    write(folder, file, arrays, description)


def make_grouped_query(folder: Path, file: Head) -> None:
    """A llama in a file as the onnxruntime-genai builder writes it."""
    tokenizer = tokenizer_for(folder, "llama")
    model = build(WIDE_LLAMA, tokenizer, "eager")
    model.config.save_pretrained(folder)
    model.generation_config.save_pretrained(folder)
    grouped_query(model, folder / file.file)
    write(folder, file, *eager_reference(model, tokenizer))


def make_encoder_decoder(folder: Path, file: Head) -> None:
    """A t5, to be refused: no references."""
    export(build(T5, tokenizer_for(folder, T5.tokenizer), T5.attention), T5.task, folder)
    write(folder, file, {}, {"texts": []})


def make_without_attention(folder: Path, file: Head) -> None:
    """A graph with nothing to show: no references."""
    without_attention(folder.name, folder / file.file)
    write(folder, file, {}, {"texts": []})


def make_bundled(folder: Path, file: Head) -> None:
    """What PyTorch says about the weights in the bundled model's file."""
    tokenizer = Tokenizer.from_file(str(bundled.FOLDER / "tokenizer.json"))
    arrays, description = eager_reference(bundled.read_model(), tokenizer)
    attention_and_tokens = {name: array for name, array in arrays.items() if not INNER.search(name)}
    write(folder, file, attention_and_tokens, description)


def make_tokens(folder: Path, file: Head) -> None:
    """A tokenizer alone, and its tokens."""
    tokenizer = tokenizer_for(folder, folder.name)
    write(folder, file, {}, {"texts": [tokenization.encode(tokenizer, text) for text in TEXTS]})


MAKERS: dict[str, tuple[Callable[[Path, Head], None], Head]] = {
    **{name: (make_export, Head()) for name in ARCHITECTURES},
    "gpt2-eager": (make_export, Head(tensors="../gpt2/reference.safetensors")),
    "bert-eager": (make_export, Head(tensors="../bert/reference.safetensors")),
    **{name: (make_variant, variant.head) for name, variant in VARIANTS.items()},
    "llama-gqa": (make_grouped_query, Head(form="com.microsoft.GroupQueryAttention")),
    "default": (make_bundled, Head(file="../../../models/default/onnx/model.onnx")),
    "t5": (make_encoder_decoder, Head(file="onnx/decoder_model_merged.onnx", form="If", tensors=None)),
    "linear-attention": (make_without_attention, Head(form="none", tensors=None)),
    "router": (make_without_attention, Head(form="none", tensors=None)),
    "unigram": (make_tokens, Head(file=None, form="none", tensors=None)),
}


def check(name: str) -> bool:
    """Prints how far ONNX Runtime is from a model's reference; whether that is near enough."""
    folder = ROOT / name
    description = json.loads((folder / "reference.json").read_text(encoding="utf-8"))
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1024
    if "layers" not in description:
        print(f"{name:16} {'':>6} {size:6.0f}  without references")
        return True
    arrays = load_file(folder / description["tensors"])
    insane = contradictions(arrays, description)
    if (inspection := folder / "inspection.safetensors").exists():
        insane += inconsistencies(load_file(inspection), arrays)
    found = compare(folder / description["file"], arrays, description)
    tokens = "+".join(str(len(text["input_ids"])) for text in description["texts"])
    right = max(found.attention, found.last / 10) <= description["tolerance"] and not found.greedy_wrong and not insane
    largest, uniform = spread(arrays)
    print(
        f"{name:16} {tokens:>6} {size:6.0f} {found.attention:10.1e} {found.last:10.1e} {found.greedy_wrong:6} "
        f"{largest:8.2f} {uniform:8.2f}  {'ok' if right else 'WRONG ' + '; '.join(insane)}"
    )
    return right


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="what to make or check; everything by default")
    parser.add_argument("--check", action="store_true", help="only check the files that are there")
    parser.add_argument("--corpus", type=Path, help="train the tokenizers anew on this text first")
    options = parser.parse_args()

    warnings.filterwarnings("ignore")
    transformers.logging.set_verbosity_error()
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)

    if options.corpus:
        tokenization.train_all(options.corpus, ROOT)
    names = options.names or list(MAKERS)
    tokens = laid_out(tokenization.hard_tokens(ROOT)) + "\n"
    if not options.check:
        (ROOT / "tokens.json").write_text(tokens, encoding="utf-8")
        for name in names:
            (ROOT / name).mkdir(exist_ok=True)
            maker, file = MAKERS[name]
            maker(ROOT / name, file)
    if (ROOT / "tokens.json").read_text(encoding="utf-8") != tokens:
        sys.exit("tokens.json is not what the tokenizers say")
    print("model            tokens    KiB  attention       last  greedy  largest  uniform")
    if not all([check(name) for name in names]):
        sys.exit("some references are not met")


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":  # a merged decoder lists its weights in the order of a Python set
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "PYTHONHASHSEED": "0"})
    main()
