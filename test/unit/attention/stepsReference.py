"""Writes stepsReference.json: what NumPy computes for rows of the vectors in test/vectors, in double precision.

    pip install numpy==2.4.6 safetensors==0.8.0
    python test/unit/attention/stepsReference.py
"""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

ROOT = Path(__file__).parents[2] / "vectors"
# Grouped queries; a soft cap and a sliding window; no mask at all.
ROWS = [("llama", 1, 3, 30), ("gemma2-eager", 0, 2, 40), ("bert", 1, 1, 12)]


def softmax(scores):
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


def entropy(weights):
    some = weights[weights > 0]
    return float(-(some * np.log2(some)).sum())


def row_of(model, layer, head, query):
    reference = json.loads((ROOT / model / "reference.json").read_text())
    tensors = load_file(ROOT / model / reference["tensors"])
    group = reference["heads"] // reference["kv_heads"]
    get = lambda name, index: tensors[f"text0.{name}.{layer}"][index].astype(np.float64)
    attention, value = get("attention", head)[query], get("value", head // group)
    window, softcap = reference["window"][layer], reference["softcap"][layer]
    keys = np.arange(query + 1 if reference["decoder"] else len(value))
    bias = np.where(keys > query - window, 0, -np.inf) if window else np.zeros(len(keys))
    products = get("key", head // group)[keys] @ get("query", head)[query]
    cap = (lambda scores: softcap * np.tanh(scores / softcap)) if softcap else (lambda scores: scores)
    weights = softmax(cap(products * reference["scale"][layer]) + bias)
    assert np.abs(weights - attention[keys]).max() < 1e-6
    unscaled = softmax(cap(products) + bias)
    parts = weights[:, None] * value[keys]
    output = parts.sum(axis=0)
    return {
        "model": model,
        "layer": layer,
        "head": head,
        "query": query,
        "products": products.tolist(),
        "weights": weights.tolist(),
        "unscaled": unscaled.tolist(),
        "entropy": entropy(weights),
        "unscaledEntropy": entropy(unscaled),
        "output": output.tolist(),
        "norms": np.linalg.norm(parts, axis=1).tolist(),
        "shares": (parts @ output / (output @ output)).tolist(),
    }


Path(__file__).with_suffix(".json").write_text(json.dumps([row_of(*row) for row in ROWS], indent=1) + "\n")
