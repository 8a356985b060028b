"""The same models run by ONNX Runtime, their attention made graph outputs: to compare, and as
the reference where no PyTorch model has these very numbers (quantised and half precision)."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper

from reference import NEW_TOKENS, Arrays, Description

# What may stand between the softmax and the product with the values.
BETWEEN = {"Where", "Cast", "Dropout", "Identity", "DynamicQuantizeLinear"}
FLOATS = {TensorProto.FLOAT: np.float32, TensorProto.FLOAT16: np.float16}


def attention_tensors(graph: GraphProto) -> list[str]:
    """The attention weights' names in layer order: the last float tensor before the value product."""
    producer = {output: node for node in graph.node for output in node.output}

    def from_softmax(name: str) -> bool:
        node: NodeProto | None = producer.get(name)
        if node is None or node.op_type not in BETWEEN:
            return node is not None and node.op_type == "Softmax"
        return any(from_softmax(source) for source in node.input)

    found = []
    for node in graph.node:
        if node.op_type in ("MatMul", "MatMulInteger") and from_softmax(node.input[0]):
            name = node.input[0]
            while producer[name].op_type == "DynamicQuantizeLinear":
                name = producer[name].input[0]
            found.append(name)
    return found


@dataclass
class Session:
    """An ONNX model whose attention weights are outputs of its graph."""

    inner: onnxruntime.InferenceSession
    attention: list[str]
    heads: tuple[int, int]

    @classmethod
    def open(cls, file: Path) -> "Session":
        model: ModelProto = onnx.load(str(file))  # weights of external data come along
        names = attention_tensors(model.graph)
        for name in names:
            model.graph.node.append(helper.make_node("Cast", [name], [f"{name}_tap"], to=TensorProto.FLOAT))
            model.graph.output.append(helper.make_tensor_value_info(f"{name}_tap", TensorProto.FLOAT, None))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        config = json.loads((file.parent.parent / "config.json").read_text(encoding="utf-8"))
        heads = config.get("num_attention_heads") or config.get("n_head") or config.get("n_heads")
        width = config.get("hidden_size") or config.get("n_embd") or config.get("dim")
        shape = (config.get("num_key_value_heads") or heads, config.get("head_dim") or width // heads)
        return cls(onnxruntime.InferenceSession(model.SerializeToString(), options), names, shape)

    def run(self, ids: list[int], past: Arrays | None = None) -> Arrays:
        """All outputs for these ids, which follow `past` (the `present.*` of an earlier run)."""
        past = past or {}
        before = next((array.shape[2] for name, array in past.items() if name.startswith("present.")), 0)
        total = before + len(ids)
        feeds: Arrays = {}
        for entry in self.inner.get_inputs():
            if entry.name == "input_ids":
                feeds[entry.name] = np.array([ids], np.int64)
            elif entry.name == "attention_mask":
                feeds[entry.name] = np.ones((1, total), np.int64)
            elif entry.name == "position_ids":
                feeds[entry.name] = np.arange(before, total, dtype=np.int64)[None]
            elif entry.name == "token_type_ids":
                feeds[entry.name] = np.zeros((1, total), np.int64)
            else:
                kind = np.float16 if entry.type == "tensor(float16)" else np.float32
                empty = np.zeros((1, self.heads[0], 0, self.heads[1]), kind)
                feeds[entry.name] = past.get(entry.name.replace("past_key_values", "present"), empty)
        names = [entry.name for entry in self.inner.get_outputs()]
        return dict(zip(names, self.inner.run(names, feeds)))

    def weights(self, outputs: Arrays) -> list[np.ndarray]:
        """The attention of a run, one [heads, n, total] per layer."""
        return [outputs[f"{name}_tap"][0] for name in self.attention]

    def greedy(self, ids: list[int], steps: int) -> list[int]:
        """Greedy continuation, one token at a time through the cache."""
        made: list[int] = []
        outputs = self.run(ids)
        for _ in range(steps):
            made.append(int(outputs["logits"][0, -1].argmax()))
            outputs = self.run(made[-1:], outputs)
        return made


@dataclass
class Difference:
    """ONNX Runtime against a reference: largest absolute differences, and wrong greedy tokens."""

    attention: float = 0.0
    last: float = 0.0
    greedy_wrong: int = 0


def compare(file: Path, arrays: Arrays, description: Description) -> Difference:
    """How far a file's numbers are from a reference; without attention where a fused operator holds it."""
    session = Session.open(file)
    difference = Difference()
    for number, text in enumerate(description["texts"]):
        outputs = session.run(text["input_ids"])
        weights = session.weights(outputs)
        expected = description["layers"] if description["form"] == "softmax" else 0
        assert len(weights) == expected, f"{file}: {len(weights)} attention tensors, not {expected}"
        pairs = [(found, arrays[f"text{number}.attention.{layer}"]) for layer, found in enumerate(weights)]
        difference.attention = max([difference.attention, *(float(np.abs(a - b).max()) for a, b in pairs)])
        if description["decoder"]:
            last, reference = outputs["logits"][0, -1], arrays[f"text{number}.logits"]
            greedy = arrays[f"text{number}.greedy"].tolist()
            made = session.greedy(text["input_ids"], len(greedy))
            difference.greedy_wrong += sum(a != b for a, b in zip(made, greedy))
        else:
            last, reference = outputs["last_hidden_state"][0, -1], arrays[f"text{number}.hidden"]
        difference.last = max(difference.last, float(np.abs(last - reference).max()))
    return difference


def runtime_reference(file: Path, description: Description) -> tuple[Arrays, Description]:
    """A reference by ONNX Runtime, for the texts and the shape that `description` says."""
    session = Session.open(file)
    arrays: Arrays = {}
    for number, text in enumerate(description["texts"]):
        outputs = session.run(text["input_ids"])
        for layer, weights in enumerate(session.weights(outputs)):
            arrays[f"text{number}.attention.{layer}"] = weights
        if description["decoder"]:
            arrays[f"text{number}.logits"] = outputs["logits"][0, -1].astype(np.float32)
            arrays[f"text{number}.greedy"] = np.array(session.greedy(text["input_ids"], NEW_TOKENS))
        else:
            arrays[f"text{number}.hidden"] = outputs["last_hidden_state"][0, -1]
    return arrays, {**description, "source": "onnxruntime"}
