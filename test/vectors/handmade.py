"""Graphs written node by node: a grouped-query file, and two that hold no attention to show."""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper
from transformers import PreTrainedModel

VOCABULARY, WIDTH = 64, 16


class Graph:
    """Collects nodes and weights; every method returns the name of its result."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.weights: dict[str, np.ndarray] = {}

    def weight(self, name: str, values) -> str:
        self.weights[name] = np.asarray(values)
        return name

    def add(self, operator: str, *inputs: str, out: str = "", domain: str = "", **attributes) -> str:
        out = out or f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [out], name=out, domain=domain, **attributes))
        return out

    def save(self, file: Path, inputs: dict[str, tuple], outputs: dict[str, tuple]) -> None:
        """Writes the model; inputs and outputs are name → (element type, shape)."""
        graph = helper.make_graph(
            self.nodes,
            "handmade",
            [helper.make_tensor_value_info(name, *value) for name, value in inputs.items()],
            [helper.make_tensor_value_info(name, *value) for name, value in outputs.items()],
            [numpy_helper.from_array(values, name) for name, values in self.weights.items()],
        )
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="explain-attention")
        file.parent.mkdir(parents=True, exist_ok=True)
        onnx.save(model, file)


def grouped_query(model: PreTrainedModel, file: Path) -> None:
    """A llama as the onnxruntime-genai builder writes it: GroupQueryAttention does masks and rotary."""
    config, graph = model.config, Graph()
    state = {name: tensor.detach().numpy() for name, tensor in model.state_dict().items()}
    rotary = np.outer(
        np.arange(config.max_position_embeddings),
        config.rope_theta ** -(np.arange(0, config.head_dim, 2) / config.head_dim),
    ).astype(np.float32)
    graph.weight("cos_cache", np.cos(rotary))
    graph.weight("sin_cache", np.sin(rotary))

    def linear(x: str, name: str) -> str:
        return graph.add("MatMul", x, graph.weight(f"{name}.weight", np.ascontiguousarray(state[f"{name}.weight"].T)))

    def norm(x: str, name: str) -> str:
        weight = graph.weight(f"{name}.weight", state[f"{name}.weight"])
        return graph.add("SimplifiedLayerNormalization", x, weight, epsilon=config.rms_norm_eps, axis=-1)

    one = graph.weight("one", np.array([1], np.int64))
    lengths = graph.add("ReduceSum", "attention_mask", one, keepdims=0)
    lengths = graph.add("Cast", graph.add("Sub", lengths, one), to=TensorProto.INT32, out="seqlens_k")
    total = graph.add("Gather", graph.add("Shape", "attention_mask"), graph.weight("axis", np.array(1)))
    total = graph.add("Cast", total, to=TensorProto.INT32, out="total")
    embedding = graph.weight("model.embed_tokens.weight", state["model.embed_tokens.weight"])
    hidden = graph.add("Gather", embedding, "input_ids")
    past_length, total_length = "past_sequence_length", "total_sequence_length"
    inputs = {
        "input_ids": (TensorProto.INT64, ["batch_size", "sequence_length"]),
        "attention_mask": (TensorProto.INT64, ["batch_size", total_length]),
    }
    outputs = {"logits": (TensorProto.FLOAT, ["batch_size", "sequence_length", config.vocab_size])}

    def cache(length: str) -> tuple:
        return TensorProto.FLOAT, ["batch_size", config.num_key_value_heads, length, config.head_dim]

    for layer in range(config.num_hidden_layers):
        path = f"model.layers.{layer}"
        normed = norm(hidden, f"{path}.input_layernorm")
        past = [f"past_key_values.{layer}.{part}" for part in ("key", "value")]
        present = [f"present.{layer}.{part}" for part in ("key", "value")]
        inputs |= dict.fromkeys(past, cache(past_length))
        outputs |= dict.fromkeys(present, cache(total_length))
        attended = f"{path}.attended"
        graph.nodes.append(
            helper.make_node(
                "GroupQueryAttention",
                [linear(normed, f"{path}.self_attn.{part}_proj") for part in "qkv"]
                + [*past, lengths, total, "cos_cache", "sin_cache"],
                [attended, *present],
                name=f"{path}/GroupQueryAttention",
                domain="com.microsoft",
                num_heads=config.num_attention_heads,
                kv_num_heads=config.num_key_value_heads,
                scale=config.head_dim**-0.5,
                do_rotary=1,
                rotary_interleaved=0,
            )
        )
        hidden = graph.add("Add", hidden, linear(attended, f"{path}.self_attn.o_proj"))
        normed = norm(hidden, f"{path}.post_attention_layernorm")
        gate = linear(normed, f"{path}.mlp.gate_proj")
        gate = graph.add("Mul", gate, graph.add("Sigmoid", gate))
        inner = graph.add("Mul", gate, linear(normed, f"{path}.mlp.up_proj"))
        hidden = graph.add("Add", hidden, linear(inner, f"{path}.mlp.down_proj"))
    graph.add("Identity", linear(norm(hidden, "model.norm"), "lm_head"), out="logits")
    graph.save(file, inputs, outputs)


def without_attention(name: str, file: Path) -> None:
    """A graph that a careless search takes for attention, with its config.json.

    `linear-attention`: queries times keys times values, but no softmax.
    `router`: a softmax between two products, over four experts instead of over the tokens.
    """
    random = np.random.default_rng(0)
    graph = Graph()

    def weight(label: str, *shape: int) -> str:
        return graph.weight(label, (random.standard_normal(shape) * 0.3).astype(np.float32))

    embedding = weight("embedding", VOCABULARY, WIDTH)
    hidden = graph.add("Gather", embedding, "input_ids")
    if name == "linear-attention":
        one = graph.weight("one", np.float32(1))
        query, key, value = (graph.add("MatMul", hidden, weight(label, WIDTH, WIDTH)) for label in "qkv")
        query, key = (graph.add("Add", graph.add("Elu", part), one) for part in (query, key))
        scores = graph.add("MatMul", query, graph.add("Transpose", key, perm=[0, 2, 1]))
        scores = graph.add("Trilu", scores, upper=0)
        mixed = graph.add("MatMul", scores, value)
        sums = graph.add("ReduceSum", scores, graph.weight("last", np.array([-1])), keepdims=1)
        mixed = graph.add("Div", mixed, sums)
    else:
        routes = graph.add("Softmax", graph.add("MatMul", hidden, weight("router", WIDTH, 4)), axis=-1)
        mixed = graph.add("MatMul", routes, weight("experts", 4, WIDTH))
    hidden = graph.add("Add", hidden, mixed)
    graph.add("MatMul", hidden, weight("head", WIDTH, VOCABULARY), out="logits")
    graph.save(
        file,
        {"input_ids": (TensorProto.INT64, ["batch_size", "sequence_length"])},
        {"logits": (TensorProto.FLOAT, ["batch_size", "sequence_length", VOCABULARY])},
    )
    config = {
        "model_type": name,
        "vocab_size": VOCABULARY,
        "hidden_size": WIDTH,
        "num_hidden_layers": 1,
        "num_attention_heads": 4,
    }
    (file.parent.parent / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
