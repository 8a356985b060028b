"""Measures models in Hugging Face layout on the held-out sources: bits per byte, loss by position, continuations."""

import argparse
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import log
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor
from transformers import LlamaForCausalLM

from .tokenizer import START_ID

DOMAIN_BYTES = 200_000
"""Held-out text measured in each domain; every model sees the same."""
POSITION_TEXTS = 48
PROMPT_CHARACTERS = 200
CONTINUATION_TOKENS = 60
SEED = 6


@dataclass(frozen=True)
class Evaluated:
    model: LlamaForCausalLM
    tokenizer: Tokenizer

    @property
    def context(self) -> int:
        return self.model.config.max_position_embeddings


def load(folder: Path) -> Evaluated:
    model = LlamaForCausalLM.from_pretrained(folder, attn_implementation="sdpa").eval()
    return Evaluated(model, Tokenizer.from_file(str(folder / "tokenizer.json")))


def held_out(work: Path) -> dict[str, list[str]]:
    """Texts by domain, in the order of their hashes: fixed, and nobody's choice."""
    texts: dict[str, list[str]] = defaultdict(list)
    with (work / "corpus" / "validation.jsonl").open() as lines:
        for line in lines:
            entry = json.loads(line)
            texts[entry["domain"]].append(entry["text"])
    return {domain: sorted(texts[domain], key=text_hash) for domain in sorted(texts)}


def text_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def windows(ids: list[int], length: int) -> Iterator[Tensor]:
    """[1, up to length]: the start token, then the next tokens of the text; none is scored twice."""
    for start in range(0, len(ids), length - 1):
        yield torch.tensor([[START_ID, *ids[start : start + length - 1]]])


@torch.no_grad()
def losses(model: LlamaForCausalLM, ids: Tensor) -> Tensor:
    """Nats of each token after the first, [length - 1]."""
    return F.cross_entropy(model(ids, use_cache=False).logits[0, :-1].float(), ids[0, 1:], reduction="none")


def bits_per_byte(evaluated: Evaluated, texts: list[str], length: int) -> float:
    nats, size = 0.0, 0
    for text in texts:
        if size >= DOMAIN_BYTES:
            break
        size += len(text.encode())
        ids = evaluated.tokenizer.encode(text, add_special_tokens=False).ids
        nats += sum(float(losses(evaluated.model, window).sum()) for window in windows(ids, length))
    return nats / log(2) / size


def loss_by_position(evaluated: Evaluated, texts: dict[str, list[str]], length: int) -> dict[str, float]:
    """Mean nats of the prediction made at each range of positions, over whole windows, as many from each domain."""
    found: list[Tensor] = []
    for domain in texts:
        whole = 0
        for text in texts[domain]:
            ids = evaluated.tokenizer.encode(text, add_special_tokens=False).ids
            if len(ids) >= length - 1 and whole < POSITION_TEXTS // len(texts):
                found.append(losses(evaluated.model, next(windows(ids, length))))
                whole += 1
    mean = torch.stack(found).mean(0)
    edges = [edge for edge in (0, 16, 64, 256, 512, 1024, 2048) if edge <= length]
    return {f"{a}-{b - 1}": round(float(mean[a:b].mean()), 3) for a, b in zip(edges, edges[1:], strict=False)}


def prompts(texts: dict[str, list[str]], count: int) -> list[tuple[str, str]]:
    """(domain, beginning of a held-out text up to a white space), domains in turn."""
    order = [(domain, texts[domain][i]) for i in range(count) for domain in texts if i < len(texts[domain])]
    return [(domain, text[:PROMPT_CHARACTERS].rsplit(None, 1)[0]) for domain, text in order[:count]]


@torch.no_grad()
def continuation(evaluated: Evaluated, prompt: str, *, sampled: bool) -> str:
    torch.manual_seed(SEED)
    ids = torch.tensor([evaluated.tokenizer.encode(prompt).ids])
    way = {"do_sample": True, "temperature": 0.8, "top_p": 0.95} if sampled else {"do_sample": False}
    out = evaluated.model.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=CONTINUATION_TOKENS, pad_token_id=START_ID, **way
    )
    return evaluated.tokenizer.decode(out[0, ids.shape[1] :].tolist())


def report(evaluated: Evaluated, texts: dict[str, list[str]], length: int, samples: int) -> dict[str, object]:
    length = min(length, evaluated.context)
    by_domain = {domain: round(bits_per_byte(evaluated, texts[domain], length), 4) for domain in texts}
    return {
        "window": length,
        "bits_per_byte": {**by_domain, "mean": round(sum(by_domain.values()) / len(by_domain), 4)},
        "loss_by_position": loss_by_position(evaluated, texts, length),
        "continuations": [
            {
                "domain": domain,
                "prompt_sha256": text_hash(prompt),
                "greedy": continuation(evaluated, prompt, sampled=False),
                "sampled": continuation(evaluated, prompt, sampled=True),
            }
            for domain, prompt in prompts(texts, samples)
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--model", type=Path, action="append", required=True, help="several are compared")
    parser.add_argument("--window", type=int, default=2_048, help="at most the model's own context")
    parser.add_argument("--samples", type=int, default=20)
    parser.add_argument("--out", type=Path, required=True, help="JSON file for the figures")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    texts = held_out(arguments.work)
    results = [
        {"model": folder.name, **report(load(folder), texts, arguments.window, arguments.samples)}
        for folder in arguments.model
    ]
    arguments.out.write_text(json.dumps(results, indent=1) + "\n")
    for result in results:
        print(result["model"], result["window"], result["bits_per_byte"], result["loss_by_position"])


if __name__ == "__main__":
    main()
