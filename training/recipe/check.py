"""Checks an exported model: ONNX Runtime against PyTorch, chunks against one pass, stored against trained weights."""

import argparse
import json
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

from .evaluate import held_out
from .export import llama_config
from .model import ModelShape
from .probes import attention_of
from .schedule import read_schedule

TEXT_CHARACTERS = 800
CHUNK = 64
EXPECTED_TEXTS = 5
Array = NDArray[np.float32]


class OnnxModel:
    def __init__(self, file: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        self.past = {i.name: i.shape for i in self.session.get_inputs() if i.name.startswith("past_key_values")}

    def run(self, ids: list[int], past: dict[str, Array] | None = None) -> dict[str, Array]:
        """Logits [1, n, vocabulary] and the present.* tensors of ids that follow the past."""
        past = past or {name: np.zeros((1, shape[1], 0, shape[3]), np.float32) for name, shape in self.past.items()}
        before = next(iter(past.values())).shape[2]
        inputs = {
            "input_ids": np.array([ids]),
            "attention_mask": np.ones((1, before + len(ids)), np.int64),
            "position_ids": np.arange(before, before + len(ids))[None],
        }
        wanted = {i.name for i in self.session.get_inputs()}
        fed = {**{name: value for name, value in inputs.items() if name in wanted}, **past}
        names = [output.name for output in self.session.get_outputs()]
        return dict(zip(names, self.session.run(names, fed), strict=True))

    def chunked(self, ids: list[int]) -> Array:
        """Logits of ids that go through the KV cache CHUNK at a time."""
        past, logits = None, []
        for start in range(0, len(ids), CHUNK):
            out = self.run(ids[start : start + CHUNK], past)
            logits.append(out["logits"])
            past = {name: out[name.replace("past_key_values", "present")] for name in self.past}
        return np.concatenate(logits, axis=1)


def texts_of(work: Path, tokenizer: Tokenizer, count: int) -> list[list[int]]:
    """The beginnings of `count` held-out texts, domains in turn."""
    by_domain = held_out(work)
    longest = max(map(len, by_domain.values()))
    order = [texts[i] for i in range(longest) for texts in by_domain.values() if i < len(texts)]
    return [tokenizer.encode(text[:TEXT_CHARACTERS]).ids for text in order[:count]]


def attention_differences(
    checkpoint: Path, shape: ModelShape, model: LlamaForCausalLM, texts: list[list[int]]
) -> dict[str, float]:
    """Between the trained fp32 weights and the stored ones."""
    trained = LlamaForCausalLM(llama_config(shape))
    trained.set_attn_implementation("eager")
    weights = torch.load(checkpoint, map_location="cpu")["model"]
    trained.load_state_dict({**weights, "lm_head.weight": weights["model.embed_tokens.weight"]})
    before, after = attention_of(trained.eval()), attention_of(model)
    largest, agree, rows = 0.0, 0, 0
    for ids in texts:
        a, b = before(ids), after(ids)
        largest = max(largest, float((a - b).abs().max()))
        agree += int((a.argmax(-1) == b.argmax(-1)).sum())
        rows += a.shape[0] * a.shape[1] * a.shape[2]
    return {"largest_attention_difference": largest, "strongest_token_agrees": agree / rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--run", help="also compare attention with this run's unrounded weights")
    parser.add_argument("--checkpoint", default="checkpoint.pt")
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    parser.add_argument("--texts", type=int, default=100)
    parser.add_argument("--expected", type=Path, help="JSON file for check.mjs: texts, their ids and last logits")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    tokenizer = Tokenizer.from_file(str(arguments.model / "tokenizer.json"))
    model = LlamaForCausalLM.from_pretrained(arguments.model, attn_implementation="eager").eval()
    exported = OnnxModel(arguments.model / "onnx" / "model.onnx")
    texts = texts_of(arguments.work, tokenizer, arguments.texts)
    result = {"onnx_against_pytorch": 0.0, "chunks_against_one_pass": 0.0}
    expected = []
    for ids in texts:
        with torch.no_grad():
            reference = model(torch.tensor([ids]), use_cache=False).logits.numpy()
        logits = exported.run(ids)["logits"]
        result["onnx_against_pytorch"] = max(result["onnx_against_pytorch"], float(abs(logits - reference).max()))
        chunks = float(abs(exported.chunked(ids) - logits).max())
        result["chunks_against_one_pass"] = max(result["chunks_against_one_pass"], chunks)
        expected.append({"text": tokenizer.decode(ids), "ids": ids, "last": reference[0, -1].tolist()})
    if arguments.run:
        run = arguments.work / "runs" / arguments.run
        shape = ModelShape(**read_schedule(run / "schedule.json").shape)
        result |= attention_differences(run / arguments.checkpoint, shape, model, texts)
    if arguments.expected:
        arguments.expected.write_text(json.dumps({"cases": expected[:EXPECTED_TEXTS]}))
    print(json.dumps(result))
    if arguments.out:
        arguments.out.write_text(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
