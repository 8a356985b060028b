"""The bundled model in PyTorch, with the weights that its ONNX file stores by the names of the parameters."""

from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

FOLDER = Path(__file__).parents[2] / "models" / "default"


@torch.no_grad()
def read_model() -> PreTrainedModel:
    model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(FOLDER), attn_implementation="eager").eval()
    graph = onnx.load(FOLDER / "onnx" / "model.onnx").graph
    stored = {within_decoder(tensor.name): numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for name, parameter in model.named_parameters():
        parameter.copy_(torch.tensor(stored[within_decoder(name)]))
    return model


def within_decoder(name: str) -> str:
    """The rest after `model.`, or `h.` as some exports call it; `_fp16` ends the names of what is stored so."""
    return name.partition(".")[2].removesuffix("_fp16")
