"""Writes reference.json: what NumPy and SciPy say about rows of attention, rank correlation and power laws.

    python3.11 -m venv VENV && VENV/bin/pip install numpy==2.4.6 scipy==1.17.1
    VENV/bin/python make.py
"""

import json
from pathlib import Path

import numpy as np
from scipy.special import softmax
from scipy.stats import spearmanr

TILE = 5
WINDOWS = [1, 3, 8]


def features(x):
    return np.where(x > 0, x + 1, np.exp(x))


def row(rng, keys, size, value_size, query, softcap=None, masked=()):
    """One query's attention, computed whole; every part of a tile-wise computation from its definition."""
    q = rng.normal(0, 2, size).round(3)
    k = rng.normal(0, 2, (keys, size)).round(3)
    v = rng.normal(0, 1, (keys, value_size)).round(3)
    # The tests read float32.
    q, k, v = (array.astype(np.float32).astype(np.float64) for array in (q, k, v))
    scale = 1 / np.sqrt(size)
    bias = np.zeros(keys)
    bias[list(masked)] = -np.inf
    scores = k @ q * scale
    if softcap:
        scores = softcap * np.tanh(scores / softcap)
    scores = scores + bias
    near = np.abs(np.arange(keys) - query)
    kernel = np.where(np.isinf(bias), 0, features(k) @ features(q))
    linear = kernel / kernel.sum()
    tiles = []
    for end in [*range(TILE, keys, TILE), keys]:
        seen = scores[:end]
        maximum = seen.max()
        tiles.append(
            {
                "end": end,
                "maximum": None if np.isinf(maximum) else maximum,
                "sum": 0 if np.isinf(maximum) else np.exp(seen - maximum).sum(),
                "output": np.zeros(value_size) if np.isinf(maximum) else softmax(seen) @ v[:end],
            }
        )
    return {
        "query": query,
        "headSize": size,
        "queryVector": q,
        "keyVectors": k.ravel(),
        "valueVectors": v.ravel(),
        "masked": list(masked),
        "scores": [None if np.isinf(score) else score for score in scores],
        "weights": softmax(scores),
        "output": softmax(scores) @ v,
        "tileSize": TILE,
        "tiles": tiles,
        "windows": [
            {"window": window, "weights": softmax(np.where(near < window, scores, -np.inf))} for window in WINDOWS
        ],
        "linear": {"weights": linear, "output": linear @ v},
    }


def correlation(a, b):
    a, b = np.asarray(a, float), np.asarray(b, float)
    return {"a": a, "b": b, "correlation": spearmanr(a, b).statistic}


def power_law(x, y):
    exponent, intercept = np.polyfit(np.log(x), np.log(y), 1)
    return {"x": x, "y": y, "exponent": exponent, "factor": np.exp(intercept)}


def main():
    rng = np.random.default_rng(5)
    reference = {
        "rows": [
            row(rng, keys=23, size=8, value_size=8, query=22),
            row(rng, keys=17, size=6, value_size=4, query=9, softcap=4),
            row(rng, keys=12, size=4, value_size=4, query=11, masked=(0, 1, 2, 3, 4, 7)),
            row(rng, keys=1, size=4, value_size=4, query=0),
        ],
        "correlations": [
            correlation([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]),
            correlation(rng.normal(size=40).round(3), rng.normal(size=40).round(3)),
            correlation(rng.integers(0, 4, 30), rng.integers(0, 5, 30)),
            correlation([0, 0, 0, 1], [3, 2, 1, 0]),
        ],
        "powerLaws": [
            power_law([16, 32, 64, 128], [3.1, 4.0, 9.5, 30.2]),
            power_law([1, 10, 100], [2, 200, 20000]),
        ],
    }
    text = json.dumps(reference, default=lambda array: array.tolist(), separators=(",", ":"), allow_nan=False)
    (Path(__file__).parent / "reference.json").write_text(text + "\n")


main()
