"""PyTorch's side of what is asked about a run: scores, outputs of heads, norms, and predictions with weights taken away."""

import contextlib
from typing import Callable, Iterator

import numpy as np
import torch
from transformers import PreTrainedModel

from reference import Arrays, recorded

# The modules behind the heads, and those that make values, by the ends of their names in each family.
OUTPUT_PROJECTIONS = ("attn.c_proj", "self_attn.o_proj", "attention.dense", "attention.output.dense", "attention.out_lin")
VALUE_PROJECTIONS = ("attn.c_attn", "self_attn.v_proj", "attention.query_key_value", "self.value", "attention.v_lin")

Gate = Callable[[int, torch.Tensor], torch.Tensor]


def modules(model: PreTrainedModel, names: tuple[str, ...]) -> list[torch.nn.Module]:
    return [module for path, module in model.named_modules() if path.endswith(names)]


def matrix(projection: torch.nn.Module) -> np.ndarray:
    """W of x·W: GPT-2's Conv1D holds it so, Linear the other way round."""
    weight = projection.weight.detach().numpy().astype(np.float64)
    return weight.T if isinstance(projection, torch.nn.Linear) else weight


@contextlib.contextmanager
def softmax_replaced(gate: Gate) -> Iterator[list[np.ndarray]]:
    """Collects what enters each layer's softmax; the weights that leave it go through `gate(layer, weights)`."""
    scores: list[np.ndarray] = []
    original = torch.nn.functional.softmax

    def replaced(values, *rest, **options):
        weights = original(values, *rest, **options)
        if values.dim() != 4:
            return weights
        scores.append(values[0].float().numpy().copy())
        return gate(len(scores) - 1, weights)

    torch.nn.functional.softmax = replaced
    try:
        yield scores
    finally:
        torch.nn.functional.softmax = original


@contextlib.contextmanager
def inputs_recorded(layers: list[torch.nn.Module]) -> Iterator[list[np.ndarray]]:
    """Collects what each module reads: [n, width]."""
    found: list[np.ndarray] = []
    with contextlib.ExitStack() as stack:
        for layer in layers:
            hook = layer.register_forward_pre_hook(lambda _, inputs: found.append(inputs[0][0].numpy().copy()))
            stack.callback(hook.remove)
        yield found


@torch.no_grad()
def inspection_reference(model: PreTrainedModel, ids: list[int]) -> Arrays:
    """Scores, outputs of heads, attention inputs, norms, and for decoders logits with something taken away."""
    arrays: Arrays = {}
    tokens = torch.tensor([ids])
    outputs, values = modules(model, OUTPUT_PROJECTIONS), modules(model, VALUE_PROJECTIONS)
    heads = model.config.num_attention_heads
    with (
        recorded(model) as found,
        softmax_replaced(lambda _, weights: weights) as scores,
        inputs_recorded(outputs) as joined,
        inputs_recorded(values) as reads,
    ):
        result = model(input_ids=tokens, attention_mask=torch.ones_like(tokens), output_attentions=True)
    for layer, weights in enumerate(result.attentions):
        kept = found["value"][layer].astype(np.float64)
        value = kept.repeat(heads // len(kept), 0)
        weights = weights[0].numpy().astype(np.float64)
        masked = scores[layer] <= np.finfo(np.float32).min / 2
        arrays[f"scores.{layer}"] = np.where(masked, -np.inf, scores[layer]).astype(np.float32)
        arrays[f"output.{layer}"] = joined[layer].reshape(len(ids), heads, -1).swapaxes(0, 1)
        arrays[f"read.{layer}"] = reads[layer]
        per_head = value @ matrix(outputs[layer]).reshape(heads, value.shape[-1], -1)
        arrays[f"value_norm.{layer}"] = np.linalg.norm(per_head, axis=-1).astype(np.float32)
    return arrays | ablated_logits(model, tokens, heads, outputs) if "logits" in result else arrays


def ablated_logits(model: PreTrainedModel, tokens: torch.Tensor, heads: int, outputs: list[torch.nn.Module]) -> Arrays:
    """The last position's logits [vocabulary] with a head, a layer, or the weights on token 3 taken away."""
    token, last = 3, tokens.shape[1] - 1
    arrays: Arrays = {}

    def logits(gate: Gate = lambda _, weights: weights) -> np.ndarray:
        with softmax_replaced(gate):
            return model(input_ids=tokens, attention_mask=torch.ones_like(tokens)).logits[0, -1].numpy()

    def hidden(rows: slice, of: tuple[int, int] | None) -> np.ndarray:
        def gate(layer: int, weights: torch.Tensor) -> torch.Tensor:
            if of is None or of[0] == layer:
                weights = weights.clone()
                weights[:, slice(None) if of is None else of[1], rows, token] = 0
            return weights

        return logits(gate)

    def removed(layer: int, chosen: list[int]) -> np.ndarray:
        """Without gates: what the output projection reads of these heads is 0."""

        def hook(_, inputs):
            split = inputs[0].unflatten(-1, (heads, -1)).clone()
            split[..., chosen, :] = 0
            return (split.flatten(-2),)

        handle = outputs[layer].register_forward_pre_hook(hook)
        try:
            return logits()
        finally:
            handle.remove()

    arrays["without.head.0.1"] = removed(0, [1])
    arrays["without.head.1.2"] = removed(1, [2])
    arrays["without.layer.1"] = removed(1, list(range(heads)))
    for name, rows in (("query", slice(last, last + 1)), ("everyone", slice(token + 1, None))):
        arrays[f"hidden.{name}.all"] = hidden(rows, None)
        arrays[f"hidden.{name}.1.2"] = hidden(rows, (1, 2))
        arrays[f"hidden.{name}.0.0"] = hidden(rows, (0, 0))
    return arrays


def inconsistencies(arrays: Arrays, reference: Arrays) -> list[str]:
    """What is wrong with these arrays beside the reference: other weights, or nothing taken away."""
    wrong = []
    for name, array in arrays.items():
        if name.startswith("scores."):
            powers = np.exp(array.astype(np.float64) - array.max(-1, keepdims=True))
            weights = reference[name.replace("scores", "text0.attention")]
            if np.abs(powers / powers.sum(-1, keepdims=True) - weights).max() > 1e-5:
                wrong.append(f"{name}: not what the weights are the softmax of")
        elif name.startswith(("without.", "hidden.")) and not (array != reference["text0.logits"]).any():
            wrong.append(f"{name}: the same logits as with nothing taken away")
    return wrong
