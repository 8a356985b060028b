"""The same weights in other files: quantised, half precision, external data, fused operators."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.float16 import convert_float_to_float16
from onnxruntime.transformers.fusion_options import FusionOptions
from onnxruntime.transformers.optimizer import optimize_model

from reference import Head


@dataclass
class Variant:
    """A file made from an ordinary export of `base`, an entry of ARCHITECTURES.

    `from_runtime`: its numbers are not those of a PyTorch model, so ONNX Runtime itself is the reference.
    """

    base: str
    convert: Callable[[Path, Path], None]
    head: Head = Head()
    from_runtime: bool = False


def quantize(source: Path, target: Path, products_of_activations: bool) -> None:
    """8-bit weights; also the products of attention itself when `products_of_activations`.

    Unsigned weights, because signed ones saturate on processors without VNNI: other numbers there.
    """
    quantize_dynamic(
        source,
        target,
        weight_type=QuantType.QUInt8,
        extra_options={"MatMulConstBOnly": not products_of_activations},
    )


def half(source: Path, target: Path, outside: bool) -> None:
    """Weights and arithmetic in float16; the KV cache and the logits too when `outside`. The hub has files of both kinds."""
    onnx.save(convert_float_to_float16(onnx.load(source), keep_io_types=not outside), target)


def external(source: Path, target: Path) -> None:
    """Weights in a file of their own, and the note in config.json that makes transformers.js load it."""
    location = target.name + "_data"
    (target.parent / location).unlink(missing_ok=True)  # onnx would append to it
    onnx.save(onnx.load(source), target, save_as_external_data=True, location=location, size_threshold=100)
    config = target.parent.parent / "config.json"
    form = json.loads(config.read_text(encoding="utf-8"))
    form["transformers.js_config"] = {"use_external_data_format": True}
    config.write_text(json.dumps(form, indent=2) + "\n", encoding="utf-8")


def fuse(source: Path, target: Path, multi_head: bool) -> None:
    """The optimiser's com.microsoft.MultiHeadAttention, else its com.microsoft.Attention."""
    options = FusionOptions("bert")
    options.use_multi_head_attention = multi_head
    model = optimize_model(str(source), "bert", num_heads=4, hidden_size=32, optimization_options=options, opt_level=0)
    model.save_model_to_file(str(target))


VARIANTS = {
    "gpt2-q8": Variant(
        "gpt2",
        lambda source, target: quantize(source, target, products_of_activations=False),
        Head("onnx/model_quantized.onnx", dtype="q8", tolerance=0.02),
        from_runtime=True,
    ),
    "bert-q8": Variant(
        "bert",
        lambda source, target: quantize(source, target, products_of_activations=True),
        Head("onnx/model_quantized.onnx", dtype="q8", tolerance=0.02),
        from_runtime=True,
    ),
    "gpt2-fp16": Variant(
        "gpt2",
        lambda source, target: half(source, target, outside=False),
        Head("onnx/model_fp16.onnx", dtype="fp16", tolerance=0.005),
        from_runtime=True,
    ),
    "llama-fp16": Variant(
        "llama",
        lambda source, target: half(source, target, outside=True),
        Head("onnx/model_fp16.onnx", dtype="fp16", tolerance=0.005),
        from_runtime=True,
    ),
    "gpt2-external": Variant("gpt2", external, Head(tensors="../gpt2/reference.safetensors")),
    "bert-mha": Variant(
        "bert",
        lambda source, target: fuse(source, target, multi_head=True),
        Head(form="com.microsoft.MultiHeadAttention", tensors="../bert/reference.safetensors"),
    ),
    "bert-attention": Variant(
        "bert",
        lambda source, target: fuse(source, target, multi_head=False),
        Head(form="com.microsoft.Attention", tensors="../bert/reference.safetensors"),
    ),
}
