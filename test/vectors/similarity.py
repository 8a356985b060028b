"""Writes similarity.json: cosine similarities by NumPy, in double precision, for test/unit/attention/similarity.test.ts."""

import json
from pathlib import Path

import numpy as np


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a.astype(np.float64), b.astype(np.float64)
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def main() -> None:
    random = np.random.default_rng(5)
    first = random.standard_normal((4, 16)).astype(np.float32)
    second = (first + random.standard_normal((4, 16)) * np.array([[0], [0.01], [0.5], [20]])).astype(np.float32)
    reference = {
        "layers": 4,
        "width": 16,
        "first": first.ravel().tolist(),
        "second": second.ravel().tolist(),
        "cosines": [cosine(a, b) for a, b in zip(first, second)],
    }
    Path(__file__).with_name("similarity.json").write_text(json.dumps(reference, indent=2) + "\n")


if __name__ == "__main__":
    main()
