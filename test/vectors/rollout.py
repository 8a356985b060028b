"""Attention rollout of the reference attention, in NumPy and double precision, for the tests of src/attention/rollout.ts.

    python rollout.py

Reads `text0.attention.{layer}` of some references and writes rollout.safetensors: `{model}.{layer}`, [n, n] float32,
R_l = rownorm(mean_h A_l + I) · R_{l−1} with R_{−1} = I (Abnar & Zuidema 2020).
"""

from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

HERE = Path(__file__).parent
MODELS = ["gpt2", "gemma3", "bert"]


def rollouts(attention: list[np.ndarray]) -> list[np.ndarray]:
    """[heads, n, n] of each layer → [n, n] of each layer."""
    rolled = np.eye(attention[0].shape[-1])
    results = []
    for weights in attention:
        mixed = weights.astype(np.float64).mean(axis=0) + np.eye(weights.shape[-1])
        rolled = mixed / mixed.sum(axis=1, keepdims=True) @ rolled
        results.append(rolled)
    return results


def layers_of(model: str) -> list[np.ndarray]:
    tensors = load_file(HERE / model / "reference.safetensors")
    count = sum(name.startswith("text0.attention.") for name in tensors)
    return [tensors[f"text0.attention.{layer}"] for layer in range(count)]


if __name__ == "__main__":
    save_file(
        {
            f"{model}.{layer}": rolled.astype(np.float32)
            for model in MODELS
            for layer, rolled in enumerate(rollouts(layers_of(model)))
        },
        HERE / "rollout.safetensors",
    )
