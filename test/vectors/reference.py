"""What a model does with the two texts, said by PyTorch's eager attention."""

import contextlib
import dataclasses
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, Iterator

import numpy as np
import torch
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from transformers import PreTrainedModel

from tokenization import encode

TEXTS = [
    "The café owner said: “No naïve dog — a stray — gets in here!”",
    "def f(x, y):\r\n\treturn x[0] + y  # 👩\u200d💻 e\u0301中\n",
]
NEW_TOKENS = 32
# Sliding windows: a query sees the last `window` positions, its own included, and the first `sinks`. The prompt is longer
# than the first two; the text reaches the third while it grows.
WINDOWS = [(6, 0), (8, 3), (60, 2)]
# The BERT family's projections, by the names that its models use.
PROJECTIONS = {"query": "query", "key": "key", "value": "value", "q_lin": "query", "k_lin": "key", "v_lin": "value"}

Arrays = dict[str, np.ndarray]
Description = dict[str, Any]
Recording = dict[str, list[Any]]


@dataclasses.dataclass(frozen=True)
class Head:
    """What reference.json says of the file itself.

    `form` is where its attention is: "softmax" (between two products), a fused operator's name, "If", "none".
    `tensors` is the reference's file, another folder's where the weights are the same.
    """

    file: str | None = "onnx/model.onnx"
    dtype: str = "fp32"
    form: str = "softmax"
    tolerance: float = 1e-4
    tensors: str | None = "reference.safetensors"


@contextlib.contextmanager
def recorded(model: PreTrainedModel) -> Iterator[Recording]:
    """Collects every layer's query, key and value, [heads, n, head size], and its score scale.

    They are what the score product multiplies (after rotary embeddings and norms), not yet scaled.
    """
    found: Recording = defaultdict(list)
    module = sys.modules[type(model).__module__]
    eager = getattr(module, "eager_attention_forward", None)

    def record(layer, query, key, value, *rest, **options):
        for name, tensor in (("query", query), ("key", key), ("value", value)):
            found[name].append(tensor[0].numpy().copy())
        found["scale"].append(options.get("scaling") or query.shape[-1] ** -0.5)
        found["window"].append(options.get("sliding_window"))
        found["softcap"].append(options.get("softcap"))
        return eager(layer, query, key, value, *rest, **options)

    def record_projection(name):
        def hook(_layer, _inputs, output):
            heads = output[0].unflatten(-1, (model.config.num_attention_heads, -1)).transpose(0, 1)
            found[name].append(heads.numpy().copy())
            if name == "query":
                found["scale"].append(heads.shape[-1] ** -0.5)
                found["window"].append(None)
                found["softcap"].append(None)

        return hook

    with contextlib.ExitStack() as stack:
        if eager:
            module.eager_attention_forward = record
            stack.callback(setattr, module, "eager_attention_forward", eager)
        else:
            for path, layer in model.named_modules():
                name = PROJECTIONS.get(path.rpartition(".")[2])
                if name and isinstance(layer, torch.nn.Linear):
                    stack.callback(layer.register_forward_hook(record_projection(name)).remove)
        yield found


@torch.no_grad()
def eager_reference(model: PreTrainedModel, tokenizer: Tokenizer) -> tuple[Arrays, Description]:
    """The tensors and the description of a model built with eager attention."""
    arrays: Arrays = {}
    texts = [encode(tokenizer, text) for text in TEXTS]
    for number, text in enumerate(texts):
        ids = torch.tensor([text["input_ids"]])
        mask = torch.ones_like(ids)
        with recorded(model) as found:
            output = model(input_ids=ids, attention_mask=mask, output_attentions=True)
        for layer, weights in enumerate(output.attentions):
            arrays[f"text{number}.attention.{layer}"] = weights[0].numpy()
            if number == 0:
                arrays |= {f"text0.{name}.{layer}": found[name][layer] for name in ("query", "key", "value")}
        if "logits" in output:
            whole = model.generate(ids, attention_mask=mask, do_sample=False, max_new_tokens=NEW_TOKENS, pad_token_id=0)
            made = whole[0, ids.shape[1] :]
            assert len(made) == NEW_TOKENS, "an end token cut the greedy text short: take another seed"
            arrays[f"text{number}.greedy"] = made.numpy()
            arrays[f"text{number}.logits"] = output.logits[0, -1].numpy()
        else:
            arrays[f"text{number}.hidden"] = output.last_hidden_state[0, -1].numpy()
    kv_heads, _, head_size = found["key"][0].shape
    description = {
        "source": "pytorch eager",
        "decoder": "text0.logits" in arrays,
        "layers": len(found["query"]),
        "heads": len(found["query"][0]),
        "kv_heads": kv_heads,
        "head_size": head_size,
        **{name: found[name] for name in ("scale", "window", "softcap")},
        "texts": texts,
    }
    return arrays, description


@torch.no_grad()
def windowed_reference(model: PreTrainedModel, ids: list[int]) -> Arrays:
    """Greedy tokens and their logits where positions outside of a window are masked.

    Every step is one uncached pass over the whole text: what evicting keys from a cache must come to.
    """
    arrays: Arrays = {}
    for window, sinks in WINDOWS:
        whole, logits = torch.tensor([ids]), []
        for _ in range(NEW_TOKENS):
            positions = torch.arange(whole.shape[1])
            distance = positions[:, None] - positions[None]
            seen = (distance >= 0) & ((distance < window) | (positions[None] < sinks))
            mask = torch.zeros(seen.shape).masked_fill(~seen, torch.finfo(torch.float32).min)[None, None]
            output = model(input_ids=whole, attention_mask=mask, position_ids=positions[None], output_attentions=True)
            assert not any(weights[:, :, ~seen].any() for weights in output.attentions), "the mask was not used"
            logits.append(output.logits[0, -1])
            whole = torch.cat([whole, logits[-1].argmax()[None, None]], 1)
        arrays[f"text0.window.{window}.{sinks}.logits"] = torch.stack(logits).numpy()
        arrays[f"text0.window.{window}.{sinks}.greedy"] = whole[0, len(ids) :].numpy()
    return arrays


def laid_out(value: Any, indent: str = "") -> str:
    """JSON with a line per key and none for the numbers of a list."""
    inner = indent + "  "
    if isinstance(value, dict):
        lines = [f"{inner}{json.dumps(key)}: {laid_out(item, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[" + ", ".join(laid_out(item, indent) for item in value) + "]"
    return json.dumps(value)


def write(folder: Path, head: Head, arrays: Arrays, description: Description) -> None:
    """Writes reference.json, and the arrays where they are the folder's own."""
    whole = {"model": folder.name, **dataclasses.asdict(head), **description}
    (folder / "reference.json").write_text(laid_out(whole) + "\n", encoding="utf-8")
    if head.tensors == "reference.safetensors":
        save_arrays(folder / head.tensors, arrays)


def save_arrays(file: Path, arrays: Arrays) -> None:
    save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, file)
    file.chmod(0o644)


def contradictions(arrays: Arrays, description: Description) -> list[str]:
    """What is wrong with a reference by itself: sums, forbidden positions, and softmax(q·kᵀ·scale) ≠ weights."""
    wrong = []
    for name, weights in arrays.items():
        if ".attention." not in name:
            continue
        layer = int(name.rpartition(".")[2])
        n = weights.shape[-1]
        distance = np.arange(n)[:, None] - np.arange(n)[None]
        allowed = distance >= (0 if description["decoder"] else -n)
        if window := description["window"][layer]:
            allowed &= distance < window
        if np.abs(weights.sum(-1) - 1).max() > (1e-5 if description["dtype"] == "fp32" else 1e-2):
            wrong.append(f"{name}: a row does not sum to 1")
        if weights[:, ~allowed].any():
            wrong.append(f"{name}: weight on a forbidden position")
        if name.replace("attention", "query") in arrays:
            query, key = (arrays[name.replace("attention", part)].astype(np.float64) for part in ("query", "key"))
            scores = query @ key.repeat(len(query) // len(key), 0).swapaxes(1, 2) * description["scale"][layer]
            if cap := description["softcap"][layer]:
                scores = np.tanh(scores / cap) * cap
            scores = np.exp(np.where(allowed, scores - scores.max(-1, keepdims=True), -np.inf))
            if np.abs(scores / scores.sum(-1, keepdims=True) - weights).max() > 1e-5:
                wrong.append(f"{name}: not the softmax of its queries and keys")
    return wrong


def spread(arrays: Arrays) -> tuple[float, float]:
    """Mean of the rows' largest weights, and what it would be if every row were uniform."""
    attention = [weights for name, weights in arrays.items() if ".attention." in name]
    largest = np.mean([weights.max(-1).mean() for weights in attention])
    uniform = np.mean([(1 / (weights > 0).sum(-1)).mean() for weights in attention])
    return float(largest), float(uniform)
