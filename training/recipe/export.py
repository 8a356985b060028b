"""Exports a trained run: Hugging Face layout, then an ordinary ONNX file whose weights are stored as fp16.

The weights are rounded to fp16 first, so that PyTorch, model.safetensors and the ONNX file hold the same numbers; the
ONNX file casts them back and computes in fp32.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from optimum.exporters.onnx import onnx_export_from_model
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from .model import HIGH_TURNS, LOW_TURNS, ModelShape
from .schedule import read_schedule
from .tokenizer import START, START_ID

OPSET = 17
HALF = "_fp16"
"""Ends the names of weights that are stored as fp16."""
MIN_CAST_ELEMENTS = 256
"""Smaller constants stay fp32: a Cast would cost more than it saves."""


def rope_scaling(shape: ModelShape) -> dict[str, object] | None:
    if shape.rope_factor == 1:
        return None
    return {
        "rope_type": "llama3",
        "factor": shape.rope_factor,
        "low_freq_factor": LOW_TURNS,
        "high_freq_factor": HIGH_TURNS,
        "original_max_position_embeddings": shape.first_context,
    }


def llama_config(shape: ModelShape) -> LlamaConfig:
    return LlamaConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.width,
        intermediate_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads,
        head_dim=shape.head_size,
        max_position_embeddings=shape.context,
        rope_theta=shape.rope_theta,
        rope_scaling=rope_scaling(shape),
        rms_norm_eps=shape.norm_epsilon,
        tie_word_embeddings=True,
        bos_token_id=START_ID,
        eos_token_id=START_ID,
        pad_token_id=START_ID,
    )


def write_hugging_face(checkpoint: Path, shape: ModelShape, tokenizer: Path, out: Path) -> None:
    weights = torch.load(checkpoint, map_location="cpu")["model"]
    rounded = {name: weight.half().float() for name, weight in weights.items()}
    model = LlamaForCausalLM(llama_config(shape))
    model.load_state_dict({**rounded, "lm_head.weight": rounded["model.embed_tokens.weight"]})
    model.half().save_pretrained(out)
    model.config.dtype = torch.float32  # stored as fp16, meant to be computed in fp32
    model.config.save_pretrained(out)
    PreTrainedTokenizerFast(
        tokenizer_file=str(tokenizer),
        bos_token=START,
        eos_token=START,
        pad_token=START,
        model_max_length=shape.context,
    ).save_pretrained(out)
    (out / "special_tokens_map.json").unlink(missing_ok=True)


def write_onnx(model: Path, out: Path) -> None:
    """Without constant folding, which would store the tied embedding a second time, transposed.

    Eager attention scales the products of queries and keys. SDPA's export scales queries and keys before, and what is
    computed from them outside of the graph is then no longer exactly what the graph has.
    """
    eager = LlamaForCausalLM.from_pretrained(model, attn_implementation="eager", dtype=torch.float32)
    with tempfile.TemporaryDirectory() as folder:
        onnx_export_from_model(
            eager,
            output=folder,
            task="text-generation-with-past",
            opset=OPSET,
            do_constant_folding=False,
            do_validation=False,
        )
        graph = onnx.load(Path(folder) / "model.onnx")
    store_as_half(graph)
    onnx.checker.check_model(graph, full_check=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(graph, out)


def store_as_half(model: onnx.ModelProto) -> None:
    """Replaces every large fp32 initializer by an fp16 one and a Cast back to fp32 under the old name."""
    graph = model.graph
    casts = []
    for initializer in graph.initializer:
        weights = numpy_helper.to_array(initializer)
        if weights.dtype == np.float32 and weights.size >= MIN_CAST_ELEMENTS:
            name = initializer.name
            initializer.CopyFrom(numpy_helper.from_array(weights.astype(np.float16), f"{name}{HALF}"))
            casts.append(helper.make_node("Cast", [f"{name}{HALF}"], [name], f"{name}_cast", to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--run", default="default")
    parser.add_argument("--checkpoint", default="checkpoint.pt", help="file name in the run's folder")
    parser.add_argument("--out", type=Path, required=True, help="folder of the model")
    arguments = parser.parse_args()
    run = arguments.work / "runs" / arguments.run
    shape = ModelShape(**read_schedule(run / "schedule.json").shape)
    arguments.out.mkdir(parents=True, exist_ok=True)
    write_hugging_face(run / arguments.checkpoint, shape, arguments.work / "tokenizer.json", arguments.out)
    write_onnx(arguments.out, arguments.out / "onnx" / "model.onnx")
    size = sum(file.stat().st_size for file in arguments.out.rglob("*") if file.is_file())
    print(json.dumps({"files": sorted(f.name for f in arguments.out.rglob("*") if f.is_file()), "bytes": size}))


if __name__ == "__main__":
    main()
