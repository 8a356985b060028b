"""Trains the tokenizer on the training split, or takes a given one, and turns the split into token streams.

Byte-level BPE with GPT-2's pattern, digits one by one, and a single special token that begins every text.
"""

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

VOCABULARY = 8_192
START = "<|endoftext|>"
START_ID = 0
SEED = 6
SAMPLE_BYTES = 6_000_000
"""Text of each domain that the merges are learnt from, so that no domain crowds out another."""


def documents(file: Path) -> dict[str, list[str]]:
    """Texts by domain, in an order that depends on the seed only."""
    texts: dict[str, list[str]] = defaultdict(list)
    with file.open() as lines:
        for line in lines:
            entry = json.loads(line)
            texts[entry["domain"]].append(entry["text"])
    for domain in sorted(texts):
        random.Random(f"{SEED}/{domain}").shuffle(texts[domain])
    return texts


def sample(texts: dict[str, list[str]]) -> Iterator[str]:
    for domain in sorted(texts):
        left = SAMPLE_BYTES
        for text in texts[domain]:
            if left > 0:
                yield text
            left -= len(text)


def trained_tokenizer(texts: Iterator[str], vocabulary: int = VOCABULARY) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[START],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.Sequence(
        [
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(
                single=f"{START} $A", pair=f"{START} $A $B:1", special_tokens=[(START, START_ID)]
            ),
        ]
    )
    return tokenizer


def write_streams(tokenizer: Tokenizer, texts: dict[str, list[str]], folder: Path) -> None:
    """Each stream is uint16, every document beginning with the start token."""
    folder.mkdir(parents=True, exist_ok=True)
    for domain in sorted(texts):
        with (folder / f"{domain}.bin").open("wb") as out:
            for start in range(0, len(texts[domain]), 512):
                for encoding in tokenizer.encode_batch_fast(texts[domain][start : start + 512]):
                    np.array(encoding.ids, dtype=np.uint16).tofile(out)
        size = sum(len(t.encode()) for t in texts[domain])
        tokens = (folder / f"{domain}.bin").stat().st_size // 2
        print(f"{domain}: {tokens} tokens, {size / tokens:.2f} bytes each", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, help="tokenizer.json to use as it is, where a model is trained further")
    arguments = parser.parse_args()
    train = documents(arguments.work / "corpus" / "train.jsonl")
    tokenizer = Tokenizer.from_file(str(arguments.tokenizer)) if arguments.tokenizer else trained_tokenizer(sample(train))
    tokenizer.save(str(arguments.work / "tokenizer.json"))
    write_streams(tokenizer, train, arguments.work / "tokens")


if __name__ == "__main__":
    main()
