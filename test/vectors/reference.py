"""What a model does with the two texts, said by PyTorch's eager attention."""

import contextlib
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

from tokenization import utf16_offsets

TEXTS = [
    "The café owner said: “We never close,” but the naïve dog — a stray — had left.",
    "def f(x, y):\r\n\treturn x[0] + y  # 👩\u200d💻 e\u0301中\n",
]
NEW_TOKENS = 32
# The BERT family's projections, by the names that its models use.
PROJECTIONS = {"query": "query", "key": "key", "value": "value", "q_lin": "query", "k_lin": "key", "v_lin": "value"}

Arrays = dict[str, np.ndarray]
Recording = dict[str, list[Any]]


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
        return eager(layer, query, key, value, *rest, **options)

    def record_projection(name):
        def hook(_layer, _inputs, output):
            heads = output[0].unflatten(-1, (model.config.num_attention_heads, -1)).transpose(0, 1)
            found[name].append(heads.numpy().copy())
            if name == "query":
                found["scale"].append(heads.shape[-1] ** -0.5)
                found["window"].append(None)

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


def encode(tokenizer: Tokenizer, text: str) -> dict[str, Any]:
    """The text's tokens, as reference.json holds them."""
    encoding = tokenizer.encode(text)
    return {
        "text": text,
        "input_ids": encoding.ids,
        "special": encoding.special_tokens_mask,
        "offsets": [list(pair) for pair in encoding.offsets],
        "offsets_utf16": utf16_offsets(text, encoding.offsets),
    }


@torch.no_grad()
def eager_reference(model: PreTrainedModel, tokenizer: Tokenizer) -> tuple[Arrays, dict[str, Any]]:
    """The tensors and the description of a model that was built with eager attention."""
    arrays: Arrays = {}
    texts = [encode(tokenizer, text) for text in TEXTS]
    for number, text in enumerate(texts):
        ids = torch.tensor([text["input_ids"]])
        with recorded(model) as found:
            output = model(input_ids=ids, attention_mask=torch.ones_like(ids), output_attentions=True)
        for layer, weights in enumerate(output.attentions):
            arrays[f"text{number}.attention.{layer}"] = weights[0].numpy()
            if number == 0:
                for name in ("query", "key", "value"):
                    arrays[f"text0.{name}.{layer}"] = found[name][layer]
        if "logits" in output:
            arrays[f"text{number}.logits"] = output.logits[0, -1].numpy()
            made = model.generate(
                ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=NEW_TOKENS, pad_token_id=0
            )
            arrays[f"text{number}.greedy"] = made[0, ids.shape[1] :].numpy()
            assert len(arrays[f"text{number}.greedy"]) == NEW_TOKENS, "an end token cut the greedy text short"
        else:
            arrays[f"text{number}.hidden"] = output.last_hidden_state[0, -1].numpy()
    description = {
        "source": "pytorch eager",
        "decoder": "text0.logits" in arrays,
        "layers": len(found["query"]),
        "heads": found["query"][0].shape[0],
        "kv_heads": found["key"][0].shape[0],
        "head_size": found["query"][0].shape[2],
        "scale": found["scale"],
        "window": found["window"],
        "texts": texts,
    }
    return arrays, description


def write(folder: Path, arrays: Arrays, description: dict[str, Any]) -> None:
    """Writes reference.safetensors and reference.json."""
    file = folder / "reference.safetensors"
    save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, file)
    file.chmod(0o644)
    (folder / "reference.json").write_text(
        json.dumps(description, indent=1, ensure_ascii=True) + "\n", encoding="utf-8"
    )
