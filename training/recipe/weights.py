"""Writes model.safetensors beside an exported ONNX file, of the weights that are stored in it."""

import argparse
from pathlib import Path

import onnx
from numpy.typing import NDArray
from onnx import numpy_helper
from safetensors.numpy import save_file

from .export import HALF


def stored_weights(file: Path) -> dict[str, NDArray]:
    """The parameters as they are stored, by their names in PyTorch: some exports call the decoder `h`, not `model`."""
    stored = {tensor.name.removesuffix(HALF): tensor for tensor in onnx.load(file).graph.initializer}
    return {
        f"model.{name.partition('.')[2]}": numpy_helper.to_array(tensor)
        for name, tensor in stored.items()
        if name.startswith(("model.", "h."))
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="folder of the model")
    folder = parser.parse_args().model
    save_file(stored_weights(folder / "onnx" / "model.onnx"), folder / "model.safetensors", {"format": "pt"})


if __name__ == "__main__":
    main()
